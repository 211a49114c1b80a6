/** Opens the worker threads, which read messages and write large or legacy deliveries. */
import { lookUp } from '../intake/look-up.ts';
import { IngestPool } from '../workers/pool.ts';
import type { ExchangeContext } from './exchange-context.ts';
import type { SharedParts } from './shared-parts.ts';

export interface Workers {
  readonly pool: IngestPool;
  /** Passes the rules in force to the workers. */
  readonly reload: () => void;
}

export function openWorkers(stack: AsyncDisposableStack, context: ExchangeContext, shared: SharedParts): Workers {
  const { config, inForce, storage, log, now } = context;
  const workerInput = () => ({
    config: inForce.config,
    policy: inForce.policy,
    adapters: inForce.adapterSources(),
    secret: inForce.keys.secret,
    sealJwk: inForce.keys.seal.privateJwk,
    renditions: storage.isShared,
    kid: inForce.keys.seal.kid,
    sealKeys: inForce.keys.trustedKeys.map(({ kid, publicKey }) => ({ kid, publicKey })),
  });
  const lookUpContext = { ...shared, isSpooling: storage.spool !== undefined };
  const pool = new IngestPool(
    workerInput(),
    { workers: config.workers, seconds: config.limits.messageSeconds, memory: config.limits.workerMegabytes },
    now,
    (reason) => log.error({ reason }, 'a worker does not start'),
    (sourceId, questions) => lookUp(lookUpContext, sourceId, questions),
  );
  stack.defer(() => pool.close());
  return { pool, reload: () => pool.reload(workerInput()) };
}
