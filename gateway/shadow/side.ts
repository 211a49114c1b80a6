/** One side of a shadow run: adapters, policy and clients, with workers that make events which nobody is given. */
import { generateKeyPairSync } from 'node:crypto';
import type { Adapter } from '../../adapters/adapter.ts';
import { type AdapterSource, loadAdapters } from '../adapters.ts';
import type { Config } from '../config.ts';
import { digestOf, digestOfText } from '../digest.ts';
import { compileRulesInForce, type RulesInForce } from '../rules/compiled-rules.ts';
import type { Standards } from '../rules/standards.ts';
import { IngestPool, type LookUp, MessageLimitExceeded } from '../workers/pool.ts';
import type { Task } from '../workers/task.ts';
import { withoutFound } from './answers.ts';
import { refusedFor, type Verdict, verdictOf } from './verdict.ts';
import { answersUnder, taskUnder } from './version-of-policy.ts';

/** What a side is made of. */
export interface SideInput {
  readonly config: Config;
  /** The policy as it was read. */
  readonly policy: unknown;
  readonly adapters: readonly AdapterSource[];
}

/** What a report says of a side. */
export interface SideVersion {
  readonly policy: { readonly id: string; readonly version: string; readonly sha256: string };
  /** The adapters of the configuration; the built-in ones have the version of the gateway. */
  readonly adapters: readonly { readonly id: string; readonly version: string; readonly digest?: string }[];
  /** Of who sends what, with which floor: hex. */
  readonly clients: { readonly sha256: string };
}

export interface Side {
  readonly version: SideVersion;
  readonly rules: RulesInForce;
  readonly adapters: readonly Adapter[];
  readonly trial: (task: Task) => Promise<Verdict>;
}

export interface SideContext {
  readonly standards: Standards;
  /** The secret of the deployment, or another one where nothing of a deployment is read. */
  readonly secret: Uint8Array;
  readonly now: () => number;
  readonly lookUp: LookUp;
  readonly onError: (reason: string) => void;
}

/** The digest of the source of an adapter: of a module, only the file that it is loaded by. */
const sourceDigest = (source: AdapterSource): string => ('module' in source ? source.digest : digestOfText(source.text));

function versionOf({ config, policy, adapters: sources }: SideInput, rules: RulesInForce, adapters: readonly Adapter[]): SideVersion {
  const { id, version } = rules.labelling.policy.document;
  const submitting = config.clients.flatMap((client) => (client.submits === undefined ? [] : [{ id: client.id, submits: client.submits }]));
  return {
    policy: { id, version, sha256: digestOf(policy) },
    // The adapters of the configuration come first, in its order.
    adapters: adapters.map((adapter, n) => {
      const source = sources[n];
      return { id: adapter.id, version: adapter.version, ...(source === undefined ? {} : { digest: sourceDigest(source) }) };
    }),
    clients: { sha256: digestOf(submitting) },
  };
}

const KEY_ID = 'shadow';

/** Opens a side. Rejects with an Error that states what is wrong with its policy, clients or adapters. */
export async function openSide(stack: AsyncDisposableStack, input: SideInput, context: SideContext): Promise<Side> {
  const { config, policy, adapters: sources } = input;
  const { standards, secret, now, lookUp, onError } = context;
  const rules = compileRulesInForce(config, standards, policy);
  const adapters = await loadAdapters(sources, standards);
  const pool = new IngestPool(
    {
      config,
      policy,
      adapters: sources,
      secret,
      // A key that no gateway trusts: what a trial makes cannot pass for an event.
      sealJwk: generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }),
      kid: KEY_ID,
      sealKeys: [],
      renditions: false,
    },
    { workers: 1, seconds: config.limits.messageSeconds, memory: config.limits.workerMegabytes, isBehind: true },
    now,
    onError,
    async (sourceId, questions) => answersUnder(withoutFound(await lookUp(sourceId, questions)), rules.labelling.policy.document),
  );
  stack.defer(() => pool.close());
  pool.start();
  const trial = async (task: Task): Promise<Verdict> => {
    if (rules.clients.get(task.sourceId)?.source === undefined) return refusedFor('source-unknown');
    try {
      return verdictOf(await pool.process(taskUnder(task, rules.labelling.policy.document)));
    } catch (error) {
      if (error instanceof MessageLimitExceeded) return refusedFor('adapter-limit');
      throw error;
    }
  };
  return { version: versionOf(input, rules, adapters), rules, adapters, trial };
}
