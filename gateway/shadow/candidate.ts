/** The candidate of a shadow run: what is in force, with a new policy or new adapters. */
import type { Adapter } from '../../adapters/adapter.ts';
import { type AdapterSource, loadAdapters, readAdapterSources } from '../adapters.ts';
import type { Config } from '../config.ts';
import { checkPolicy, readPolicy } from '../rules/compiled-rules.ts';
import type { Standards } from '../rules/standards.ts';
import type { SideInput } from './side.ts';
import { configUnder } from './version-of-policy.ts';

/** What a candidate changes. */
export interface CandidateChange {
  readonly policyFile?: string;
  /** Modules and mappings. One with the id of an adapter in force replaces it. */
  readonly adapters?: readonly string[];
}

/** What a configuration puts in force. Throws an Error that names the file that cannot be read. */
export const inputOf = (config: Config): SideInput => ({
  config,
  policy: readPolicy(config.policyFile),
  adapters: readAdapterSources(config.adapters),
});

async function idOf(source: AdapterSource, standards: Standards): Promise<string> {
  const [adapter] = await loadAdapters([source], standards);
  return (adapter as Adapter).id;
}

async function withAdapters(
  inForce: readonly AdapterSource[],
  added: readonly AdapterSource[],
  standards: Standards,
): Promise<readonly AdapterSource[]> {
  const replaced = new Set(await Promise.all(added.map((source) => idOf(source, standards))));
  const ids = await Promise.all(inForce.map((source) => idOf(source, standards)));
  return [...added, ...inForce.filter((_, n) => !replaced.has(ids[n] as string))];
}

/** The candidate that changes what is in force. Rejects with an Error that names a file that cannot be used. */
export async function candidateOf(inForce: SideInput, change: CandidateChange, standards: Standards): Promise<SideInput> {
  const { policyFile, adapters = [] } = change;
  const sources = await withAdapters(inForce.adapters, readAdapterSources(adapters), standards);
  if (policyFile === undefined) return { ...inForce, adapters: sources };
  const policy = readPolicy(policyFile);
  return { config: configUnder(inForce.config, checkPolicy(standards, policy)), policy, adapters: sources };
}
