/** Writes a table: rows as exact text or in the normal form of the description, in their original frame or in a new one. */
import type { Result } from '../result.ts';
import { encodeTableText } from './charsets.ts';
import { hasOnlyNeededQuotes, scanDelimited, writeDelimited } from './delimited.ts';
import { type CompiledDescription, type CompiledTable, TABLE_LIMITS } from './description.ts';
import { scanFixed, sliceOf, writeFixed } from './fixed.ts';
import type { Frame, Row } from './read.ts';
import { type CountedRow, isSameNumber, totalOf } from './totals.ts';

export interface WrittenRow {
  readonly table: CompiledTable;
  readonly values: readonly string[];
  /** The exact text of the record, whose values are in `values`. */
  readonly raw: string;
  readonly gap?: string;
  readonly eol?: string;
  /** The rows, where the record has several. */
  readonly rows?: readonly CountedRow[];
}

const counted = (rows: readonly WrittenRow[]): readonly CountedRow[] => rows.flatMap((row) => row.rows ?? [row]);

/** A record in normal form. `titles` and `extra` apply where the message has another order, or more columns. Returns the place of a value that cannot be written. */
export function writeRecord(
  { dialect }: CompiledDescription,
  table: CompiledTable,
  values: readonly string[],
  titles?: readonly string[],
  extra: Readonly<Record<string, string>> = {},
): string | { readonly column: number } {
  if (dialect.isFixed) return writeFixed(values, table, dialect.width);
  const ordered =
    titles?.map((title) => {
      const place = table.titles.indexOf(title);
      return (place < 0 ? extra[title] : values[place]) ?? '';
    }) ?? values;
  const written = writeDelimited(ordered, dialect);
  if (written !== undefined) return written;
  return { column: values.findIndex((value) => writeDelimited([value, ''], dialect) === undefined) };
}

/** Whether a record, with its further rows, is fully described by its columns. */
export function isNormalRow(description: CompiledDescription, row: Row, belonging: readonly Row[], eol: string): boolean {
  if (belonging.length === 0) return isNormalText(description, row, row.raw);
  const tail = belonging.map(({ raw }) => eol + raw).join('');
  if (!row.raw.endsWith(tail)) return false;
  const recordText = row.raw.slice(0, row.raw.length - tail.length);
  return isNormalText(description, row, recordText) && belonging.every((line) => isNormalText(description, line, line.raw));
}

const BLANKS = ' '.repeat(TABLE_LIMITS.recordLength);

/** Whether there are only blanks between two places. Where a slice of text is compared with another, nothing is looked at one by one. */
const isBlankBetween = (text: string, from: number, to: number): boolean => {
  const length = Math.min(to, text.length) - from;
  return length <= 0 || text.slice(from, from + length) === BLANKS.slice(0, length);
};

function isNormalText(description: CompiledDescription, { table, values, titles, extra }: Row, raw: string): boolean {
  const { isFixed, quote, quoting, width } = description.dialect;
  // A column contains only its value and padding.
  if (isFixed) return raw.length === width && !raw.includes('\u0085') && table.gaps.every(([from, to]) => isBlankBetween(raw, from, to));
  if (quoting === 'minimal' && values.length > 1 && !raw.includes('\u0085')) {
    // Without quotes, and where none are needed, the text is the fields with delimiters between them.
    if (quote === undefined || !raw.includes(quote)) return true;
    if (titles === undefined) return hasOnlyNeededQuotes(values, raw, description.dialect);
  }
  return writeRecord(description, table, values, titles, extra) === raw;
}

/** The frame of a new message: titles, and header and trailer with their known values. */
export function plainFrame(description: CompiledDescription, written: readonly WrittenRow[]): Frame {
  const rows = counted(written);
  const { dialect, tables, header, trailer } = description;
  const [eol = ''] = dialect.lineTerminators;
  const framed = Number(header !== undefined) + Number(trailer !== undefined);
  const recordOf = (table: CompiledTable | undefined): string => {
    if (table === undefined) return '';
    const values = table.columns.map(({ name }) => {
      const total = table.totals?.find(({ column }) => column === name);
      if (total !== undefined) return totalOf(total, rows, 0, framed) ?? '';
      return table.when?.column === name ? table.when.equals : '';
    });
    const record = writeRecord(description, table, values);
    return typeof record === 'string' ? record + eol : '';
  };
  const titles = dialect.hasTitles ? `${writeDelimited((tables[0] as CompiledTable).titles, dialect)}${eol}` : '';
  return { bom: false, head: titles + recordOf(header), tail: recordOf(trailer) };
}

/** A header or trailer with the totals of the written rows, which can be fewer than in the original. */
function withTotals(description: CompiledDescription, text: string, isAfterTitles: boolean, rows: readonly CountedRow[]): string {
  const { dialect, tables, header, trailer } = description;
  const framed = Number(header !== undefined) + Number(trailer !== undefined);
  if (!tables.some(({ totals = [] }) => totals.length > 0)) return text;
  let out = '';
  let isTitle = isAfterTitles;
  const records = dialect.isFixed ? scanFixed(text, dialect, TABLE_LIMITS) : scanDelimited(text, dialect, TABLE_LIMITS);
  for (const { start, end, eol, fields } of records) {
    const record = text.slice(start, end);
    const [first = ''] = fields;
    const table = [header, trailer].find((frame) => {
      const place = frame?.when === undefined ? undefined : frame.places.get(frame.when.column);
      if (frame === undefined || place === undefined) return false;
      const held = dialect.isFixed ? sliceOf(first, frame.columns[place] as (typeof frame.columns)[number]) : fields[place];
      return held === frame.when?.equals;
    });
    if (table === undefined || isTitle) out += record + eol;
    else {
      const values = dialect.isFixed ? table.columns.map((column) => sliceOf(first, column)) : fields;
      const changed = table.columns.map(({ name }, place) => {
        const total = table.totals?.find(({ column }) => column === name);
        const counted = total === undefined ? undefined : totalOf(total, rows, 0, framed);
        const stated = values[place] ?? '';
        return counted === undefined || isSameNumber(stated, counted) ? stated : counted;
      });
      const isSame = changed.every((value, n) => value === values[n]);
      const written = isSame ? record : writeRecord(description, table, changed);
      out += (typeof written === 'string' ? written : record) + eol;
    }
    isTitle = false;
  }
  return out;
}

/** The bytes of a table, or a refusal of a character that the charset does not have. */
export function writeTable(description: CompiledDescription, rows: readonly WrittenRow[], frame?: Frame): Result<Uint8Array> {
  const { dialect } = description;
  const plain = plainFrame(description, rows);
  const [standard = ''] = dialect.lineTerminators;
  const bom = frame?.bom ?? plain.bom;
  const head = frame === undefined ? plain.head : withTotals(description, frame.head, dialect.hasTitles, counted(rows));
  const tail = frame === undefined ? plain.tail : withTotals(description, frame.tail, false, counted(rows));
  const parts = [head];
  for (const { raw, gap = '', eol = standard } of rows) parts.push(gap, raw, eol);
  parts.push(tail);
  return encodeTableText(parts.join(''), dialect.encoding, bom);
}
