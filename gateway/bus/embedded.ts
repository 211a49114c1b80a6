/** The embedded bus: for one machine, a laptop, a demo, a small force. Every acknowledged record is synced to disk. */
import {
  type Bus,
  type BusRecord,
  BusUnavailable,
  type Offsets,
  type Position,
  type StoredRecord,
  type SubscribeOptions,
  type Subscription,
} from './bus.ts';
import { Groups } from './groups.ts';
import { LogFile } from './log.ts';

export interface EmbeddedOptions {
  readonly file: string;
  /** Of topics that are new; streams of the gateway itself (`interchange.…`) have one. Default 4. */
  readonly partitions?: number;
  readonly now?: () => number;
  /** For looking at a file that another process writes. */
  readonly readOnly?: boolean;
}

interface Publication {
  readonly records: readonly BusRecord[];
  readonly resolve: (positions: readonly Position[]) => void;
  readonly reject: (error: unknown) => void;
}

const TOPIC = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/;
const PRINTABLE = /^[\x20-\x7e]*$/;

/** Throws TypeError for a topic that is not a plain name, and for headers that could be taken for something else (T20, T21). */
function check({ topic, headers }: BusRecord): void {
  if (topic.length > 200 || !TOPIC.test(topic))
    throw new TypeError('A topic is dot-separated words of lower-case letters, digits and dashes');
  for (const [name, value] of Object.entries(headers ?? {}))
    if (!PRINTABLE.test(name) || !PRINTABLE.test(value)) throw new TypeError('Headers are printable ASCII');
}

export function openEmbeddedBus({ file, partitions = 4, now = Date.now, readOnly = false }: EmbeddedOptions): Bus {
  return new EmbeddedBus(new LogFile(file, partitions, readOnly), now);
}

class EmbeddedBus implements Bus {
  readonly #log: LogFile;
  readonly #now: () => number;
  readonly #groups: Groups;
  readonly #watchers = new Set<() => void>();
  #waiting: Publication[] = [];
  #flushed: Promise<void> | undefined;
  #closed = false;

  constructor(log: LogFile, now: () => number) {
    this.#log = log;
    this.#now = now;
    this.#groups = new Groups(this, log);
  }

  async publish(records: readonly BusRecord[]): Promise<readonly Position[]> {
    if (this.#closed) throw new BusUnavailable('The bus is closed');
    for (const record of records) check(record);
    const { promise, resolve, reject } = Promise.withResolvers<readonly Position[]>();
    this.#waiting.push({ records, resolve, reject });
    // What is published in one turn of the event loop shares one sync to disk.
    this.#flushed ??= new Promise((done) => setImmediate(() => done(this.#flush())));
    return promise;
  }

  #flush(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    this.#flushed = undefined;
    try {
      const positions = this.#log.append(
        batch.map(({ records }) => records),
        this.#now(),
      );
      for (const [n, { resolve }] of batch.entries()) resolve(positions[n] ?? []);
    } catch (error) {
      for (const { reject } of batch) reject(error);
      return;
    }
    for (const watch of [...this.#watchers]) watch();
  }

  async partitions(topic: string): Promise<number> {
    return this.#log.partitions(topic);
  }

  async topics(): Promise<readonly string[]> {
    return this.#log.topics();
  }

  async ends(topic: string): Promise<Offsets> {
    return this.#log.ends(topic);
  }

  async read(topic: string, partition: number, offset: number, limit: number): Promise<readonly StoredRecord[]> {
    if (this.#closed) throw new BusUnavailable('The bus is closed');
    return this.#log.read(topic, partition, offset, limit);
  }

  async offsetAt(topic: string, partition: number, time: number): Promise<number> {
    return this.#log.offsetAt(topic, partition, time);
  }

  async committed(group: string, topic: string): Promise<Offsets> {
    return this.#log.committed(group, topic);
  }

  subscribe(options: SubscribeOptions, handler: (records: readonly StoredRecord[]) => Promise<void>): Promise<Subscription> {
    return this.#groups.join(options, handler);
  }

  grown(ends: Readonly<Record<string, Offsets>>, timeout: number, signal?: AbortSignal): Promise<boolean> {
    const hasGrown = () =>
      Object.entries(ends).some(([topic, known]) =>
        Object.entries(this.#log.ends(topic)).some(([partition, end]) => end > (known[Number(partition)] ?? 0)),
      );
    if (hasGrown()) return Promise.resolve(true);
    if (signal?.aborted === true || this.#closed) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const watch = () => {
      if (hasGrown()) resolve(true);
      else if (this.#closed) resolve(false);
    };
    const stop = () => resolve(false);
    const timer = setTimeout(stop, timeout);
    this.#watchers.add(watch);
    signal?.addEventListener('abort', stop, { once: true });
    return promise.finally(() => {
      clearTimeout(timer);
      this.#watchers.delete(watch);
      signal?.removeEventListener('abort', stop);
    });
  }

  async check(): Promise<void> {
    if (this.#closed) throw new BusUnavailable('The bus is closed');
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    await this.#flushed;
    this.#closed = true;
    for (const watch of [...this.#watchers]) watch();
    await this.#groups.close();
    this.#log.close();
  }
}
