/** Faults of KafkaJS that the bus must prevent (docs/kafka.md). */
import { ConfigResourceTypes, Kafka, logLevel, Partitioners } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { type Bus, BusUnavailable } from '../../gateway/bus/bus.ts';
import { openKafkaBus } from '../../gateway/bus/kafka/kafka-bus.ts';
import { KafkaWriter } from '../../gateway/bus/kafka/writer.ts';
import { type Cluster, startCluster } from '../support/broker.ts';
import { type Network, openProxy } from '../support/proxy.ts';
import { everything, said, text } from './conformance.ts';

describe.runIf(inject('kafkaBrokers') !== '')('T39 behind an unreliable network', () => {
  let cluster: Cluster;
  let proxy: Network;
  let bus: Bus;
  const alarms: string[] = [];

  beforeAll(async () => {
    proxy = await openProxy();
    cluster = await startCluster({ advertised: [proxy.port] });
    proxy.target = cluster.brokers[0]?.port ?? 0;
    bus = await openKafkaBus({
      brokers: cluster.addresses,
      clientId: 'test',
      partitions: 1,
      replication: 1,
      makeTopics: true,
      onAlarm: (reason) => alarms.push(reason),
    });
  }, 60_000);
  afterAll(async () => {
    proxy?.heal();
    await bus?.close();
    await cluster?.close();
    await proxy?.close();
  });

  const values = async (topic: string) => (await everything(bus, topic)).map(text);

  it('KafkaJS alone acknowledges a lost batch when an earlier batch loses its answer', async () => {
    await bus.publish([said('lost.plain', 'key', 'first')]);
    const kafka = new Kafka({ brokers: [...cluster.addresses], logLevel: logLevel.NOTHING });
    const producer = kafka.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    const send = (value: string) => producer.send({ topic: 'lost.plain', acks: -1, messages: [{ key: 'key', value }] });
    await send('second');
    const lost = proxy.loseAnswer();
    const sends = [send('a'), send('b')];
    await lost;
    await Promise.all(sends);
    await producer.disconnect();
    const stored = await values('lost.plain');
    // Both were acknowledged. One took the number of the other, and the broker treated it as a repetition of the other.
    expect(['a', 'b'].filter((value) => !stored.includes(value))).toHaveLength(1);
  });

  it('the bus loses no batch when an answer is lost', async () => {
    await bus.publish([said('lost.bus', 'key', 'first')]);
    for (let round = 0; round < 5; round++) {
      const lost = proxy.loseAnswer();
      const published = Array.from({ length: 20 }, (_, n) => bus.publish([said('lost.bus', 'key', `${round}-${n}`)]));
      await lost;
      published.push(bus.publish([said('lost.bus', 'key', `${round}-20`)]));
      await Promise.all(published);
    }
    const all = Array.from({ length: 5 }, (_, round) => Array.from({ length: 21 }, (__, n) => `${round}-${n}`)).flat();
    const stored = (await values('lost.bus')).filter((value, at, list) => list.indexOf(value) === at);
    expect(stored).toEqual(['first', ...all]);
  });

  it.each([2, 4, 6, 7])(
    'the bus continues when a connection ends after %i bytes of an answer: the next connection starts fresh',
    async (bytes) => {
      await bus.publish([said('broken.bus', 'key', `before ${bytes}`)]);
      const broken = proxy.breakAnswer(bytes);
      await Promise.all([bus.ends('broken.bus').catch(() => undefined), broken]);
      const ends = () => bus.ends('broken.bus').catch(() => undefined);
      await expect.poll(ends, { timeout: 8000 }).toBeDefined();
      await bus.publish([said('broken.bus', 'key', `after ${bytes}`)]);
      expect((await values('broken.bus')).slice(-2)).toEqual([`before ${bytes}`, `after ${bytes}`]);
    },
  );

  it('the bus refuses new records while nothing is acknowledged, keeps those in flight, and continues in order when the network is back', async () => {
    await bus.publish([said('away', 'key', 'before')]);
    proxy.cut();
    const underWay = bus.publish([said('away', 'key', 'under way')]);
    await vi.waitUntil(
      () =>
        bus.check().then(
          () => false,
          () => true,
        ),
      { timeout: 20_000, interval: 200 },
    );
    await expect(bus.publish([said('away', 'key', 'refused')])).rejects.toThrow(BusUnavailable);
    proxy.heal();
    await underWay;
    await bus.publish([said('away', 'key', 'after')]);
    expect(await values('away')).toEqual(['before', 'under way', 'after']);
    await vi.waitUntil(
      () =>
        bus.check().then(
          () => true,
          () => false,
        ),
      { timeout: 20_000, interval: 200 },
    );
  }, 60_000);

  it.each([
    ['kept.places', ['kept.events']],
    ['kept.events', []],
  ])('the gateway writes no receipt when %s is not acknowledged', async (refused, stored) => {
    const topics = ['kept.events', 'kept.places', 'kept.receipts'];
    for (const topic of topics) await bus.publish([said(topic, 'key', 'first')]);
    const admin = new Kafka({ brokers: [...cluster.addresses], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const largest = (value: string) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: refused, configEntries: [{ name: 'max.message.bytes', value }] }],
      });
    const publication = [
      { ...said('kept.receipts', 'key', refused), last: true },
      { ...said('kept.places', 'key', refused), after: true },
      said('kept.events', 'key', refused),
    ];
    const holding = async () => {
      const all = await Promise.all(topics.map(async (topic) => [topic, await values(topic)] as const));
      return all.filter(([, found]) => found.includes(refused)).map(([topic]) => topic);
    };
    // A broker answers that it has a setting before it applies it.
    const isAccepted = async () =>
      bus.publish([said(refused, 'key', 'probe')]).then(
        () => true,
        () => false,
      );
    await largest('10');
    await vi.waitUntil(async () => !(await isAccepted()), { timeout: 20_000, interval: 100 });
    await expect(bus.publish(publication)).rejects.toThrow(BusUnavailable);
    expect(await holding()).toEqual(stored);
    await largest('1000000');
    await vi.waitUntil(isAccepted, { timeout: 20_000, interval: 100 });
    await bus.publish(publication);
    expect(await holding()).toEqual(topics);
    await admin.disconnect();
  });

  it('the bus gets no warning of a timer in the past', async () => {
    const warnings: string[] = [];
    const hear = (warning: Error) => warnings.push(warning.name);
    process.on('warning', hear);
    const bus = await openKafkaBus({ brokers: cluster.addresses, clientId: 'test', partitions: 1, replication: 1, makeTopics: true });
    await bus.publish([said('timers', 'key')]);
    await bus.close();
    process.off('warning', hear);
    expect(warnings).not.toContain('TimeoutNegativeWarning');
  });
});

