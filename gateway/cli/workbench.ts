/** The inner part of the gateway without bus, keys or network: what the offline verbs work with. */
import { join } from 'node:path';
import type { Adapter, JsonObject, Refusal, Warning } from '../../adapters/adapter.ts';
import { loadAdapters } from '../adapters.ts';
import { type Config, type Environment, HOME, readConfig } from '../config.ts';
import type { LabelledEvent } from '../labels/event.ts';
import { labelEvent } from '../labels/label-event.ts';
import { type Law, loadLaw } from '../law.ts';
import { decode, makeAdapters } from '../pipeline/decode.ts';
import { makeIdentities } from '../pipeline/ids.ts';
import { prepare } from '../pipeline/ingest.ts';
import { loadStandards, type Standards } from '../standards.ts';

/** An event as made offline: labelled and not sealed. Its id is not the one that a gateway would give it. */
export type OfflineEvent = Omit<LabelledEvent, 'data'> & { readonly data: JsonObject };

export interface Workbench {
  readonly config: Config;
  readonly standards: Standards;
  readonly law: Law;
  readonly adapters: readonly Adapter[];
  events(
    message: Uint8Array,
  ): Promise<
    | { readonly ok: true; readonly events: readonly LabelledEvent[]; readonly warnings: readonly Warning[] }
    | { readonly ok: false; readonly refusals: readonly Refusal[] }
  >;
}

/** Anybody can make these ids: offline events are for looking at, and for turning back into messages. */
const OFFLINE_SECRET = Buffer.from('offline ids are nobody’s secret');

export async function openWorkbench(env: Environment): Promise<Workbench> {
  const config = readConfig(env);
  const standards = loadStandards(join(HOME, 'schemas'));
  const law = loadLaw(config, standards);
  const adapters = await loadAdapters(config.adapters);
  const identities = makeIdentities(OFFLINE_SECRET);
  const known = makeAdapters(adapters);
  const { codeLists } = standards;
  let sequence = 0;
  const source = { id: 'offline', floor: law.labelling.policy.lowest, submits: new Set(standards.byName.keys()) };
  return {
    config,
    standards,
    law,
    adapters,
    events: async (bytes) => {
      const messageId = identities.messageId(source.id, bytes);
      const stamp = { recordedtime: new Date(0).toISOString(), sequence: String(++sequence).padStart(16, '0') };
      const submission = { source, bytes, messageId, stamp };
      const decoded = decode(known, submission);
      if (!decoded.ok) return decoded;
      const prepared = prepare(
        { adapters: known, standards, codeLists, identities, labelling: () => law.labelling },
        submission,
        decoded.adapter.id,
        decoded.events,
      );
      if (!prepared.ok) return prepared;
      const events = prepared.value.map(({ event }) => labelEvent(law.labelling, event, source.floor).event);
      return { ok: true, events, warnings: decoded.events.flatMap(({ warnings }) => warnings) };
    },
  };
}
