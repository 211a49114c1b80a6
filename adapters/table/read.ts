/** Reads a table: its frame (the text before the first row and after the last), its rows, and its unreadable records. */
import type { Charset } from '../charset.ts';
import { adapterCode, type Refusal } from '../refusal.ts';
import { type Failure, failure, type Result, success } from '../result.ts';
import { decodeTableText, encodeTableText } from './charsets.ts';
import { fieldStart, scanDelimited } from './delimited.ts';
import { type CompiledDescription, type CompiledTable, TABLE_LIMITS, type TableLimits } from './description.ts';
import { scanFixed, sliceOf } from './fixed.ts';
import type { ScannedRecord } from './scan.ts';
import { type FramedRecord, wrongTotals } from './totals.ts';

/** The reason why a record cannot be read. It becomes a refusal of the adapter, with the line. */
export interface RecordFault {
  readonly reason: string;
  readonly why: string;
  /** 1-based, in characters. */
  readonly column: number;
  /** Where it is not the first line of the record. */
  readonly line?: number;
}

export interface Row {
  readonly table: CompiledTable;
  /** By the columns of the table. */
  readonly values: readonly string[];
  /** The values of columns that are not in the description, by title. */
  readonly extra: Readonly<Record<string, string>>;
  /** The exact text of the record, and the blank lines before it. */
  readonly raw: string;
  readonly gap: string;
  readonly eol: string;
  readonly line: number;
  /** The titles of the columns in the order of the message, where that is not the order of the description. */
  readonly titles?: readonly string[];
  /** For nested records: the column where the record begins, and the places of its values. */
  readonly column?: number;
  startOf?(column: number): number;
  /** For nested records: the text around the record when it is a separate message. */
  readonly context?: RecordContext;
}

/** The text that must be around a nested record so that it can be read separately. */
export interface RecordContext {
  readonly before: string;
  readonly after: string;
}

export interface RefusedRow {
  readonly raw: string;
  readonly eol: string;
  readonly line: number;
  readonly fault: RecordFault;
  readonly context?: RecordContext;
}

/** The exact text around the rows. */
export interface Frame {
  readonly bom: boolean;
  readonly head: string;
  readonly tail: string;
  /** The charset that a message declares, if it is not UTF-8. */
  readonly charset?: Charset;
}

export interface ReadTable extends Frame {
  /** The titles in the order of the message, where that is not the order of the description. */
  readonly titles?: readonly string[];
  readonly rows: readonly Row[];
  readonly refused: readonly RefusedRow[];
  /** The header and the trailer, if present. */
  readonly framed: readonly FramedRecord[];
  /** A record as a separate message, with the titles of the columns where the format has them. */
  message(record: { readonly raw: string; readonly eol: string; readonly context?: RecordContext }): Uint8Array;
  /** The paths of content outside the records that the format does not have. */
  readonly outside?: readonly string[];
}

export interface ReadOptions {
  /** The id of the adapter, which is part of the codes of its refusals. */
  readonly adapter: string;
  readonly charset?: string;
  /** Whether the text is a single record from quarantine, without header and trailer. */
  readonly isRecord?: boolean;
  /** Whether that record can have several rows. */
  readonly isGrouped?: boolean;
  /** Whether the text is part of a table, whose header and trailer can be in another part. */
  readonly isPiece?: boolean;
  /** The number of lines of the file before that part. */
  readonly linesBefore?: number;
  /** Whether the text is only the header line. */
  readonly titlesOnly?: boolean;
  readonly limits?: TableLimits;
}

const isBlank = ({ fault, fields, start, end }: ScannedRecord): boolean =>
  fault === undefined && fields.length === 1 && end - start === fields[0]?.length && fields[0].trim() === '';

const NOTHING: Row['extra'] = {};

/** Finds the kind of a record, and its values. */
type Classify = (
  record: ScannedRecord,
  raw: () => string,
) => { readonly table: CompiledTable; readonly values: readonly string[] } | RecordFault;

const UNKNOWN: RecordFault = { reason: 'record-type', why: 'No kind of record of the format begins in this way', column: 1 };

