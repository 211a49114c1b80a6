/** The result of scanning a table: each record with its place and its fields, or the reason why it cannot be read. */

/** The reason why a record cannot be read. `at` is the offset of the fault in the record, in characters. */
export interface ScanFault {
  readonly reason: string;
  readonly why: string;
  readonly at: number;
}

export interface ScannedRecord {
  /** Offsets into the text; `end` is before the line end. */
  readonly start: number;
  readonly end: number;
  readonly eol: string;
  /** 1-based, of the first line of the record. */
  readonly line: number;
  readonly fields: readonly string[];
  readonly fault?: ScanFault;
}

export const fault = (reason: string, why: string, at: number): ScanFault => ({ reason, why, at });

/** The line end at a place, if the description allows it. Tries the longest first. */
export function lineEndAt(text: string, at: number, terminators: readonly string[]): string | undefined {
  for (const terminator of terminators) if (text.startsWith(terminator, at)) return terminator;
  return undefined;
}

/** Line ends with the longest first, so that CR LF is not taken for a CR. */
export const longestFirst = (terminators: readonly string[]): readonly string[] => terminators.toSorted((a, b) => b.length - a.length);
