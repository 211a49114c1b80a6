/** A small disk that a test can fill, where this machine allows it. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { HOME } from '../../gateway/config.ts';

const NOTE = join(HOME, '.cache/tmpfs-left-out.txt');

export interface SmallDisk {
  /** Fills all the space that is left. */
  fill(): void;
  /** Gives it back. */
  free(): void;
  unmount(): void;
}

/** Mounts a disk at a folder, or makes only the folder and returns undefined. `.ci/left-out.ts` says so. */
export function mountSmallDisk(folder: string, megabytes: number): SmallDisk | undefined {
  mkdirSync(folder, { recursive: true });
  mkdirSync(join(HOME, '.cache'), { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'tmpfs', folder], { stdio: 'ignore' });
    rmSync(NOTE, { force: true });
  } catch {
    writeFileSync(NOTE, 'a full disk: this user may not mount a small one');
    return undefined;
  }
  const ballast = join(folder, '.ballast');
  return {
    fill: () => {
      const file = openSync(ballast, 'w');
      for (let piece = Buffer.alloc(1 << 20); piece.length > 0; ) {
        try {
          writeSync(file, piece);
        } catch {
          piece = piece.subarray(0, piece.length >> 1);
        }
      }
      closeSync(file);
    },
    free: () => rmSync(ballast, { force: true }),
    unmount: () => {
      execFileSync('umount', [folder], { stdio: 'ignore' });
    },
  };
}
