/** The files of a folder on an SFTP server. Their names are used on the server only, and never for a file of this machine (T61). */
import { safeGateway } from '../file-names.ts';
import { type Claim, isSameShape, type ListedFile, type MessageFiles, type Shape, type Unread } from '../message-files.ts';
import { TransportFault } from '../repeat.ts';
import type { Connection, Sftp } from './connection.ts';
import { isRefusal } from './faults.ts';
import type { Link } from './link.ts';
import type { ServerSettings } from './settings.ts';
import { millisecondsFor, readAll } from './transfer.ts';
import { writeWhole } from './write-file.ts';

type Entry = Parameters<Parameters<Sftp['readdir']>[1]>[1][number];
type Attributes = Pick<Entry['attrs'], 'mode' | 'size' | 'mtime'>;

/** The bits of a mode that say what it is, and those of a plain file and of a folder. */
const [KIND, PLAIN, FOLDER] = [0o170000, 0o100000, 0o040000];
const isPlain = ({ mode, size, mtime }: Attributes): boolean => (mode & KIND) === PLAIN && Number.isSafeInteger(size) && mtime >= 0;
const shapeOf = ({ size, mtime }: Attributes): Shape => ({ size, modified: mtime });

/** A folder with more files than this is not listed to its end. */
const MOST_LISTED = 500_000;

export interface RemoteFilesOptions {
  readonly link: Link;
  readonly settings: ServerSettings;
  readonly inbox: string;
  /** Where finished files go. */
  readonly doneFolder: string;
  /** The name of this gateway. */
  readonly gateway: string;
}

const statOf = (connection: Connection, path: string): Promise<Attributes> =>
  connection.ask<Attributes>((sftp, answer) => sftp.lstat(path, answer));

/** Whether there is something of this name. */
const exists = (connection: Connection, path: string): Promise<boolean> =>
  statOf(connection, path).then(
    () => true,
    (error: unknown) => {
      if (isRefusal(error, 'missing')) return false;
      throw error;
    },
  );

/** The complete bytes of a file, or why there are none. No byte is asked for that the file did not have when it was seen. */
async function readFileOnce(connection: Connection, path: string, seen: Shape, mostBytes: number): Promise<Uint8Array | Unread> {
  const before = await statOf(connection, path);
  if (!isPlain(before)) return 'not-plain';
  if (!isSameShape(shapeOf(before), seen)) return 'changing';
  if (before.size > mostBytes) return 'too-large';
  if (before.size === 0) return 'empty';
  const handle = await connection.ask<Buffer>((sftp, answer) => sftp.open(path, 'r', answer));
  try {
    const isSame = async () => isSameShape(shapeOf(await connection.ask<Attributes>((sftp, answer) => sftp.fstat(handle, answer))), seen);
    if (!(await isSame())) return 'changing';
    const bytes = Buffer.alloc(before.size);
    return (await readAll(connection, handle, bytes)) && (await isSame()) ? bytes : 'changing';
  } finally {
    await connection.ask((sftp, answer) => sftp.close(handle, answer));
  }
}

export class RemoteFiles implements MessageFiles {
  readonly #options: RemoteFilesOptions;

  constructor(options: RemoteFilesOptions) {
    this.#options = options;
  }

  #waiting(name: string): string {
    return `${this.#options.inbox}/${name}`;
  }

  #finished(name: string): string {
    return `${this.#options.doneFolder}/${name}`;
  }

  async *list(isWanted: (name: string) => boolean): AsyncIterable<ListedFile> {
    const connection = await this.#options.link.connection();
    const handle = await connection.ask<Buffer>((sftp, answer) => sftp.opendir(this.#options.inbox, answer));
    try {
      for (let listed = 0; listed < MOST_LISTED; ) {
        const entries = await connection
          .ask<Entry[]>((sftp, answer) => sftp.readdir(handle, answer))
          .catch((error: unknown) => {
            if (isRefusal(error, 'end')) return [];
            throw error;
          });
        if (entries.length === 0) return;
        listed += entries.length;
        for (const { filename, attrs } of entries)
          if (isWanted(filename) && (attrs.mode & KIND) !== FOLDER) yield { name: filename, isPlain: isPlain(attrs), ...shapeOf(attrs) };
      }
    } finally {
      await connection.ask((sftp, answer) => sftp.close(handle, answer)).catch(() => undefined);
    }
  }

  /** The renaming of the protocol replaces no file, unlike the extension of OpenSSH. */
  async claim(name: string, claimed: string): Promise<Claim> {
    const connection = await this.#options.link.connection();
    try {
      await connection.ask((sftp, answer) => sftp.rename(this.#waiting(name), this.#waiting(claimed), answer));
      return 'claimed';
    } catch (error) {
      if (isRefusal(error, 'missing')) return 'gone';
      if (isRefusal(error, 'denied')) return 'denied';
      // The protocol has no word for a name that is taken.
      if (isRefusal(error, 'failure') && (await exists(connection, this.#waiting(claimed)))) return 'taken';
      throw error;
    }
  }

  async read(claimed: string, seen: Shape, mostBytes: number): Promise<Uint8Array | Unread> {
    const connection = await this.#options.link.connection();
    const milliseconds = millisecondsFor(this.#options.settings, Math.min(seen.size, mostBytes));
    try {
      return await connection.within(() => readFileOnce(connection, this.#waiting(claimed), seen, mostBytes), milliseconds);
    } catch (error) {
      if (isRefusal(error, 'denied')) return 'denied';
      throw error;
    }
  }

  async isUnchanged(claimed: string, seen: Shape): Promise<boolean> {
    const attributes = await statOf(await this.#options.link.connection(), this.#waiting(claimed));
    return isPlain(attributes) && isSameShape(shapeOf(attributes), seen);
  }

  report(name: string, report: string): Promise<void> {
    return this.#write(this.#options.inbox, name, report);
  }

  reportFinished(name: string, report: string): Promise<void> {
    return this.#write(this.#options.doneFolder, name, report);
  }

  async #write(folder: string, name: string, report: string): Promise<void> {
    const connection = await this.#options.link.connection();
    const gateway = safeGateway(this.#options.gateway);
    await connection.within(() => writeWhole(connection, { folder, name, gateway, bytes: Buffer.from(report) }));
  }

  async isFinished(name: string): Promise<boolean> {
    return exists(await this.#options.link.connection(), this.#finished(name));
  }

  async finish(claimed: string, name: string): Promise<void> {
    const connection = await this.#options.link.connection();
    await connection
      .ask((sftp, answer) => sftp.rename(this.#waiting(claimed), this.#finished(name), answer))
      .catch((error: unknown) => {
        if (isRefusal(error, 'missing')) throw new TransportFault('The server has no doneFolder, or somebody took a claimed file away');
        throw error;
      });
  }

  async remove(claimed: string): Promise<void> {
    const connection = await this.#options.link.connection();
    await connection.ask((sftp, answer) => sftp.unlink(this.#waiting(claimed), answer));
  }
}
