/** The result of scanning a message of nested records: each record with its place and its values, or the reason why it cannot be read. */
import type { RecordContext } from '../table/read.ts';
import type { ScanFault } from '../table/scan.ts';

export interface FoundRecord {
  /** Offsets into the text. */
  readonly start: number;
  readonly end: number;
  /** Values by column of the table; empty where absent. */
  readonly values: readonly string[];
  /** Values in the record that have no column, by path. */
  readonly extra: ReadonlyMap<string, string>;
  readonly context: RecordContext;
  readonly fault?: ScanFault;
  /** The place of each column's value, in characters from the start of the record; 0 where absent. */
  startOf(column: number): number;
}

export interface ScannedRecords {
  readonly records: readonly FoundRecord[];
  /** The paths of content outside the records. */
  readonly outside: readonly string[];
}

/** The most paths of content outside the records that are reported. */
export const MOST_OUTSIDE = 100;

/** A place that has its line and its column: each character is looked at once, if places come in their order. */
export class LineCounter {
  readonly #text: string;
  #line = 1;
  #lineStart = 0;
  #next: number;

  constructor(text: string) {
    this.#text = text;
    this.#next = text.indexOf('\n');
  }

  at(offset: number): { readonly line: number; readonly column: number } {
    while (this.#next >= 0 && this.#next < offset) {
      this.#line++;
      this.#lineStart = this.#next + 1;
      this.#next = this.#text.indexOf('\n', this.#lineStart);
    }
    return { line: this.#line, column: offset - this.#lineStart + 1 };
  }
}
