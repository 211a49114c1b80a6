/**
 * Store and forward: while the bus does not acknowledge, records go into a durable log on this machine. When the bus is back, they are
 * published in the same order. Until all are published, new records go to the end of the log.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { BINDING, type Binding, belongsElsewhere, readBinding } from './binding.ts';
import type { Bus, BusIdentity, BusRecord, Follower, FollowOptions, Offsets, Position, StoredRecord } from './bus.ts';
import { BusUnavailable, onlyUnavailable } from './bus.ts';
import { type EmbeddedBus, openEmbeddedBus } from './embedded/embedded-bus.ts';
import { checkRecord, isStream } from './record.ts';
import { Watch } from './watch.ts';

export interface SpoolOptions {
  readonly file: string;
  readonly bytes: number;
  readonly seconds: number;
  readonly now: () => number;
  /** The spool publishes nothing before this resolves. Default: at once. */
  readonly clear?: Promise<void>;
  /** Names the deployment that the spool belongs to. */
  readonly deployment: string;
  /** Whether a bus belongs to the deployment. `records` are those of a spool without a binding: they must belong to it too. */
  readonly belongs: (bus: Bus, records: readonly BusRecord[] | undefined) => Promise<boolean>;
  /** Called with the reason when a bus that was unavailable at the start is not the bus of the spool. */
  readonly onRefused?: (reason: string) => void;
  /** Why the bus is not usable, or undefined. While it is not usable, the spool accepts no records. */
  readonly refusal?: () => string | undefined;
}

/** The spool has records that must not be published on this bus, or the bus belongs to another deployment. */
export class SpoolRefused extends Error {
  override readonly name = 'SpoolRefused';
}

/** How full a spool is. */
export interface SpoolState {
  readonly records: number;
  readonly bytes: number;
  readonly limit: number;
  /** The age of the oldest record in seconds. */
  readonly age: number;
}

const TOPIC = 'interchange.spool';
const READER = 'forward';
const BATCH = 50;
const FIRST_BACKOFF = 10;
const LONGEST_BACKOFF = 5000;
/** The offset of a record that is in the spool and not on the bus yet. */
export const SPOOLED = -1;
const PATIENCE_MILLISECONDS = 3000;

const HEADER = 4;

/** Packs records into one value: the length of the JSON, the JSON of everything but the values, and the values. */
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
    const record = { ...rest, value: bytes.subarray(at, at + length) };
    at += length;
    return record;
  });
}

/** Opens the spool. Publishes records of earlier runs as soon as the bus is known to be theirs. Rejects with {@link SpoolRefused}. */
export async function openSpool(bus: Bus, options: SpoolOptions): Promise<SpoolingBus> {
  const log = openEmbeddedBus({ file: options.file, now: options.now });
  try {
    const spool = new SpoolingBus(bus, log, options);
    await spool.start();
    return spool;
  } catch (error) {
    await log.close();
    throw error;
  }
}

export class SpoolingBus implements Bus {
  readonly #bus: Bus;
  readonly #log: EmbeddedBus;
  readonly #options: SpoolOptions;
  /** The records in the spool, oldest first: offset, bytes and time. */
  #held: { readonly offset: number; readonly bytes: number; readonly time: number; readonly records: number }[] = [];
  #bytes = 0;
  /** The last offset of the spool that is on the bus. */
  #forwarded = -1;
  #entering = 0;
  #isClear = true;
  /** Whether the spool is known to belong to this bus. */
  #isBound = false;
  #refusal: string | undefined;
  #forwarding: Promise<void> | undefined;
  readonly #closing = new AbortController();
  readonly #watch = new Watch();

  constructor(bus: Bus, log: EmbeddedBus, options: SpoolOptions) {
    this.#bus = bus;
    this.#log = log;
    this.#options = options;
  }

