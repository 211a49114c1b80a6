/** Digests of a seal with WebCrypto, so that a browser can make them. */
import { base64url } from 'jose';
import type { JsonObject } from '../../adapters/json.ts';
import { baseText, disclosureText } from './seal-form.ts';

const sha256 = async (text: string): Promise<string> =>
  base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));

/** The digest of a disclosure (RFC 9901, 4.2.3). */
export const digestOf = (salt: string, name: string, claim: string): Promise<string> =>
  sha256(base64url.encode(disclosureText(salt, name, claim)));

/** The digest that a complete event matches, and no redacted copy. */
export const wholeDigest = (salt: string, portions: number): Promise<string> => digestOf(salt, 'whole', String(portions));

/** The digest of everything in the data that is not a portion. */
export const baseDigest = (data: JsonObject, portions: readonly string[]): Promise<string> => sha256(baseText(data, portions));
