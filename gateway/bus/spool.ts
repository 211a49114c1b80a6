/**
 * Store and forward: while the bus behind it does not acknowledge, records go into a durable log of this machine, and on to the bus in
 * the same order when it is back. Until all is forwarded, whatever comes goes behind it.
 */
import type {
  Bus,
  BusIdentity,
  BusRecord,
  Follower,
  FollowOptions,
  Offsets,
  Position,
  StoredRecord,
  SubscribeOptions,
  Subscription,
} from './bus.ts';
import { BusUnavailable } from './bus.ts';
import { type EmbeddedBus, openEmbeddedBus } from './embedded.ts';
import { checkRecord } from './record.ts';

export interface SpoolOptions {
  readonly file: string;
  readonly bytes: number;
  readonly seconds: number;
  readonly now: () => number;
  /** Nothing goes on to the bus before this resolves. Default: at once. */
  readonly clear?: Promise<void>;
}

/** How full a spool is. */
export interface SpoolState {
  readonly records: number;
  readonly bytes: number;
  readonly limit: number;
  /** Seconds since the oldest record was taken in. */
  readonly age: number;
}

const TOPIC = 'interchange.spool';
const GROUP = 'forward';
/** Where a record stands that is in the spool and not on the bus yet. */
export const SPOOLED = -1;
const PATIENCE_MILLISECONDS = 3000;

const HEADER = 4;

/** Records as one value: their names as JSON, its length before it, and then the bytes of each. */
function pack(records: readonly BusRecord[]): Uint8Array {
  const names = Buffer.from(JSON.stringify(records.map(({ value, ...rest }) => ({ ...rest, length: value.length }))));
  const length = Buffer.alloc(HEADER);
  length.writeUInt32BE(names.length);
  return Buffer.concat([length, names, ...records.map(({ value }) => value)]);
}

function unpack(value: Uint8Array): BusRecord[] {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  let at = HEADER + bytes.readUInt32BE(0);
  const names = JSON.parse(bytes.subarray(HEADER, at).toString()) as (Omit<BusRecord, 'value'> & { length: number })[];
  return names.map(({ length, ...rest }) => {
    const one = { ...rest, value: bytes.subarray(at, at + length) };
    at += length;
    return one;
  });
}

/** Opens the spool; what is left in it from before goes on to the bus at once. */
export async function openSpool(bus: Bus, options: SpoolOptions): Promise<SpoolingBus> {
  const spool = new SpoolingBus(bus, openEmbeddedBus({ file: options.file, now: options.now }), options);
  await spool.start();
  return spool;
}

export class SpoolingBus implements Bus {
  readonly #bus: Bus;
  readonly #log: EmbeddedBus;
  readonly #options: SpoolOptions;
  /** What is in the spool, oldest first: offset, bytes and time. */
  #held: { readonly offset: number; readonly bytes: number; readonly time: number; readonly records: number }[] = [];
  #bytes = 0;
  /** The last offset of the spool that is on the bus. */
  #forwarded = -1;
  #entering = 0;
  #isClear = true;
  #forwarding: Subscription | undefined;

  constructor(bus: Bus, log: EmbeddedBus, options: SpoolOptions) {
    this.#bus = bus;
    this.#log = log;
    this.#options = options;
  }

