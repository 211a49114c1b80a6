/** The development issuer: tokens for the ready personas, on this machine only. It refuses to run in production. */
import { type KeyObject, randomUUID } from 'node:crypto';
import { type CryptoKey, exportJWK, type JWK, SignJWT } from 'jose';
import type { ClientConfig } from '../../rules/clients.ts';
import { type Authority, TOKEN_SECONDS, type TokenRules } from './auth.ts';
import { makeKeySet } from './key-set.ts';

export interface DevelopmentIssuer {
  readonly authority: Authority;
  /** How long a token may be valid, in seconds. */
  readonly tokenSeconds: number;
  /** An access token for a client, valid for so many seconds (default: as long as a token may be). */
  token(client: Pick<ClientConfig, 'id' | 'scopes'>, seconds?: number): Promise<string>;
}

export interface IssuerKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: CryptoKey;
}

/** Throws an Error when it is asked to run in production. */
export async function openDevelopmentIssuer(
  rules: TokenRules,
  { kid, privateKey, publicKey }: IssuerKey,
  production: boolean,
  now: () => number,
): Promise<DevelopmentIssuer> {
  if (production) throw new Error('The development issuer does not run in production');
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid, alg: 'EdDSA', use: 'sig' };
  const { issuer, audience, tokenSeconds = TOKEN_SECONDS } = rules;
  const set = makeKeySet([jwk]);
  const keys = { current: async () => set, refreshed: async () => set };
  return {
    authority: { ...rules, keys, algorithms: ['EdDSA'] },
    tokenSeconds,
    token: ({ id, scopes }, seconds = tokenSeconds) => {
      const issued = Math.floor(now() / 1000);
      return new SignJWT({ client_id: id, scope: scopes.join(' ') })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(id)
        .setIssuedAt(issued)
        .setExpirationTime(issued + seconds)
        .setJti(randomUUID())
        .sign(privateKey);
    },
  };
}
