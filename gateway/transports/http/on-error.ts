/** Turns what was thrown into problem details. */
import type { ErrorRequestHandler } from 'express';
import type { Logger } from 'pino';
import { BusUnavailable } from '../../bus/bus.ts';
import { kindOfFault } from '../../kind-of-fault.ts';
import { TooMuchUnread } from '../../reading/unread.ts';
import { UnderReview } from '../../reading/volume.ts';
import { TOO_MUCH } from './body.ts';
import { HttpProblem, sendProblem } from './problem.ts';

/** What the gateway did not expect is logged by its kind only: its message can quote content. */
export const onError =
  (log: Logger): ErrorRequestHandler =>
  (error: unknown, _request, response, _next) => {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (error instanceof HttpProblem) return sendProblem(response, error.code, error.details);
    if (error instanceof UnderReview) {
      response.set('Retry-After', String(error.seconds));
      return sendProblem(response, 'under-review');
    }
    if (error instanceof TooMuchUnread) return sendProblem(response, 'too-many-requests', { detail: TOO_MUCH });
    if (error instanceof BusUnavailable) return sendProblem(response, 'unavailable');
    if ((error as { status?: number }).status === 400) return sendProblem(response, 'invalid-request');
    const place =
      error instanceof Error
        ? error.stack
            ?.split('\n')
            .find((line) => line.includes(' at '))
            ?.trim()
        : undefined;
    log.error({ kind: kindOfFault(error), place }, 'request failed');
    return sendProblem(response, 'internal');
  };
