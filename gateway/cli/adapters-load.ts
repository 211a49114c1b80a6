/** Finds and loads the adapter that a path of the command line names. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Adapter } from '../../adapters/adapter.ts';
import { adapterErrorOf } from '../adapter-place.ts';
import { loadAdapters, readAdapterSources } from '../adapters.ts';
import { isMapping } from '../rules/mappings.ts';
import type { Standards } from '../rules/standards.ts';
import { UsageError } from './verb.ts';

export interface FoundAdapter {
  readonly adapter: Adapter;
  /** The folder of its samples, next to it. */
  readonly samples: string;
}

/** The file of a path: itself, or the one mapping in a folder. */
export function adapterFile(path: string): string {
  if (!existsSync(path)) throw new UsageError('There is no file or folder of that name');
  if (!statSync(path).isDirectory()) return resolve(path);
  const found = readdirSync(path).filter(isMapping);
  if (found.length !== 1)
    throw new UsageError(found.length === 0 ? 'There is no mapping in that folder' : 'There are several mappings in that folder: name one');
  return resolve(path, found[0] as string);
}

/** The same adapter, whose errors name its file and line: a gateway would only say that the adapter failed, whoever writes it needs more. */
function namingFaults(adapter: Adapter, file: string): Adapter {
  const { decode, detect, encode } = adapter;
  const named =
    <Words extends unknown[], Result>(work: (...words: Words) => Result) =>
    (...words: Words): Result => {
      try {
        return work.apply(adapter, words);
      } catch (error) {
        throw adapterErrorOf(file, error);
      }
    };
  return { ...adapter, decode: named(decode), detect: named(detect), ...(encode === undefined ? {} : { encode: named(encode) }) };
}

/** Loads the adapter of a path. Throws an Error that names every fault of a mapping by its line. */
export async function findAdapter(path: string, standards: Standards): Promise<FoundAdapter> {
  const file = adapterFile(path);
  const [adapter] = await loadAdapters(readAdapterSources([file]), standards);
  return { adapter: namingFaults(adapter as Adapter, file), samples: join(dirname(file), 'samples') };
}
