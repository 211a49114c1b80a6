/** T68: Kafka or one of its topics is replaced while a gateway runs. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { openKafkaBus } from '../../gateway/bus/kafka/kafka-bus.ts';
import { KafkaClient } from '../../gateway/bus/kafka/kafka-client.ts';
import { kafkaOptions } from '../../gateway/buses.ts';
import { type Cluster, kafkaJars, startCluster } from '../support/broker.ts';
import { caseOf, configFor, openGateway, type TestGateway, temporary } from '../support/gateway.ts';

const SOON = { timeout: 30_000, interval: 200 };

/** Deletes a topic and makes it again, as an administrator would. */
async function replace(addresses: readonly string[], topic: string, partitions: number): Promise<void> {
  const admin = new KafkaClient({ brokers: addresses, clientId: 'administrator' }).admin();
  await admin.connect();
  await admin.deleteTopics({ topics: [topic] });
  const make = () => admin.createTopics({ topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }] }).catch(() => false);
  await vi.waitUntil(make, SOON);
  await admin.disconnect();
}

describe.runIf(inject('kafkaBrokers') !== '')('T68 a gateway whose Kafka is replaced while it runs', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster();
  }, 60_000);
  afterAll(() => cluster.close());

  const kafka = () => ({
    brokers: [...cluster.addresses],
    partitions: 2,
    replication: 1,
    makeTopics: true,
    prefix: `r-${randomUUID().slice(0, 8)}.`,
  });
  const options = () => kafkaOptions(configFor({ config: { bus: 'kafka', kafka: kafka() } }, temporary()));

  it('fails its health check with a reason, accepts nothing, and rebuilds its view at the next start when a topic was deleted and made again', async () => {
    const dataFolder = temporary();
    const setup = { dataFolder, config: { bus: 'kafka', kafka: kafka() } as const };
    let gateway: TestGateway = await openGateway(setup);
    expect((await gateway.post('/v1/messages', caseOf(1), 'force')).status).toBe(202);
    await replace(setup.config.kafka.brokers, `${setup.config.kafka.prefix}interchange.receipts`, 1);
    await vi.waitUntil(async () => (await gateway.call('/health')).status === 503, SOON);
    await vi.waitUntil(async () => /deleted and made again/.test((await gateway.call('/health')).body.reasons?.bus), SOON);
    expect((await gateway.call('/health')).body).toMatchObject({
      checks: { bus: 'fail' },
      reasons: { bus: expect.stringContaining('interchange.receipts was deleted and made again') },
    });
    expect(gateway.log()).toMatch(/interchange\.receipts was deleted and made again/);
    expect((await gateway.post('/v1/messages', caseOf(2), 'force')).status).toBe(503);
    await gateway.close();
    gateway = await openGateway(setup);
    expect(gateway.log()).toMatch(/"madeFrom":"a topic interchange\.receipts that was deleted or made again"/);
    // Its receipt is gone, and the gateway does not claim to have it.
    expect((await gateway.post('/v1/messages', caseOf(1), 'force')).headers.get('Interchange-Repeated')).toBeNull();
    await gateway.close();
    rmSync(dataFolder, { recursive: true });
  }, 120_000);

  it('fails its check when a topic is gone, and not when a topic is new', async () => {
    const access = options();
    const bus = await openKafkaBus(access);
    const other = await openKafkaBus(access);
    const said = (topic: string) => ({ topic, key: 'k', value: Buffer.from('v') });
    await bus.publish([said('interchange.messages'), said('justice.official.case.v1')]);
    await bus.check();
    await other.publish([said('justice.official.hearing.v1')]);
    await bus.check();
    expect((await bus.identity()).topics).toEqual((await other.identity()).topics);
    const admin = new KafkaClient(access).admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [`${access.prefix}justice.official.case.v1`] });
    await admin.disconnect();
    await vi.waitUntil(
      () =>
        bus.check().then(
          () => false,
          ({ message }: Error) => /justice\.official\.case\.v1 is not on Kafka any more/.test(message),
        ),
      SOON,
    );
    await expect(bus.publish([said('interchange.messages')])).rejects.toThrow(/not on Kafka any more/);
    await Promise.all([bus.close(), other.close()]);
  }, 60_000);

  it('notices another cluster at the same address, and publishes nothing to it', async () => {
    const [broker] = cluster.brokers;
    if (broker === undefined) throw new Error('There is no broker');
    const reasons: string[] = [];
    const bus = await openKafkaBus({ ...options(), onReplaced: (reason) => reasons.push(reason) });
    await bus.publish([{ topic: 'interchange.messages', key: 'k', value: Buffer.from('v') }]);
    await broker.kill();
    rmSync(broker.folder, { recursive: true });
    const { classPath } = (await kafkaJars()) as { classPath: string };
    const id = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
    const words = ['-cp', classPath, 'kafka.tools.StorageTool', 'format', `--cluster-id=${id}`, '-c', `${broker.folder}.properties`];
    await promisify(execFile)('java', words);
    await broker.start();
    await vi.waitUntil(
      () =>
        bus.check().then(
          () => false,
          ({ message }: Error) => /not the Kafka cluster/.test(message),
        ),
      SOON,
    );
    expect(reasons).toEqual([expect.stringMatching(/not the Kafka cluster/)]);
    await expect(bus.publish([{ topic: 'interchange.messages', key: 'k', value: Buffer.from('v') }])).rejects.toThrow(
      /not the Kafka cluster/,
    );
    await bus.close();
  }, 120_000);
});
