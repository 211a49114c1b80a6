/** Writing to Kafka with @platformatic/kafka. The bus on it keeps the promises of every bus: see `kafka.test.ts`. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, inject, it } from 'vitest';
import { BusRefused } from '../../gateway/bus/bus.ts';
import { isRetriable, KafkaClient, kafkaReason } from '../../gateway/bus/kafka/kafka-client.ts';
import { loadPlatformatic, type PlatformaticModule, platformaticProducer } from '../../gateway/bus/kafka/platformatic-producer.ts';
import { KafkaWriter } from '../../gateway/bus/kafka/writer.ts';
import { startCluster } from '../support/broker.ts';

const ACCESS = { brokers: ['127.0.0.1:1'], clientId: 'test' };
const BATCH = {
  topicMessages: [{ topic: 't', messages: [{ partition: 0, key: 'k', value: Buffer.from('v'), headers: { name: 'text' } }] }],
};

/** A producer whose requests fail with an error. */
const failing = (error: object) =>
  platformaticProducer(
    {
      Producer: class {
        send = () => Promise.reject(Object.assign(new Error('quotes Prosser'), error));
        close = () => Promise.resolve();
        connections = { on: () => undefined };
      },
    } as unknown as PlatformaticModule,
    ACCESS,
  );

const errorOf = (error: object): Promise<Error> =>
  failing(error)
    .sendBatch(BATCH)
    .then(
      () => expect.fail('it was acknowledged'),
      (reason: unknown) => reason as Error,
    );

it('is refused, with the command that installs it, where it is not installed', async () => {
  const refused = loadPlatformatic(() => {
    throw new Error('Cannot find package');
  });
  await expect(refused).rejects.toThrow(BusRefused);
  await expect(refused).rejects.toThrow('kafka.client is not installed: npm install @platformatic/kafka@2.12.1');
  await expect(loadPlatformatic(() => '2.13.0')).rejects.toThrow(
    'kafka.client has another version: npm install @platformatic/kafka@2.12.1',
  );
});

it('fails, and ends nothing else, where a broker resets the connection during authentication', async () => {
  const server = createServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sasl = { mechanism: 'plain' as const, username: 'gateway', password: 'a-secret' };
  const producer = platformaticProducer(await loadPlatformatic(), { ...ACCESS, brokers: [`127.0.0.1:${port}`], sasl });
  const error: Error = await producer.sendBatch(BATCH).then(
    () => expect.fail('it was acknowledged'),
    (reason: Error) => reason,
  );
  expect([kafkaReason(error), inspect(error).includes('a-secret')]).toEqual([expect.stringMatching(/^PLT_KFK_/), false]);
  await producer.disconnect();
  server.close();
});

describe('an error of a request', () => {
  it('has the code of the broker, wherever it is, and not the message', async () => {
    const error = await errorOf({ errors: [{ code: 'PLT_KFK_RESPONSE', errors: [{ apiId: 'MESSAGE_TOO_LARGE', canRetry: false }] }] });
    expect([kafkaReason(error), isRetriable(error), error.message]).toEqual(['MESSAGE_TOO_LARGE', false, 'MESSAGE_TOO_LARGE']);
  });

  it('can be tried again by the same producer where no part of it is final', async () => {
    expect(isRetriable(await errorOf({ code: 'PLT_KFK_NETWORK', canRetry: true }))).toBe(true);
    expect(isRetriable(await errorOf({ errors: [{ canRetry: true }, { apiId: 'INVALID_PRODUCER_EPOCH', canRetry: false }] }))).toBe(false);
    expect(isRetriable(await errorOf({ cause: { apiId: 'INVALID_PRODUCER_EPOCH', canRetry: false } }))).toBe(false);
  });

  it('has the code of a record that is refused, also where others come before it', async () => {
    const codes = ['UNKNOWN_SERVER_ERROR', 'NOT_ENOUGH_REPLICAS', 'INVALID_RECORD'];
    const errorWith = (list: readonly string[]) => errorOf({ errors: list.map((apiId) => ({ apiId })) });
    expect(kafkaReason(await errorWith(codes))).toBe('INVALID_RECORD');
    expect(kafkaReason(await errorWith(codes.slice(0, 2)))).toBe('NOT_ENOUGH_REPLICAS');
    expect(kafkaReason(await errorWith(codes.slice(0, 1)))).toBe('UNKNOWN_SERVER_ERROR');
  });

  it('says what other brokers acknowledged, and the writer sends only the rest again, without an alarm', async () => {
    const sent: (readonly number[])[] = [];
    const alarms: string[] = [];
    const offsetsOf = (partitions: readonly number[]) => partitions.map((partition) => ({ topic: 't', partition, offset: 7n }));
    const loaded = {
      Producer: class {
        connections = { on: () => undefined };
        close = () => Promise.resolve();
        send = async ({ messages }: { messages: readonly { partition: number }[] }) => {
          sent.push(messages.map(({ partition }) => partition));
          if (sent.length === 1)
            throw Object.assign(new Error('one broker'), { errors: [{ canRetry: true }], produced: { offsets: offsetsOf([1]) } });
          return { offsets: offsetsOf(sent.at(-1) ?? []) };
        };
      },
    } as unknown as PlatformaticModule;
    const writer = new KafkaWriter({
      makeProducer: () => platformaticProducer(loaded, ACCESS),
      now: Date.now,
      onAlarm: (reason) => alarms.push(reason),
    });
    const record = (partition: number) => ({ topic: 't', partition, key: 'k', value: Buffer.from('v'), headers: {} });
    expect(await writer.send([record(0), record(1)])).toEqual([0, 1].map((partition) => ({ topic: 't', partition, offset: 7 })));
    expect([sent, alarms]).toEqual([[[0, 1], [0]], []]);
    await writer.close(1000);
  });
});

describe.runIf(inject('kafkaBrokers') !== '')('with a password', () => {
  it('writes to a broker that knows it, and not with a wrong one', async () => {
    await using cluster = { ...(await startCluster({ users: { admin: 'admin-secret' } })), [Symbol.asyncDispose]: () => cluster.close() };
    const accessOf = (password: string) => ({
      brokers: cluster.addresses,
      clientId: 'test',
      sasl: { mechanism: 'plain' as const, username: 'admin', password },
    });
    const admin = new KafkaClient(accessOf('admin-secret')).admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: 't', numPartitions: 1, replicationFactor: 1 }], waitForLeaders: true });
    await admin.disconnect();
    const loaded = await loadPlatformatic();
    for (const [password, outcome] of [
      ['admin-secret', [{ topicName: 't', partition: 0, baseOffset: '0' }]],
      ['wrong', 'SASL_AUTHENTICATION_FAILED'],
    ] as const) {
      const producer = platformaticProducer(loaded, accessOf(password));
      const sent = await producer.sendBatch(BATCH).catch(kafkaReason);
      await producer.disconnect();
      if (typeof outcome === 'string') expect(sent).toBe(outcome);
      else expect(sent).toMatchObject(outcome);
    }
  }, 60_000);
});
