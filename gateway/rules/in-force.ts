/** What is in force in a running gateway: the rules and the keys. Each is exchanged as a whole, or not at all (T38). */
import type { Config } from '../config.ts';
import { type Keys, openKeys } from '../keys/keys.ts';
import type { CompiledClearance } from '../labels/label.ts';
import type { Labelling } from '../labels/label-event.ts';
import type { SealKey } from '../labels/seal.ts';
import type { Client } from './clients.ts';
import { compileRulesInForce, type RulesInForce, readPolicy } from './rules-in-force.ts';
import type { Standards } from './standards.ts';

export class InForce {
  readonly #standards: Standards;
  #config: Config;
  #policy: unknown;
  #law: RulesInForce;
  #keys: Keys;

  private constructor(config: Config, standards: Standards, policy: unknown, keys: Keys) {
    this.#standards = standards;
    this.#config = config;
    this.#policy = policy;
    this.#law = compileRulesInForce(config, standards, policy);
    this.#keys = keys;
  }

  /** Loads policy, clients and keys. Rejects with an Error that says what is wrong; nothing is in force then. */
  static async load(config: Config, standards: Standards): Promise<InForce> {
    const policy = readPolicy(config.policyFile);
    // Before keys are made for a policy that cannot be used.
    compileRulesInForce(config, standards, policy);
    return new InForce(config, standards, policy, await openKeys(config.keysFolder));
  }

  /** Loads policy and clients anew. Throws an Error, and changes nothing, when something is wrong. */
  reload(config: Config): void {
    const policy = readPolicy(config.policyFile);
    this.#law = compileRulesInForce(config, this.#standards, policy);
    this.#policy = policy;
    this.#config = config;
  }

  /** Reads the keys anew. Rejects, and changes nothing, when they cannot be read. */
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

  readonly law = (): RulesInForce => this.#law;

  readonly labelling = (): Labelling => this.#law.labelling;

  readonly domain = (): CompiledClearance => this.#law.domain;

  readonly clients = (): ReadonlyMap<string, Client> => this.#law.clients;

  readonly client = (id: string): Client | undefined => this.#law.clients.get(id);

  /** The id and version of the policy, as the audit log names it. */
  readonly policyName = (): string => {
    const { id, version } = this.#law.labelling.policy.document;
    return `${id}/${version}`;
  };

  readonly sealKey = (): SealKey => ({ kid: this.#keys.seal.kid, key: this.#keys.seal.privateKey });
}
