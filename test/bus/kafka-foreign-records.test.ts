/** Records of other producers on a topic, of any form, stop no follower. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { zstdCompressSync } from 'node:zlib';
import { CompressionCodecs, CompressionTypes, type KafkaMessage, type Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Bus, StoredRecord } from '../../gateway/bus/bus.ts';
import { openKafkaBus } from '../../gateway/bus/kafka/kafka-bus.ts';
import { KafkaClient } from '../../gateway/bus/kafka/kafka-client.ts';
import { kafkaJars } from '../support/broker.ts';

const brokers = inject('kafkaBrokers');

// The producer of these tests knows a compression that a gateway cannot read.
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async ({ buffer }: { buffer: Buffer }) => zstdCompressSync(buffer),
  decompress: async () => {
    throw new Error('A gateway cannot read it');
  },
});

describe.runIf(brokers !== '')('T67 a record of another producer', () => {
  const access = { brokers: brokers.split(','), clientId: 'test' };
  const topic = `interchange.foreign-${randomUUID().slice(0, 8)}`;
  const taken: StoredRecord[] = [];
  let bus: Bus;
  let producer: Producer;
  beforeAll(async () => {
    bus = await openKafkaBus({ ...access, partitions: 1, replication: 1, makeTopics: true });
    producer = new KafkaClient(access).producer();
    await producer.connect();
    await bus.publish([{ topic, key: 'own', value: Buffer.from('first') }]);
    await bus.follow({ matches: (name) => name === topic, from: () => 0, take: (records) => void taken.push(...records) });
  });
  afterAll(async () => {
    await producer?.disconnect();
    await bus?.close();
  });

  const send = (message: Partial<KafkaMessage>, compression = CompressionTypes.None) =>
    producer.send({ topic, compression, messages: [{ partition: 0, value: null, ...message } as never] });
  const followed = async (key: string) => {
    await bus.publish([{ topic, key, value: Buffer.from(key) }]);
    await expect.poll(() => taken.map((record) => record.key), { timeout: 10_000 }).toContain(key);
  };

  it.each([
    ['without key and value', {}],
    ['with a header twice', { key: Buffer.from('t'), headers: { ce_id: ['a', 'b'] } }],
    ['with a header of an odd name', { key: Buffer.from('p'), headers: { ['__proto__']: 'x', '': 'y' } }],
  ])('%s is followed and read, and so are later records', async (name, message) => {
    const before = (await bus.ends(topic))[0] ?? 0;
    await send(message);
    await followed(`after ${name}`);
    expect((await bus.read(topic, 0, before, 2)).map(({ offset }) => offset)).toEqual([before, before + 1]);
  });

  it('with a header without a value is followed and read, and so are later records', async () => {
    const { classPath } = (await kafkaJars()) as { classPath: string };
    const properties = ['parse.headers=true', 'null.marker=NOTHING'].flatMap((property) => ['--property', property]);
    const before = (await bus.ends(topic))[0] ?? 0;
    const words = ['-cp', classPath, 'org.apache.kafka.tools.ConsoleProducer', '--bootstrap-server', brokers, '--topic', topic];
    const java = spawn('java', [...words, ...properties], { stdio: ['pipe', 'ignore', 'ignore'] });
    java.stdin.end('ce_id:NOTHING\tvalue\n');
    expect((await once(java, 'exit'))[0]).toBe(0);
    await followed('after a header');
    const [found] = await bus.read(topic, 0, before, 1);
    expect([found?.headers, found && Buffer.from(found.value).toString()]).toEqual([{ ce_id: '' }, 'value']);
  });

  it('with unsupported compression is stored uncompressed by the brokers', async () => {
    const value = Buffer.from('a'.repeat(10_000));
    await send({ key: Buffer.from('zstd'), value }, CompressionTypes.ZSTD);
    await followed('after zstd');
    expect(taken.find(({ key }) => key === 'zstd')?.value).toEqual(value);
  });

  it('that is small when compressed and too large otherwise is refused by the brokers', async () => {
    const value = Buffer.alloc(64 * 1024 * 1024);
    await expect(send({ key: Buffer.from('large'), value }, CompressionTypes.GZIP)).rejects.toThrow(/larger than the max message size/);
    await followed('after gzip');
  });
});
