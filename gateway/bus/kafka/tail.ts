/** Follows Kafka: takes every new record of the matching topics, in order per partition, with one long poll for each broker. */
import type { FollowOptions, StoredRecord } from '../bus.ts';
import type { KafkaCluster } from './kafka-client.ts';
import { kafkaReason } from './kafka-client.ts';
import { type KafkaReader, pause, READ_UNCOMMITTED, recordsOf } from './reader.ts';

const POLL_MILLISECONDS = 500;
const LOOK_MILLISECONDS = 1000;
const FAILED_MILLISECONDS = 200;
const PARTITION_BYTES = 1024 * 1024;
const MOST_BYTES = 16 * 1024 * 1024;

interface Place {
  readonly topic: string;
  readonly partition: number;
  leader: number;
  next: number;
}

export interface TailOptions extends FollowOptions {
  readonly cluster: KafkaCluster;
  readonly reader: KafkaReader;
  /** The names of all existing topics. */
  readonly topics: () => Promise<readonly string[]>;
  readonly onProgress: () => void;
}

export class Tail {
  readonly #options: TailOptions;
  readonly #places = new Map<string, Place>();
  readonly #loops = new Map<number, Promise<void>>();
  #watching: Promise<void> | undefined;
  #closed = false;
  #failing: string | undefined;
  #stop = Promise.withResolvers<void>();

  constructor(options: TailOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.#options.cluster.connect();
    await this.check();
    this.#watching = this.#watch();
  }

  get failing(): string | undefined {
    return this.#failing;
  }

  /** Looks for new topics, and for the leader of each partition. */
  async check(): Promise<void> {
    const { cluster, topics, matches, from } = this.#options;
    const names = (await topics()).filter(matches);
    if (names.length === 0) return;
    await cluster.addMultipleTargetTopics(names);
    await cluster.refreshMetadata();
    for (const topic of names)
      for (const { partitionId, leader } of cluster.findTopicPartitionMetadata(topic)) {
        const name = `${topic}/${partitionId}`;
        const known = this.#places.get(name);
        if (known !== undefined) known.leader = leader;
        else this.#places.set(name, { topic, partition: partitionId, leader, next: from(topic, partitionId) });
      }
    for (const { leader } of this.#places.values())
      if (leader >= 0 && !this.#loops.has(leader)) this.#loops.set(leader, this.#serve(leader));
  }

  async #watch(): Promise<void> {
    while (!this.#closed) {
      await Promise.race([pause(LOOK_MILLISECONDS), this.#stop.promise]);
      if (this.#closed) return;
      try {
        await this.check();
        // Without topics there is no poll that could show the recovery.
        if (this.#loops.size === 0) this.#failing = undefined;
      } catch (error) {
        this.#failing = kafkaReason(error);
      }
    }
  }

  async #serve(leader: number): Promise<void> {
    while (!this.#closed) {
      const ofLeader = [...this.#places.values()].filter((place) => place.leader === leader);
      if (ofLeader.length === 0) {
        this.#loops.delete(leader);
        return;
      }
      try {
        await this.#poll(leader, ofLeader);
        this.#failing = undefined;
      } catch (error) {
        if (this.#closed) return;
        this.#failing = kafkaReason(error);
        if (this.#failing === 'OFFSET_OUT_OF_RANGE') await this.#passOver(ofLeader).catch(() => undefined);
        await pause(FAILED_MILLISECONDS);
        await this.check().catch(() => undefined);
      }
    }
  }

  /** Skips records that retention removed before they were read. */
  async #passOver(places: readonly Place[]): Promise<void> {
    for (const place of places) {
      const start = (await this.#options.reader.starts(place.topic))[place.partition] ?? 0;
      place.next = Math.max(place.next, start);
    }
  }

  async #poll(leader: number, places: readonly Place[]): Promise<void> {
    const topics = Map.groupBy(places, ({ topic }) => topic);
    const broker = await this.#options.cluster.findBroker({ nodeId: String(leader) });
    const { responses } = await broker.fetch({
      maxWaitTime: POLL_MILLISECONDS,
      minBytes: 1,
      maxBytes: MOST_BYTES,
      isolationLevel: READ_UNCOMMITTED,
      topics: [...topics].map(([topic, places]) => ({
        topic,
        partitions: places.map(({ partition, next }) => ({ partition, fetchOffset: String(next), maxBytes: PARTITION_BYTES })),
      })),
    });
    let grew = false;
    for (const { topicName, partitions } of responses)
      for (const fetched of partitions) {
        const place = this.#places.get(`${topicName}/${fetched.partition}`);
        if (place === undefined || fetched.messages.length === 0) continue;
        const records: readonly StoredRecord[] = recordsOf(topicName, fetched, place.next);
        if (records.length > 0) this.#options.take(records);
        place.next = Math.max(place.next, Number(fetched.messages.at(-1)?.offset ?? -1) + 1);
        grew = true;
      }
    if (grew) this.#options.onProgress();
  }

  /** Whether all records before `ends` have been taken. */
  hasReached(topic: string, ends: Readonly<Record<number, number>>): boolean {
    return Object.entries(ends).every(([partition, end]) => (this.#places.get(`${topic}/${partition}`)?.next ?? 0) >= end);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stop.resolve();
    await Promise.all([this.#watching, ...this.#loops.values()]);
    await this.#options.cluster.disconnect().catch(() => undefined);
  }
}
