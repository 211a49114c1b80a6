/**
 * Messages that wait until their client retrieves them, each in a durable file. A message that was retrieved stays for a time, so that a
 * client whose answer was lost asks for it again by its time.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder, writeDurably } from '../write-file.ts';

/** An acknowledgement of what the client submitted, or an event that it subscribes to. */
export type WaitingKind = 'acknowledgement' | 'event';

interface Entry {
  /** Milliseconds since 1970. No two messages have the same. */
  readonly time: number;
  readonly kind: WaitingKind;
  readonly name: string;
  readonly isRetrieved: boolean;
}

export interface WaitingOptions {
  readonly folder: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** How long a message stays after it was retrieved. */
  readonly keepDays: number;
  /** How many bytes one answer holds. It always holds one message, where there is one. */
  readonly pageBytes: number;
}

/** The times of the messages that are asked for: after `from`, up to and with `to`. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

export interface WaitingPage {
  readonly messages: readonly string[];
  /** The time of the last message. Whatever comes later has a later time. */
  readonly timeLast: number;
  /** Says that the client has the messages. */
  readonly retrieved: () => Promise<void>;
}

/** More than this do not wait. */
const MOST = 100_000;
const MOST_IN_PAGE = 1000;
const DAY = 86_400_000;
const HOUR = 3_600_000;
const NAME = /^(\d{15})\.(acknowledgement|event)\.([\w-]{1,100})(\.retrieved)?$/;

const fileOf = ({ time, kind, name, isRetrieved }: Entry): string =>
  `${String(time).padStart(15, '0')}.${kind}.${name}${isRetrieved ? '.retrieved' : ''}`;

const keyOf = ({ kind, name }: Pick<Entry, 'kind' | 'name'>): string => `${kind}.${name}`;

function unlessGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** As many messages wait as may. */
export class WaitingFull extends Error {
  override readonly name = 'WaitingFull';
}

export class WaitingMessages {
  readonly #options: WaitingOptions;
  readonly #entries: Map<string, Entry>;
  /** All work is done in order, so that no message becomes visible before one with an earlier time. */
  #work: Promise<unknown> = Promise.resolve();
  #waiting: number;
  #last: number;
  #cleanedAt = 0;

  private constructor(options: WaitingOptions, entries: readonly Entry[]) {
    this.#options = options;
    this.#entries = new Map(entries.map((entry) => [keyOf(entry), entry]));
    this.#waiting = entries.filter(({ isRetrieved }) => !isRetrieved).length;
    this.#last = entries.at(-1)?.time ?? 0;
  }

  /** Reads which messages wait. Other files in the folder are left alone. */
  static async open(options: WaitingOptions): Promise<WaitingMessages> {
    const entries = (await readdir(options.folder)).flatMap((file): Entry[] => {
      const [, time, kind, name, retrieved] = NAME.exec(file) ?? [];
      if (time === undefined || name === undefined) return [];
      return [{ time: Number(time), kind: kind as WaitingKind, name, isRetrieved: retrieved !== undefined }];
    });
    return new WaitingMessages(
      options,
      entries.toSorted((one, other) => one.time - other.time),
    );
  }

  /** How many messages were not retrieved yet. */
  get waiting(): number {
    return this.#waiting;
  }

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => undefined);
    return done;
  }

  /** Adds a message. Resolves when it is durable. The same name again changes nothing. Rejects with {@link WaitingFull}, or as the disk does. */
  add(kind: WaitingKind, ownName: string, text: string): Promise<void> {
    const name = /^[\w-]{1,100}$/.test(ownName) ? ownName : createHash('sha256').update(ownName).digest('base64url');
    return this.#inOrder(async () => {
      await this.#clean();
      const entry: Entry = { time: this.#nextTime(), kind, name, isRetrieved: false };
      if (this.#entries.has(keyOf(entry))) return;
      if (this.waiting >= MOST) throw new WaitingFull('Too many messages wait to be retrieved');
      await writeDurably(this.#options.folder, fileOf(entry), text);
      this.#entries.set(keyOf(entry), entry);
      this.#waiting++;
    });
  }

  /** A time later than every one before, and than every one that a client was told. */
  #nextTime(): number {
    this.#last = Math.max(this.#last + 1, this.#options.now());
    return this.#last;
  }

  /** Removes messages that were retrieved long ago. */
  async #clean(): Promise<void> {
    const { now, keepDays, folder } = this.#options;
    if (now() - this.#cleanedAt < HOUR) return;
    this.#cleanedAt = now();
    for (const [key, entry] of this.#entries) {
      if (!entry.isRetrieved || now() - entry.time < keepDays * DAY) continue;
      await rm(join(folder, fileOf(entry)), { force: true });
      this.#entries.delete(key);
    }
  }

  /** The next messages of some kinds: of a range of times, or those that were never retrieved. */
  page(kinds: ReadonlySet<WaitingKind>, range?: TimeRange): Promise<WaitingPage> {
    const { folder, pageBytes } = this.#options;
    return this.#inOrder(async () => {
      const asked = [...this.#entries.values()]
        .filter(({ kind }) => kinds.has(kind))
        .filter(({ time, isRetrieved }) => (range === undefined ? !isRetrieved : time > range.from && time <= range.to))
        .slice(0, MOST_IN_PAGE);
      const entries: Entry[] = [];
      const messages: string[] = [];
      let bytes = 0;
      for (const entry of asked) {
        const text = await readFile(join(folder, fileOf(entry)), 'utf8').catch(unlessGone);
        if (text === undefined) {
          this.#forget(entry);
          continue;
        }
        bytes += Buffer.byteLength(text);
        if (bytes > pageBytes && messages.length > 0) break;
        entries.push(entry);
        messages.push(text);
      }
      // A client whose clock is ahead must not pass over what comes next.
      const timeLast = entries.at(-1)?.time ?? Math.min(range?.from ?? Number.POSITIVE_INFINITY, this.#nextTime());
      return { messages, timeLast, retrieved: () => this.#inOrder(() => this.#retrieved(entries)) };
    });
  }

  /** An operator has removed its file. */
  #forget(entry: Entry): void {
    this.#entries.delete(keyOf(entry));
    if (!entry.isRetrieved) this.#waiting--;
  }

  async #retrieved(entries: readonly Entry[]): Promise<void> {
    const { folder } = this.#options;
    for (const entry of entries) {
      // Another answer may have brought it meanwhile.
      if (this.#entries.get(keyOf(entry))?.isRetrieved !== false) continue;
      const retrieved = { ...entry, isRetrieved: true };
      await rename(join(folder, fileOf(entry)), join(folder, fileOf(retrieved)));
      this.#entries.set(keyOf(entry), retrieved);
      this.#waiting--;
    }
    await syncFolder(folder);
  }
}
