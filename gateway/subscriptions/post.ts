/** Sends one POST to a checked address. It connects to the address that the check found, follows no redirects, and limits time and size. */
import { type ClientRequest, type IncomingMessage, request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { signWebhook } from '../../contracts/client/webhook.ts';
import type { Target } from './target.ts';

/** The result of a POST: the status, or why there is none. */
export type PostResult = { readonly status: number; readonly retryAfter?: string } | { readonly reason: 'timeout' | 'connection' | 'tls' };

/** The media type of an event in its canonical form. */
export const EVENT_MEDIA_TYPE = 'application/cloudevents+json';

/** The headers for sending an event at a time (milliseconds), signed with the secrets of its subscription. */
export const headersFor = async (
  secrets: readonly string[],
  {
    id,
    time,
    body,
    mediaType,
  }: { readonly id: string; readonly time: number; readonly body: string | Uint8Array; readonly mediaType: string },
): Promise<Readonly<Record<string, string>>> => ({
  'Content-Type': mediaType,
  ...(await signWebhook(secrets, id, Math.floor(time / 1000), body)),
});

/** The result where events may not be sent to the address. */
export const ADDRESS_REFUSED = { reason: 'address-refused' } as const;

/** Why a delivery failed; undefined where the address answered with any 2xx. */
export function faultOfDelivery(posted: { readonly reason: string } | PostResult): string | undefined {
  if ('reason' in posted) return posted.reason;
  return posted.status >= 200 && posted.status < 300 ? undefined : `status-${posted.status}`;
}

const MOST_HEADERS = 16_384;
/** How many interim responses (1xx) are accepted. */ const MOST_INTERIM = 5;

const isTls = (code: string): boolean => /^(ERR_TLS|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_SSL|EPROTO)/.test(code);

/** Never rejects. Reads only the status and Retry-After of the response. */
export function post(
  { url, address, family }: Extract<Target, { ok: true }>,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array,
  milliseconds: number,
): Promise<PostResult> {
  const { promise, resolve } = Promise.withResolvers<PostResult>();
  const begin = url.protocol === 'https:' ? secure : plain;
  const request: ClientRequest = begin(url, {
    method: 'POST',
    agent: false,
    rejectUnauthorized: true,
    maxHeaderSize: MOST_HEADERS,
    headers: { ...headers, 'Content-Length': Buffer.byteLength(body), 'User-Agent': 'justice-interchange' },
    // Use the address from the check: a second look-up could find another one.
    lookup: (_host, options, found) =>
      (options as { all?: boolean }).all === true ? found(null, [{ address, family }] as never) : found(null, address, family),
  });
  const done = (posted: PostResult): void => {
    clearTimeout(timer);
    resolve(posted);
    request.destroy();
  };
  const timer = setTimeout(() => done({ reason: 'timeout' }), milliseconds);
  let interim = 0;
  request.on('information', () => {
    if (++interim > MOST_INTERIM) done({ reason: 'connection' });
  });
  request.on('upgrade', () => done({ status: 101 }));
  request.on('response', ({ statusCode = 0, headers: { 'retry-after': retryAfter } }: IncomingMessage) =>
    done({ status: statusCode, ...(retryAfter === undefined ? {} : { retryAfter }) }),
  );
  request.on('error', (error: NodeJS.ErrnoException) => done({ reason: isTls(error.code ?? '') ? 'tls' : 'connection' }));
  request.end(body);
  return promise;
}
