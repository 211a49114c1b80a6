/** The embedded bus: for one machine, such as a laptop, a demonstration or a small force. Every acknowledged record is synced to disk. */
import {
  type Bus,
  type BusIdentity,
  type BusRecord,
  BusUnavailable,
  type Follower,
  type FollowOptions,
  type Offsets,
  type Position,
  type StoredRecord,
} from '../bus.ts';
import { checkRecord } from '../record.ts';
import { type Entry, headersOf, LogFile, unavailable } from './log.ts';
import { LogFollower } from './log-follower.ts';

export interface EmbeddedOptions {
  readonly file: string;
  /** The number of partitions of new topics. Default 4. Streams of the gateway (`interchange.…`) have one. */
  readonly partitions?: number;
  readonly now?: () => number;
  /** Opens a file only for reading, even while another process writes it. Shows its state at the time of opening. */
  readonly readOnly?: boolean;
}

interface Publication {
  readonly entries: readonly Entry[];
  readonly resolve: (positions: readonly Position[]) => void;
  readonly reject: (error: unknown) => void;
}

/** The size of a usual message with its events, receipt and audit record. */
const PROBE_BYTES = 64 * 1024;
/** A larger message can fail for lack of space while others still fit. */
const MOST_PROBE_BYTES = 1024 * 1024;
/** How long a successful write counts as proof that the disk takes writes. */
const PROVEN_MILLISECONDS = 10_000;
/** The shortest time between probes, so that repeated health checks do not fill the disk of a failing bus. */
const DELAY_MILLISECONDS = 500;

function entryOf(record: BusRecord): Entry {
  checkRecord(record);
  const { topic, key, value, headers = {} } = record;
  return { topic, key, value, headers: Object.keys(headers).length === 0 ? '' : JSON.stringify(headers) };
}

/** Opens the bus, or makes it. Throws {@link BusUnavailable} when another process writes the file. */
export function openEmbeddedBus({ file, partitions = 4, now = Date.now, readOnly = false }: EmbeddedOptions): EmbeddedBus {
  if (!Number.isSafeInteger(partitions) || partitions < 1) throw new TypeError('A topic has one partition or more');
  return new EmbeddedBus(new LogFile(file, partitions, readOnly), now);
}

export class EmbeddedBus implements Bus {
  readonly #log: LogFile;
  readonly #now: () => number;
  readonly #followers = new Set<LogFollower>();
  #waiting: Publication[] = [];
  /** The running sync. Publications that arrive meanwhile share the next one. */
  #writing: Promise<void> | undefined;
  /** The size of the last write, if it failed. */
  #failing: number | undefined;
  /** When a write or a probe last succeeded, and when the last probe failed: milliseconds on a monotonic clock. */
  #provenAt = Number.NEGATIVE_INFINITY;
  #failed: { readonly at: number; readonly error: unknown } | undefined;
  #closing: Promise<void> | undefined;
  #closed = false;

