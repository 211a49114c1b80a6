import type { Response } from 'express';

/** A signal that is aborted when nobody waits for the answer any more, or has all of it. */
export function closedSignal(response: Response): AbortSignal {
  const closed = new AbortController();
  response.once('close', () => closed.abort());
  return closed.signal;
}
