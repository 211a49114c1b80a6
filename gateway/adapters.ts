/** Which adapters a gateway has: the built-in ones, and those of third parties that configuration names. */
import { pathToFileURL } from 'node:url';
import type { Adapter } from '../adapters/adapter.ts';
import { newCase, resultedCase } from '../adapters/spi/index.ts';

/** Loads adapters: third parties' first, so that one can take the place of a built-in one. Throws an Error that names the module. */
export async function loadAdapters(paths: readonly string[]): Promise<readonly Adapter[]> {
  const loaded = await Promise.all(
    paths.map(async (path) => {
      const module = (await import(pathToFileURL(path).href)) as { default?: Partial<Adapter> };
      const adapter = module.default;
      if (
        adapter === undefined ||
        typeof adapter.decode !== 'function' ||
        typeof adapter.detect !== 'function' ||
        !/^[a-z][a-z0-9-]*$/.test(adapter.id ?? '')
      )
        throw new Error(`${path} has no adapter as its default export`);
      return adapter as Adapter;
    }),
  );
  return [...loaded, resultedCase, newCase];
}
