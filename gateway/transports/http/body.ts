/** Reads complete request bodies, up to a limit, exactly as sent. */
import type { Request, RequestHandler } from 'express';
import type { Account } from '../byte-budget.ts';
import { HttpProblem } from './problem.ts';

/** The account of a request, which `admit` opened. */
export const accountOf = (locals: Record<string, unknown>): Account => locals.account as Account;

/** The largest document of the API itself, in bytes: a subscription, a protection, a request for a label. */
export const DOCUMENT_BYTES = 65_536;
/** The largest request for a token, in bytes. */
export const TOKEN_BYTES = 4096;

/**
 * The body as bytes in `request.body`, whatever its media type. It is read only when the client and its right are known, and counts in
 * the client's account. A compressed body is refused: a small one can hold a large one.
 */
export const readBody =
  (limit: number): RequestHandler =>
  async (request, response, next) => {
    if ((request.get('content-encoding') ?? 'identity').toLowerCase() !== 'identity')
      throw new HttpProblem('unsupported-media-type', { detail: 'Send the body uncompressed' });
    if (Number(request.get('content-length') ?? 0) > limit) throw new HttpProblem('message-too-large');
    request.body = await bytesFrom(request, limit, accountOf(response.locals));
    next();
  };

/** Rejects with an HttpProblem for a body that is too large, that the client's account has no room for, or that ends early. */
function bytesFrom(request: Request, limit: number, account: Account): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  const stop = (problem: HttpProblem) => {
    chunks.length = 0;
    request.off('data', take).resume();
    reject(problem);
  };
  const take = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > limit) stop(new HttpProblem('message-too-large'));
    else if (!account.take(chunk.length)) stop(new HttpProblem('too-many-requests', { detail: TOO_MUCH }));
    else chunks.push(chunk);
  };
  // Every request closes: a problem, with its stack, is made only for one that had not ended.
  const endsEarly = () => {
    if (!request.readableEnded) reject(new HttpProblem('invalid-request'));
  };
  request
    .on('data', take)
    .once('end', () => resolve(Buffer.concat(chunks)))
    .once('error', endsEarly)
    .once('close', endsEarly);
  return promise;
}

/** What a client is told that holds as many bytes as it may. */
export const TOO_MUCH = 'Your requests and answers under way hold as much as they may. Read your answers, or send less at once';

export const bytesOf = (body: unknown): Uint8Array => (Buffer.isBuffer(body) ? body : new Uint8Array());

/** Media type and charset of a Content-Type header, lower case. A type longer than RFC 6838 allows counts as none. */
export function contentTypeOf(header: string | undefined): { readonly mediaType?: string; readonly charset?: string } {
  const mediaType = /^\s*([a-z0-9!#$&^_.+-]{1,127}\/[a-z0-9!#$&^_.+-]{1,127})(?![a-z0-9!#$&^_.+-])/i.exec(header ?? '')?.[1]?.toLowerCase();
  const charset = /;\s*charset\s*=\s*"?([A-Za-z0-9_.:-]{1,40})"?/i.exec(header ?? '')?.[1]?.toLowerCase();
  return { ...(mediaType === undefined ? {} : { mediaType }), ...(charset === undefined ? {} : { charset }) };
}
