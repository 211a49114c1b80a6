/** What anybody may have: documents with a validator (RFC 9110), which any page of the web may read (CORS). */
import { createHash } from 'node:crypto';
import type { RequestHandler, Response } from 'express';

/** Where these documents are. */
export const PUBLIC_PATHS = ['/standards', '/.well-known'];

/** How long a document may be used without asking again, in seconds. */
const FRESH = 300;
/** How long a browser remembers what it may ask, in seconds. */
const PREFLIGHT = 86_400;

/** The strong validator of a document. */
export const etagOf = (body: string): string => `"${createHash('sha256').update(body).digest('base64url')}"`;

/** Whether the client has what the validator names, by weak comparison (RFC 9110, section 13.1.2). */
const has = (ifNoneMatch: string, etag: string): boolean =>
  ifNoneMatch.trim() === '*' || [...ifNoneMatch.matchAll(/"[^"]*"/g)].some(([validator]) => validator === etag);

/**
 * Answers a GET or HEAD with a document, or with 304 where the client has it. Express would ignore If-None-Match with `Cache-Control:
 * no-cache`, which `fetch` adds to it.
 */
export function sendDocument(response: Response, mediaType: string, body: string, etag: string = etagOf(body)): void {
  response.set({ 'Cache-Control': `public, max-age=${FRESH}`, ETag: etag });
  if (has(response.req.get('If-None-Match') ?? '', etag)) response.status(304).end();
  else response.type(mediaType).send(body);
}

/** Lets pages of every origin read, and ask conditionally. Nothing here depends on who asks. */
export const anyOrigin: RequestHandler = (request, response, next) => {
  response.set({
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Expose-Headers': 'Deprecation, ETag, Link, Retry-After, Sunset',
  });
  if (request.method !== 'OPTIONS' || request.get('Access-Control-Request-Method') === undefined) return next();
  response
    .set({
      'Access-Control-Allow-Methods': 'GET, HEAD',
      'Access-Control-Allow-Headers': 'If-None-Match',
      'Access-Control-Max-Age': String(PREFLIGHT),
    })
    .status(204)
    .end();
};
