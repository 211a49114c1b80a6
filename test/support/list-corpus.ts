/** Court lists: those of the corpus, where it exists, and the project’s samples. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Adapter, DecodedEvent, EncodableEvent } from '../../adapters/adapter.ts';
import { HOME } from '../../gateway/config.ts';
import { CORPUS } from './corpus.ts';

export interface ListFile {
  readonly name: string;
  readonly bytes: Buffer;
}

const filesIn = (folder: string, ending: string): readonly ListFile[] =>
  !existsSync(folder)
    ? []
    : readdirSync(folder)
        .filter((name) => name.endsWith(ending))
        .sort()
        .map((name) => ({ name: name.replace(/^.*__(?=[^_])/, ''), bytes: readFileSync(join(folder, name)) }));

/** The files of a folder of the corpus. Empty where the corpus is not there. */
export const listCorpus = (folder: string, ending: string): readonly ListFile[] => filesIn(join(CORPUS, folder), ending);

/** The samples of an adapter. */
export const listSamples = (adapter: string, ending: string): readonly ListFile[] =>
  filesIn(join(HOME, 'adapters', adapter, 'samples'), ending);

/** What an adapter makes of a file. Throws for one that it refuses. */
export function eventsOf(adapter: Adapter, bytes: Uint8Array): readonly DecodedEvent[] {
  const decoded = adapter.decode(bytes);
  if (!decoded.ok) throw new Error(decoded.refusals.map(({ code, reason, line }) => `${code}: ${reason} (${line})`).join());
  return decoded.value.events;
}

/** What an adapter writes. Throws for what it refuses. */
export function writtenBy(adapter: Adapter, events: readonly EncodableEvent[], isLenient = false): Buffer {
  const encoded = adapter.encode?.(events, { isLenient });
  if (!encoded?.ok) throw new Error(encoded?.refusals.map(({ code, at, reason }) => `${code} ${at}: ${reason}`).join());
  return Buffer.from(encoded.value.bytes);
}

/** Events with what the standard holds of them, and nothing of the message that they came from. */
export const bareOf = (events: readonly DecodedEvent[]): readonly EncodableEvent[] =>
  events.map(({ standard, data: { extensions, ...data } }) => ({ standard, data }));
