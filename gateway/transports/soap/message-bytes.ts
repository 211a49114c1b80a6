/** The bytes of a message that was text in a request. */
import { type Charset, encodeText } from '../../../adapters/charset.ts';

const DECLARATION = /^<\?xml\s[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']/;

/** The charsets that a message can declare inside a request. `UTF-16` is written with a byte order mark. */
const CHARSETS: Readonly<Record<string, readonly [Charset, boolean]>> = {
  'us-ascii': ['us-ascii', false],
  'iso-8859-1': ['iso-8859-1', false],
  'windows-1252': ['windows-1252', false],
  'utf-16': ['utf-16le', true],
};

/**
 * The bytes of a message, so that it is in the charset that it declares: it was written as a file once. Without a declaration, or where
 * that charset cannot hold it, they are UTF-8.
 */
export function bytesOfText(text: string): Uint8Array {
  const [charset, bom] = CHARSETS[DECLARATION.exec(text)?.[1]?.toLowerCase() ?? ''] ?? (['utf-8', false] as const);
  const encoded = encodeText(text, charset, bom);
  return encoded.ok ? encoded.value : Buffer.from(text);
}
