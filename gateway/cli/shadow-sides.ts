/** The candidate and the scope that the options of `interchange shadow` name. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, readConfig } from '../config.ts';
import { compilePolicy } from '../labels/policy.ts';
import { checkPolicy } from '../rules/compiled-rules.ts';
import { isMapping } from '../rules/mappings.ts';
import type { Standards } from '../rules/standards.ts';
import type { ShadowScope } from '../shadow/archive.ts';
import { candidateOf, inputOf } from '../shadow/candidate.ts';
import type { SideInput } from '../shadow/side.ts';
import type { Task } from '../workers/task.ts';
import { adapterFile } from './adapters-load.ts';
import { type Io, textOf, UsageError, type Values } from './verb.ts';

function timeOf(values: Values, name: string): number | undefined {
  const text = textOf(values, name);
  const time = text === undefined ? undefined : Date.parse(text);
  if (Number.isNaN(time)) throw new UsageError(`--${name} takes a time, such as 2026-11-01T00:00:00Z`);
  return time;
}

/** The messages that are asked for. */
export function scopeOf(values: Values): ShadowScope {
  const [from, to] = [timeOf(values, 'from'), timeOf(values, 'to')];
  const source = textOf(values, 'source');
  const limit = textOf(values, 'limit');
  if (limit !== undefined && !/^[1-9]\d{0,8}$/.test(limit)) throw new UsageError('--limit takes a number of messages');
  return {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(source === undefined ? {} : { source }),
    ...(limit === undefined ? {} : { limit: Number(limit) }),
    ...(values.quarantined === true ? { isQuarantined: true } : {}),
  };
}

/** What is in force, and the candidate. Throws UsageError where no candidate is named. */
export async function sidesOf(
  config: Config,
  values: Values,
  standards: Standards,
  io: Io,
): Promise<{ readonly inForce: SideInput; readonly candidate: SideInput }> {
  const [adapter, mapping, policyFile, file] = ['adapter', 'mapping', 'policy', 'config'].map((name) => textOf(values, name));
  if ([adapter, mapping, policyFile, file].every((value) => value === undefined))
    throw new UsageError('Name the candidate: --adapter, --mapping, --policy or --config');
  const inForce = inputOf(config);
  const adapters = [adapter, mapping].filter((path) => path !== undefined).map(adapterFile);
  if (mapping !== undefined && !isMapping(adapterFile(mapping)))
    throw new UsageError('--mapping takes a mapping document: its name ends in .mapping.json or .mapping.yaml');
  // The other files of the configuration stay where they are.
  const base =
    file === undefined ? inForce : inputOf(readConfig({ ...io.env, INTERCHANGE_CONFIG: file }, { dataFolder: config.dataFolder }));
  return { inForce, candidate: await candidateOf(base, { adapters, ...(policyFile === undefined ? {} : { policyFile }) }, standards) };
}

/** The client that files without a source come from: it may send everything, with the lowest label. */
const ANYBODY = 'offline';

function withAnybody({ config, ...input }: SideInput, standards: Standards): SideInput {
  const { document } = compilePolicy(checkPolicy(standards, input.policy));
  const policy = { id: document.id, version: document.version };
  const floor = { policy, classification: document.classifications[0]?.id ?? '' };
  const names = [...standards.byName.values()].filter(({ hasTopic }) => hasTopic).map(({ name }) => name);
  const client = { id: ANYBODY, title: ANYBODY, scopes: [], clearance: config.domain, submits: { standards: names, floor } };
  return { ...input, config: { ...config, clients: [...config.clients, client] } };
}

/** Two sides that know the client of files without a source. */
export const withFiles = (
  { inForce, candidate }: { readonly inForce: SideInput; readonly candidate: SideInput },
  standards: Standards,
) => ({
  inForce: withAnybody(inForce, standards),
  candidate: withAnybody(candidate, standards),
});

function* filesIn(paths: readonly string[]): Generator<string> {
  for (const path of paths)
    if (statSync(path).isDirectory())
      yield* filesIn(
        readdirSync(path)
          .toSorted()
          .map((name) => join(path, name)),
      );
    else yield path;
}

/** The messages in files. Their ids are the paths, which is what whoever named them can look up. They count as received at `from`. */
export async function* messagesIn(paths: readonly string[], { source = ANYBODY, limit }: ShadowScope, from: number): AsyncGenerator<Task> {
  const stamp = { recordedtime: new Date(from).toISOString(), sequence: '0'.repeat(16) };
  let left = limit ?? Number.POSITIVE_INFINITY;
  for (const file of filesIn(paths)) {
    if (left-- <= 0) return;
    yield { sourceId: source, bytes: readFileSync(file), messageId: file, stamp };
  }
}
