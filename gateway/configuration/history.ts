/**
 * Keeps the configurations that were in force, as people may see them, in a folder. A configuration is a gateway's own, and so is its
 * history. The audit log has the digest of each one, so that a file that was changed afterwards is noticed.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConfigurationChange, changesBetween, type ShownConfiguration } from './shown.ts';

interface Kept {
  /** Since when it was in force, ISO 8601. */
  readonly time: string;
  readonly configuration: ShownConfiguration;
}

export interface ConfigurationBefore {
  readonly digest: string;
  readonly time: string;
  readonly changes: readonly ConfigurationChange[];
}

const MOST_KEPT = 50;

export class ConfigurationHistory {
  readonly #folder: string;

  /** The folder may not exist yet. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The names of the files, the newest first: they begin with the time. */
  #names(): readonly string[] {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    return readdirSync(this.#folder)
      .filter((name) => name.endsWith('.json'))
      .toSorted()
      .toReversed();
  }

  /** A kept configuration; undefined where the file was damaged. */
  #read(name: string): Kept | undefined {
    try {
      const kept = JSON.parse(readFileSync(join(this.#folder, name), 'utf8')) as Kept;
      return typeof kept.configuration?.digest === 'string' && !Number.isNaN(Date.parse(kept.time)) ? kept : undefined;
    } catch {
      return undefined;
    }
  }

  /** Keeps a configuration that is in force now. Returns whether it is another one than before. */
  note(configuration: ShownConfiguration, now: number): boolean {
    const names = this.#names();
    const [last] = names;
    if (last !== undefined && this.#read(last)?.configuration.digest === configuration.digest) return false;
    const time = new Date(now).toISOString();
    const name = `${time.replaceAll(':', '-')}-${configuration.digest.slice(0, 16)}.json`;
    writeFileSync(join(this.#folder, name), `${JSON.stringify({ time, configuration } satisfies Kept, null, 2)}\n`, { mode: 0o600 });
    for (const old of names.slice(MOST_KEPT - 1)) rmSync(join(this.#folder, old), { force: true });
    return true;
  }

  /** The configuration before this one, and what differs. Undefined where none was kept. */
  before(configuration: ShownConfiguration): ConfigurationBefore | undefined {
    for (const name of this.#names()) {
      const kept = this.#read(name);
      if (kept === undefined || kept.configuration.digest === configuration.digest) continue;
      return { digest: kept.configuration.digest, time: kept.time, changes: changesBetween(kept.configuration, configuration) };
    }
    return undefined;
  }
}
