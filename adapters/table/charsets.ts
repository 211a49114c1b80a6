/** The charsets of table formats: those of every adapter, more single-byte ones by iconv-lite, and EBCDIC. Decoded as described, or refused. */
import iconv from 'iconv-lite';
import type { Refusal } from '../adapter.ts';
import { type Charset, decodeText, encodeText } from '../charset.ts';
import { decodeEbcdic, encodeEbcdic, isEbcdic } from './ebcdic.ts';

const SHARED = ['utf-8', 'us-ascii', 'iso-8859-1', 'windows-1252', 'utf-16le', 'utf-16be'] as const satisfies readonly Charset[];
/** Each byte is one character: what one of them says never depends on another. */
const SINGLE_BYTE = ['iso-8859-2', 'iso-8859-14', 'iso-8859-15', 'windows-1250', 'windows-1251', 'cp437', 'cp850', 'cp858', 'macintosh'];
const EBCDIC = ['cp037', 'cp500'];

/** The names of all charsets that a description can name. */
export const CHARSETS: readonly string[] = [...SHARED, ...SINGLE_BYTE, ...EBCDIC];

export interface TableText {
  readonly text: string;
  readonly bom: boolean;
}

const refuse = (reason: string): Refusal => ({ code: 'charset', reason, line: 1 });
const isShared = (name: string): name is Charset => (SHARED as readonly string[]).includes(name);

/** Names that transports use for the same charset. */
const ALIASES: Readonly<Record<string, string>> = {
  utf8: 'utf-8',
  ascii: 'us-ascii',
  latin1: 'iso-8859-1',
  cp1252: 'windows-1252',
  ibm037: 'cp037',
  'ibm-037': 'cp037',
  ibm500: 'cp500',
  'ibm-500': 'cp500',
  ibm850: 'cp850',
};

/** The text of a message in the charset of its description. What the transport declares must not contradict that. */
export function decodeTableText(bytes: Uint8Array, described: string, transport?: string): TableText | Refusal {
  const declared = transport?.toLowerCase();
  const named = declared === undefined ? described : (ALIASES[declared] ?? declared);
  if (named !== described && !(named === 'utf-16' && described.startsWith('utf-16')))
    return refuse('The transport declares another charset than the format has');
  if (isShared(described)) {
    const decoded = decodeText(bytes, described);
    if ('code' in decoded) return decoded;
    return decoded.charset === described ? decoded : refuse('The message is in another charset than the format has');
  }
  if (isEbcdic(described)) return { text: decodeEbcdic(bytes, described), bom: false };
  const text = iconv.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), described, { stripBOM: false });
  const bad = text.indexOf('\ufffd');
  return bad < 0
    ? { text, bom: false }
    : { code: 'charset', reason: `A byte is not ${described}`, line: 1 + (text.slice(0, bad).match(/\n/g)?.length ?? 0) };
}

/** The bytes of a text. Throws RangeError when the charset has no such character. */
export function encodeTableText(text: string, charset: string, bom: boolean): Uint8Array {
  if (isShared(charset)) {
    if (!text.isWellFormed()) throw new RangeError('Half of a character cannot be written');
    return encodeText(text, charset, bom);
  }
  if (isEbcdic(charset)) return encodeEbcdic(text, charset);
  const bytes = iconv.encode(text, charset);
  if (iconv.decode(bytes, charset) !== text) throw new RangeError(`A character cannot be written as ${charset}`);
  return bytes;
}
