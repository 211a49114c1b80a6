/** Makes damaged and hostile samples from a good one: messages of legacy systems, broken connections and attackers. */
import { numbers } from '../../adapters/kit/changed.ts';

export interface Variant {
  readonly what: string;
  readonly bytes: Uint8Array;
  /** The charset that the transport declares. */
  readonly charset?: string;
  /** Whether no reader may accept it. */
  readonly mustBeRefused?: boolean;
}

const CUTS = 150;
const FLIPS = 300;
const MEBIBYTE = 1024 * 1024;
const DEPTH = 100_000;

const join = (...parts: readonly (Uint8Array | string)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
const insertAt = (bytes: Uint8Array, at: number, what: Uint8Array | string): Uint8Array =>
  join(bytes.subarray(0, at), what, bytes.subarray(at));

export const isXml = (bytes: Uint8Array): boolean => /^(?:\xef\xbb\xbf)?\s*</.test(Buffer.from(bytes.subarray(0, 100)).toString('latin1'));

/** Where the first start tag begins, or the beginning of what is not XML. */
const rootOf = (bytes: Uint8Array): number =>
  Math.max(
    0,
    Buffer.from(bytes)
      .toString('latin1')
      .search(/<[A-Za-z]/),
  );

/** Cut off at many places. */
export function* truncated(bytes: Uint8Array): Generator<Variant> {
  const step = Math.max(1, Math.floor(bytes.length / CUTS));
  for (let end = 0; end < bytes.length; end += step) yield { what: `cut off at byte ${end}`, bytes: bytes.subarray(0, end) };
}

/** With one bit of a byte flipped. */
export function* flipped(bytes: Uint8Array): Generator<Variant> {
  const next = numbers(bytes.length);
  for (let n = 0; n < FLIPS; n++) {
    const at = Math.floor(next() * bytes.length);
    const bit = Math.floor(next() * 8);
    const changed = Uint8Array.from(bytes);
    changed[at] = (changed[at] as number) ^ (1 << bit);
    yield { what: `bit ${bit} of byte ${at} flipped`, bytes: changed };
  }
}

/** Something else altogether. */
export function* others(bytes: Uint8Array): Generator<Variant> {
  for (const text of ['', ' ', '<x/>', '<?xml version="1.0"?><x xmlns="urn:x">y</x>', '{}', '[]', 'x', 'a,b\r\n1,2\r\n'])
    yield { what: `replaced by ${JSON.stringify(text)}`, bytes: Buffer.from(text), mustBeRefused: true };
  yield { what: 'backwards', bytes: Uint8Array.from(bytes).reverse(), mustBeRefused: true };
}

/** In charsets that it is not in (T47). */
export function* inWrongCharset(bytes: Uint8Array): Generator<Variant> {
  const text = Buffer.from(bytes).toString('latin1');
  yield { what: 'said to be in a charset that there is none of', bytes, charset: 'x-klingon', mustBeRefused: true };
  yield { what: 'said to be UTF-16', bytes, charset: 'utf-16le', mustBeRefused: true };
  yield { what: 'in UTF-16 without a mark', bytes: Buffer.from(text, 'utf16le'), mustBeRefused: true };
  yield { what: 'in UTF-16 with a mark', bytes: join('\xff\xfe', Buffer.from(text, 'utf16le')) };
  yield { what: 'with the mark of UTF-16, in one byte', bytes: join('\xff\xfe', bytes), mustBeRefused: true };
  yield { what: 'with two byte order marks', bytes: join('\xef\xbb\xbf\xef\xbb\xbf', bytes), mustBeRefused: true };
}

/** With NUL, or with 5 MiB of something, at the beginning, in the middle and at the end. */
export function* padded(bytes: Uint8Array): Generator<Variant> {
  const places = [0, Math.floor(bytes.length / 2), bytes.length];
  for (const at of places) {
    yield { what: `NUL at byte ${at}`, bytes: insertAt(bytes, at, '\0') };
    for (const filling of ['\0', ' ', 'A', '&#65;', '\n\t;|,"'])
      yield {
        what: `5 MiB of ${JSON.stringify(filling)} at byte ${at}`,
        bytes: insertAt(bytes, at, filling.repeat((5 * MEBIBYTE) / filling.length)),
      };
  }
}

/** Nested deeper than anything is. */
export function* nested(bytes: Uint8Array): Generator<Variant> {
  const middle = Math.floor(bytes.length / 2);
  for (const at of [rootOf(bytes), middle])
    for (const opening of ['<a>', '[', '{"a":', '(', '&amp;', '"'])
      yield { what: `${DEPTH} times ${opening} at byte ${at}`, bytes: insertAt(bytes, at, opening.repeat(DEPTH)) };
}

const LAUGHS = `<!DOCTYPE x [<!ENTITY a0 "ha">${Array.from({ length: 20 }, (_, n) => `<!ENTITY a${n + 1} "${`&a${n};`.repeat(20)}">`).join('')}]>`;

/** With document types and entities (T32). */
export function* withEntities(bytes: Uint8Array): Generator<Variant> {
  const mustBeRefused = isXml(bytes);
  for (const declaration of [
    '<!DOCTYPE x>',
    '<!doctype x><!DOCTYPE y>',
    '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">',
    LAUGHS,
  ])
    yield { what: `with ${declaration.slice(0, 60)}`, bytes: insertAt(bytes, rootOf(bytes), declaration), mustBeRefused };
}
