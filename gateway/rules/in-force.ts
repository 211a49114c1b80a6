/** The rules, adapters and keys in force in a running gateway. Each is replaced completely, or not at all (T38). */
import type { Adapter } from '../../adapters/adapter.ts';
import { type AdapterSource, loadAdapters, readAdapterSources } from '../adapters.ts';
import type { Config } from '../config.ts';
import { type Keys, openKeys } from '../keys/keys.ts';
import type { CompiledClearance } from '../labels/label.ts';
import type { Labelling } from '../labels/label-event.ts';
import { policyName } from '../labels/policy.ts';
import type { SealKey } from '../labels/seal.ts';
import type { Client } from './clients.ts';
import { compileRulesInForce, type RulesInForce, readPolicy } from './compiled-rules.ts';
import type { Standards } from './standards.ts';

/** Adapters and their sources. */
interface LoadedAdapters {
  readonly sources: readonly AdapterSource[];
  readonly list: readonly Adapter[];
}

const loadedFrom = async (config: Config, standards: Standards): Promise<LoadedAdapters> => {
  const sources = readAdapterSources(config.adapters);
  return { sources, list: await loadAdapters(sources, standards) };
};

export class InForce {
  readonly #standards: Standards;
  #config: Config;
  #policy: unknown;
  #rules: RulesInForce;
  #keys: Keys;
  #adapters: LoadedAdapters;
  #reloading: Promise<void> = Promise.resolve();

  private constructor(config: Config, standards: Standards, policy: unknown, rules: RulesInForce, keys: Keys, adapters: LoadedAdapters) {
    this.#standards = standards;
    this.#config = config;
    this.#policy = policy;
    this.#rules = rules;
    this.#keys = keys;
    this.#adapters = adapters;
  }

  /** Loads adapters, policy, clients and keys. Rejects with an Error that states the reason. */
  static async load(config: Config, standards: Standards): Promise<InForce> {
    const policy = readPolicy(config.policyFile);
    // Before keys are made for a policy that cannot be used.
    const rules = compileRulesInForce(config, standards, policy);
    const adapters = await loadedFrom(config, standards);
    return new InForce(config, standards, policy, rules, await openKeys(config.keysFolder), adapters);
  }

  /**
   * Loads adapters, policy and clients again; reloads run one after another. Rejects with an Error, and changes nothing, when something is
   * wrong.
   */
  reload(config: Config): Promise<void> {
    const reloaded = this.#reloading.then(() => this.#reload(config));
    this.#reloading = reloaded.catch(() => undefined);
    return reloaded;
  }

  async #reload(config: Config): Promise<void> {
    const adapters = await loadedFrom(config, this.#standards);
    const policy = readPolicy(config.policyFile);
    this.#rules = compileRulesInForce(config, this.#standards, policy);
    this.#policy = policy;
    this.#config = config;
    this.#adapters = adapters;
  }

  /** Reads the keys again. Rejects, and changes nothing, when they cannot be read. */
  async reloadKeys(): Promise<void> {
    this.#keys = await openKeys(this.#config.keysFolder);
  }

  get config(): Config {
    return this.#config;
  }

  /** The policy as it was read. */
  get policy(): unknown {
    return this.#policy;
  }

  get keys(): Keys {
    return this.#keys;
  }

  readonly adapters = (): readonly Adapter[] => this.#adapters.list;

  /** The sources of the adapters, from which workers load them too. */
  readonly adapterSources = (): readonly AdapterSource[] => this.#adapters.sources;

  readonly rules = (): RulesInForce => this.#rules;

  readonly labelling = (): Labelling => this.#rules.labelling;

  readonly domain = (): CompiledClearance => this.#rules.domain;

  readonly clients = (): ReadonlyMap<string, Client> => this.#rules.clients;

  readonly client = (id: string): Client | undefined => this.#rules.clients.get(id);

  /** The id and version of the policy, as the audit log names it. */
  readonly policyName = (): string => policyName(this.#rules.labelling.policy);

  readonly sealKey = (): SealKey => ({ kid: this.#keys.seal.kid, key: this.#keys.seal.privateKey });
}
