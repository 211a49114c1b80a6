/** A configuration as people may see it: rights, versions and names, without secrets, paths and addresses of other systems. */
import { basename } from 'node:path';
import type { Adapter, Json } from '../../adapters/adapter.ts';
import { pointerOf } from '../../adapters/json.ts';
import type { AdapterSource } from '../adapters.ts';
import type { Config } from '../config.ts';
import { digestOf, digestOfText } from '../digest.ts';
import type { ClientConfig } from '../rules/clients.ts';
import { differences, type Kind } from '../shadow/differences.ts';

export interface InForceInput {
  readonly config: Config;
  /** The policy as it was read. */
  readonly policy: unknown;
  readonly adapters: readonly Adapter[];
  /** The sources of the first adapters. The others are built in. */
  readonly sources: readonly AdapterSource[];
  /** The version of the gateway. */
  readonly version: string;
}

/** The values of a clearance or label, without the policy that they name. */
const valuesOf = ({ policy: _, ...values }: { readonly policy: unknown }): Readonly<Record<string, unknown>> => values;

const shownClient = ({ id, title, person, operator, scopes, clearance, submits, tasks, volume }: ClientConfig) => ({
  id,
  title,
  isPerson: person === true,
  isOperator: operator === true,
  scopes,
  clearance: valuesOf(clearance),
  ...(submits === undefined ? {} : { submits: { standards: submits.standards, floor: valuesOf(submits.floor) } }),
  ...(tasks === undefined ? {} : { tasks }),
  ...(volume === undefined ? {} : { volume: { ...volume } }),
});

function shownSource(source: AdapterSource | undefined) {
  if (source === undefined) return { kind: 'built-in' as const };
  return 'module' in source
    ? { kind: 'module' as const, file: basename(source.module), digest: source.digest }
    : { kind: 'mapping' as const, file: basename(source.mapping), digest: digestOfText(source.text) };
}

function shownBus({ bus = 'embedded', kafka }: Config) {
  const { partitions, replication, retentionDays } = kafka ?? {};
  const settings = Object.entries({ partitions, replication, retentionDays }).filter(([, value]) => value !== undefined);
  return { kind: bus, ...(bus === 'kafka' ? (Object.fromEntries(settings) as Readonly<Record<string, number>>) : {}) };
}

/** What is in force, with the digest of all of it. */
export function shownConfiguration({ config, policy, adapters, sources, version }: InForceInput) {
  const { id, version: policyVersion } = policy as { readonly id: string; readonly version: string };
  const shown = {
    gateway: version,
    policy: { id, version: policyVersion, sha256: digestOf(policy) },
    clients: config.clients.map(shownClient),
    adapters: adapters.map((adapter, n) => ({
      id: adapter.id,
      version: adapter.version,
      title: adapter.title,
      standards: adapter.standards,
      ...shownSource(sources[n]),
    })),
    transports: (config.transports ?? []).map(({ name, kind, client }) => ({ name, kind: basename(kind), client })),
    bus: shownBus(config),
  };
  return { ...shown, digest: digestOf(shown) };
}

export type ShownConfiguration = ReturnType<typeof shownConfiguration>;

export interface ConfigurationChange {
  /** A JSON Pointer; clients, adapters and transports by their ids. */
  readonly at: string;
  readonly kind: Kind;
}

const MOST_CHANGES = 1000;

const byId = (list: readonly { readonly id?: string; readonly name?: string }[]): Json =>
  Object.fromEntries(list.map((item) => [item.id ?? item.name ?? '', item])) as Json;

/** Lists by id, so that one more client is one difference. */
const named = ({ digest: _, clients, adapters, transports, ...rest }: ShownConfiguration): Json =>
  ({ ...rest, clients: byId(clients), adapters: byId(adapters), transports: byId(transports) }) as Json;

/** The places in which two configurations differ. */
export function changesBetween(before: ShownConfiguration, after: ShownConfiguration): readonly ConfigurationChange[] {
  const found = [...differences(named(before), named(after))].map(({ path, kind }) => ({ at: pointerOf(path), kind }));
  return found.slice(0, MOST_CHANGES);
}
