/** Reads a message of nested records as a table: one row for each record, and the exact text around them. */
import { decodeText, encodeText } from '../charset.ts';
import { adapterCode } from '../refusal.ts';
import { type Failure, failure, type Result, success } from '../result.ts';
import { type CompiledTable, TABLE_LIMITS, type TableLimits } from '../table/description.ts';
import type { ReadOptions, ReadTable, RefusedRow, Row } from '../table/read.ts';
import type { CompiledRecords } from './description.ts';
import { scanJsonRecords } from './json.ts';
import { isMoreThanLayout, plainGap } from './layout.ts';
import { LineCounter, type ScannedRecords } from './scan.ts';
import { scanXmlRecords } from './xml.ts';

const DECLARATION = /^<\?xml[\s?][^>]*>/;

/** The facts about a decoded message that are needed to write a part of it. */
type Decoded = Pick<ReadTable, 'bom'> & { readonly text: string; readonly charset: NonNullable<ReadTable['charset']> };

/** The records of a text, with their places. */
export function scanRecords(
  text: string,
  source: CompiledRecords,
  adapter: string,
  limits: TableLimits = TABLE_LIMITS,
): Result<ScannedRecords> {
  const tooMany = { code: adapterCode(adapter, 'too-many-rows'), reason: 'The message has too many rows' };
  return (source.format === 'xml' ? scanXmlRecords : scanJsonRecords)(text, source, limits, tooMany);
}

/** Reads a message. Never throws for what is in the bytes. */
export function readRecords(source: CompiledRecords, bytes: Uint8Array, options: ReadOptions): Result<ReadTable> {
  const decoded = decodeText(bytes, options.charset);
  return decoded.ok ? readNestedText(source, decoded.value, options) : decoded;
}

/** Reads a message after its bytes are decoded. */
export function readNestedText(source: CompiledRecords, decoded: Decoded, options: ReadOptions): Result<ReadTable> {
  const { text, bom, charset } = decoded;
  const scanned = scanRecords(text, source, options.adapter, options.limits);
  if (!scanned.ok) return scanned;
  const { records, outside } = scanned.value;
  const refuse = (reason: string, why: string): Failure => failure({ code: adapterCode(options.adapter, reason), reason: why, line: 1 });
  if (options.isRecord === true && records.length !== 1) return refuse('one-record', 'Send a record from quarantine without other records');
  const counter = new LineCounter(text);
  const between = plainGap(source);
  const rows: Row[] = [];
  const refused: RefusedRow[] = [];
  let from = records[0]?.start ?? text.length;
  let head = text.slice(0, from);
  /** The text around refused records, if it is more than layout. */
  let kept = '';
  for (const { start, end, fault, values, extra, context, startOf } of records) {
    const raw = text.slice(start, end);
    const { line, column } = counter.at(start);
    const gap = text.slice(from, start);
    from = end;
    const common = { raw, eol: '', line, context };
    if (fault !== undefined) {
      const { reason, why, at } = fault;
      refused.push({ ...common, fault: { reason, why, ...placeIn(raw, line, column, at) } });
      if (isMoreThanLayout(source, gap)) kept += gap;
      continue;
    }
    // The text before the first readable record belongs to the head.
    const isFirst = rows.length === 0;
    if (isFirst && isMoreThanLayout(source, kept + gap)) head += kept + gap;
    const gapBefore = isFirst ? between : kept + gap;
    kept = '';
    rows.push({
      ...common,
      table: source.table as CompiledTable,
      values,
      extra: Object.fromEntries(extra),
      gap: gapBefore,
      column,
      startOf,
    });
  }
  const prolog = source.format === 'xml' ? (DECLARATION.exec(text)?.[0] ?? '') : '';
  return success({
    bom,
    head,
    tail: kept + text.slice(from),
    rows,
    refused,
    framed: [],
    outside,
    ...(charset === 'utf-8' ? {} : { charset }),
    message: ({ raw, context }) => {
      const written = encodeText(`${prolog}${context?.before ?? ''}${raw}${context?.after ?? ''}`, charset, bom);
      if (!written.ok) throw new Error('Text of the message cannot be written in the charset that it was read in');
      return written.value;
    },
  });
}

/** The line and column of a place in a record that begins at a line and column. */
export function placeIn(raw: string, line: number, column: number, at: number): { readonly line: number; readonly column: number } {
  const before = raw.slice(0, at);
  const last = before.lastIndexOf('\n');
  if (last < 0) return { line, column: column + at };
  return { line: line + before.split('\n').length - 1, column: at - last };
}