  async start(): Promise<void> {
    const { clear } = this.#options;
    this.#isClear = clear === undefined;
    void clear?.then(() => (this.#isClear = true));
    let offset = (await this.#log.committed(GROUP, TOPIC))[0] ?? 0;
    this.#forwarded = offset - 1;
    for (
      let records = await this.#log.read(TOPIC, 0, offset, 1000);
      records.length > 0;
      records = await this.#log.read(TOPIC, 0, offset, 1000)
    )
      for (const one of records) {
        this.#hold(one.offset, one.value.length, one.time, unpack(one.value).length);
        offset = one.offset + 1;
      }
    this.#forwarding = await this.#log.subscribe({ group: GROUP, topics: [TOPIC], batch: 50 }, (records) => this.#forward(records));
  }

  #hold(offset: number, bytes: number, time: number, records: number): void {
    if (offset <= this.#forwarded) return;
    this.#held.push({ offset, bytes, time, records });
    this.#bytes += bytes;
  }

  async #forward(records: readonly StoredRecord[]): Promise<void> {
    if (!this.#isClear) throw new BusUnavailable('The bus has not been checked yet');
    for (const { offset, value } of records) {
      // What was forwarded before a later one failed comes again with it.
      if (offset <= this.#forwarded) continue;
      await this.#bus.publish(unpack(value));
      this.#forwarded = offset;
      while (this.#held[0] !== undefined && this.#held[0].offset <= offset) this.#bytes -= this.#held.shift()?.bytes ?? 0;
    }
    this.#log.forget(TOPIC, this.#forwarded);
  }

  get state(): SpoolState {
    const [oldest] = this.#held;
    const age = oldest === undefined ? 0 : Math.max(0, (this.#options.now() - oldest.time) / 1000);
    return { records: this.#held.reduce((sum, one) => sum + one.records, 0), bytes: this.#bytes, limit: this.#options.bytes, age };
  }

  get #isAway(): boolean {
    return this.#held.length > 0 || this.#entering > 0 || !this.#isClear;
  }

  #mustHaveRoom(bytes: number): void {
    const { age } = this.state;
    if (this.#bytes + bytes > this.#options.bytes) throw new BusUnavailable('The spool is full');
    if (age > this.#options.seconds) throw new BusUnavailable('What is in the spool has waited too long');
  }

  /** Resolves when the records are on the bus, or durable in the spool: then their offset is {@link SPOOLED}. */
  async publish(records: readonly BusRecord[]): Promise<readonly Position[]> {
    records.forEach(checkRecord);
    if (records.length === 0) return [];
    if (!this.#isAway) {
      const published = this.#bus.publish(records);
      published.catch(() => undefined);
      const outcome = await Promise.race([published.catch(onlyAway), patience()]);
      if (outcome !== undefined) return outcome;
    }
    return this.#enter(records);
  }

  async #enter(records: readonly BusRecord[]): Promise<readonly Position[]> {
    const value = pack(records);
    this.#mustHaveRoom(value.length);
    this.#entering++;
    try {
      const [position] = await this.#log.publish([{ topic: TOPIC, key: '', value }]);
      if (position !== undefined) this.#hold(position.offset, value.length, this.#options.now(), records.length);
      return records.map(({ topic }) => ({ topic, partition: 0, offset: SPOOLED }));
    } finally {
      this.#entering--;
    }
  }

  /** Throws {@link BusUnavailable} when neither the bus nor the spool can take records. */
  async check(): Promise<void> {
    await this.#log.check();
    this.#mustHaveRoom(0);
  }

  identity(): Promise<BusIdentity> {
    return this.#bus.identity();
  }
  partitions(topic: string): Promise<number> {
    return this.#bus.partitions(topic);
  }
  topics(): Promise<readonly string[]> {
    return this.#bus.topics();
  }
  ends(topic: string): Promise<Offsets> {
    return this.#bus.ends(topic);
  }
  read(topic: string, partition: number, offset: number, limit: number): Promise<readonly StoredRecord[]> {
    return this.#bus.read(topic, partition, offset, limit);
  }
  offsetAt(topic: string, partition: number, time: number): Promise<number> {
    return this.#bus.offsetAt(topic, partition, time);
  }
  committed(group: string, topic: string): Promise<Offsets> {
    return this.#bus.committed(group, topic);
  }
  subscribe(options: SubscribeOptions, handler: (records: readonly StoredRecord[]) => Promise<void>): Promise<Subscription> {
    return this.#bus.subscribe(options, handler);
  }
  follow(options: FollowOptions): Promise<Follower> {
    return this.#bus.follow(options);
  }
  grown(ends: Readonly<Record<string, Offsets>>, timeout: number, signal?: AbortSignal): Promise<boolean> {
    return this.#bus.grown(ends, timeout, signal);
  }

  async close(): Promise<void> {
    // What the bus behind does not take now stays for the next start.
    const closing = this.#forwarding?.close();
    await this.#bus.close();
    await closing;
    await this.#log.close();
  }
}

/** A bus that refuses is away; anything else is the caller's mistake. */
function onlyAway(error: unknown): undefined {
  if (!(error instanceof BusUnavailable)) throw error;
}

function patience(): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  setTimeout(() => resolve(undefined), PATIENCE_MILLISECONDS).unref();
  return promise;
}
