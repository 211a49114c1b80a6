/** Bytes to text and back, as declared or not at all: a wrong charset must be refused, never guessed (T47). */
import { isAscii, isUtf8 } from 'node:buffer';
import { refusal } from './refusal.ts';
import { type Failure, failure, type Result, success } from './result.ts';

/** The charsets that legacy systems send. `utf-16le` and `utf-16be` only with a byte order mark. */
export type Charset = 'utf-8' | 'us-ascii' | 'iso-8859-1' | 'windows-1252' | 'utf-16le' | 'utf-16be';

export interface DecodedText {
  readonly text: string;
  readonly charset: Charset;
  readonly bom: boolean;
}

const NAMES: Readonly<Record<string, Charset>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'us-ascii': 'us-ascii',
  ascii: 'us-ascii',
  'iso-8859-1': 'iso-8859-1',
  latin1: 'iso-8859-1',
  'windows-1252': 'windows-1252',
  cp1252: 'windows-1252',
  'utf-16le': 'utf-16le',
  'utf-16be': 'utf-16be',
};

export const isCharset = (value: unknown): value is Charset => Object.values(NAMES).includes(value as Charset);

/** The refusal of bytes that are not text in the charset of the message. */
export const notInCharset = (reason: string, line: number): Failure => failure({ code: 'charset', reason, line });

/** The charset that an XML declaration names, or nothing. @see XML 1.0, 4.3.3 */
function declaredInXml(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 1000)).toString('latin1');
  return /^(?:\xef\xbb\xbf)?<\?xml[^>]*?\sencoding\s*=\s*["']([^"'>]*)["']/.exec(head)?.[1]?.toLowerCase();
}

/** Text that begins with `<` in two bytes: no other charset of XML has NUL there. */
const looksLikeUtf16 = ([first, second]: Uint8Array): boolean => (first === 0 && second === 0x3c) || (first === 0x3c && second === 0);

function byteOrderMark(bytes: Uint8Array): { charset: Charset; length: number } | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return { charset: 'utf-8', length: 3 };
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { charset: 'utf-16le', length: 2 };
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { charset: 'utf-16be', length: 2 };
  return undefined;
}

