/** `GET /v1/gateway`: what an operator must look after in this gateway. */
import type { CompiledClearance } from '../../labels/label.ts';
import { isClearedForDomain } from '../../reading/cleared-for-domain.ts';
import type { ReaderBacklog } from '../../reading/reader-backlogs.ts';
import type { Client } from '../../rules/clients.ts';
import type { Expiring } from '../../upkeep/expiring.ts';
import type { GatewayState } from '../../upkeep/gateway-state.ts';
import { callerOf } from './auth.ts';
import type { OperationHandler } from './call.ts';
import { closedSignal } from './closed.ts';
import { HttpProblem } from './problem.ts';

export interface GatewayStateHttpContext {
  /** The clearance of this gateway's domain. */
  readonly domain: () => CompiledClearance;
  readonly gatewayState: (asker: Client, isCleared: boolean, signal: AbortSignal) => Promise<GatewayState>;
}

const timeOf = (milliseconds: number): string => new Date(milliseconds).toISOString();

const publicExpiring = ({ since, ends, ...rest }: Expiring) => ({
  ...rest,
  ...(since === undefined ? {} : { since: timeOf(since) }),
  ...(ends === undefined ? {} : { ends: timeOf(ends) }),
});

const publicReader = ({ client, title, given, ...backlog }: ReaderBacklog) => ({
  client,
  title,
  backlog,
  ...(given === undefined ? {} : { given }),
});

function publicState({ name, disk, expiring, counts }: GatewayState) {
  const shown = { name, disk: { status: disk, ...counts?.disk }, expiring: expiring.map(publicExpiring) };
  if (counts === undefined) return shown;
  const { behind, spool, readers } = counts;
  return {
    ...shown,
    ...(behind === undefined ? {} : { behind }),
    ...(spool === undefined ? {} : { spool: { ...spool, age: Math.round(spool.age) } }),
    ...(readers === undefined ? {} : { readers: readers.map(publicReader) }),
  };
}

export const getGatewayState =
  ({ domain, gatewayState }: GatewayStateHttpContext): OperationHandler<'getGatewayState'> =>
  async (_call, response) => {
    const { client } = callerOf(response.locals);
    if (!client.operator) throw new HttpProblem('forbidden', { detail: 'Only operators see the state of the gateway' });
    const isCleared = isClearedForDomain(client.clearance, domain());
    response.json(publicState(await gatewayState(client, isCleared, closedSignal(response))));
  };
