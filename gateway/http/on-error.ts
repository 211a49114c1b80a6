/** Turns what was thrown into problem details. */
import type { ErrorRequestHandler } from 'express';
import type { Logger } from 'pino';
import { BusUnavailable } from '../bus/bus.ts';
import { UnderReview } from '../exchange/volume.ts';
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
    if (error instanceof UnderReview) return sendProblem(response, 'under-review');
    if (error instanceof BusUnavailable) return sendProblem(response, 'unavailable');
    const { status, type } = error as { status?: number; type?: string };
    if (type === 'entity.too.large') return sendProblem(response, 'message-too-large');
    if (type === 'encoding.unsupported' || status === 415)
      return sendProblem(response, 'unsupported-media-type', { detail: 'Send the body uncompressed' });
    if (type === 'request.aborted' || status === 400) return sendProblem(response, 'invalid-request');
    const place =
      error instanceof Error
        ? error.stack
            ?.split('\n')
            .find((line) => line.includes(' at '))
            ?.trim()
        : undefined;
    log.error({ kind: error instanceof Error ? error.name : typeof error, place }, 'request failed');
    return sendProblem(response, 'internal');
  };