  constructor(log: LogFile, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  async publish(records: readonly BusRecord[]): Promise<readonly Position[]> {
    this.#mustWrite();
    const entries = records.map(entryOf);
    if (entries.length === 0) return [];
    const { promise, resolve, reject } = Promise.withResolvers<readonly Position[]>();
    this.#waiting.push({ entries, resolve, reject });
    this.#writing ??= this.#flush();
    return promise;
  }

  async #flush(): Promise<void> {
    // Publications in one iteration of the event loop share one sync to disk.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const publications = this.#waiting;
      this.#waiting = [];
      if ((await this.#write(publications)) || publications.length === 1) continue;
      // A publication that cannot be stored must not make the others fail.
      for (const publication of publications) await this.#write([publication]);
    }
    this.#writing = undefined;
  }

  /** Stores all publications in one transaction, or none. */
  async #write(publications: readonly Publication[]): Promise<boolean> {
    try {
      const time = this.#now();
      const positions = await this.#log.append(
        publications.map(({ entries }) => entries),
        time,
      );
      this.#tell(publications, positions, time);
      for (const [n, { resolve }] of publications.entries()) resolve(positions[n] ?? []);
    } catch (error) {
      const entries = publications.length === 1 ? (publications[0]?.entries ?? []) : [];
      this.#failing = entries.reduce((sum, { value, headers }) => sum + value.length + headers.length, 0);
      this.#failed = undefined;
      if (publications.length === 1) publications[0]?.reject(error);
      return false;
    }
    this.#hasProven();
    return true;
  }

  #tell(publications: readonly Publication[], positions: readonly (readonly Position[])[], time: number): void {
    if (this.#followers.size === 0) return;
    for (const [n, { entries }] of publications.entries())
      for (const [m, { key, value, headers }] of entries.entries()) {
        const record = { ...(positions[n]?.[m] as Position), time, key, value, headers: headersOf(headers) };
        for (const follower of this.#followers) follower.take(record);
      }
  }

  #mustWrite(): void {
    if (this.#closed) throw new BusUnavailable('The bus is closed');
    if (this.#log.readOnly) throw new BusUnavailable('The bus is open for reading only');
  }

  async #ask<T>(question: (log: LogFile) => T): Promise<T> {
    if (this.#closed) throw new BusUnavailable('The bus is closed');
    try {
      return question(this.#log);
    } catch (error) {
      throw unavailable(error);
    }
  }

  partitions(topic: string): Promise<number> {
    return this.#ask((log) => log.partitions(topic));
  }

  topics(): Promise<readonly string[]> {
    return this.#ask((log) => log.topics());
  }

  ends(topic: string): Promise<Offsets> {
    return this.#ask((log) => log.ends(topic));
  }

  read(topic: string, partition: number, offset: number, limit: number): Promise<readonly StoredRecord[]> {
    return this.#ask((log) => log.read(topic, partition, offset, limit));
  }

  offsetAt(topic: string, partition: number, time: number): Promise<number> {
    return this.#ask((log) => log.offsetAt(topic, partition, time));
  }

  async follow(options: FollowOptions): Promise<Follower> {
    const follower = new LogFollower(
      options,
      (question) => this.#ask(question),
      () => this.#followers.delete(follower),
    );
    await follower.catchUp();
    this.#followers.add(follower);
    return follower;
  }

  async identity(): Promise<BusIdentity> {
    return this.#ask(({ mark }) => ({ bus: mark.id ?? '', topics: {} }));
  }

  /** Reads an entry about the file itself. */
  about(name: string): string | undefined {
    return this.#log.mark.get(name);
  }

  /**
   * Writes an entry about the file itself. It survives a crash of the process at once, and a crash of the system after the next
   * publication.
   */
  say(name: string, value: string): void {
    this.#mustWrite();
    this.#log.mark.set(name, value);
  }

  /** The next offset of a stream for a reader. */
  committed(reader: string, stream: string): Promise<number> {
    return this.#ask((log) => log.committed(reader, stream));
  }

  /** Stores the position of a reader in a stream. Durable when it returns. */
  commit(reader: string, stream: string, next: number): void {
    this.#mustWrite();
    this.#log.commit(reader, stream, next);
  }

  /** Removes the records before an offset in the only partition of a stream. */
  forget(topic: string, before: number): void {
    this.#mustWrite();
    this.#log.forget(topic, before);
  }

  #hasProven(): void {
    this.#failing = undefined;
    this.#failed = undefined;
    this.#provenAt = performance.now();
  }

  /** The size of a probe: as large as the failed write and a usual message, because an almost full disk still takes small writes. */
  async check(): Promise<void> {
    this.#mustWrite();
    const time = performance.now();
    if (this.#failing === undefined && time - this.#provenAt < PROVEN_MILLISECONDS) return;
    if (this.#failed !== undefined && time - this.#failed.at < DELAY_MILLISECONDS) throw this.#failed.error;
    try {
      this.#log.probe(Math.min(MOST_PROBE_BYTES, Math.max(PROBE_BYTES, this.#failing ?? 0)));
      this.#hasProven();
    } catch (error) {
      this.#failed = { at: time, error };
      throw error;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#shut();
    return this.#closing;
  }

  async #shut(): Promise<void> {
    await this.#writing;
    this.#closed = true;
    this.#log.close();
  }
}
