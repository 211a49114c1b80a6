/** Access tokens (RFC 9068): every property of them pinned. A token says which client it is; what the client may do is configuration. */
import type { RequestHandler, Response } from 'express';
import { decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import type { Client, Scope } from '../../rules/clients.ts';
import { IssuerUnavailable } from './fetch-keys.ts';
import type { KeySource } from './issuer-keys.ts';
import type { KeySet } from './key-set.ts';
import { HttpProblem } from './problem.ts';

/** What configuration says of the tokens that are accepted. */
export interface TokenRules {
  readonly issuer: string;
  readonly audience: string;
  /** The longest time between `iat` and `exp`. Default {@link TOKEN_SECONDS}. */
  readonly tokenSeconds?: number;
  /** How far the issuer's clock may be from this one. Default {@link CLOCK_SECONDS}. */
  readonly clockSeconds?: number;
}

export interface Authority extends TokenRules {
  readonly keys: KeySource;
  readonly algorithms: readonly string[];
}

export const TOKEN_SECONDS = 3600;
const CLOCK_SECONDS = 5;
/** What an issuer that is not built in may sign with. */
export const ALGORITHMS = ['EdDSA', 'ES256', 'ES384', 'PS256', 'RS256'] as const;

export interface Caller {
  readonly client: Client;
  /** Who uses the client: the `sub` of the token. A client that acts for itself is its own subject. */
  readonly subject: string;
  /** Whom the client acts for, where its token was exchanged for one that says so: the `sub` of a token with `act` (RFC 8693). */
  readonly actsFor?: string;
  readonly scopes: ReadonlySet<string>;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

const LONGEST_TOKEN = 8192;
const CACHED_AT_MOST = 1000;
/** How often it is looked whether a token that a stream was opened with still holds. */
const LOOK_MILLISECONDS = 1000;
/** Header parameters by which a token would bring or name its own key. */
const OWN_KEY = ['jwk', 'jku', 'x5u', 'x5c', 'x5t', 'x5t#S256', 'crit'];

interface Claims {
  readonly clientId: string;
  readonly subject: string;
  readonly actsFor?: string;
  readonly scopes: ReadonlySet<string>;
  readonly expires: number;
}

/** Whether the claim names who acts (RFC 8693, section 4.1). Actors before it, nested in it, mean nothing here. */
const isActor = (act: unknown): boolean => {
  const { sub } = (typeof act === 'object' && act !== null ? act : {}) as { readonly sub?: unknown };
  return typeof sub === 'string' && sub !== '';
};

/** The payload of a token that verifies under a set of keys. Rejects as jose does. */
async function verifyUnder({ find }: KeySet, token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, find, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      const payload = await jwtVerify(token, key, options).then(
        (verified) => verified.payload,
        (failed) => {
          if (!(failed instanceof errors.JWSSignatureVerificationFailed)) throw failed;
        },
      );
      if (payload !== undefined) return payload;
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

export class Authenticator {
  readonly #authority: Authority;
  readonly #clients: () => ReadonlyMap<string, Client>;
  readonly #now: () => number;
  /** The `client_id` of the tokens of people who use the console. */
  readonly #console: string | undefined;
  /** Tokens that verified under {@link #under}, and under no other keys. */
  readonly #known = new Map<string, Claims>();
  #under: KeySet | undefined;

  constructor(authority: Authority, clients: () => ReadonlyMap<string, Client>, now: () => number, consoleClient?: string) {
    this.#authority = authority;
    this.#clients = clients;
    this.#now = now;
    this.#console = consoleClient;
  }

  /**
   * Who the token is for, or undefined for any token that is not perfectly right. Rejects with {@link IssuerUnavailable} when that cannot
   * be said now.
   */
  async caller(authorization: string | undefined): Promise<Caller | undefined> {
    const token = /^Bearer ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined || token.length > LONGEST_TOKEN) return undefined;
    const claims = await this.#claims(token);
    if (claims === undefined) return undefined;
    // A person is known by `sub`, which only the tokens of the console have from a person who has signed in.
    const isPerson = claims.clientId === this.#console;
    const client = this.#clients().get(isPerson ? claims.subject : claims.clientId);
    if (client === undefined || client.person !== isPerson) return undefined;
    const { subject, actsFor, scopes, expires } = claims;
    return { client, subject, ...(actsFor === undefined ? {} : { actsFor }), scopes, expires };
  }

  /** Aborted when the token of a request has expired, its key was taken away, or its client is not configured any more (T53). */
  watch(authorization: string | undefined, response: Response): AbortSignal {
    const ended = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const look = async () => {
      const caller = await this.caller(authorization).catch(() => undefined);
      const left = (caller?.expires ?? 0) - this.#now();
      if (left <= 0) ended.abort();
      else if (!response.closed) timer = setTimeout(look, Math.min(left, LOOK_MILLISECONDS));
    };
    response.once('close', () => clearTimeout(timer));
    void look();
    return ended.signal;
  }

  async #claims(token: string): Promise<Claims | undefined> {
    const set = await this.#authority.keys.current();
    if (this.#under !== set) this.#known.clear();
    this.#under = set;
    const known = this.#known.get(token);
    if (known !== undefined && known.expires > this.#now()) return known;
    this.#known.delete(token);
    const claims = await this.#verified(token, set).catch((error: unknown) => this.#verifiedAnew(token, set, error));
    if (claims === undefined || this.#under !== set) return claims;
    if (this.#known.size >= CACHED_AT_MOST) this.#known.delete(this.#known.keys().next().value as string);
    this.#known.set(token, claims);
    return claims;
  }

  async #verified(token: string, set: KeySet): Promise<Claims | undefined> {
    const { issuer, audience, algorithms, tokenSeconds = TOKEN_SECONDS, clockSeconds = CLOCK_SECONDS } = this.#authority;
    const now = this.#now();
    const header = decodeProtectedHeader(token) as Record<string, unknown>;
    if (OWN_KEY.some((name) => header[name] !== undefined)) return undefined;
    const { client_id, sub, scope, exp, iat, act } = await verifyUnder(set, token, {
      issuer,
      audience,
      typ: 'at+jwt',
      algorithms: [...algorithms],
      requiredClaims: ['exp', 'iat', 'jti', 'sub', 'client_id'],
      clockTolerance: clockSeconds,
      currentDate: new Date(now),
    });
    if (typeof client_id !== 'string' || typeof sub !== 'string' || exp === undefined || iat === undefined) return undefined;
    if (exp - iat > tokenSeconds || iat > now / 1000 + clockSeconds) return undefined;
    if (act !== undefined && !isActor(act)) return undefined;
    const actsFor = act === undefined ? {} : { actsFor: sub };
    return {
      clientId: client_id,
      subject: sub,
      ...actsFor,
      scopes: new Set(typeof scope === 'string' ? scope.split(' ') : []),
      expires: exp * 1000,
    };
  }

  /** A key that is not known, or not this one, may be new: the issuer is asked again. Any other error is the token's. */
  async #verifiedAnew(token: string, set: KeySet, error: unknown): Promise<Claims | undefined> {
    const isUnknown = error instanceof errors.JWKSNoMatchingKey;
    if (!isUnknown && !(error instanceof errors.JWSSignatureVerificationFailed)) return undefined;
    try {
      const newer = await this.#authority.keys.refreshed(set);
      return newer === set ? undefined : await this.#verified(token, newer);
    } catch (again) {
      if (isUnknown && again instanceof IssuerUnavailable) throw again;
      return undefined;
    }
  }
}

/** The caller that {@link authenticate} found. */
export const callerOf = (locals: Record<string, unknown>): Caller => {
  const caller = locals.caller as Caller | undefined;
  if (locals.isIssuerAway === true) throw new HttpProblem('unavailable', { detail: 'The issuer of access tokens cannot be asked now' });
  if (caller === undefined) throw new HttpProblem('unauthenticated');
  return caller;
};

/** Aborted when who opened a stream, or waits, may not go on. */
export const tokenEnd = (locals: Record<string, unknown>): AbortSignal => (locals.watchToken as () => AbortSignal)();

/** Finds out who is calling. It refuses nobody: {@link requireScope} does, after the rate limit. */
export const authenticate =
  (authenticator: Authenticator): RequestHandler =>
  async (request, response, next) => {
    // Of two headers one reader would see the first and another the second.
    const [authorization, second] = request.headersDistinct.authorization ?? [];
    if (second === undefined)
      try {
        response.locals.caller = await authenticator.caller(authorization);
        response.locals.watchToken = () => authenticator.watch(authorization, response);
      } catch (error) {
        if (!(error instanceof IssuerUnavailable)) throw error;
        response.locals.isIssuerAway = true;
      }
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
