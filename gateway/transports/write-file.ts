/** Writes files that a reader sees complete or not at all. */
import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const opened = await open(folder, constants.O_RDONLY);
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}

/** Writes a durable file under a name that readers pass over, and then gives it its name. Replaces a file with that name. */
export async function writeDurably(folder: string, name: string, content: Uint8Array | string): Promise<void> {
  const unfinished = join(folder, `.${name}.part`);
  // A link that somebody put there must not be followed: what is left of an earlier attempt is removed.
  await rm(unfinished, { force: true });
  const file: FileHandle = await open(unfinished, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o640);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, join(folder, name));
  await syncFolder(folder);
}
