/** Writes files that a reader on the server sees complete or not at all. */
import type { Connection } from './connection.ts';
import { isRefusal } from './faults.ts';
import { sync, writeAll } from './transfer.ts';

const remove = (connection: Connection, path: string): Promise<void> =>
  connection
    .ask((sftp, answer) => sftp.unlink(path, answer))
    .catch((error: unknown) => {
      if (!isRefusal(error, 'missing')) throw error;
    });

/** Gives a file its name, and replaces one that has it. Where the server cannot do both at once, there is a moment without the file. */
async function replace(connection: Connection, from: string, to: string): Promise<void> {
  try {
    await connection.ask((sftp, answer) => sftp.ext_openssh_rename(from, to, answer));
  } catch (error) {
    if (!isRefusal(error, 'unsupported')) throw error;
    await remove(connection, to);
    await connection.ask((sftp, answer) => sftp.rename(from, to, answer));
  }
}

export interface FileToWrite {
  readonly folder: string;
  readonly name: string;
  /** The name of the gateway: two that write the same file at once have a draft each. */
  readonly gateway: string;
  readonly bytes: Uint8Array;
}

/** Writes a file under a name that readers pass over, makes it durable, and then gives it its name. Replaces a file with that name. */
export async function writeWhole(connection: Connection, { folder, name, gateway, bytes }: FileToWrite): Promise<void> {
  const draft = `${folder}/.${name}.${gateway}.part`;
  // What is left of an earlier attempt may be a link that somebody put there. It is removed, and never followed.
  await remove(connection, draft);
  const handle = await connection.ask<Buffer>((sftp, answer) => sftp.open(draft, 'wx', 0o640, answer));
  try {
    try {
      await writeAll(connection, handle, Buffer.from(bytes));
      await sync(connection, handle);
    } finally {
      await connection.ask((sftp, answer) => sftp.close(handle, answer));
    }
    await replace(connection, draft, `${folder}/${name}`);
  } catch (error) {
    // Half a file on a full disk keeps others from being written.
    await remove(connection, draft).catch(() => undefined);
    throw error;
  }
}
