/** Opens the shadow runs of a gateway. */
import { lookUp } from '../intake/look-up.ts';
import { makeAdapters } from '../pipeline/decode.ts';
import { reportsFolder } from '../shadow/keep-report.ts';
import { ShadowRuns } from '../shadow/shadow-runs.ts';
import { VERSION } from '../version.ts';
import type { ExchangeContext } from './exchange-context.ts';
import type { SharedParts } from './shared-parts.ts';

export function openShadowRuns(stack: AsyncDisposableStack, context: ExchangeContext, shared: SharedParts): ShadowRuns {
  const { config, inForce, standards, log, now } = context;
  const { bus, view, labelling, domain } = shared;
  const runs = new ShadowRuns({
    standards,
    bus,
    view,
    labelling,
    domain,
    now,
    secret: inForce.keys.secret,
    adapters: { detect: (head) => makeAdapters(inForce.adapters()).detect(head) },
    inForce: () => ({ config: inForce.config, policy: inForce.policy, adapters: inForce.adapterSources() }),
    candidates: () => inForce.config.shadow?.candidates ?? {},
    sealKey: inForce.sealKey,
    version: VERSION,
    folder: reportsFolder(config.dataFolder),
    // A run waits for the bus: it has no sender that waits for it.
    lookUp: (sourceId, questions) => lookUp({ ...shared, isSpooling: false }, sourceId, questions),
    onError: (reason) => log.error({ reason }, 'a shadow run failed'),
  });
  stack.defer(() => runs.close());
  return runs;
}
