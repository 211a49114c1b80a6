/** The corpus next to the repository: real public messages, which are never committed. Tests that need it run where it exists. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Adapter } from '../../adapters/adapter.ts';
import { newCase, resultedCase } from '../../adapters/spi/index.ts';

export const CORPUS = resolve(import.meta.dirname, '../../../shared/corpus');
export const hasCorpus = existsSync(join(CORPUS, 'MANIFEST.md'));

export interface CorpusMessage {
  readonly name: string;
  readonly folder: string;
  readonly bytes: Buffer;
}

/** The messages of some folders, without the oracles in the same folders. Empty where the corpus is absent. */
export function corpus(...folders: readonly string[]): readonly CorpusMessage[] {
  if (!hasCorpus) return [];
  return folders.flatMap((folder) =>
    readdirSync(join(CORPUS, folder))
      .filter((name) => name.endsWith('.xml') && !name.endsWith('.aho.xml'))
      .sort()
      .map((name) => ({ name, folder, bytes: readFileSync(join(CORPUS, folder, name)) })),
  );
}

/** The adapter that detects a message by its content. */
export const adapterFor = (bytes: Uint8Array): Adapter | undefined =>
  [resultedCase, newCase].find((adapter) => adapter.detect(Buffer.from(bytes).toString('latin1')));