function classifyFixed({ tables, dialect }: CompiledDescription): Classify {
  return ({ fields: [record = ''] }) => {
    const table = tables.find(({ when, columns, places }) => {
      const column = when === undefined ? undefined : columns[places.get(when.column) as number];
      return column === undefined || sliceOf(record, column) === when?.equals;
    });
    if (table === undefined) return UNKNOWN;
    if (record.length > dialect.width)
      return { reason: 'record-length', why: 'The record is longer than its columns', column: dialect.width + 1 };
    const last = table.columns.at(-1);
    // Systems often remove trailing spaces, so only padding may be missing.
    if (
      last?.start !== undefined &&
      record.length < last.start - 1 &&
      table.columns.some((candidate) => candidate.required === true && (candidate.start ?? 0) > record.length)
    )
      return { reason: 'record-length', why: 'The record ends before a column that must have a value', column: record.length + 1 };
    return { table, values: table.columns.map((column) => sliceOf(record, column)) };
  };
}

function classifyDelimited({ tables, dialect }: CompiledDescription, order: readonly number[] | undefined): Classify {
  // The places of the columns' values in a record.
  const standsAt = order === undefined ? undefined : (tables[0] as CompiledTable).columns.map((_, place) => order.indexOf(place));
  return ({ fields }, raw) => {
    const table = tables.find(({ when, places }) => {
      const place = when === undefined ? 0 : (places.get(when.column) as number);
      return when === undefined || fields[standsAt?.[place] ?? place] === when.equals;
    });
    if (table === undefined) return UNKNOWN;
    const wanted = order?.length ?? table.columns.length;
    if (fields.length < wanted)
      return { reason: 'field-count', why: 'The record has fewer fields than the format', column: raw().length + 1 };
    if (fields.length > wanted)
      return { reason: 'field-count', why: 'The record has more fields than the format', column: 1 + fieldStart(raw(), wanted, dialect) };
    return { table, values: standsAt === undefined ? fields : standsAt.map((place) => fields[place] ?? '') };
  };
}

/** Where each field of a record belongs by the header line: the place of its column, or -1 for one that the description does not know. Or why the line cannot be that of the format. */
function orderOf(titles: readonly string[], table: CompiledTable): readonly number[] | string {
  const order = titles.map((title) => table.titles.indexOf(title));
  const twice = titles.findIndex((title, n) => titles.indexOf(title) !== n);
  if (twice >= 0)
    return `Two columns of the header line have the same title (columns ${titles.indexOf(titles[twice] as string) + 1} and ${twice + 1})`;
  // No event may have a property of this name (T34).
  const forbidden = titles.indexOf('__proto__');
  if (forbidden >= 0 && order[forbidden] === -1) return `The title of column ${forbidden + 1} of the header line may not be used`;
  const missing = table.columns.findIndex((_, place) => !order.includes(place));
  return missing < 0 ? order : `The header line has no column with the title ${table.titles[missing]}`;
}

/** Reads a table. Never throws for what is in the bytes. */
export function readTable(description: CompiledDescription, bytes: Uint8Array, options: ReadOptions): Result<ReadTable> {
  const decoded = decodeTableText(bytes, description.dialect.encoding, options.charset);
  return decoded.ok ? readText(description, decoded.value, options) : decoded;
}

