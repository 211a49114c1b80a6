/** How much room there is on the disk of a folder. */
import { statfs } from 'node:fs/promises';

export interface Disk {
  /** `warn`: less than 20% are free. `fail`: less than 5%. */
  readonly status: 'pass' | 'warn' | 'fail';
  /** Bytes that the gateway can still write. */
  readonly free: number;
  /** Bytes of the whole disk. */
  readonly size: number;
}

const WARN = 0.2;
const FAIL = 0.05;

function statusOf(share: number): Disk['status'] {
  if (share < FAIL) return 'fail';
  return share < WARN ? 'warn' : 'pass';
}

/** Rejects where there is no such folder. */
export async function diskOf(folder: string): Promise<Disk> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { status: statusOf(blocks === 0 ? 1 : bavail / blocks), free: bavail * bsize, size: blocks * bsize };
}
