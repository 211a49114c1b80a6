/** Reads records from Kafka by offset, and finds the first and last offsets of topics. */
import type { Offsets, StoredRecord } from '../bus.ts';
import { type FetchedPartition, isRetriable, type KafkaCluster, kafkaReason, unavailable } from './kafka-client.ts';

export const READ_UNCOMMITTED = 0;
/** The most bytes of one partition in an answer. Kafka returns a larger batch complete. */
const PARTITION_BYTES = 1024 * 1024;
const MOST_BYTES = 1024 * 1024;
const ATTEMPTS = 8;
const DELAY_MILLISECONDS = 150;

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

/** The records of a fetched partition from an offset on. */
export function recordsOf(topic: string, { partition, messages }: FetchedPartition, offset: number): StoredRecord[] {
  const records: StoredRecord[] = [];
  for (const message of messages) {
    const messageOffset = Number(message.offset);
    // Kafka returns complete batches, which can begin before the offset. Transactions of other producers leave control records.
    if (messageOffset < offset || message.isControlRecord === true) continue;
    // Join the values of a duplicate header, so that they match no event. A header may have no value.
    const headers = Object.fromEntries(
      Object.entries(message.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join() : (value?.toString() ?? '')]),
    );
    const value = message.value ?? Buffer.alloc(0);
    records.push({
      topic,
      partition,
      offset: messageOffset,
      time: Number(message.timestamp),
      key: message.key?.toString() ?? '',
      headers,
      value,
    });
  }
  return records;
}

export class KafkaReader {
  readonly #cluster: KafkaCluster;
  #connecting: Promise<void> | undefined;

  constructor(cluster: KafkaCluster) {
    this.#cluster = cluster;
  }

  /** Sends a request, again after temporary errors. Rejects with BusUnavailable. */
  async #ask<T>(topic: string, question: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++)
      try {
        this.#connecting ??= this.#cluster.connect();
        await this.#connecting;
        await this.#cluster.addMultipleTargetTopics([topic]);
        return await question();
      } catch (error) {
        if (!this.#cluster.isConnected()) this.#connecting = undefined;
        if (attempt >= ATTEMPTS || !isRetriable(error)) throw unavailable(error);
        await pause(DELAY_MILLISECONDS);
        await this.#cluster.refreshMetadata().catch(() => undefined);
      }
  }

  /** The partitions of an existing topic. */
  #partitions(topic: string): { partition: number }[] {
    return this.#cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => ({ partition: partitionId }));
  }

  #offsets(topic: string, at: { readonly fromBeginning?: boolean; readonly fromTimestamp?: number }): Promise<Offsets> {
    return this.#ask(topic, async () => {
      const partitions = this.#partitions(topic);
      const [found] = await this.#cluster.fetchTopicsOffset([{ topic, partitions, ...at }]);
      const pairs = (found?.partitions ?? []).map(({ partition, offset }): [number, number] => [partition, Number(offset)]);
      return Object.fromEntries(pairs.sort(([a], [b]) => a - b));
    });
  }

  /** The next offset to be written, for each partition of an existing topic. */
  ends(topic: string): Promise<Offsets> {
    return this.#offsets(topic, { fromBeginning: false });
  }

  /** The first offset of each partition. Retention removes earlier records. */
  starts(topic: string): Promise<Offsets> {
    return this.#offsets(topic, { fromBeginning: true });
  }

  async offsetAt(topic: string, partition: number, time: number): Promise<number> {
    const found = (await this.#offsets(topic, { fromTimestamp: time }))[partition] ?? -1;
    return found < 0 ? ((await this.ends(topic))[partition] ?? 0) : found;
  }

  /** Up to `limit` records from `offset` on: fewer when they are large, none at the end. Skips records that retention removed. */
  async read(topic: string, partition: number, offset: number, limit: number): Promise<readonly StoredRecord[]> {
    const records = await this.#ask(topic, () =>
      this.#fetch(topic, partition, offset).catch((error: unknown) => {
        if (kafkaReason(error) === 'OFFSET_OUT_OF_RANGE') return undefined;
        throw error;
      }),
    );
    if (records !== undefined) return records.slice(0, limit);
    const start = (await this.starts(topic))[partition] ?? 0;
    return offset >= start ? [] : this.read(topic, partition, start, limit);
  }

  async #fetch(topic: string, partition: number, offset: number): Promise<readonly StoredRecord[]> {
    const leader = this.#cluster.findTopicPartitionMetadata(topic).find(({ partitionId }) => partitionId === partition)?.leader;
    if (leader === undefined) return [];
    const broker = await this.#cluster.findBroker({ nodeId: String(leader) });
    const { responses } = await broker.fetch({
      maxWaitTime: 0,
      minBytes: 0,
      maxBytes: MOST_BYTES,
      isolationLevel: READ_UNCOMMITTED,
      topics: [{ topic, partitions: [{ partition, fetchOffset: String(offset), maxBytes: PARTITION_BYTES }] }],
    });
    const found = responses[0]?.partitions[0];
    return found === undefined ? [] : recordsOf(topic, found, offset);
  }

  async close(): Promise<void> {
    await this.#connecting?.catch(() => undefined);
    await this.#cluster.disconnect();
  }
}
