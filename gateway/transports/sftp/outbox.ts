/** Writes events to a folder on an SFTP server. */
import { extensionOf } from '../../file-extension.ts';
import { safeGateway } from '../file-names.ts';
import { InTurn } from '../in-turn.ts';
import { type Departure, NotDelivered } from '../transport.ts';
import type { Connection } from './connection.ts';
import { ConnectionFault, isRefusal } from './faults.ts';
import type { Link } from './link.ts';
import type { ServerSettings } from './settings.ts';
import { millisecondsFor } from './transfer.ts';
import { writeWhole } from './write-file.ts';

export interface OutboxOptions {
  readonly link: Link;
  readonly settings: ServerSettings;
  readonly folder: string;
  /** The name of this gateway. */
  readonly gateway: string;
}

interface Space {
  readonly f_bavail: number | bigint;
  readonly f_frsize: number | bigint;
}

/** Whether the disk of the server has no room for so many bytes, where the server says so. */
async function isFull(connection: Connection, folder: string, bytes: number): Promise<boolean> {
  const space = await connection.ask<Space>((sftp, answer) => sftp.ext_openssh_statvfs(folder, answer)).catch(() => undefined);
  return space !== undefined && Number(space.f_bavail) * Number(space.f_frsize) < bytes;
}

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #inTurn = new InTurn();

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Writes an event as a file named by its id. The same event again replaces it. Rejects with {@link NotDelivered}. */
  deliver({ bytes, mediaType, name }: Departure): Promise<void> {
    const { link, settings, folder, gateway } = this.#options;
    const file = { folder, name: name + extensionOf(mediaType), gateway: safeGateway(gateway), bytes };
    return this.#inTurn.run(file.name, async () => {
      const connection = await link.connection().catch(refuse);
      const work = () => writeWhole(connection, file);
      await connection.within(work, millisecondsFor(settings, bytes.length)).catch(async (error: unknown) => {
        // The protocol has no error code for a full disk.
        if (isRefusal(error, 'failure') && (await isFull(connection, folder, bytes.length))) throw new NotDelivered('full');
        refuse(error);
      });
    });
  }
}

function refuse(error: unknown): never {
  throw new NotDelivered(error instanceof ConnectionFault ? error.reason : 'refused');
}
