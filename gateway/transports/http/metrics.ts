/** The metrics, in the text format of Prometheus. They count events of every label, so only monitoring may read them. */
import express, { type Express, type Response } from 'express';
import type { Logger } from 'pino';
import type { Observe } from './observe.ts';
import { onError } from './on-error.ts';
import { sendProblem } from './problem.ts';
import { securityHeaders } from './security-headers.ts';

export interface MetricsContext {
  readonly observe: Observe;
  readonly log: Logger;
}

export const metrics =
  ({ observe }: Pick<MetricsContext, 'observe'>) =>
  async (_asked: unknown, response: Response): Promise<void> => {
    response.type(observe.registry.contentType).send(await observe.registry.metrics());
  };

/** Serves `GET /metrics` without a token, and nothing else: for a listener that only the operations network reaches. */
export function makeMetricsApp({ observe, log }: MetricsContext): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(securityHeaders);
  app.get('/metrics', observe.request('getMetrics'), metrics({ observe }));
  app.all('/metrics', (_request, response) => {
    response.set('Allow', 'GET');
    sendProblem(response, 'method-not-allowed');
  });
  app.use((_request, response) => sendProblem(response, 'not-found'));
  app.use(onError(log));
  return app;
}
