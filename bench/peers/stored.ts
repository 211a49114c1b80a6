/** Which cases a peer, or Justice Interchange, has stored: read from its file or its topics, not from what it says. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Kafka, logLevel } from 'kafkajs';
import type { Bus } from '../../gateway/bus/bus.ts';

type Cases = ReadonlySet<string>;

const PAGE = 1000;

/** Of the lines of a file. */
export async function casesOfFile(file: string): Promise<Cases> {
  const cases = new Set<string>();
  for await (const line of createInterface({ input: createReadStream(file) })) cases.add((JSON.parse(line) as { urn: string }).urn);
  return cases;
}

/** Of the records of a topic that a peer writes. */
export async function casesOfTopic(brokers: readonly string[], topic: string): Promise<Cases> {
  const kafka = new Kafka({ clientId: 'bench', brokers: [...brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  /** Partitions that are not read to their end yet. A restarted consumer gives records again, so they are not counted. */
  const unread = new Map(ends.filter(({ high }) => high !== '0').map(({ partition, high }) => [partition, Number(high)]));
  const cases = new Set<string>();
  if (unread.size === 0) return cases;
  const consumer = kafka.consumer({ groupId: `bench-${topic}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const { promise: read, resolve, reject } = Promise.withResolvers<void>();
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    // It starts again by itself while the broker is not ready.
    if (!payload.restart) reject(payload.error);
  });
  await consumer.run({
    eachMessage: async ({ partition, message }) => {
      cases.add((JSON.parse(String(message.value)) as { urn: string }).urn);
      if (Number(message.offset) + 1 >= (unread.get(partition) ?? 0)) unread.delete(partition);
      if (unread.size === 0) resolve();
    },
  });
  await read;
  await consumer.disconnect();
  return cases;
}

/** Of the events that Justice Interchange has on a bus. */
export async function casesOfBus(bus: Bus): Promise<Cases> {
  const cases = new Set<string>();
  for (const topic of (await bus.topics()).filter((name) => name.startsWith('justice.')))
    for (const [partition, end] of Object.entries(await bus.ends(topic)))
      for (let offset = 0; offset < end; ) {
        const records = await bus.read(topic, Number(partition), offset, PAGE);
        if (records.length === 0) break;
        for (const { value } of records)
          cases.add((JSON.parse(Buffer.from(value).toString()) as { data: { case: { urn: string } } }).data.case.urn);
        offset = (records.at(-1)?.offset ?? 0) + 1;
      }
  return cases;
}
