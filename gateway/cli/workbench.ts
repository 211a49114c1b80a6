/** The inner part of the gateway without bus, keys or network: what the offline verbs work with. */
import { join as joinPath } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Adapter, DecodedEvent, JsonObject, Refusal, Warning } from '../../adapters/adapter.ts';
import { parseStrict } from '../../adapters/json.ts';
import { failure, type Result, success } from '../../adapters/result.ts';
import { loadAdapters, readAdapterSources } from '../adapters.ts';
import { type Config, HOME, readConfig } from '../config.ts';
import type { Environment } from '../environment.ts';
import type { LabelledEvent } from '../labels/event.ts';
import { join } from '../labels/join.ts';
import { type Labelled, labelEvent } from '../labels/label-event.ts';
import { compileLabel } from '../labels/policy.ts';
import { makeAdapters } from '../pipeline/decode.ts';
import { makeIdentities } from '../pipeline/ids.ts';
import { NO_ANSWERS } from '../pipeline/ingest.ts';
import { protect } from '../pipeline/protect.ts';
import { highestOf } from '../pipeline/quarantine-label.ts';
import { prepare, read } from '../pipeline/read.ts';
import { warningsOf } from '../pipeline/warnings.ts';
import type { Protection } from '../protections/protection.ts';
import { loadRulesInForce, type RulesInForce } from '../rules/rules-in-force.ts';
import { loadStandards, type Standards } from '../rules/standards.ts';

/** An event as made offline: labelled and not sealed. Its id is not the one that a gateway would give it. */
export type OfflineEvent = Omit<LabelledEvent, 'data'> & { readonly data: JsonObject };

/** An event made offline, with who must not be identified in it. */
export interface Explained extends Labelled {
  readonly protections: readonly Protection[];
}

export interface Workbench {
  readonly config: Config;
  readonly standards: Standards;
  readonly law: RulesInForce;
  readonly adapters: readonly Adapter[];
  /** Events of a message: a legacy one, or events in JSON, one in the whole file or one in each line. */
  events(message: Uint8Array): Promise<Result<Explanation>>;
  /** Events of a message, as one adapter reads it. */
  explain(message: Uint8Array, adapter: Adapter): Result<Explanation>;
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

/** What a gateway makes of an event that it takes in: without these, an event that was read can be tried as one that is sent. */
const MADE_BY_GATEWAY = [
  ...['id', 'source', 'subject', 'partitionkey', 'traceparent', 'recordedtime', 'sequence'],
  ...['classification', 'rendition', 'seal'],
];
const DATA_MADE_BY_GATEWAY = ['label', 'portions', 'quality', 'protections'];

const omit = (object: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));

/** An event as its sender would send it. One that no gateway has seen stays as it is, its asserted label too. */
function asSent(text: string): Uint8Array {
  const parsed = parseStrict(text);
  if (!parsed.ok || typeof parsed.value !== 'object' || parsed.value === null) return Buffer.from(text);
  const event = parsed.value as JsonObject;
  const data = event.data as JsonObject | undefined;
  if (typeof data !== 'object' || data === null || (data.portions === undefined && event.recordedtime === undefined))
    return Buffer.from(text);
  // A time that is that of the recording was stated by nobody.
  const names = event.time === event.recordedtime ? [...MADE_BY_GATEWAY, 'time'] : MADE_BY_GATEWAY;
  return Buffer.from(JSON.stringify({ ...omit(event, names), data: omit(data, DATA_MADE_BY_GATEWAY) }));
}

/** The events in JSON that a file holds, or undefined where it holds a legacy message. */
function eventsIn(bytes: Uint8Array): readonly Uint8Array[] | undefined {
  const text = Buffer.from(bytes)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
  if (!text.trimStart().startsWith('{')) return undefined;
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const isLines = lines.length > 1 && lines.every((line) => line.startsWith('{') && parseStrict(line).ok);
  return (isLines ? lines : [text]).map(asSent);
}

export async function openWorkbench(env: Environment): Promise<Workbench> {
  const config = readConfig(env);
  const standards = loadStandards(joinPath(HOME, 'schemas'));
  const law = loadRulesInForce(config, standards);
  const adapters = await loadAdapters(readAdapterSources(config.adapters), standards);
  const identities = makeIdentities(OFFLINE_SECRET);
  const known = makeAdapters(adapters);
  const { codeLists } = standards;
  let sequence = 0;
  const source = { id: 'offline', floor: law.labelling.policy.lowest, submits: new Set(standards.byName.keys()) };
  // A file of one's own can hold what an adapter kept: `convert` writes it.
  const context = { adapters: known, standards, codeLists, identities, labelling: () => law.labelling, isResidueTaken: true };
  const explain = (bytes: Uint8Array, canonical: boolean, adapter?: Adapter): Result<Explanation> => {
    const messageId = identities.messageId(source.id, bytes);
    const stamp = { recordedtime: new Date().toISOString(), sequence: String(++sequence).padStart(16, '0') };
    const named = adapter === undefined ? {} : { adapter: adapter.id };
    const own = adapter === undefined ? context : { ...context, adapters: makeAdapters([adapter]) };
    const { decoded, prepared, alone } = read(own, { source, bytes, messageId, stamp, canonical, ...named });
    if (!decoded.ok) return decoded;
    if (!prepared.ok) return prepared;
    const events = protect(law.labelling, prepared.value, source.floor, NO_ANSWERS, identities.pseudonym).map(
      ({ event, found }): Explained => ({ ...labelEvent(law.labelling, event, source.floor, { found }), protections: found.all }),
    );
    return success({ events, warnings: warningsOf(decoded.value.events, events), refused: alone.flatMap(({ refusals }) => refusals) });
  };
  return {
    config,
    standards,
    law,
    adapters,
    explain: (bytes, adapter) => explain(bytes, false, adapter),
    isAboveFloor: (event) => {
      const { policy } = law.labelling;
      const floor = highestOf(policy, law.domain);
      const submission = {
        source,
        bytes: Buffer.alloc(0),
        messageId: '',
        stamp: { recordedtime: new Date(0).toISOString(), sequence: '' },
      };
      const prepared = prepare(context, submission, 'offline', [event]);
      if (!prepared.ok) return false;
      return protect(law.labelling, prepared.value, floor, NO_ANSWERS, identities.pseudonym).every(({ event: own, found }) => {
        const label = compileLabel(policy, labelEvent(law.labelling, own, floor, { found }).event.data.label);
        return label.ok && isDeepStrictEqual(join(policy, label.value, floor), label.value);
      });
    },
    events: async (bytes) => {
      const canonical = eventsIn(bytes);
      const explained = (canonical ?? [bytes]).map((one) => explain(one, canonical !== undefined));
      const [first, ...others] = explained.flatMap((one) => (one.ok ? [] : one.refusals));
      if (first !== undefined) return failure(first, ...others);
      const accepted = explained.flatMap((one) => (one.ok ? [one.value] : []));
      return success({
        events: accepted.flatMap(({ events }) => events),
        warnings: accepted.flatMap(({ warnings }) => warnings),
        refused: accepted.flatMap(({ refused }) => refused),
      });
    },
  };
}
