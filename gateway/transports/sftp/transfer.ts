/** Reads and writes the bytes of files on a server, many pieces at once: one at a time waits for the network with each. */
import type { Connection } from './connection.ts';
import { isRefusal } from './faults.ts';

const PIECE_BYTES = 32_768;
const AT_ONCE = 64;
/** The slowest line that a file is waited for. */
const BYTES_PER_SECOND = 50_000;

/** How long a file of a size may take. */
export const millisecondsFor = (settings: { readonly timeoutSeconds?: number }, bytes: number): number =>
  ((settings.timeoutSeconds ?? 60) + bytes / BYTES_PER_SECOND) * 1000;

/** Does the pieces of so many bytes, in any order. Ends with the first that fails, or resolves to `false`. */
async function eachPiece(length: number, work: (from: number, to: number) => Promise<boolean>): Promise<boolean> {
  let next = 0;
  let isWhole = true;
  const worker = async (): Promise<void> => {
    while (isWhole && next < length) {
      const from = next;
      next = Math.min(from + PIECE_BYTES, length);
      if (!(await work(from, next))) isWhole = false;
    }
  };
  const workers = Math.min(AT_ONCE, Math.ceil(length / PIECE_BYTES));
  await Promise.all(Array.from({ length: workers }, worker));
  return isWhole;
}

/** Fills a buffer with the first bytes of a file. Resolves to `false` where the file is shorter. Asks for no byte more. */
export const readAll = (connection: Connection, handle: Buffer, bytes: Buffer): Promise<boolean> =>
  eachPiece(bytes.length, async (from, to) => {
    for (let at = from; at < to; ) {
      const count = await connection.ask<number>((sftp, answer) => sftp.read(handle, bytes, at, to - at, at, answer));
      if (count === 0) return false;
      at += count;
    }
    return true;
  });

export const writeAll = (connection: Connection, handle: Buffer, bytes: Buffer): Promise<boolean> =>
  eachPiece(bytes.length, async (from, to) => {
    await connection.ask((sftp, answer) => sftp.write(handle, bytes, from, to - from, from, answer));
    return true;
  });

/** Makes a file durable, where the server has a request for it. */
export const sync = (connection: Connection, handle: Buffer): Promise<void> =>
  connection
    .ask((sftp, answer) => sftp.ext_openssh_fsync(handle, answer))
    .catch((error: unknown) => {
      if (!isRefusal(error, 'unsupported')) throw error;
    });
