/** Consumer groups on Kafka: committed only after the handler had its effect, and a consumer that dies says so. */
import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { Offsets, StoredRecord, SubscribeOptions, Subscription } from '../bus.ts';
import { type FetchedPartition, type KafkaClient, unavailable } from './kafka-client.ts';
import { recordsOf, rest } from './reader.ts';

export type Handler = (records: readonly StoredRecord[]) => Promise<void>;

const BATCH = 100;
const FIRST_BACKOFF = 10;
const LONGEST_BACKOFF = 5000;
const HEARTBEAT_MILLISECONDS = 1000;
const WAIT_MILLISECONDS = 250;
/** In a row, without having joined the group between them. */
const MOST_CRASHES = 20;

/** A Kafka group has the same topics for all its members, or KafkaJS deals them out wrongly: one for each topic. */
export const groupIdOf = (group: string, topic: string): string => `${group}.${topic}`;

export interface GroupsOptions {
  readonly client: KafkaClient;
  readonly ends: (topic: string) => Promise<Offsets>;
  /** Makes sure that the topic exists. */
  readonly ensure: (topic: string) => Promise<unknown>;
  readonly onRebalance: () => void;
  /** Before the names of topics and groups on the brokers. */
  readonly prefix: string;
}

export class KafkaGroups {
  readonly #options: GroupsOptions;
  readonly #open = new Set<Membership>();

  constructor(options: GroupsOptions) {
    this.#options = options;
  }

  async join(options: SubscribeOptions, handler: Handler): Promise<Subscription> {
    const membership = new Membership(this.#options, options, handler, () => this.#open.delete(membership));
    this.#open.add(membership);
    try {
      await membership.start();
      return membership;
    } catch (error) {
      await membership.close().catch(() => undefined);
      throw unavailable(error);
    }
  }

  /** The offsets that a group has committed. */
  async committed(group: string, topic: string): Promise<Offsets> {
    const admin = this.#options.client.admin();
    await admin.connect();
    try {
      const { prefix } = this.#options;
      const [found] = await admin.fetchOffsets({ groupId: groupIdOf(prefix + group, topic), topics: [prefix + topic] });
      const known = (found?.partitions ?? []).filter(({ offset }) => Number(offset) >= 0);
      return Object.fromEntries(known.map(({ partition, offset }) => [partition, Number(offset)]));
    } finally {
      await admin.disconnect();
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((one) => one.close()));
  }
}

class Membership implements Subscription {
  readonly #shared: GroupsOptions;
  readonly #options: SubscribeOptions;
  readonly #handler: Handler;
  readonly #onClosed: () => void;
  readonly #failure = Promise.withResolvers<never>();
  #consumers: Consumer[] = [];
  readonly #batches = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;
  /** One batch at a time, whatever the topic. */
  #turn: Promise<void> = Promise.resolve();

  constructor(shared: GroupsOptions, options: SubscribeOptions, handler: Handler, onClosed: () => void) {
    this.#shared = shared;
    this.#options = options;
    this.#handler = handler;
    this.#onClosed = onClosed;
    // Nobody has to watch `failed`.
    this.#failure.promise.catch(() => undefined);
  }

  get failed(): Promise<never> {
    return this.#failure.promise;
  }

  async start(): Promise<void> {
    for (const topic of this.#options.topics) await this.#follow(topic);
  }

  async #follow(topic: string): Promise<void> {
    const { client, ensure, onRebalance, prefix } = this.#shared;
    await ensure(topic);
    const groupId = groupIdOf(prefix + this.#options.group, topic);
    if (this.#options.from === 'latest') await this.#beginAtEnd(groupId, topic);
    const consumer = client.consumer(groupId, WAIT_MILLISECONDS);
    this.#consumers.push(consumer);
    const joined = Promise.withResolvers<void>();
    let crashes = 0;
    consumer.on(consumer.events.GROUP_JOIN, () => {
      crashes = 0;
      onRebalance();
      joined.resolve();
    });
    // It crashes and starts again when a coordinator is only loading; after what it holds to be final it does not, and nothing else would tell.
    consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
      if (restart && ++crashes < MOST_CRASHES) return;
      const reason = unavailable(error);
      joined.reject(reason);
      this.#failure.reject(reason);
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [prefix + topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.#atWork(this.#batch(consumer, payload)),
    });
    await joined.promise;
  }

  async #atWork(batch: Promise<void>): Promise<void> {
    this.#batches.add(batch);
    try {
      await batch;
    } finally {
      this.#batches.delete(batch);
    }
  }

  /** A group that begins at the end is owed all that comes from now on, whenever somebody takes it. */
  async #beginAtEnd(groupId: string, topic: string): Promise<void> {
    const admin = this.#shared.client.admin();
    await admin.connect();
    try {
      const name = this.#shared.prefix + topic;
      const [found] = await admin.fetchOffsets({ groupId, topics: [name] });
      if (found?.partitions.some(({ offset }) => Number(offset) >= 0) === true) return;
      const ends = await this.#shared.ends(topic);
      const partitions = Object.entries(ends).map(([partition, offset]) => ({ partition: Number(partition), offset: String(offset) }));
      await admin.setOffsets({ groupId, topic: name, partitions });
    } finally {
      await admin.disconnect();
    }
  }

  async #batch(consumer: Consumer, { batch, heartbeat, resolveOffset, isRunning, isStale }: EachBatchPayload): Promise<void> {
    const fetched = {
      partition: batch.partition,
      highWatermark: batch.highWatermark,
      messages: batch.messages,
    } as unknown as FetchedPartition;
    const records = recordsOf(batch.topic.slice(this.#shared.prefix.length), fetched, 0);
    const size = this.#options.batch ?? BATCH;
    for (let first = 0; first < records.length; first += size) {
      const own = records.slice(first, first + size);
      const goesOn = () => this.#closing === undefined && isRunning() && !isStale();
      if (!(await this.#handled(own, heartbeat, goesOn))) return;
      const next = (own.at(-1) as StoredRecord).offset + 1;
      await consumer.commitOffsets([{ topic: batch.topic, partition: batch.partition, offset: String(next) }]);
      resolveOffset(String(next - 1));
      await heartbeat();
    }
  }

  /** Calls the handler until it resolves. False when there is no time for that any more. */
  async #handled(records: readonly StoredRecord[], heartbeat: () => Promise<void>, goesOn: () => boolean): Promise<boolean> {
    const beat = setInterval(() => void heartbeat().catch(() => undefined), HEARTBEAT_MILLISECONDS);
    try {
      for (let backoff = FIRST_BACKOFF; goesOn(); backoff = Math.min(backoff * 2, LONGEST_BACKOFF)) {
        const work = this.#turn.then(() => (goesOn() ? this.#handler(records).then(() => true) : false));
        this.#turn = work.then(
          () => undefined,
          () => undefined,
        );
        try {
          return await work;
        } catch {
          await rest(backoff);
        }
      }
      return false;
    } finally {
      clearInterval(beat);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#leave();
    return this.#closing;
  }

  async #leave(): Promise<void> {
    // KafkaJS does not commit for a consumer that is stopping, and does not say so.
    await Promise.allSettled(this.#batches);
    await Promise.all(this.#consumers.map((one) => one.disconnect()));
    this.#onClosed();
  }
}
