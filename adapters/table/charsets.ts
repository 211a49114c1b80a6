/** Decodes and encodes the charsets of table formats: those of every adapter, other single-byte charsets (by iconv-lite), and EBCDIC. A message must be in the described charset. */
import iconv from 'iconv-lite';
import { type Charset, decodeText, encodeText, isUtf8BeyondAscii, notInCharset, notWritable } from '../charset.ts';
import { lineAt } from '../line-at.ts';
import { type Result, success } from '../result.ts';
import { decodeEbcdic, encodeEbcdic, isEbcdic } from './ebcdic.ts';

const SHARED = ['utf-8', 'us-ascii', 'iso-8859-1', 'windows-1252', 'utf-16le', 'utf-16be'] as const satisfies readonly Charset[];
/** Single-byte charsets: each byte is one character, independent of the other bytes. */
const SINGLE_BYTE = ['iso-8859-2', 'iso-8859-14', 'iso-8859-15', 'windows-1250', 'windows-1251', 'cp437', 'cp850', 'cp858', 'macintosh'];
const EBCDIC = ['cp037', 'cp500'];

/** The names of all charsets that a description can name. */
export const CHARSETS: readonly string[] = [...SHARED, ...SINGLE_BYTE, ...EBCDIC];

export interface TableText {
  readonly text: string;
  readonly bom: boolean;
}

const isShared = (name: string): name is Charset => (SHARED as readonly string[]).includes(name);

const ONE_BYTE: ReadonlySet<string> = new Set(['iso-8859-1', 'windows-1252', ...SINGLE_BYTE]);

const firstHigh = (bytes: Uint8Array): number => bytes.findIndex((byte) => byte > 0x7f);

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

/** Decodes a message in the charset of its description. Refuses it where the transport declares another charset. */
export function decodeTableText(bytes: Uint8Array, described: string, transport?: string): Result<TableText> {
  const declared = transport?.toLowerCase();
  const named = declared === undefined ? described : (ALIASES[declared] ?? declared);
  if (named !== described && !(named === 'utf-16' && described.startsWith('utf-16')))
    return notInCharset('The transport declares another charset than the format has', 1);
  // Refuse valid UTF-8 in a single-byte charset: it is UTF-8 and would be misread, because text is not valid UTF-8 by chance (T47).
  if (ONE_BYTE.has(described) && isUtf8BeyondAscii(bytes))
    return notInCharset(
      `The bytes are UTF-8, and the format is ${described}`,
      lineAt(Buffer.from(bytes).toString('latin1'), firstHigh(bytes)),
    );
  if (isShared(described)) {
    const decoded = decodeText(bytes, described);
    if (!decoded.ok) return decoded;
    return decoded.value.charset === described ? decoded : notInCharset('The message is in another charset than the format has', 1);
  }
  if (isEbcdic(described)) return success({ text: decodeEbcdic(bytes, described), bom: false });
  const text = iconv.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), described, { stripBOM: false });
  const bad = text.indexOf('\ufffd');
  return bad < 0 ? success({ text, bom: false }) : notInCharset(`A byte is not ${described}`, lineAt(text, bad));
}

/** Encodes a text, or refuses a character that the charset does not have. */
export function encodeTableText(text: string, charset: string, bom: boolean): Result<Uint8Array> {
  if (isShared(charset)) {
    return text.isWellFormed() ? encodeText(text, charset, bom) : notWritable(charset);
  }
  if (isEbcdic(charset)) {
    const written = encodeEbcdic(text, charset);
    return written === undefined ? notWritable(charset) : success(written);
  }
  const bytes = iconv.encode(text, charset);
  return iconv.decode(bytes, charset) === text ? success(bytes) : notWritable(charset);
}