/** Reads a table whose bytes have been decoded. */
export function readText(
  description: CompiledDescription,
  { text, bom }: { readonly text: string; readonly bom: boolean },
  options: ReadOptions,
): Result<ReadTable> {
  const { dialect, tables, header, trailer } = description;
  const { limits = TABLE_LIMITS, linesBefore = 0 } = options;
  const refuse = (reason: string, why: string, line: number): Refusal => ({
    code: adapterCode(options.adapter, reason),
    reason: why,
    line,
  });
  const fail = (reason: string, why: string, line: number): Failure => failure(refuse(reason, why, line));
  const records = dialect.isFixed ? scanFixed(text, dialect, limits) : scanDelimited(text, dialect, limits);
  const rows: Row[] = [];
  const refused: RefusedRow[] = [];
  const framed: FramedRecord[] = [];
  let titles: readonly string[] | undefined;
  let classify = dialect.isFixed ? classifyFixed(description) : classifyDelimited(description, undefined);
  let titleLine = '';
  let from = 0;
  let headEnd = 0;
  let tailStart = 0;
  let count = 0;
  for (const record of records) {
    const { start, end, eol, fault } = record;
    const line = record.line + linesBefore;
    if (isBlank(record) && dialect.lineTerminators.length > 0) continue;
    if (dialect.hasTitles && titleLine === '') {
      if (fault !== undefined) return fail('header', `The header line cannot be read: ${fault.why}`, line);
      const order = orderOf(record.fields, tables[0] as CompiledTable);
      if (typeof order === 'string') return fail('header', order, line);
      const isInOrder = order.every((place, n) => place === n);
      titles = isInOrder ? undefined : record.fields;
      classify = classifyDelimited(description, isInOrder ? undefined : order);
      titleLine = text.slice(0, end + eol.length);
      from = headEnd = tailStart = end + eol.length;
      continue;
    }
    const kind =
      fault === undefined ? classify(record, () => text.slice(start, end)) : { reason: fault.reason, why: fault.why, column: fault.at + 1 };
    const isRow = 'reason' in kind || kind.table.role === 'row';
    if (isRow && framed.some(({ table }) => table.role === 'trailer')) return fail('after-trailer', 'A record follows the trailer', line);
    if (isRow) {
      if (++count > limits.rows) return fail('too-many-rows', 'The message has too many rows', line);
      if (count === 1) headEnd = from;
      const raw = text.slice(start, end);
      if ('reason' in kind) refused.push({ raw, eol, line, fault: kind });
      else {
        const row = { table: kind.table, values: kind.values, raw, gap: text.slice(from, start), eol, line };
        rows.push(
          titles === undefined ? { ...row, extra: NOTHING } : { ...row, extra: extraOf(titles, record.fields, kind.table), titles },
        );
      }
      from = tailStart = end + eol.length;
      continue;
    }
    const { table, values } = kind;
    if (framed.some((frame) => frame.table === table)) return fail(`two-${table.role}s`, `There is more than one ${table.role}`, line);
    if (table.role === 'header' && count > 0) return fail('header', 'The header is not the first record', line);
    framed.push({ table, values, line });
    if (count === 0) headEnd = end + eol.length;
    if (table.role === 'header') from = tailStart = end + eol.length;
  }
  if (dialect.hasTitles && titleLine === '') return fail('header', 'There is no header line', 1);
  if (options.titlesOnly === true || options.isPiece === true) {
    // Nothing else is required.
  } else if (options.isRecord === true) {
    if (count !== 1 && !(options.isGrouped === true && count > 0))
      return fail('one-record', 'Send a record from quarantine without other records', 1);
  } else {
    for (const wanted of [header, trailer])
      if (wanted !== undefined && !framed.some(({ table }) => table === wanted))
        return fail(wanted.role, `There is no ${wanted.role}: the message may have been cut short`, 1);
    const wrong = framed.flatMap((frame) => wrongTotals(frame, rows, refused.length, framed.length));
    const [first, ...others] = wrong.map(({ why, line }) => refuse('total', why, line));
    if (first !== undefined) return failure(first, ...others);
  }
  if (count === 0) headEnd = tailStart = Math.min(headEnd, tailStart);
  const message = (record: { raw: string; eol: string }): Uint8Array => {
    const written = encodeTableText(titleLine + record.raw + record.eol, dialect.encoding, bom);
    if (!written.ok) throw new Error('Text of the message cannot be written in the charset that it was read in');
    return written.value;
  };
  return success({
    ...(titles === undefined ? {} : { titles }),
    bom,
    head: text.slice(0, headEnd),
    tail: text.slice(tailStart),
    rows,
    refused,
    framed,
    message,
  });
}

function extraOf(titles: readonly string[], fields: readonly string[], { titles: known }: CompiledTable): Readonly<Record<string, string>> {
  const names = new Set(known);
  return Object.fromEntries(titles.flatMap((title, n) => (names.has(title) ? [] : [[title, fields[n] ?? ''] as const])));
}
