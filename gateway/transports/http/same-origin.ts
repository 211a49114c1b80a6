/** Forms of pages: only a page of the same origin may send them (CSRF). */
import type { Request, RequestHandler } from 'express';
import { HttpProblem } from './problem.ts';

const hostOf = (origin: string): string | undefined => (URL.canParse(origin) ? new URL(origin).host : undefined);

/**
 * Whether a page of this origin sent a request. Browsers say so in two headers that no page can set: `Sec-Fetch-Site`, where the address is
 * one that they trust, and `Origin`, with every form. Without either it is not known, and the answer is no.
 */
function isOfSameOrigin(request: Request): boolean {
  const site = request.get('Sec-Fetch-Site');
  const origin = request.get('Origin');
  if (site !== undefined && site !== 'same-origin') return false;
  return origin !== undefined && hostOf(origin) === request.get('Host');
}

/** Refuses what another origin sends. Throws HttpProblem `forbidden`. */
export const onlySameOrigin: RequestHandler = (request, _response, next) => {
  if (!isOfSameOrigin(request)) throw new HttpProblem('forbidden', { detail: 'Only the form of this page may send this' });
  next();
};
