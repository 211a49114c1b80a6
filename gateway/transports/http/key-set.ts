/** A JWK set (RFC 7517) as an issuer publishes it, read once: what is not a public key for signatures is left out. */
import { X509Certificate } from 'node:crypto';
import { createLocalJWKSet, type JWK, type JWTVerifyGetKey } from 'jose';

/** The keys of an issuer. As long as they do not change, it is one object: what was verified under it holds. */
export interface KeySet {
  readonly find: JWTVerifyGetKey;
  /** Equal for sets with the same keys. */
  readonly fingerprint: string;
  /** How many keys there are. */
  readonly size: number;
  /** When the certificates of the keys that have one end (`x5c`), in milliseconds since 1970. */
  readonly ends: readonly number[];
}

/** A set with more keys than this is refused. */
const MOST_KEYS = 100;
const PUBLIC_TYPES = new Set(['RSA', 'EC', 'OKP']);

const isUsable = (key: unknown): key is JWK => {
  if (typeof key !== 'object' || key === null) return false;
  const { kty, use, kid, d } = key as Record<string, unknown>;
  // A key whose private half is public signs for everybody.
  return (
    PUBLIC_TYPES.has(kty as string) &&
    (use === undefined || use === 'sig') &&
    ['string', 'undefined'].includes(typeof kid) &&
    d === undefined
  );
};

/** When the certificate of a key ends. Nothing else is taken from it: who trusts the issuer trusts its keys. */
function endOf({ x5c }: JWK): readonly number[] {
  const [certificate] = Array.isArray(x5c) ? x5c : [];
  if (typeof certificate !== 'string') return [];
  try {
    return [new X509Certificate(Buffer.from(certificate, 'base64')).validToDate.getTime()];
  } catch {
    return [];
  }
}

/** Keys as a set. Where several have one kid, each of them is tried. */
export function makeKeySet(keys: readonly JWK[]): KeySet {
  return {
    find: createLocalJWKSet({ keys: [...keys] }),
    fingerprint: JSON.stringify(keys),
    size: keys.length,
    ends: keys.flatMap(endOf),
  };
}

/** Reads the text of a JWK set, or says why it is not one. */
export function readKeySet(text: string): KeySet | string {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return 'its answer is not JSON';
  }
  const keys = (document as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) return 'its answer is not a JWK set';
  if (keys.length > MOST_KEYS) return `its answer has more than ${MOST_KEYS} keys`;
  return makeKeySet(keys.filter(isUsable));
}