  async start(): Promise<void> {
    const { clear } = this.#options;
    this.#isClear = clear === undefined;
    void clear?.then(() => (this.#isClear = true));
    let offset = await this.#log.committed(READER, TOPIC);
    this.#forwarded = offset - 1;
    for (
      let records = await this.#log.read(TOPIC, 0, offset, 1000);
      records.length > 0;
      records = await this.#log.read(TOPIC, 0, offset, 1000)
    )
      for (const record of records) {
        this.#hold(record.offset, record.value.length, record.time, unpack(record.value).length);
        offset = record.offset + 1;
      }
    // Where the bus is away, nothing is published before it is back and has been checked.
    await this.#bind().catch(onlyUnavailable);
    this.#forwarding = this.#forwardAll();
  }

  /** Binds the spool to this deployment and its bus. Rejects with {@link SpoolRefused}, or with BusUnavailable while the bus cannot be asked. */
  async #bind(): Promise<void> {
    const { deployment, belongs } = this.#options;
    const isEmpty = this.#held.length === 0;
    const bound = readBinding(this.#log.about(BINDING));
    const keep = (binding: Binding) => this.#log.say(BINDING, JSON.stringify(binding));
    const isUnnamed = bound === undefined && !isEmpty;
    if (bound !== undefined && !isEmpty) this.#mustBelong(bound, { deployment });
    if (isEmpty && bound?.deployment !== deployment) keep({ deployment });
    const here: Binding = { deployment, bus: streamsOf(await this.#bus.identity()) };
    if (bound !== undefined && !isEmpty) this.#mustBelong(bound, here);
    if (!(await belongs(this.#bus, isUnnamed ? await this.#waiting() : undefined)))
      this.#refuse(
        isUnnamed ? 'does not say whose its records are, and they are not of this bus' : 'belongs to another deployment than the bus',
      );
    keep(here);
    this.#isBound = true;
  }

  #mustBelong(bound: Binding, here: Binding): void {
    const elsewhere = belongsElsewhere(bound, here);
    if (elsewhere !== undefined) this.#refuse(`holds records of ${elsewhere}`);
  }

  /** Refuses permanently: the spool takes and publishes nothing until an administrator has corrected it and restarted the gateway. */
  #refuse(reason: string): never {
    this.#refusal = `The spool ${this.#options.file} ${reason}. Start with the bus and the keys that it belongs to, or move it elsewhere: what it holds is on no bus yet`;
    this.#options.onRefused?.(this.#refusal);
    throw new SpoolRefused(this.#refusal);
  }

  async #waiting(): Promise<readonly BusRecord[]> {
    const records: BusRecord[] = [];
    for (const { offset } of this.#held) for (const { value } of await this.#log.read(TOPIC, 0, offset, 1)) records.push(...unpack(value));
    return records;
  }

  #mustNotBeRefused(): void {
    const refusal = this.#refusal ?? this.#options.refusal?.();
    if (refusal !== undefined) throw new BusUnavailable(refusal);
  }

  #hold(offset: number, bytes: number, time: number, records: number): void {
    if (offset <= this.#forwarded) return;
    this.#held.push({ offset, bytes, time, records });
    this.#bytes += bytes;
    this.#watch.notify();
  }

  /** Publishes spooled and new records until the spool closes. Retries failures after a growing delay. */
  async #forwardAll(): Promise<void> {
    const { signal } = this.#closing;
    let backoff = FIRST_BACKOFF;
    while (!signal.aborted)
      try {
        await this.#watch.until(() => this.#held.length > 0);
        const records = await this.#log.read(TOPIC, 0, this.#forwarded + 1, BATCH);
        if (records.length === 0) throw new BusUnavailable('The spool has lost records');
        await this.#forward(records);
        backoff = FIRST_BACKOFF;
      } catch {
        await delay(backoff, undefined, { signal }).catch(() => undefined);
        backoff = Math.min(backoff * 2, LONGEST_BACKOFF);
      }
  }

  async #forward(records: readonly StoredRecord[]): Promise<void> {
    this.#mustNotBeRefused();
    if (!this.#isClear) throw new BusUnavailable('The bus has not been checked yet');
    if (!this.#isBound) await this.#bind();
    for (const { offset, value } of records) {
      await this.#bus.publish(unpack(value));
      this.#forwarded = offset;
      while (this.#held[0] !== undefined && this.#held[0].offset <= offset) this.#bytes -= this.#held.shift()?.bytes ?? 0;
    }
    this.#log.forget(TOPIC, this.#forwarded);
    this.#log.commit(READER, TOPIC, this.#forwarded + 1);
  }

  get state(): SpoolState {
    const [oldest] = this.#held;
    const age = oldest === undefined ? 0 : Math.max(0, (this.#options.now() - oldest.time) / 1000);
    return {
      records: this.#held.reduce((sum, publication) => sum + publication.records, 0),
      bytes: this.#bytes,
      limit: this.#options.bytes,
      age,
    };
  }

  get #isAway(): boolean {
    return this.#held.length > 0 || this.#entering > 0 || !this.#isClear || !this.#isBound;
  }

  #mustHaveRoom(bytes: number): void {
    const { age } = this.state;
    if (this.#bytes + bytes > this.#options.bytes) throw new BusUnavailable('The spool is full');
    if (age > this.#options.seconds) throw new BusUnavailable('The records in the spool have waited too long');
  }

  /** Resolves when the records are on the bus, or durable in the spool: then their offset is {@link SPOOLED}. */
  async publish(records: readonly BusRecord[]): Promise<readonly Position[]> {
    records.forEach(checkRecord);
    this.#mustNotBeRefused();
    if (records.length === 0) return [];
    if (!this.#isAway) {
      const published = this.#bus.publish(records);
      published.catch(() => undefined);
      const outcome = await Promise.race([published.catch(onlyUnavailable), patience()]);
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
    this.#mustNotBeRefused();
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
  follow(options: FollowOptions): Promise<Follower> {
    return this.#bus.follow(options);
  }

  async close(): Promise<void> {
    // Records that are not on the bus yet stay in the spool until the next start.
    this.#closing.abort();
    this.#watch.end();
    await this.#bus.close();
    await this.#forwarding;
    await this.#log.close();
  }
}

/** The identity without topics of events: the view checks whether those were replaced, and the spool belongs to the bus either way. */
const streamsOf = ({ bus, topics }: BusIdentity): BusIdentity => ({
  bus,
  topics: Object.fromEntries(Object.entries(topics).filter(([topic]) => isStream(topic))),
});

function patience(): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  setTimeout(() => resolve(undefined), PATIENCE_MILLISECONDS).unref();
  return promise;
}
