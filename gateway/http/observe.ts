/** What operators see: metrics without identifiers (T19), and one log line for each request without content (T18). */
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

export interface Observe {
  taken(outcome: 'accepted' | 'quarantined' | 'repeated'): void;
  delivered(verdict: 'permit' | 'redact', count: number): void;
  broken(): void;
  /** Times a request of an operation, and logs it. */
  request(operation: string): RequestHandler;
  readonly registry: Registry;
}

export function makeObserve(log: Logger, now: () => number): Observe {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'interchange_' });
  const registers = [registry];
  const messages = new Counter({
    name: 'interchange_messages_total',
    help: 'Messages taken in, by outcome',
    labelNames: ['outcome'],
    registers,
  });
  const deliveries = new Counter({
    name: 'interchange_deliveries_total',
    help: 'Events delivered, by decision',
    labelNames: ['decision'],
    registers,
  });
  const brokenSeals = new Counter({ name: 'interchange_broken_seals_total', help: 'Records on the bus that did not verify', registers });
  const durations = new Histogram({
    name: 'interchange_request_seconds',
    help: 'Time to answer a request, by operation and status',
    labelNames: ['operation', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  return {
    registry,
    taken: (outcome) => messages.inc({ outcome }),
    delivered: (decision, count) => deliveries.inc({ decision }, count),
    broken: () => brokenSeals.inc(),
    request: (operation) => (_request, response, next) => {
      const started = now();
      response.once('close', () => {
        const milliseconds = now() - started;
        const { statusCode: status } = response;
        durations.observe({ operation, status: String(status) }, milliseconds / 1000);
        const client = (response.locals.caller as { client: { id: string } } | undefined)?.client.id;
        log.info({ operation, status, milliseconds, client, messageId: response.locals.messageId as string | undefined }, 'request');
      });
      next();
    },
  };
}
