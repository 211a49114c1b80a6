/** The files of a folder on this machine. */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, opendir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Claim, isSameShape, type ListedFile, type MessageFiles, type Shape, type Unread } from '../message-files.ts';
import { syncFolder, writeDurably } from '../write-file.ts';

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT';
const isDenied = (error: unknown): boolean => codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM';

const shapeOf = ({ ino, size, mtimeMs }: Stats): Shape => ({ inode: ino, size, modified: mtimeMs });

/** Whether it is a file, and has one name. A second name may be one outside of the folder. */
const isPlain = (stats: Stats): boolean => stats.isFile() && stats.nlink === 1;

/** The complete bytes of a file, or why there are none. Follows no link, and does not wait for a pipe (T61). */
async function readFileOnce(path: string, seen: Shape, mostBytes: number): Promise<Uint8Array | Unread> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === 'ELOOP') return 'not-plain';
    if (isDenied(error)) return 'denied';
    throw error;
  }
  try {
    const before = await file.stat();
    if (!isPlain(before)) return 'not-plain';
    if (!isSameShape(shapeOf(before), seen)) return 'changing';
    if (before.size > mostBytes) return 'too-large';
    if (before.size === 0) return 'empty';
    const bytes = new Uint8Array(before.size);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) return 'changing';
      length += bytesRead;
    }
    return isSameShape(shapeOf(await file.stat()), seen) ? bytes : 'changing';
  } finally {
    await file.close();
  }
}

const exists = async (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    (error: unknown) => {
      if (isMissing(error)) return false;
      throw error;
    },
  );

export class LocalFiles implements MessageFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  #at(name: string): string {
    return join(this.#folder, name);
  }

  async *list(isWanted: (name: string) => boolean): AsyncIterable<ListedFile> {
    for await (const { name } of await opendir(this.#folder)) {
      if (!isWanted(name)) continue;
      const stats = await lstat(this.#at(name)).catch(() => undefined);
      if (stats === undefined || stats.isDirectory()) continue;
      yield { name, isPlain: isPlain(stats), ...shapeOf(stats) };
    }
  }

  /** No other gateway uses this name, so nobody makes a file of it between the look and the renaming. */
  async claim(name: string, claimed: string): Promise<Claim> {
    if (await exists(this.#at(claimed))) return 'taken';
    try {
      await rename(this.#at(name), this.#at(claimed));
      return 'claimed';
    } catch (error) {
      if (isMissing(error)) return 'gone';
      if (isDenied(error)) return 'denied';
      throw error;
    }
  }

  read(claimed: string, seen: Shape, mostBytes: number): Promise<Uint8Array | Unread> {
    return readFileOnce(this.#at(claimed), seen, mostBytes);
  }

  async isUnchanged(claimed: string, seen: Shape): Promise<boolean> {
    return isSameShape(shapeOf(await lstat(this.#at(claimed))), seen);
  }

  report(name: string, report: string): Promise<void> {
    return writeDurably(this.#folder, name, report);
  }

  isFinished(name: string): Promise<boolean> {
    return exists(this.#at(name));
  }

  reportFinished(name: string, report: string): Promise<void> {
    return writeDurably(this.#folder, name, report);
  }

  async finish(claimed: string, name: string): Promise<void> {
    await rename(this.#at(claimed), this.#at(name));
    await syncFolder(this.#folder);
  }

  async remove(claimed: string): Promise<void> {
    await rm(this.#at(claimed));
    await syncFolder(this.#folder);
  }
}
