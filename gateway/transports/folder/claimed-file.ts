/** A file that this gateway has claimed by renaming it: nobody else takes it, and nothing that is put there later is mistaken for it. */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, rename } from 'node:fs/promises';
import { join } from 'node:path';

/** What shows that a file has not changed. */
export type Shape = Pick<Stats, 'ino' | 'size' | 'mtimeMs'>;

export const isSameShape = (one: Shape, other: Shape): boolean =>
  one.ino === other.ino && one.size === other.size && one.mtimeMs === other.mtimeMs;

/** Why a file is not read. `changing`: somebody still writes it. */
export type Unread = 'changing' | 'too-large' | 'empty' | 'not-plain';

/** The complete bytes of a file, or why there are none. Follows no link, and does not wait for a pipe (T61). */
export async function readFileOnce(path: string, seen: Shape, mostBytes: number): Promise<Uint8Array | Unread> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') return 'not-plain';
    throw error;
  }
  try {
    const before = await file.stat();
    if (!before.isFile() || before.nlink > 1) return 'not-plain';
    if (!isSameShape(before, seen)) return 'changing';
    if (before.size > mostBytes) return 'too-large';
    if (before.size === 0) return 'empty';
    const bytes = new Uint8Array(before.size);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) return 'changing';
      length += bytesRead;
    }
    return isSameShape(await file.stat(), seen) ? bytes : 'changing';
  } finally {
    await file.close();
  }
}

/** Whether a file is as it was seen. */
export const isUnchanged = async (path: string, seen: Shape): Promise<boolean> => isSameShape(await lstat(path), seen);

const exists = async (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );

/** A name that no file has: `name`, or `name.2` and so on, each with the ends that are wanted. */
export async function freeName(folder: string, name: string, ends: readonly string[]): Promise<string> {
  for (let n = 1; ; n++) {
    const free = n === 1 ? name : `${name}.${n}`;
    const taken = await Promise.all(ends.map((end) => exists(join(folder, free + end))));
    if (!taken.includes(true)) return free;
  }
}

/** Renames a file in a folder. Resolves to `false` where another gateway has taken it. */
export async function claim(folder: string, name: string, claimed: string): Promise<boolean> {
  try {
    await rename(join(folder, name), join(folder, claimed));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
