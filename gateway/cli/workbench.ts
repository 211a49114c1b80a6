/** The inner part of the gateway without bus, keys or network: what the offline verbs work with. */
import { join as joinPath } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Adapter, DecodedEvent, JsonObject, Refusal, Warning } from '../../adapters/adapter.ts';
import { failure, type Result, success } from '../../adapters/result.ts';
import { loadAdapters, readAdapterSources } from '../adapters.ts';
import { type Config, HOME, readConfig } from '../config.ts';
import type { Environment } from '../environment.ts';
import type { LabelledEvent } from '../labels/event.ts';
import { join } from '../labels/join.ts';
import type { CompiledClearance } from '../labels/label.ts';
import { type Labelled, labelEvent } from '../labels/label-event.ts';
import { compileLabel } from '../labels/policy.ts';
import { headOf, makeAdapters } from '../pipeline/decode.ts';
import { makeIdentities } from '../pipeline/ids.ts';
import { NO_ANSWERS } from '../pipeline/ingest.ts';
import { protect } from '../pipeline/protect.ts';
import { highestOf } from '../pipeline/quarantine-label.ts';
import { type PrepareContext, prepare, read } from '../pipeline/read.ts';
import type { Source, Submission } from '../pipeline/submission.ts';
import { warningsOf } from '../pipeline/warnings.ts';
import type { Protection } from '../protections/protection.ts';
import { loadRulesInForce, type RulesInForce } from '../rules/compiled-rules.ts';
import { loadStandards, type Standards } from '../rules/standards.ts';
import { LargeMessageReader } from './large-message.ts';
import { eventsIn } from './sent-events.ts';

/** An event as made offline: labelled and not sealed. Its id is not the one that a gateway would give it. */
export type OfflineEvent = Omit<LabelledEvent, 'data'> & { readonly data: JsonObject };

/** An event made offline, with who must not be identified in it. */
export interface Explained extends Labelled {
  readonly protections: readonly Protection[];
}

export interface Workbench {
  readonly config: Config;
  readonly standards: Standards;
  /** The policy with its rules, as a gateway with this configuration has them. */
  readonly rules: RulesInForce;
  readonly adapters: readonly Adapter[];
  /** Events of a message: a legacy one, or events in JSON, one in the whole file or one in each line. */
  events(message: Uint8Array): Promise<Result<Explanation>>;
  /** Events of a message, as one adapter reads it. */
  explain(message: Uint8Array, adapter: Adapter): Result<Explanation>;
  /** The adapter that knows a message by its first bytes. */
  adapterOf(head: Uint8Array): Adapter | undefined;
  /** Reads one message that is too large to be read at once. */
  largeMessageReader(): LargeMessageReader;
  /** Whether an event that an adapter made is labelled no lower than the highest floor that a source can have. */
  isAboveFloor(event: DecodedEvent): boolean;
}

/** What becomes of a message. */
export interface Explanation {
  readonly events: readonly Explained[];
  readonly warnings: readonly Warning[];
  /** Why records of it would wait alone. */
  readonly refused: readonly Refusal[];
}

/** Anybody can make these ids: offline events are for looking at, and for turning back into messages. */
const OFFLINE_SECRET = Buffer.from('offline ids are nobody’s secret');

/** Makes the function that reads, protects and labels a message. */
function makeExplain(
  context: PrepareContext,
  source: Source,
  stampNow: () => Submission['stamp'],
): (bytes: Uint8Array, isCanonical: boolean, adapter?: Adapter) => Result<Explanation> {
  const { identities } = context;
  return (bytes, isCanonical, adapter) => {
    const submission: Submission = {
      source,
      bytes,
      messageId: identities.messageId(source.id, bytes),
      stamp: stampNow(),
      canonical: isCanonical,
      ...(adapter === undefined ? {} : { adapter: adapter.id }),
    };
    const adapters = adapter === undefined ? context.adapters : makeAdapters([adapter]);
    const { decoded, prepared, alone } = read({ ...context, adapters }, submission);
    if (!decoded.ok) return decoded;
    if (!prepared.ok) return prepared;
    const labelling = context.labelling();
    const events = protect(labelling, prepared.value, source.floor, NO_ANSWERS, identities.pseudonym).map(
      ({ event, found }): Explained => ({ ...labelEvent(labelling, event, source.floor, { found }), protections: found.all }),
    );
    return success({ events, warnings: warningsOf(decoded.value.events, events), refused: alone.flatMap(({ refusals }) => refusals) });
  };
}

/** Makes {@link Workbench.isAboveFloor}: tries the highest floor that this gateway's domain allows. */
function makeIsAboveFloor(context: PrepareContext, source: Source, domain: CompiledClearance): Workbench['isAboveFloor'] {
  const { labelling, identities } = context;
  const { policy } = labelling();
  const floor = highestOf(policy, domain);
  const stamp = { recordedtime: new Date(0).toISOString(), sequence: '' };
  const submission: Submission = { source, bytes: Buffer.alloc(0), messageId: '', stamp };
  return (decoded) => {
    const prepared = prepare(context, submission, 'offline', [decoded]);
    if (!prepared.ok) return false;
    return protect(labelling(), prepared.value, floor, NO_ANSWERS, identities.pseudonym).every(({ event, found }) => {
      const label = compileLabel(policy, labelEvent(labelling(), event, floor, { found }).event.data.label);
      return label.ok && isDeepStrictEqual(join(policy, label.value, floor), label.value);
    });
  };
}

/** Puts the explanations of several events together, or the refusals of those that cannot be read. */
function together(explanations: readonly Result<Explanation>[]): Result<Explanation> {
  const [first, ...others] = explanations.flatMap((explanation) => (explanation.ok ? [] : explanation.refusals));
  if (first !== undefined) return failure(first, ...others);
  const accepted = explanations.flatMap((explanation) => (explanation.ok ? [explanation.value] : []));
  return success({
    events: accepted.flatMap(({ events }) => events),
    warnings: accepted.flatMap(({ warnings }) => warnings),
    refused: accepted.flatMap(({ refused }) => refused),
  });
}

export async function openWorkbench(env: Environment): Promise<Workbench> {
  const config = readConfig(env);
  const standards = loadStandards(joinPath(HOME, 'schemas'));
  const rules = loadRulesInForce(config, standards);
  const { labelling, domain } = rules;
  const adapters = await loadAdapters(readAdapterSources(config.adapters), standards);
  const source: Source = { id: 'offline', floor: labelling.policy.lowest, submits: new Set(standards.byName.keys()) };
  const context: PrepareContext = {
    adapters: makeAdapters(adapters),
    standards,
    codeLists: standards.codeLists,
    identities: makeIdentities(OFFLINE_SECRET),
    labelling: () => labelling,
    // A person's own file can hold what an adapter kept of a message: `convert` writes it.
    isResidueTaken: true,
  };
  let sequence = 0;
  const stampNow = () => ({ recordedtime: new Date().toISOString(), sequence: String(++sequence).padStart(16, '0') });
  const explain = makeExplain(context, source, stampNow);
  return {
    config,
    standards,
    rules,
    adapters,
    explain: (bytes, adapter) => explain(bytes, false, adapter),
    adapterOf: (head) => context.adapters.detect(headOf(head)),
    largeMessageReader: () => new LargeMessageReader(context, source, stampNow()),
    isAboveFloor: makeIsAboveFloor(context, source, domain),
    events: async (bytes) => {
      const events = eventsIn(bytes, context.adapters);
      return events === undefined ? explain(bytes, false) : together(events.map((event) => explain(event, true)));
    },
  };
}
