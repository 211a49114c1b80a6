/** Which media types a client takes (RFC 9110, section 12.5.1). */
import type { Request } from 'express';

/** What is offered says the same in UTF-8 and without a charset, and there is no other. */
const CHARSET = '; charset=utf-8';

/** The media types of an offer that a request takes, the best first. Those that it takes alike are in the order of the offer. */
export function acceptable(request: Request, offered: readonly string[]): readonly string[] {
  // An empty header says nothing.
  if ((request.get('Accept') ?? '').trim() === '') return offered;
  const found: string[] = [];
  let left = offered.map((mediaType) => mediaType + CHARSET);
  for (let best = request.accepts(left); best !== false; best = left.length > 0 && request.accepts(left)) {
    found.push(best.slice(0, -CHARSET.length));
    left = left.filter((mediaType) => mediaType !== best);
  }
  return found;
}
