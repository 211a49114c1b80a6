/**
 * The adapters in the folders of `adapters/`, with their samples. A folder has adapters where it has an `index.ts` that exports some,
 * or mapping documents. Its `samples` are messages, each of the adapter of the folder that detects it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Adapter } from '../../adapters/adapter.ts';
import { HOME } from '../../gateway/config.ts';
import { isMapping, loadMapping } from '../../gateway/rules/mappings.ts';
import { standards } from './rules-in-force.ts';

const ROOT = join(HOME, 'adapters');
const HEAD = 65_536;

export interface Sample {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface AdapterWithSamples {
  readonly folder: string;
  readonly adapter: Adapter;
  /** The text of the mapping document that it is made of, if it is. */
  readonly mapping?: string;
  readonly samples: readonly Sample[];
}

const isAdapter = (value: unknown): value is Adapter =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Adapter>).decode === 'function';

const headOf = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, HEAD)).toString('latin1').replaceAll('\0', '');

async function adaptersOf(folder: string): Promise<readonly Pick<AdapterWithSamples, 'adapter' | 'mapping'>[]> {
  const path = join(ROOT, folder);
  const mappings = readdirSync(path)
    .filter(isMapping)
    .map((name) => {
      const mapping = readFileSync(join(path, name), 'utf8');
      return { mapping, adapter: loadMapping(name, mapping, standards) };
    });
  const index = join(path, 'index.ts');
  const exported = existsSync(index) ? Object.values((await import(pathToFileURL(index).href)) as object) : [];
  return [...mappings, ...exported.filter(isAdapter).map((adapter) => ({ adapter }))];
}

const samplesIn = (folder: string): readonly Sample[] => {
  const path = join(ROOT, folder, 'samples');
  return existsSync(path) ? readdirSync(path).map((name) => ({ name, bytes: readFileSync(join(path, name)) })) : [];
};

/** Folders that hold a format: with adapters, or with samples. */
const folders = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

const read = await Promise.all(folders.map(async (folder) => ({ folder, adapters: await adaptersOf(folder), samples: samplesIn(folder) })));

/** Samples that no adapter of their folder detects, or that several adapters detect. */
export const strays: readonly string[] = read.flatMap(({ folder, adapters, samples }) =>
  samples
    .filter(({ bytes }) => adapters.filter(({ adapter }) => adapter.detect(headOf(bytes))).length !== 1)
    .map(({ name }) => `${folder}/samples/${name}`),
);

export const adaptersWithSamples: readonly AdapterWithSamples[] = read.flatMap(({ folder, adapters, samples }) =>
  adapters.map((loaded) => ({ folder, ...loaded, samples: samples.filter(({ bytes }) => loaded.adapter.detect(headOf(bytes))) })),
);
