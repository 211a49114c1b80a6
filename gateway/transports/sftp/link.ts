/** Keeps a connection to a server: opens it when it is wanted, and again after it was lost. */
import { Connection } from './connection.ts';
import { readCredentials } from './credentials.ts';
import { ConnectionFault } from './faults.ts';
import type { ServerSettings } from './settings.ts';

export interface LinkOptions {
  readonly settings: ServerSettings;
  /** Where relative paths in the settings start. */
  readonly baseFolder: string;
  /** Milliseconds that only grow. */
  readonly clock: () => number;
}

const FIRST_REST = 500;
/** A server that locks accounts after wrong passwords, or one that is away, is not asked more often than this. */
const LONGEST_REST = 30_000;

export class Link {
  readonly #options: LinkOptions;
  #current: Connection | undefined;
  #opening: Promise<Connection> | undefined;
  #isClosed = false;
  #failure: { readonly error: Error; readonly until: number; readonly rest: number } | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Why there was no connection the last time, or undefined. */
  get fault(): string | undefined {
    return this.#failure?.error.message;
  }

  /** The connection. Rejects with a {@link TransportFault}, which stays the same until it is time to try again. */
  connection(): Promise<Connection> {
    if (this.#current?.isOpen) return Promise.resolve(this.#current);
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #open(): Promise<Connection> {
    const { settings, baseFolder, clock } = this.#options;
    if (this.#isClosed) throw new ConnectionFault('connection', 'The transport is closed');
    if (this.#failure !== undefined && clock() < this.#failure.until) throw this.#failure.error;
    try {
      this.#current = await Connection.open(settings, await readCredentials(settings, baseFolder));
      this.#failure = undefined;
      return this.#current;
    } catch (error) {
      const rest = Math.min(LONGEST_REST, (this.#failure?.rest ?? FIRST_REST / 2) * 2);
      this.#failure = { error: error as Error, until: clock() + rest, rest };
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#opening?.catch(() => undefined);
    await this.#current?.close();
  }
}
