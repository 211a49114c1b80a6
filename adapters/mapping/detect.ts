/** Detects whether the beginning of a message has the format of a mapping. */
import { beginsWithRecords } from '../record/detect.ts';
import { success } from '../result.ts';
import { decodeTableText } from '../table/charsets.ts';
import { sliceOf } from '../table/fixed.ts';
import type { CompiledMapping } from './compile.ts';

/** `head` is the beginning of the message in Latin-1, without NUL characters. */
export function beginsAs(
  { document: { begins }, description: { dialect, tables, header, records } }: CompiledMapping,
  head: string,
): boolean {
  const isShared = /^(?:utf-8|us-ascii|iso-8859-1|windows-1252|utf-16)/.test(dialect.encoding);
  const decoded = isShared
    ? success({ text: Buffer.from(head, 'latin1').toString(dialect.encoding === 'utf-8' ? 'utf8' : 'latin1') })
    : decodeTableText(Buffer.from(head, 'latin1'), dialect.encoding);
  const text = decoded.ok ? decoded.value.text.replace(/^(?:\ufeff|ÿþ|þÿ)/, '') : head;
  if (begins !== undefined) return text.startsWith(begins);
  if (records !== undefined) return beginsWithRecords(records, text);
  if (dialect.hasTitles) {
    const [line = ''] = text.trimStart().split(/[\r\n\u0085]/, 1);
    const titles = new Set(line.split(dialect.delimiter).map((title) => title.trim().replaceAll(dialect.quote ?? '"', '')));
    return tables[0]?.titles.every((title) => titles.has(title.replaceAll(dialect.quote ?? '"', '').trim())) === true;
  }
  const known = header?.when;
  const column = known === undefined ? undefined : header?.columns[header.places.get(known.column) as number];
  if (known === undefined || column === undefined) return false;
  if (dialect.isFixed) return sliceOf(text.slice(0, dialect.width), column) === known.equals;
  const fields = text.split(/[\r\n\u0085]/, 1)[0]?.split(dialect.delimiter) ?? [];
  return fields[header?.places.get(known.column) as number] === known.equals;
}