function lineOfFirstBadByte(bytes: Uint8Array, charset: string): number {
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    try {
      new TextDecoder(charset, { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      good = middle;
    } catch {
      bad = middle;
    }
  }
  let line = 1;
  for (let n = 0; n < good; n++) if (bytes[n] === 10) line++;
  return line;
}

/** What is known of a charset before the text is read. */
interface KnownCharset {
  readonly charset: Charset;
  /** Bytes of the byte order mark. */
  readonly mark: number;
  readonly isNamed: boolean;
}

/** The charset of a message that begins with some bytes: at least 1,000, where there are so many. */
function charsetOf(bytes: Uint8Array, transport?: string): Result<KnownCharset> {
  const mark = byteOrderMark(bytes);
  const inXml = declaredInXml(mark?.charset.startsWith('utf-16') ? new Uint8Array() : bytes);
  const named = [transport?.toLowerCase(), inXml].filter((name) => name !== undefined);
  for (const name of named) {
    if (name === 'utf-16' && mark?.charset.startsWith('utf-16')) continue;
    const charset = NAMES[name];
    if (charset === undefined)
      return notInCharset(
        name === 'utf-16' ? 'Declared as UTF-16 but there is no byte order mark' : 'The declared charset is not supported',
        1,
      );
    if (mark !== undefined && mark.charset !== charset) return notInCharset('The byte order mark contradicts the declared charset', 1);
  }
  if (mark === undefined && !named.some((name) => name.startsWith('utf-16')) && looksLikeUtf16(bytes))
    return notInCharset('The bytes look like UTF-16, but there is no byte order mark', 1);
  const [first, second] = named.map((name) => NAMES[name]);
  if (second !== undefined && first !== undefined && first !== second)
    return notInCharset('The transport and the XML declaration name different charsets', 1);
  return success({ charset: mark?.charset ?? first ?? second ?? 'utf-8', mark: mark?.length ?? 0, isNamed: named.length > 0 });
}

const notOf = ({ charset, isNamed }: KnownCharset, line: number): Failure =>
  notInCharset(`The bytes are not ${charset.toUpperCase()}${isNamed ? ', as declared' : ''}`, line);

const isOneByte = (charset: Charset): boolean => charset === 'iso-8859-1' || charset === 'windows-1252';

/** Whether bytes hold letters beyond ASCII, and are UTF-8. Text in one byte for each character is not UTF-8 by chance (T47). */
export const isUtf8BeyondAscii = (bytes: Uint8Array): boolean => !isAscii(bytes) && isUtf8(bytes);

const isUtf8NotOf = (charset: Charset, line: number): Failure =>
  notInCharset(`The bytes are UTF-8, not ${charset.toUpperCase()}, as declared`, line);

/**
 * The text of a message. A byte order mark, the transport's charset and the XML declaration must not contradict each other;
 * without any of them it is UTF-8.
 */
export function decodeText(bytes: Uint8Array, transport?: string): Result<DecodedText> {
  const found = charsetOf(bytes, transport);
  if (!found.ok) return found;
  const known = found.value;
  const { charset } = known;
  const body = bytes.subarray(known.mark);
  const bom = known.mark > 0;
  if (isOneByte(charset) && isUtf8BeyondAscii(body))
    return isUtf8NotOf(
      charset,
      1 +
        body
          .subarray(
            0,
            body.findIndex((byte) => byte > 0x7f),
          )
          .filter((byte) => byte === 10).length,
    );
  if (charset === 'us-ascii' || charset === 'iso-8859-1') {
    const bad = charset === 'us-ascii' ? body.findIndex((byte) => byte > 0x7f) : -1;
    if (bad >= 0)
      return notInCharset('A byte is not US-ASCII, as declared', 1 + body.subarray(0, bad).filter((byte) => byte === 10).length);
    return success({ text: Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1'), charset, bom });
  }
  try {
    const text = new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(body);
    if (text.startsWith('\ufeff')) return notInCharset('There is more than one byte order mark', 1);
    return success({ text, charset, bom });
  } catch {
    return notOf(known, lineOfFirstBadByte(body, charset));
  }
}

/** How many bytes say which charset it is. */
const HEAD = 1000;

/** The text of a message that comes in pieces: the same as {@link decodeText} gives of all of it, or the same refusal. */
export class TextStream {
  readonly #transport: string | undefined;
  #head: Uint8Array | undefined = new Uint8Array();
  #known: KnownCharset | undefined;
  #decoder: InstanceType<typeof TextDecoder> | undefined;
  /** Reads text in one byte for each character as UTF-8 too, for as long as it may be that. */
  #asUtf8: InstanceType<typeof TextDecoder> | undefined = new TextDecoder('utf-8', { fatal: true });
  /** The line of the first letter beyond ASCII. */
  #beyondAscii: number | undefined;
  #line = 1;
  #isFirst = true;

  constructor(transport?: string) {
    this.#transport = transport;
  }

  get charset(): Charset {
    return this.#known?.charset ?? 'utf-8';
  }

  get bom(): boolean {
    return (this.#known?.mark ?? 0) > 0;
  }

  /** The text of the next piece, up to its last complete character. */
  write(bytes: Uint8Array, isLast = false): Result<string> {
    let unread = bytes;
    if (this.#head !== undefined) {
      unread = this.#head.length === 0 ? bytes : Buffer.concat([this.#head, bytes]);
      if (unread.length < HEAD && !isLast) {
        this.#head = unread;
        return success('');
      }
      this.#head = undefined;
      const known = charsetOf(unread, this.#transport);
      if (!known.ok) return known;
      this.#known = known.value;
      unread = unread.subarray(known.value.mark);
    }
    const text = this.#textOf(unread, isLast);
    if (text.ok) for (let at = text.value.indexOf('\n'); at >= 0; at = text.value.indexOf('\n', at + 1)) this.#line++;
    return text;
  }

  /** Whether all the text was UTF-8 with letters beyond ASCII. It is known with the last piece. */
  #isUtf8(bytes: Uint8Array, isLast: boolean): boolean {
    if (this.#asUtf8 === undefined) return false;
    if (this.#beyondAscii === undefined && !isAscii(bytes)) {
      const first = bytes.findIndex((byte) => byte > 0x7f);
      this.#beyondAscii = this.#line + bytes.subarray(0, first).filter((byte) => byte === 10).length;
    }
    try {
      this.#asUtf8.decode(bytes, { stream: !isLast });
      return isLast && this.#beyondAscii !== undefined;
    } catch {
      this.#asUtf8 = undefined;
      return false;
    }
  }

  #textOf(bytes: Uint8Array, isLast: boolean): Result<string> {
    const known = this.#known as KnownCharset;
    if (isOneByte(known.charset) && this.#isUtf8(bytes, isLast)) return isUtf8NotOf(known.charset, this.#beyondAscii ?? 1);
    if (known.charset === 'us-ascii' && bytes.some((byte) => byte > 0x7f))
      return notInCharset('A byte is not US-ASCII, as declared', this.#line);
    if (known.charset === 'us-ascii' || known.charset === 'iso-8859-1')
      return success(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'));
    this.#decoder ??= new TextDecoder(known.charset, { fatal: true, ignoreBOM: true });
    try {
      const text = this.#decoder.decode(bytes, { stream: !isLast });
      if (this.#isFirst && text.startsWith('\ufeff')) return notInCharset('There is more than one byte order mark', 1);
      if (text !== '') this.#isFirst = false;
      return success(text);
    } catch {
      return notOf(known, this.#line);
    }
  }
}

/** The refusal of text that a charset has no bytes for. */
export const notWritable = (charset: string): Failure => failure(refusal('charset', `A character cannot be written as ${charset}`));

const WINDOWS_1252: ReadonlyMap<string, number> = new Map(
  Array.from({ length: 256 }, (_, n) => [new TextDecoder('windows-1252').decode(Uint8Array.of(n)), n]),
);

function singleBytes(text: string, charset: Charset): Result<Uint8Array> {
  const out = new Uint8Array(text.length);
  const limit = charset === 'us-ascii' ? 0x7f : 0xff;
  for (let n = 0; n < text.length; n++) {
    const code = charset === 'windows-1252' ? WINDOWS_1252.get(text.charAt(n)) : text.charCodeAt(n);
    if (code === undefined || code > limit) return notWritable(charset);
    out[n] = code;
  }
  return success(out);
}

/** The bytes of a text in a charset, or a refusal where the charset has no such character. */
export function encodeText(text: string, charset: Charset, bom: boolean): Result<Uint8Array> {
  const marked = bom ? `\ufeff${text}` : text;
  if (charset === 'utf-8') return success(Buffer.from(marked, 'utf8'));
  if (charset === 'utf-16le') return success(Buffer.from(marked, 'utf16le'));
  if (charset === 'utf-16be') return success(Buffer.from(marked, 'utf16le').swap16());
  return singleBytes(text, charset);
}
