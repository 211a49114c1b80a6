/** What scanning a message of nested records gives: each record with its place and its values, or why it cannot be read. */
import type { RecordContext } from '../table/read.ts';
import type { ScanFault } from '../table/scan.ts';

export interface FoundRecord {
  /** Offsets into the text. */
  readonly start: number;
  readonly end: number;
  /** By the columns of the table; empty where there is none. */
  readonly values: readonly string[];
  /** What stands in the record and no column names, by its path. */
  readonly extra: ReadonlyMap<string, string>;
  readonly context: RecordContext;
  readonly fault?: ScanFault;
  /** Where the value of a column stands, in characters from the start of the record; 0 where there is none. */
  startOf(column: number): number;
}

export interface ScannedRecords {
  readonly records: readonly FoundRecord[];
  /** The paths of what stands outside the records and says something. */
  readonly outside: readonly string[];
}

/** So many paths of what stands outside the records are named. */
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
