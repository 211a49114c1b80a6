/** How many durable messages a second over Kafka, compared with the bare client that produces the same bytes on the same broker? And what does that grow with? */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ITopicConfig } from 'kafkajs';
import type { StoredRecord } from '../gateway/bus/bus.ts';
import { openKafkaBus } from '../gateway/bus/kafka/kafka-bus.ts';
import { KafkaClient, type KafkaClientName } from '../gateway/bus/kafka/kafka-client.ts';
import { PLATFORMATIC } from '../gateway/bus/kafka/platformatic-producer.ts';
import { startCluster } from '../test/support/broker.ts';
import { perSecond, type Row } from './clock.ts';
import { type SpawnedGateway, spawnGateway } from './gateway.ts';
import { load } from './ingest.ts';

const COUNT = 3000;
const CONNECTIONS = 32;
const STREAMS = ['interchange.messages', 'interchange.receipts', 'interchange.audit', 'interchange.order'];

interface BareMessage {
  readonly key: string;
  readonly value: Buffer;
  readonly partition: number;
  readonly headers: Readonly<Record<string, string>>;
}

type Batch = readonly { readonly topic: string; readonly messages: readonly BareMessage[] }[];

/** What the bare client writes has topics of its own: no gateway follows them. */
const BARE = 'bare.';

/** Seconds that KafkaJS needs for batches, so many at once and each acknowledged by all replicas. */
async function bare(brokers: readonly string[], batches: readonly Batch[]): Promise<number> {
  const producer = new KafkaClient({ brokers, clientId: 'bare' }).producer();
  await producer.connect();
  let next = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (let batch = batches[next++]; batch !== undefined; batch = batches[next++])
        await producer.sendBatch({ acks: -1, topicMessages: batch as never });
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  await producer.disconnect();
  return seconds;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 1;

/** What a gateway has put on the bus, so many records of each topic to a message, for topics of their own. Makes those topics. */
async function published(brokers: readonly string[], prefix: string, count: number): Promise<readonly Batch[]> {
  const bus = await openKafkaBus({ brokers, clientId: 'bench', partitions: 4, replication: 1, makeTopics: false, prefix });
  const byTopic = new Map<string, StoredRecord[]>();
  for (const topic of await bus.topics()) {
    if (!topic.startsWith('justice.') && !STREAMS.includes(topic)) continue;
    const records: StoredRecord[] = [];
    for (const [partition, end] of Object.entries(await bus.ends(topic)))
      for (let offset = 0; offset < end; offset = (records.at(-1)?.offset ?? 0) + 1)
        records.push(...(await bus.read(topic, Number(partition), offset, 1000)));
    byTopic.set(topic, records);
  }
  const admin = new KafkaClient({ brokers, clientId: 'bench' }).admin();
  await admin.connect();
  const topics: ITopicConfig[] = [];
  for (const topic of byTopic.keys())
    topics.push({ topic: BARE + topic, numPartitions: Object.keys(await bus.ends(topic)).length, replicationFactor: 1 });
  await admin.createTopics({ topics, waitForLeaders: true });
  await admin.disconnect();
  await bus.close();
  return Array.from({ length: count }, (_, n) =>
    [...byTopic].flatMap(([topic, records]) => {
      const record = records[n];
      if (record === undefined) return [];
      const { key, value, partition, headers } = record;
      return [{ topic: BARE + topic, messages: [{ key, value: Buffer.from(value), partition, headers }] }];
    }),
  );
}

interface Question {
  readonly gateways?: number;
  /** The number of the first message. */
  readonly from?: number;
  readonly prefix: string;
  readonly client?: KafkaClientName;
}

/** How many messages a second gateways take. */
async function rate(
  brokers: readonly string[],
  folder: string,
  { gateways = 1, from = 0, prefix, client = 'kafkajs' }: Question,
): Promise<number> {
  const running: SpawnedGateway[] = [];
  for (let n = 0; n < gateways; n++)
    running.push(
      await spawnGateway(join(folder, `${prefix}${n}`), {
        INTERCHANGE_BUS: 'kafka',
        INTERCHANGE_KAFKA_BROKERS: brokers.join(),
        INTERCHANGE_KAFKA_PREFIX: prefix,
        INTERCHANGE_KAFKA_CLIENT: client,
        INTERCHANGE_KEYS: join(folder, 'keys'),
        INTERCHANGE_NAME: `bench-${n}`,
      }),
    );
  const share = COUNT / gateways;
  const seconds: number[] = [];
  for (let round = 0; round < 3; round++) {
    const started = performance.now();
    await Promise.all(
      running.map((gateway, n) => load(gateway.url, gateway.token, from + round * COUNT + n * share, share, CONNECTIONS / gateways)),
    );
    if (round > 0) seconds.push((performance.now() - started) / 1000);
  }
  for (const gateway of running) await gateway.stop();
  return COUNT / median(seconds);
}

export async function kafka(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const cluster = await startCluster();
  const brokers = cluster.addresses;
  const oneGateway = await rate(brokers, folder, { prefix: 'one.' });
  const batches = await published(brokers, 'one.', COUNT);
  await bare(brokers, batches.slice(0, 500));
  const plain = COUNT / median([await bare(brokers, batches), await bare(brokers, batches), await bare(brokers, batches)]);
  const two = await rate(brokers, folder, { gateways: 2, prefix: 'two.' });
  const four = await rate(brokers, folder, { gateways: 4, prefix: 'four.' });
  // The same topics again, with all that is in them by now.
  const later = await rate(brokers, folder, { from: 9 * COUNT, prefix: 'one.' });
  const platformatic = await rate(brokers, folder, { prefix: 'platformatic.', client: PLATFORMATIC });
  await cluster.close();
  rmSync(folder, { recursive: true });
  const row = (question: string, messages: number, target?: string): Row => ({
    question,
    rate: `${perSecond(messages, 1)} messages/s`,
    ratio: (messages / plain).toFixed(2),
    ...(target === undefined ? {} : { target }),
  });
  return [
    row('bare KafkaJS, the same records, 32 at once', plain),
    row('HTTP ingest on Kafka, 32 connections, one gateway', oneGateway, '≥ 0.60 of the bare client'),
    row(`one gateway that writes with ${PLATFORMATIC}`, platformatic),
    row('the same with two gateways', two),
    row('the same with four gateways', four),
    row(`one gateway, with ${3 * COUNT} messages on the bus before`, later),
  ];
}
