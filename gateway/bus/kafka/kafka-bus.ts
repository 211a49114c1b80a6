/**
 * The bus on Apache Kafka. Several gateways can write to it, and clients can read it directly. Acknowledged records are on all in-sync replicas.
 */
import { type Admin, Partitioners } from 'kafkajs';
import {
  type Bus,
  type BusIdentity,
  type BusRecord,
  BusRefused,
  BusUnavailable,
  type Follower,
  type FollowOptions,
  type Offsets,
  type Position,
  type StoredRecord,
} from '../bus.ts';
import { checkRecord, isStream } from '../record.ts';
import { Watch } from '../watch.ts';
import { KafkaIdentity } from './identity.ts';
import {
  creationOf,
  type KafkaAccess,
  KafkaClient,
  type KafkaClientName,
  kafkaReason,
  unavailable,
  type WritingProducer,
} from './kafka-client.ts';
import { KafkaMetadata } from './metadata.ts';
import { loadPlatformatic, PLATFORMATIC, platformaticProducer } from './platformatic-producer.ts';
import { KafkaReader, pause } from './reader.ts';
import { Tail } from './tail.ts';
import { MOST_RECORD_BYTES, specifiedTopic, type TopicOptions } from './topic-specification.ts';
import { KafkaWriter, type PlacedRecord } from './writer.ts';

export interface KafkaOptions extends KafkaAccess, TopicOptions {
  /** What writes to Kafka. Default: KafkaJS. */
  readonly client?: KafkaClientName;
  /** Streams whose records must be in one order. The bus does not open, and fails its check, unless each has exactly one partition. */
  readonly ordered?: readonly string[];
  /** Whether the gateway makes a missing topic with its first record, as on a laptop. Otherwise `interchange topics apply` makes topics. */
  readonly makeTopics: boolean;
  /** The prefix of topic names on the brokers, for several deployments on one cluster. */
  readonly prefix?: string;
  readonly now?: () => number;
  readonly onAlarm?: (reason: string) => void;
  /** Called once when the cluster or a topic was replaced: from then on this bus refuses to read and write. */
  readonly onReplaced?: (reason: string) => void;
  readonly onProduced?: (milliseconds: number, records: number) => void;
}

const CLOSE_MILLISECONDS = 10_000;

/**
 * Opens the bus. Rejects with BusUnavailable when no broker answers, and with BusRefused when a stream has lost its order, or the client is not
 * installed.
 */
export async function openKafkaBus(options: KafkaOptions): Promise<Bus> {
  const platformatic = options.client === PLATFORMATIC ? await loadPlatformatic() : undefined;
  const bus = new KafkaBus(options, platformatic === undefined ? undefined : () => platformaticProducer(platformatic, options));
  await bus.open();
  return bus;
}

/** The number of the request that carries a record: a later request is sent when the earlier ones are acknowledged. */
const stageOf = ({ after, last }: BusRecord): number => (last === true ? 2 : Number(after === true));

const named = (topic: string, records: readonly StoredRecord[]): readonly StoredRecord[] => records.map((record) => ({ ...record, topic }));

class KafkaBus implements Bus {
  readonly #options: KafkaOptions;
  readonly #client: KafkaClient;
  readonly #admin: Admin;
  readonly #prefix: string;
  readonly #writer: KafkaWriter;
  readonly #reader: KafkaReader;
  readonly #identity: KafkaIdentity;
  readonly #grown = new Set<string>();
  readonly #tails = new Set<Tail>();
  readonly #watch = new Watch();
  readonly #partitioner = Partitioners.DefaultPartitioner();
  #placing: Promise<unknown> | undefined;
  #closing: Promise<void> | undefined;
  #closed = false;

