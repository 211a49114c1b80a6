/** Writes nested records in their original frame or in a new one. Reads the result back, to check that it contains exactly these records. */
import { type Charset, encodeText } from '../charset.ts';
import { adapterCode, refusal } from '../refusal.ts';
import { failure, type Result } from '../result.ts';
import type { Frame, ReadTable, RecordContext } from '../table/read.ts';
import type { WrittenRow } from '../table/write.ts';
import type { CompiledRecords } from './description.ts';
import { contextOfJson } from './json.ts';
import { plainGap, plainSurroundings } from './layout.ts';
import { readNestedText, scanRecords } from './read.ts';
import { contextOfXml } from './xml.ts';

/** What stands around a record that is written behind a head. */
export const contextOf = (source: CompiledRecords, head: string): RecordContext | undefined =>
  source.format === 'json' ? contextOfJson(source) : contextOfXml(head, source);

/** Reads a kept record in the context where it is written. */
export function readKept(source: CompiledRecords, raw: string, { before, after }: RecordContext, adapter: string): ReadTable | undefined {
  const text = before + raw + after;
  const read = readNestedText(source, { text, charset: 'utf-8', bom: false }, { adapter, isRecord: true });
  if (!read.ok || read.value.rows[0]?.raw !== raw) return undefined;
  return read.value;
}

/** The frame of a new message. */
export const plainRecordFrame = (source: CompiledRecords): Frame => ({ bom: false, ...plainSurroundings(source) });

const NOT_READ_BACK = refusal('not-read-back', undefined, '');

/** The bytes of a message. Refused where kept text of another message does not fit around these records. */
export function writeRecords(source: CompiledRecords, rows: readonly WrittenRow[], frame: Frame, adapter: string): Result<Uint8Array> {
  const between = plainGap(source);
  const parts = [frame.head];
  for (const [n, { raw, gap = between }] of rows.entries()) parts.push(n === 0 ? '' : gap, raw);
  parts.push(frame.tail);
  const text = parts.join('');
  const scanned = scanRecords(text, source, adapter);
  if (!scanned.ok) {
    const isOne = source.format === 'xml' && source.steps.length === 1 && rows.length > 1;
    return failure(
      isOne ? { code: adapterCode(adapter, 'one-record'), reason: 'A message of the format has only one record', at: '' } : NOT_READ_BACK,
    );
  }
  const { records } = scanned.value;
  const isSame = records.length === rows.length && records.every(({ start, end }, n) => text.slice(start, end) === rows[n]?.raw);
  return isSame ? encodeText(text, frame.charset ?? ('utf-8' satisfies Charset), frame.bom) : failure(NOT_READ_BACK);
}
