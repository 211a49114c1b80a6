/** Pages for people over HTTP: their headers, and the files that they load. What portal and console share. */
import { readFileSync } from 'node:fs';
import type { Request, RequestHandler, Response } from 'express';
import { ASSET_FILES } from '../../pages/render.ts';

const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Sends a page. A browser that shows it loads nothing from anywhere else. `cache` says whether a browser may keep it. With `updates`, a
 * script of the page may load the page again.
 */
export function sendPage(
  response: Response,
  html: string,
  status = 200,
  cache: 'no-cache' | 'no-store' = 'no-cache',
  { updates = false }: { readonly updates?: boolean } = {},
): void {
  const policy = updates ? `${POLICY}; connect-src 'self'` : POLICY;
  response
    .status(status)
    // A form must say where it comes from (see `same-origin.ts`); nobody else is told.
    .set({ 'Content-Security-Policy': policy, 'Cache-Control': cache, 'Referrer-Policy': 'same-origin' })
    .type('text/html')
    .send(html);
}

/** Whether whoever asks would rather have a page than JSON. */
export const wantsPage = (request: Request): boolean => request.accepts(['application/json', 'text/html']) === 'text/html';

/** `/assets/{name}`: the files that pages load. */
export function serveAssets(): RequestHandler<{ name: string }> {
  const files = new Map(Object.entries(ASSET_FILES).map(([name, { file, mediaType }]) => [name, { mediaType, body: readFileSync(file) }]));
  return (request, response, next) => {
    const found = files.get(request.params.name);
    if (found === undefined) return next();
    response.set('Cache-Control', 'public, max-age=3600').type(found.mediaType).send(found.body);
  };
}
