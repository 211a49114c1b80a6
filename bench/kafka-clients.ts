/**
 * The port's writer with KafkaJS and with @platformatic/kafka beneath it, and both clients bare, on one broker: what it grows with.
 * The second client is not a dependency: `npm install --no-save @platformatic/kafka@2.12.1` first, or it is left out.
 */
import { KafkaClient } from '../gateway/bus/kafka/kafka-client.ts';
import { KafkaWriter, type PlacedRecord } from '../gateway/bus/kafka/writer.ts';
import { startCluster } from '../test/support/broker.ts';
import { perSecond, type Row } from './clock.ts';

const AT_ONCE = 32;
const ROUNDS = 3;
const BYTES = 24 * 1024 * 1024;

interface Sent {
  readonly topicMessages: readonly { readonly topic: string; readonly messages: readonly (Omit<PlacedRecord, 'topic'> & object)[] }[];
}

interface Client {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  sendBatch(batch: Sent): Promise<unknown>;
}

interface OtherProducer {
  send(batch: object): Promise<{ offsets?: { topic: string; partition: number; offset: bigint }[] }>;
  close(): Promise<void>;
}

/** @platformatic/kafka in the shape that the writer asks for, or undefined where it is not installed. */
async function otherClient(brokers: readonly string[]): Promise<(() => Client) | undefined> {
  const name = '@platformatic/kafka';
  const found = (await import(name).catch(() => undefined)) as { Producer: new (options: object) => OtherProducer } | undefined;
  if (found === undefined) return undefined;
  return () => {
    const producer = new found.Producer({ clientId: 'bench', bootstrapBrokers: [...brokers], idempotent: true, acks: -1 });
    return {
      connect: () => Promise.resolve(),
      disconnect: () => producer.close(),
      sendBatch: async ({ topicMessages }) => {
        const messages = topicMessages.flatMap(({ topic, messages: records }) =>
          records.map(({ key, value, partition }) => ({ topic, partition, key: Buffer.from(key), value: Buffer.from(value) })),
        );
        const { offsets = [] } = await producer.send({ messages, acks: -1 });
        return offsets.map(({ topic, partition, offset }) => ({ topicName: topic, partition, baseOffset: String(offset), errorCode: 0 }));
      },
    };
  };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 1;

/** Median records a second, so many at once and each acknowledged by all replicas. */
async function rate(count: number, send: (n: number) => Promise<unknown>): Promise<number> {
  const seconds: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    let next = 0;
    const started = performance.now();
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let n = next++; n < count; n = next++) await send(n);
      }),
    );
    if (round > 0) seconds.push((performance.now() - started) / 1000);
  }
  return count / median(seconds);
}

export async function clients(): Promise<readonly Row[]> {
  const cluster = await startCluster();
  const brokers = cluster.addresses;
  const kafka = new KafkaClient({ brokers, clientId: 'bench' });
  const other = await otherClient(brokers);
  const admin = kafka.admin();
  await admin.connect();
  const rows: Row[] = [];
  for (const [size, partitions] of [
    [1000, 12],
    [10_000, 1],
    [10_000, 12],
    [10_000, 48],
    [100_000, 12],
    [500_000, 12],
  ] as const) {
    const topic = `bench-${size}-${partitions}`;
    await admin.createTopics({ topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }], waitForLeaders: true });
    const count = Math.min(4000, Math.max(48, Math.floor(BYTES / size)));
    const value = Buffer.alloc(size, 'x');
    const record = (n: number): PlacedRecord => ({ topic, partition: n % partitions, key: `key-${n % 500}`, value, headers: {} });
    const bareOf = async (make: () => Client): Promise<number> => {
      const producer = make();
      await producer.connect();
      const rated = await rate(count, (n) => producer.sendBatch({ topicMessages: [{ topic, messages: [record(n)] }] }));
      await producer.disconnect();
      return rated;
    };
    const writerOf = async (make: () => Client): Promise<number> => {
      const writer = new KafkaWriter({ makeProducer: make as never, now: Date.now, onAlarm: (reason) => console.error(reason) });
      const rated = await rate(count, (n) => writer.send([record(n)]));
      await writer.close(10_000);
      return rated;
    };
    const plain = await bareOf(() => kafka.producer() as never);
    const named: [string, number][] = [
      ['bare KafkaJS', plain],
      ['the port on KafkaJS', await writerOf(() => kafka.producer() as never)],
      ...(other === undefined
        ? []
        : ([
            ['bare @platformatic/kafka', await bareOf(other)],
            ['the port on @platformatic/kafka', await writerOf(other)],
          ] as [string, number][])),
    ];
    for (const [name, rated] of named)
      rows.push({
        question: `${name}: ${size / 1000} kB, ${partitions} partitions, ${AT_ONCE} at once`,
        rate: `${perSecond(rated, 1)} records/s`,
        ratio: (rated / plain).toFixed(2),
      });
  }
  await admin.disconnect();
  await cluster.close();
  return rows;
}
