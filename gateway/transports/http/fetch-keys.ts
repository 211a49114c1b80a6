/** Asks an issuer for its keys once, within bounds: whoever answers there cannot hold the gateway up, fill its memory or send it elsewhere. */
import { bytesUpTo, failureOf } from '../../bounded-body.ts';

const PATIENCE_MILLISECONDS = 5000;
const MOST_BYTES = 256 * 1024;

/** The issuer of access tokens cannot be asked for its keys. The message says why, without anything of the answer. */
export class IssuerUnavailable extends Error {
  override readonly name = 'IssuerUnavailable';
}

export interface KeysAnswer {
  readonly text: string;
  /** For how many seconds the answer may be kept, or undefined where it says nothing. */
  readonly seconds: number | undefined;
}

/** For how long an answer may be kept, after RFC 9111: Cache-Control less Age, or else Expires. */
export function secondsAllowed(headers: Headers): number | undefined {
  const directives = (headers.get('Cache-Control') ?? '')
    .toLowerCase()
    .split(',')
    .map((directive) => directive.trim());
  if (directives.some((directive) => /^(no-store|no-cache)\b/.test(directive))) return 0;
  const ages = directives.flatMap((directive) => /^max-age="?(\d+)"?$/.exec(directive)?.[1] ?? []).map(Number);
  const age = Number(/^\d+$/.exec(headers.get('Age') ?? '')?.[0] ?? 0);
  if (ages.length > 0) return Math.max(0, Math.min(...ages) - age);
  const expires = headers.get('Expires');
  if (expires === null) return undefined;
  const seconds = (Date.parse(expires) - Date.parse(headers.get('Date') ?? '')) / 1000 - age;
  return seconds > 0 ? seconds : 0;
}

const reasonOf = (error: unknown): string => {
  if ((error as { name?: string }).name === 'TimeoutError') return `it did not answer within ${PATIENCE_MILLISECONDS / 1000} seconds`;
  return `it does not answer (${failureOf(error) ?? 'the connection failed'})`;
};

/** Rejects with {@link IssuerUnavailable}. */
export async function fetchKeys(url: string, closed: AbortSignal): Promise<KeysAnswer> {
  const given = new AbortController();
  const signal = AbortSignal.any([closed, given.signal, AbortSignal.timeout(PATIENCE_MILLISECONDS)]);
  try {
    const response = await fetch(url, { redirect: 'manual', headers: { Accept: 'application/jwk-set+json, application/json' }, signal });
    if (response.status >= 300 && response.status < 400) throw new IssuerUnavailable('it answers with a redirect, which is not followed');
    if (response.status !== 200) throw new IssuerUnavailable(`it answers ${response.status}`);
    const bytes = await bytesUpTo(response.body, MOST_BYTES);
    if (bytes === undefined) throw new IssuerUnavailable(`its answer is larger than ${MOST_BYTES} bytes`);
    return { text: bytes.toString(), seconds: secondsAllowed(response.headers) };
  } catch (error) {
    throw error instanceof IssuerUnavailable ? error : new IssuerUnavailable(reasonOf(error));
  } finally {
    // What was not read is not waited for.
    given.abort();
  }
}
