/** Lets the pages of origins that the configuration names call the gateway from a browser (CORS). Every other origin is told nothing. */
import type { RequestHandler } from 'express';

/** Headers of requests that the contract knows. */
const ASKED = [
  ...['Authorization', 'Content-Type', 'Idempotency-Key', 'If-None-Match', 'Interchange-Adapter', 'Interchange-Label'],
  ...['Interchange-Reason', 'Interchange-Scenario', 'Last-Event-ID', 'Prefer', 'traceparent', 'tracestate', 'X-On-Behalf-Of'],
].join(', ');
/** Headers of answers that a page may read, besides those that it always may. */
const GIVEN = [
  ...[
    'Allow',
    'Content-Disposition',
    'Deprecation',
    'ETag',
    'Interchange-Left-Out',
    'Interchange-Repeated',
    'Interchange-Warning',
    'Link',
    'Location',
  ],
  ...['Preference-Applied', 'RateLimit', 'RateLimit-Policy', 'Retry-After', 'Sunset', 'WWW-Authenticate'],
].join(', ');
const METHODS = 'GET, POST, PATCH, DELETE';
/** How long a browser remembers what it may ask, in seconds. */
const PREFLIGHT = 3600;

/**
 * Answers preflights of the origins, which carry no token, and marks answers to them. There are no cookies: a page must have a token, so
 * `Access-Control-Allow-Credentials` is never given. `origins` are as browsers write them.
 */
export function namedOrigins(origins: readonly string[]): RequestHandler {
  const named = new Set(origins);
  return (request, response, next) => {
    if (named.size === 0) return next();
    // A cache must not give what one origin got to another.
    response.vary('Origin');
    const origin = request.get('Origin');
    if (origin === undefined || !named.has(origin)) return next();
    response.set({ 'Access-Control-Allow-Origin': origin, 'Access-Control-Expose-Headers': GIVEN });
    if (request.method !== 'OPTIONS' || request.get('Access-Control-Request-Method') === undefined) return next();
    response
      .set({
        'Access-Control-Allow-Methods': METHODS,
        'Access-Control-Allow-Headers': ASKED,
        'Access-Control-Max-Age': String(PREFLIGHT),
      })
      .status(204)
      .end();
  };
}
