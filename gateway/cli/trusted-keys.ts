/** The public keys that the command line verifies with. */
import { readFileSync } from 'node:fs';
import { type CryptoKey, importJWK, type JWK } from 'jose';
import type { Config } from '../config.ts';
import { openKeys } from '../keys/keys.ts';
import type { TrustedKeys } from '../labels/verify.ts';

/** The keys of a file with a JWK set, as `/.well-known/jwks.json` gives it, or those of this machine. */
export async function trustedKeysOf(config: Pick<Config, 'keysFolder'>, file: string | undefined): Promise<TrustedKeys> {
  if (file === undefined) return (await openKeys(config.keysFolder)).trusted;
  const { keys } = JSON.parse(readFileSync(file, 'utf8')) as { keys: readonly JWK[] };
  const byId = new Map<string, CryptoKey>();
  for (const jwk of keys) byId.set(jwk.kid ?? '', (await importJWK(jwk, 'EdDSA')) as CryptoKey);
  return (kid) => byId.get(kid);
}
