/**
 * The port's writer with KafkaJS and with @platformatic/kafka beneath it, and both clients bare, on one broker: what it grows with.
 */
import { KafkaClient, type WritingProducer } from '../gateway/bus/kafka/kafka-client.ts';
import { loadPlatformatic, platformaticProducer } from '../gateway/bus/kafka/platformatic-producer.ts';
import { KafkaWriter, type PlacedRecord } from '../gateway/bus/kafka/writer.ts';
import { startCluster } from '../test/support/broker.ts';
import { perSecond, type Row } from './clock.ts';

const AT_ONCE = 32;
const ROUNDS = 3;
const BYTES = 24 * 1024 * 1024;

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
  const loaded = await loadPlatformatic();
  const platformatic = () => platformaticProducer(loaded, { brokers, clientId: 'bench' });
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
    const record = (n: number) => ({ topic, partition: n % partitions, key: `key-${n % 500}`, value, headers: {} }) satisfies PlacedRecord;
    const bareOf = async (make: () => WritingProducer): Promise<number> => {
      const producer = make();
      await producer.connect();
      const rated = await rate(count, (n) => producer.sendBatch({ topicMessages: [{ topic, messages: [record(n)] }] }));
      await producer.disconnect();
      return rated;
    };
    const writerOf = async (make: () => WritingProducer): Promise<number> => {
      const writer = new KafkaWriter({ makeProducer: make, now: Date.now, onAlarm: (reason) => console.error(reason) });
      const rated = await rate(count, (n) => writer.send([record(n)]));
      await writer.close(10_000);
      return rated;
    };
    const plain = await bareOf(() => kafka.producer());
    const named: [string, number][] = [
      ['bare KafkaJS', plain],
      ['the port on KafkaJS', await writerOf(() => kafka.producer())],
      ['bare @platformatic/kafka', await bareOf(platformatic)],
      ['the port on @platformatic/kafka', await writerOf(platformatic)],
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