describe('the writer, after a wrong acknowledgement', () => {
  const record = (value: string) => ({ topic: 'test', partition: 0, key: 'key', value: Buffer.from(value), headers: {} });

  /** A producer that returns prepared answers, and keeps what it was given. */
  const writerOf = (answers: readonly (readonly { partition: number; baseOffset: string }[] | Error)[]) => {
    const sent: string[][] = [];
    const alarms: string[] = [];
    let made = 0;
    const makeProducer = () => {
      made++;
      return {
        connect: () => Promise.resolve(),
        disconnect: () => Promise.resolve(),
        sendBatch: ({ topicMessages }: { topicMessages: { messages: { value: Buffer }[] }[] }) => {
          const answer = answers[sent.length] ?? [];
          sent.push(topicMessages.flatMap(({ messages }) => messages.map(({ value }) => value.toString())));
          if (answer instanceof Error) return Promise.reject(answer);
          return Promise.resolve(answer.map((position) => ({ topicName: 'test', ...position })));
        },
      } as never;
    };
    const writer = new KafkaWriter({ makeProducer, now: Date.now, onAlarm: (reason) => alarms.push(reason) });
    return { writer, sent, alarms, made: () => made };
  };

  it('sends records again with a new producer when their offset is below the last one, because another batch was acknowledged', async () => {
    const { writer, sent, alarms, made } = writerOf([
      [{ partition: 0, baseOffset: '7' }],
      [{ partition: 0, baseOffset: '7' }],
      [{ partition: 0, baseOffset: '8' }],
    ]);
    expect(await writer.send([record('a')])).toEqual([{ topic: 'test', partition: 0, offset: 7 }]);
    expect(await writer.send([record('b')])).toEqual([{ topic: 'test', partition: 0, offset: 8 }]);
    expect([sent, made(), alarms.length]).toEqual([[['a'], ['b'], ['b']], 2, 1]);
  });

  it('sends only the partition again that an answer leaves out', async () => {
    const { writer, sent } = writerOf([[{ partition: 0, baseOffset: '1' }], [{ partition: 1, baseOffset: '4' }]]);
    const positions = await writer.send([record('a'), { ...record('b'), partition: 1 }]);
    expect(positions.map(({ partition, offset }) => [partition, offset])).toEqual([
      [0, 1],
      [1, 4],
    ]);
    expect(sent).toEqual([['a', 'b'], ['b']]);
  });

  it('replaces the producer after a final error, and never drops the batch', async () => {
    const final = Object.assign(new Error('OUT_OF_ORDER_SEQUENCE_NUMBER'), { type: 'OUT_OF_ORDER_SEQUENCE_NUMBER', retriable: false });
    const { writer, sent, made, alarms } = writerOf([final, [{ partition: 0, baseOffset: '0' }]]);
    await writer.send([record('a')]);
    expect([sent, made(), alarms]).toEqual([[['a'], ['a']], 2, ['OUT_OF_ORDER_SEQUENCE_NUMBER']]);
  });

  it('refuses only the record that the broker rejects permanently', async () => {
    const large = () => Object.assign(new Error('MESSAGE_TOO_LARGE'), { type: 'MESSAGE_TOO_LARGE', retriable: false });
    const { writer } = writerOf([large(), [{ partition: 0, baseOffset: '0' }], large(), [{ partition: 0, baseOffset: '1' }]]);
    const outcomes = await Promise.allSettled([writer.send([record('a')]), writer.send([record('large')]), writer.send([record('b')])]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});
