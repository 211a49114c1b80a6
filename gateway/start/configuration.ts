/** Opens what knows the configuration in force, and what was in force before. */
import { join } from 'node:path';
import { ConfigurationHistory } from '../configuration/history.ts';
import { type ShownConfiguration, shownConfiguration } from '../configuration/shown.ts';
import { shownKeys } from '../configuration/shown-keys.ts';
import type { InForce } from '../rules/in-force.ts';
import { VERSION } from '../version.ts';

export interface ConfigurationInForce {
  readonly shown: () => ShownConfiguration;
  /** The same with keys, and the configuration before. */
  readonly page: () => object;
  /** Keeps what is in force now. Returns its digest where it is another one than before. */
  readonly note: () => string | undefined;
}

export function openConfiguration(inForce: InForce, dataFolder: string, now: () => number): ConfigurationInForce {
  const history = new ConfigurationHistory(join(dataFolder, 'configurations'));
  const shown = () =>
    shownConfiguration({
      config: inForce.config,
      policy: inForce.policy,
      adapters: inForce.adapters(),
      sources: inForce.adapterSources(),
      version: VERSION,
    });
  return {
    shown,
    page: () => {
      const configuration = shown();
      const before = history.before(configuration);
      const keys = shownKeys(inForce.keys, inForce.config.keysFolder);
      return { ...configuration, keys, ...(before === undefined ? {} : { before }) };
    },
    note: () => {
      const configuration = shown();
      return history.note(configuration, now()) ? configuration.digest : undefined;
    },
  };
}
