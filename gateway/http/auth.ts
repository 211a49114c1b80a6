/** Access tokens (RFC 9068): every property of them pinned. A token says which client it is; what the client may do is configuration. */
import type { RequestHandler } from 'express';
import { createRemoteJWKSet, decodeProtectedHeader, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Client, Scope } from '../exchange/client.ts';
import { HttpProblem } from './problem.ts';

export interface Authority {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: JWTVerifyGetKey;
  readonly algorithms: readonly string[];
}

/** Trusts the keys that an issuer publishes; they are fetched again when it rotates them. */
export const remoteAuthority = (issuer: string, audience: string, jwksUri: string): Authority => ({
  issuer,
  audience,
  keys: createRemoteJWKSet(new URL(jwksUri), { timeoutDuration: 5000 }),
  algorithms: ['EdDSA', 'ES256', 'ES384', 'PS256', 'RS256'],
});

export interface Caller {
  readonly client: Client;
  /** Who uses the client: the `sub` of the token. A client that acts for itself is its own subject. */
  readonly subject: string;
  readonly scopes: ReadonlySet<string>;
}

const LONGEST_TOKEN = 8192;
const CACHED_AT_MOST = 1000;
/** Header parameters by which a token would bring or name its own key. */
const OWN_KEY = ['jwk', 'jku', 'x5u', 'x5c', 'x5t', 'x5t#S256', 'crit'];

interface Claims {
  readonly clientId: string;
  readonly subject: string;
  readonly scopes: ReadonlySet<string>;
  readonly expires: number;
}

export class Doorkeeper {
  readonly #authority: Authority;
  readonly #clients: () => ReadonlyMap<string, Client>;
  readonly #now: () => number;
  readonly #known = new Map<string, Claims>();

  constructor(authority: Authority, clients: () => ReadonlyMap<string, Client>, now: () => number) {
    this.#authority = authority;
    this.#clients = clients;
    this.#now = now;
  }

  /** Who the token is for, or undefined for any token that is not perfectly right. */
  async caller(authorization: string | undefined): Promise<Caller | undefined> {
    const token = /^Bearer ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined || token.length > LONGEST_TOKEN) return undefined;
    const claims = await this.#claims(token);
    const client = claims === undefined ? undefined : this.#clients().get(claims.clientId);
    return claims === undefined || client === undefined ? undefined : { client, subject: claims.subject, scopes: claims.scopes };
  }

  async #claims(token: string): Promise<Claims | undefined> {
    const known = this.#known.get(token);
    if (known !== undefined && known.expires > this.#now()) return known;
    this.#known.delete(token);
    const { issuer, audience, keys, algorithms } = this.#authority;
    try {
      const header = decodeProtectedHeader(token) as Record<string, unknown>;
      if (OWN_KEY.some((name) => header[name] !== undefined)) return undefined;
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        typ: 'at+jwt',
        algorithms: [...algorithms],
        requiredClaims: ['exp', 'iat', 'jti', 'sub', 'client_id'],
        clockTolerance: 5,
        currentDate: new Date(this.#now()),
      });
      if (typeof payload.client_id !== 'string' || typeof payload.sub !== 'string' || payload.exp === undefined) return undefined;
      const scopes = new Set(typeof payload.scope === 'string' ? payload.scope.split(' ') : []);
      const claims = { clientId: payload.client_id, subject: payload.sub, scopes, expires: payload.exp * 1000 };
      if (this.#known.size >= CACHED_AT_MOST) this.#known.delete(this.#known.keys().next().value as string);
      this.#known.set(token, claims);
      return claims;
    } catch {
      return undefined;
    }
  }
}

/** The caller that {@link authenticate} found. */
export const callerOf = (locals: Record<string, unknown>): Caller => {
  const caller = locals.caller as Caller | undefined;
  if (caller === undefined) throw new HttpProblem('unauthenticated');
  return caller;
};

/** Finds out who is calling. It refuses nobody: {@link requireScope} does, after the rate limit. */
export const authenticate =
  (doorkeeper: Doorkeeper): RequestHandler =>
  async (request, response, next) => {
    // Of two headers one reader would see the first and another the second.
    const [authorization, second] = request.headersDistinct.authorization ?? [];
    response.locals.caller = second === undefined ? await doorkeeper.caller(authorization) : undefined;
    next();
  };

/** Lets only clients pass whose token and configuration both have the scope. */
export const requireScope =
  (scope: Scope): RequestHandler =>
  (_request, response, next) => {
    const { client, scopes } = callerOf(response.locals);
    if (!scopes.has(scope) || !client.scopes.has(scope)) throw new HttpProblem('forbidden', { detail: `The scope ${scope} is missing` });
    next();
  };
