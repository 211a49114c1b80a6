/** `GET /v1/ledger`: what happened to everything that a source sent. */
import type { RequestHandler } from 'express';
import type { Ledger } from '../../intake/ledger.ts';
import type { CompiledClearance } from '../../labels/label.ts';
import { isClearedForDomain } from '../../reading/cleared-for-domain.ts';
import { type Caller, callerOf } from './auth.ts';
import type { OperationHandler } from './call.ts';

export interface LedgerHttpContext {
  readonly ledger: Ledger;
  /** Everything that this gateway may hold. */
  readonly domain: () => CompiledClearance;
  readonly now: () => number;
}

export const getLedger =
  ({ ledger, domain }: LedgerHttpContext): OperationHandler<'getLedger'> =>
  async ({ query: { hours } }, response) => {
    const { client } = callerOf(response.locals);
    // The counts of others are about messages of every level.
    const isForAll = client.operator && isClearedForDomain(client.clearance, domain());
    response.json({ rows: await ledger.rows(isForAll ? undefined : client.id, hours) });
  };

/** Counts what a source is refused before the intake sees it: too large, too fast, not a request. */
export const refusals =
  ({ ledger, now }: LedgerHttpContext): RequestHandler =>
  (_request, response, next) => {
    const source = (response.locals.caller as Caller | undefined)?.client.source?.id;
    if (source !== undefined)
      response.once('finish', () => {
        if (response.locals.isCounted !== true) ledger.receive(source, new Date(now()).toISOString())('refused');
      });
    next();
  };
