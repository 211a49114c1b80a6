/** Since when keys are in use, by their files. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { currentAtRestFiles } from './at-rest.ts';
import { SEAL } from './keys.ts';

/** When a file was written, in milliseconds since 1970; undefined where there is none. */
export function writtenAt(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}

/** Since when the key seals, in milliseconds since 1970. */
export const sealSince = (keysFolder: string): number | undefined => writtenAt(join(keysFolder, SEAL));

/** Since when the oldest of the keys that encrypt at rest does, in milliseconds since 1970; undefined where there is none. */
export function atRestSince(keysFolder: string): number | undefined {
  const times = currentAtRestFiles(keysFolder).flatMap((file) => writtenAt(file) ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}
