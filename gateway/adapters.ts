/** Loads the adapters of a gateway: the built-in ones, and those in the configuration (third-party modules and mapping documents). */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Adapter } from '../adapters/adapter.ts';
import { hearingResulted } from '../adapters/common-platform/index.ts';
import { hmctsList } from '../adapters/hmcts-list/index.ts';
import { hmctsPublicList } from '../adapters/hmcts-public-list/index.ts';
import { libraCourtList } from '../adapters/libra/index.ts';
import { newCase, resultedCase } from '../adapters/spi/index.ts';
import { xhibitList } from '../adapters/xhibit/index.ts';
import { AdapterError } from './adapter-error.ts';
import { adapterErrorOf } from './adapter-place.ts';
import { isMapping, loadMapping } from './rules/mappings.ts';
import type { Standards } from './rules/standards.ts';

/** The source of an adapter. The text of a mapping is read once, so that every worker has the same text even if the file changes. */
export type AdapterSource = { readonly module: string; readonly digest: string } | { readonly mapping: string; readonly text: string };

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new AdapterError([`The adapter ${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`]);
  }
};

/** Reads the adapters in the configuration. Throws an Error that names the file. */
export const readAdapterSources = (paths: readonly string[]): readonly AdapterSource[] =>
  paths.map((path) => {
    const text = read(path);
    return isMapping(path)
      ? { mapping: path, text }
      : { module: path, digest: createHash('sha256').update(text).digest('hex').slice(0, 16) };
  });

async function loadModule(path: string, digest: string): Promise<Adapter> {
  // A module that changed is another module: Node keeps what it loaded by its address.
  const module = (await import(`${pathToFileURL(path).href}?digest=${digest}`).catch((error: unknown) => {
    throw adapterErrorOf(path, error);
  })) as { default?: Partial<Adapter> };
  const adapter = module.default;
  if (
    adapter === undefined ||
    typeof adapter.decode !== 'function' ||
    typeof adapter.detect !== 'function' ||
    !/^[a-z][a-z0-9-]*$/.test(adapter.id ?? '')
  )
    throw new AdapterError([`${path} has no adapter as its default export`]);
  return adapter as Adapter;
}

/**
 * Loads adapters: those in the configuration first, so that one can replace a built-in one. Throws an Error that names the file, and the
 * line of every fault of a mapping.
 */
export async function loadAdapters(sources: readonly AdapterSource[], standards: Standards): Promise<readonly Adapter[]> {
  const loaded = await Promise.all(
    sources.map((source) =>
      'module' in source ? loadModule(source.module, source.digest) : loadMapping(source.mapping, source.text, standards),
    ),
  );
  const twice = loaded.find(({ id }, n) => loaded.findIndex((adapter) => adapter.id === id) !== n);
  if (twice !== undefined) throw new Error(`Two adapters of the configuration have the id ${twice.id}`);
  return [...loaded, resultedCase, newCase, hearingResulted, libraCourtList, xhibitList, hmctsList, hmctsPublicList];
}
