/** Writing to Kafka with @platformatic/kafka. The bus on it keeps the promises of every bus: see `kafka.test.ts`. */
import { describe, expect, inject, it } from 'vitest';
import { BusRefused } from '../../gateway/bus/bus.ts';
import { isRetriable, KafkaClient, kafkaReason } from '../../gateway/bus/kafka/kafka-client.ts';
import { loadPlatformatic, type PlatformaticModule, platformaticProducer } from '../../gateway/bus/kafka/platformatic-producer.ts';
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
  const refused = loadPlatformatic(() => Promise.reject(new Error('Cannot find package')));
  await expect(refused).rejects.toThrow(BusRefused);
  await expect(refused).rejects.toThrow('kafka.client is not installed: npm install @platformatic/kafka@2.12.1');
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

  it('is left out where other brokers acknowledged a part, so that only the rest is sent again', async () => {
    const produced = { offsets: [{ topic: 't', partition: 1, offset: 7n }] };
    expect(await failing({ errors: [{ canRetry: true }], produced }).sendBatch(BATCH)).toEqual([
      { topicName: 't', partition: 1, errorCode: 0, baseOffset: '7' },
    ]);
    expect(kafkaReason(await errorOf({ code: 'PLT_KFK_NETWORK', produced: { offsets: [] } }))).toBe('PLT_KFK_NETWORK');
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
      ['wrong', 'refused'],
    ] as const) {
      const producer = platformaticProducer(loaded, accessOf(password));
      const sent = await producer.sendBatch(BATCH).catch(() => 'refused');
      await producer.disconnect();
      if (typeof outcome === 'string') expect(sent).toBe(outcome);
      else expect(sent).toMatchObject(outcome);
    }
  }, 60_000);
});