  constructor(options: KafkaOptions, makeProducer?: () => WritingProducer) {
    this.#options = options;
    this.#prefix = options.prefix ?? '';
    this.#client = new KafkaClient(options);
    this.#admin = this.#client.admin();
    this.#writer = new KafkaWriter({
      makeProducer: makeProducer ?? (() => this.#client.producer()),
      now: options.now ?? Date.now,
      onAlarm: options.onAlarm ?? (() => undefined),
      ...(options.onProduced === undefined ? {} : { onProduced: options.onProduced }),
    });
    this.#reader = new KafkaReader(this.#client.cluster());
    this.#identity = new KafkaIdentity(new KafkaMetadata(this.#client.cluster()), this.#prefix, (reason) => {
      this.#writer.refuse(reason);
      options.onReplaced?.(reason);
    });
  }

  async open(): Promise<void> {
    try {
      await this.#admin.connect();
      await this.#identity.refresh();
      this.#identity.mustBeOrdered(this.#options.ordered ?? []);
    } catch (error) {
      await this.#admin.disconnect().catch(() => undefined);
      await this.#identity.close().catch(() => undefined);
      throw error instanceof BusRefused ? error : unavailable(error);
    }
  }

  async identity(): Promise<BusIdentity> {
    await this.#ask(() => this.#identity.refresh());
    return this.#identity.identity;
  }

  /** The number of partitions of a topic. Makes a missing topic, if `makeTopics` is set. */
  async #ensure(topic: string): Promise<number> {
    const known = this.#identity.counts.get(topic);
    if (known !== undefined) return known;
    await this.#identity.refresh();
    const found = this.#identity.counts.get(topic);
    if (found !== undefined) return found;
    if (!this.#options.makeTopics) throw new BusUnavailable('A topic does not exist: run "interchange topics apply"');
    const specified = specifiedTopic(topic, this.#options, this.#prefix);
    try {
      await this.#admin.createTopics({ topics: [creationOf(specified)], waitForLeaders: true });
    } catch (error) {
      // Another gateway made it meanwhile.
      if (kafkaReason(error) !== 'TOPIC_ALREADY_EXISTS' && !/already exists/.test((error as Error).message)) throw error;
    }
    await this.#identity.refresh();
    await Promise.all([...this.#tails].map((tail) => tail.check().catch(() => undefined)));
    return this.#identity.counts.get(topic) ?? specified.partitions;
  }

  async publish(records: readonly BusRecord[]): Promise<readonly Position[]> {
    this.#mustBeOpen();
    records.forEach(checkRecord);
    if (records.some(({ value }) => value.length > MOST_RECORD_BYTES)) throw new BusUnavailable('A record is too large for Kafka');
    if (records.length === 0) return [];
    // Later records must not overtake those that wait for their topic to be made.
    const isKnown = this.#placing === undefined && records.every(({ topic }) => this.#identity.counts.has(topic));
    if (!isKnown) {
      const placing = (this.#placing ?? Promise.resolve()).then(() => this.#make(records));
      const settled = placing.catch(() => undefined);
      this.#placing = settled;
      try {
        await placing;
      } catch (error) {
        throw unavailable(error);
      } finally {
        if (this.#placing === settled) this.#placing = undefined;
      }
    }
    return this.#send(records);
  }

  async #make(records: readonly BusRecord[]): Promise<void> {
    for (const topic of new Set(records.map(({ topic }) => topic))) await this.#ensure(topic);
  }

  async #send(records: readonly BusRecord[]): Promise<readonly Position[]> {
    const placed = records.map((record) => this.#place(record));
    const stages = Map.groupBy(placed.entries(), ([n]) => stageOf(records[n] as BusRecord));
    const positions = new Map<PlacedRecord, Position>();
    // Send each request only when the one before is acknowledged in full. An answer can acknowledge one partition and not another.
    for (const [, entries] of [...stages].toSorted(([first], [second]) => first - second)) {
      const stage = entries.map(([, record]) => record);
      const acknowledged = await this.#writer.send(stage);
      for (const [n, entry] of stage.entries()) positions.set(entry, acknowledged[n] as Position);
    }
    for (const { topic } of records) this.#grown.add(topic);
    return placed.map((entry, n) => ({ ...(positions.get(entry) as Position), topic: (records[n] as BusRecord).topic }));
  }

  #place({ topic, key, value, headers = {} }: BusRecord): PlacedRecord {
    const count = this.#identity.counts.get(topic) ?? 1;
    const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({ partitionId })) as never;
    // Choose the partition as the Java client does, so that every producer uses the same partition for a case. If a stream was given more
    // partitions, use the first one: readers read only that.
    const partition = count === 1 || isStream(topic) ? 0 : this.#partitioner({ topic, partitionMetadata, message: { key, value: null } });
    return { topic: this.#prefix + topic, partition, key, value, headers };
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new BusUnavailable('The bus is closed');
    this.#identity.check();
  }

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    this.#mustBeOpen();
    try {
      return await question();
    } catch (error) {
      throw unavailable(error);
    }
  }

  async #exists(topic: string): Promise<boolean> {
    if (!this.#identity.counts.has(topic)) await this.#identity.refresh();
    return this.#identity.counts.has(topic);
  }

  partitions(topic: string): Promise<number> {
    return this.#ask(async () => {
      await this.#exists(topic);
      return this.#identity.counts.get(topic) ?? (isStream(topic) ? 1 : this.#options.partitions);
    });
  }

  topics(): Promise<readonly string[]> {
    return this.#ask(async () => {
      // A follower refreshes the list of topics by itself.
      if (this.#tails.size === 0) await this.#identity.refresh();
      for (const topic of this.#identity.counts.keys()) {
        if (this.#grown.has(topic)) continue;
        if (Object.values(await this.#reader.ends(this.#prefix + topic)).some((end) => end > 0)) this.#grown.add(topic);
      }
      return [...this.#grown].sort();
    });
  }

  ends(topic: string): Promise<Offsets> {
    return this.#ask(async () => {
      if (await this.#exists(topic)) return this.#reader.ends(this.#prefix + topic);
      return Object.fromEntries(Array.from({ length: await this.partitions(topic) }, (_, partition) => [partition, 0]));
    });
  }

  read(topic: string, partition: number, offset: number, limit: number): Promise<readonly StoredRecord[]> {
    return this.#ask(async () => {
      if (limit < 1 || !(await this.#exists(topic))) return [];
      return named(topic, await this.#reader.read(this.#prefix + topic, partition, offset, limit));
    });
  }

  offsetAt(topic: string, partition: number, time: number): Promise<number> {
    return this.#ask(async () => ((await this.#exists(topic)) ? this.#reader.offsetAt(this.#prefix + topic, partition, time) : 0));
  }

  async follow(options: FollowOptions): Promise<Follower> {
    this.#mustBeOpen();
    const names = async () => {
      await this.#identity.refresh();
      return [...this.#identity.counts.keys()].map((topic) => this.#prefix + topic);
    };
    const withoutPrefix = (topic: string) => topic.slice(this.#prefix.length);
    const tail = new Tail({
      matches: (topic) => options.matches(withoutPrefix(topic)),
      from: (topic, partition) => options.from(withoutPrefix(topic), partition),
      take: (records) => options.take(named(withoutPrefix(records[0]?.topic ?? ''), records)),
      cluster: this.#client.cluster(),
      reader: this.#reader,
      topics: names,
      onProgress: () => this.#watch.notify(),
    });
    await this.#ask(() => tail.start());
    this.#tails.add(tail);
    const caughtUp = async (topic: string) => {
      const ends = await this.ends(topic);
      await this.#watch.until(() => tail.hasReached(this.#prefix + topic, ends));
    };
    for (const topic of [...this.#identity.counts.keys()].filter(options.matches)) await caughtUp(topic);
    return {
      get failing() {
        return tail.failing;
      },
      caughtUp,
      close: () => {
        this.#tails.delete(tail);
        return tail.close();
      },
    };
  }

  async check(): Promise<void> {
    this.#mustBeOpen();
    this.#identity.mustBeOrdered(this.#options.ordered ?? []);
    if (this.#writer.stalledSince !== undefined) throw new BusUnavailable('Kafka does not acknowledge');
    const failing = [...this.#tails].find((tail) => tail.failing !== undefined)?.failing;
    if (failing !== undefined) throw new BusUnavailable(`Kafka cannot be read now (${failing})`);
    await this.#ask(() =>
      Promise.race([this.#identity.refresh(), pause(3000).then(() => Promise.reject(new BusUnavailable('Kafka does not answer')))]),
    );
  }

  close(): Promise<void> {
    this.#closing ??= this.#shut();
    return this.#closing;
  }

  async #shut(): Promise<void> {
    await Promise.resolve();
    this.#watch.end();
    await this.#placing;
    await this.#writer.close(CLOSE_MILLISECONDS);
    this.#closed = true;
    await Promise.all([...this.#tails].map((tail) => tail.close()));
    await this.#reader.close().catch(() => undefined);
    await this.#identity.close().catch(() => undefined);
    await this.#admin.disconnect().catch(() => undefined);
  }
}
