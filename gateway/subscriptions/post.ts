/** One POST to an address that was checked: connected to where the check said, without redirects, with a limit on everything. */
import { type ClientRequest, type IncomingMessage, request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { signWebhook } from '../../contracts/client/webhook.ts';
import type { Target } from './target.ts';

/** What came of a delivery: the status, or why there is none. */
export type Posted = { readonly status: number; readonly retryAfter?: string } | { readonly reason: 'timeout' | 'connection' | 'tls' };

/** The headers of an event that is posted at a time (milliseconds), signed with the secrets of its subscription. */
export const headersFor = async (
  secrets: readonly string[],
  id: string,
  time: number,
  body: string,
): Promise<Readonly<Record<string, string>>> => ({
  'Content-Type': 'application/cloudevents+json',
  ...(await signWebhook(secrets, id, Math.floor(time / 1000), body)),
});

/** What came of it where the address is none that events may be sent to. */
export const ADDRESS_REFUSED = { reason: 'address-refused' } as const;

/** Why a delivery failed, or undefined where the address took it: any 2xx. */
export function faultOfDelivery(posted: Posted | typeof ADDRESS_REFUSED): string | undefined {
  if ('reason' in posted) return posted.reason;
  return posted.status >= 200 && posted.status < 300 ? undefined : `status-${posted.status}`;
}

const MOST_HEADERS = 16_384;
/** Answers before the answer (1xx). */
const MOST_EARLY = 5;

const isTls = (code: string): boolean => /^(ERR_TLS|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_SSL|EPROTO)/.test(code);

/** Never rejects. What the address answers besides its status and Retry-After is not read. */
export function post(
  { url, address, family }: Extract<Target, { ok: true }>,
  headers: Readonly<Record<string, string>>,
  body: string,
  milliseconds: number,
): Promise<Posted> {
  const { promise, resolve } = Promise.withResolvers<Posted>();
  const begin = url.protocol === 'https:' ? secure : plain;
  const request: ClientRequest = begin(url, {
    method: 'POST',
    agent: false,
    rejectUnauthorized: true,
    maxHeaderSize: MOST_HEADERS,
    headers: { ...headers, 'Content-Length': Buffer.byteLength(body), 'User-Agent': 'justice-interchange' },
    // The name was looked up when it was checked: looking again could find another address.
    lookup: (_host, options, found) =>
      (options as { all?: boolean }).all === true ? found(null, [{ address, family }] as never) : found(null, address, family),
  });
  const done = (posted: Posted): void => {
    clearTimeout(timer);
    resolve(posted);
    request.destroy();
  };
  const timer = setTimeout(() => done({ reason: 'timeout' }), milliseconds);
  let early = 0;
  request.on('information', () => {
    if (++early > MOST_EARLY) done({ reason: 'connection' });
  });
  request.on('upgrade', () => done({ status: 101 }));
  request.on('response', ({ statusCode = 0, headers: { 'retry-after': retryAfter } }: IncomingMessage) =>
    done({ status: statusCode, ...(retryAfter === undefined ? {} : { retryAfter }) }),
  );
  request.on('error', (error: NodeJS.ErrnoException) => done({ reason: isTls(error.code ?? '') ? 'tls' : 'connection' }));
  request.end(body);
  return promise;
}
