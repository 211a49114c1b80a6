/** Reads and writes fixed-width text: a record is a line, or a number of characters, and a column is a slice of it. */
import type { Column, CompiledDialect, CompiledTable, TableLimits } from './description.ts';
import { fault, longestFirst, type ScannedRecord } from './scan.ts';

/** Scans a text into records. Each has one field, the record itself, because its columns depend on its kind. */
export function* scanFixed(text: string, { lineTerminators, width }: CompiledDialect, limits: TableLimits): Generator<ScannedRecord> {
  if (lineTerminators.length === 0) {
    for (let start = 0; start < text.length; start += width) {
      const end = Math.min(text.length, start + width);
      const record = text.slice(start, end);
      // The text has no lines, so use the number of the record.
      yield { ...scanned(record, start, end, '', 1 + start / width, limits) };
    }
    return;
  }
  const ends = new RegExp(longestFirst(lineTerminators).join('|'), 'g');
  let line = 1;
  for (let start = 0; start < text.length; line++) {
    ends.lastIndex = start;
    const found = ends.exec(text);
    const end = found?.index ?? text.length;
    const eol = found?.[0] ?? '';
    yield scanned(text.slice(start, end), start, end, eol, line, limits);
    start = end + eol.length;
  }
}

function scanned(record: string, start: number, end: number, eol: string, line: number, limits: TableLimits): ScannedRecord {
  const found = { start, end, eol, line, fields: [record] };
  if (record.length > limits.recordLength) return { ...found, fields: [], fault: fault('record-too-long', 'The record is too long', 0) };
  const bad = record.search(/[\0\r\n]/);
  return bad < 0
    ? found
    : { ...found, fields: [], fault: fault('line-end', 'There is a NUL or a line end that the format does not have', bad) };
}

const padOf = ({ pad = ' ' }: Column): string => pad;

/** The value of a column, without padding. */
export function sliceOf(record: string, column: Column): string {
  const { start = 1, length = 0, align = 'left' } = column;
  const pad = padOf(column);
  let from = start - 1;
  let to = Math.min(record.length, from + length);
  if (align === 'left') while (to > from && record[to - 1] === pad) to--;
  else while (from < to - (pad === '0' ? 1 : 0) && record[from] === pad) from++;
  return record.slice(from, to);
}

/** Makes a record from values, or returns the column whose value does not fit. */
export function writeFixed(values: readonly string[], { columns }: CompiledTable, width: number): string | { readonly column: number } {
  let record = '';
  for (const [n, column] of columns.entries()) {
    const { start = 1, length = 0, align = 'left' } = column;
    const value = values[n] ?? '';
    if (value.length > length || /[\0\r\n\u0085]/.test(value)) return { column: n };
    const pad = padOf(column);
    const isNumber = pad === '0' && value === '';
    record = record.padEnd(start - 1) + (align === 'left' ? value.padEnd(length, pad) : value.padStart(length, isNumber ? ' ' : pad));
  }
  return record.padEnd(width);
}
