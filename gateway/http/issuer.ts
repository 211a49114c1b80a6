/** The development issuer: tokens for the ready personas, on this machine only. It refuses to run in production. */
import { type KeyObject, randomUUID } from 'node:crypto';
import { type CryptoKey, createLocalJWKSet, exportJWK, type JWK, SignJWT } from 'jose';
import type { ClientConfig } from '../exchange/client.ts';
import type { Authority } from './auth.ts';

export interface DevelopmentIssuer {
  readonly authority: Authority;
  /** An access token for a client, valid for so many seconds (default 12 hours). */
  token(client: Pick<ClientConfig, 'id' | 'scopes'>, seconds?: number): Promise<string>;
}

export interface IssuerKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: CryptoKey;
}

/** Throws an Error when it is asked to run in production. */
export async function openDevelopmentIssuer(
  issuer: string,
  audience: string,
  { kid, privateKey, publicKey }: IssuerKey,
  production: boolean,
  now: () => number,
): Promise<DevelopmentIssuer> {
  if (production) throw new Error('The development issuer does not run in production');
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid, alg: 'EdDSA', use: 'sig' };
  return {
    authority: { issuer, audience, keys: createLocalJWKSet({ keys: [jwk] }), algorithms: ['EdDSA'] },
    token: ({ id, scopes }, seconds = 12 * 3600) => {
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
