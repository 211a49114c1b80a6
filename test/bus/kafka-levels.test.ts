/** Consumers read Kafka directly, each with its own principal, and the broker’s access control keeps the levels apart. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type CloudEvent, HTTP } from 'cloudevents';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { HOME } from '../../gateway/config.ts';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import { type Cluster, kafkaJars, startCluster } from '../support/broker.ts';
import { openGateway, type TestGateway, temporary } from '../support/gateway.ts';
import { sampleCase, sampleResult } from '../support/rules-in-force.ts';

const run = promisify(execFile);
const USERS = {
  admin: 'admin-secret',
  'wessex.magistrates.results': 'court-secret',
  'wessex.cps.review': 'cps-secret',
  'example.supplier.frontend': 'supplier-secret',
};
const OFFICIAL = ['justice.official.case.v1', 'justice.official.hearing.v1'];
const SENSITIVE = ['justice.official-sensitive.case.v1', 'justice.official-sensitive.hearing.v1'];
const CORRECTIONS = 'justice.official-sensitive.correction.v1';
const STOPS = 'justice.official-sensitive.person.v1';
const CRIMES = 'justice.official-sensitive.crime.v1';

describe.runIf(inject('kafkaBrokers') !== '')('on Kafka with access control', () => {
  let cluster: Cluster;
  let gateway: TestGateway;
  const folder = temporary();
  const interchange = (...words: string[]) =>
    run(process.execPath, [join(HOME, 'gateway/cli/interchange.mjs'), ...words], {
      env: { ...process.env, INTERCHANGE_CONFIG: join(folder, 'config.json') },
    });

  beforeAll(async () => {
    cluster = await startCluster({ users: USERS });
    writeFileSync(join(folder, 'password'), USERS.admin);
    const kafka = {
      brokers: cluster.addresses,
      partitions: 2,
      replication: 1,
      sasl: { mechanism: 'plain' as const, username: 'admin', passwordFile: join(folder, 'password') },
    };
    const development = await import('../../examples/development.config.json', { with: { type: 'json' } });
    const policyFile = join(HOME, 'schemas/labels/uk-gsc.policy.json');
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...development.default, policyFile, bus: 'kafka', kafka }));
  }, 60_000);
  afterAll(async () => {
    await gateway?.close();
    await cluster?.close();
  });

  /** Everything that a principal gets of some topics, or the broker's refusal. */
  async function consumed(username: keyof typeof USERS, topics: readonly string[], count: number): Promise<SealedEvent[]> {
    const sasl = { mechanism: 'plain', username, password: USERS[username] } as const;
    const kafka = new Kafka({ brokers: [...cluster.addresses], sasl, ssl: false, logLevel: logLevel.NOTHING, retry: { retries: 5 } });
    const consumer = kafka.consumer({ groupId: `justice.${username}_test-${topics.join()}`, retry: { retries: 5 } });
    const events: SealedEvent[] = [];
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [...topics], fromBeginning: true });
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        // It starts again by itself when the coordinator is only loading.
        if (!payload.restart) reject(payload.error);
      });
      await consumer.run({
        eachMessage: async ({ message }) => {
          events.push(JSON.parse(message.value?.toString() ?? '') as SealedEvent);
          if (events.length === count) resolve();
        },
      });
      await promise;
      return events;
    } finally {
      await consumer.disconnect();
    }
  }

  it('`topics apply` makes every topic and grant once, after a dry run that changes nothing', async () => {
    const dry = JSON.parse((await interchange('topics', 'apply', '--dry-run', '--json')).stdout);
    const wet = JSON.parse((await interchange('topics', 'apply', '--json')).stdout);
    expect(wet.changes).toEqual(dry.changes);
    expect(wet.changes.filter((change: { kind: string }) => change.kind === 'missing topic')).toHaveLength(38);
    expect(JSON.parse((await interchange('topics', 'apply', '--json')).stdout).changes).toEqual([]);
  }, 60_000);

  it('a consumer gets the topics of its levels, and their records contain nothing above those levels', async () => {
    const { bus, kafka } = JSON.parse(await (await import('node:fs/promises')).readFile(join(folder, 'config.json'), 'utf8'));
    gateway = await openGateway({ config: { bus, kafka } });
    expect((await gateway.post('/v1/messages', sampleCase, 'force')).status).toBe(202);
    expect((await gateway.post('/v1/messages', sampleResult, 'court')).status).toBe(202);
    const supplier = await consumed('example.supplier.frontend', OFFICIAL, 2);
    expect(supplier.map(({ rendition }) => rendition)).toEqual(['OFFICIAL', 'OFFICIAL']);
    const text = JSON.stringify(supplier);
    for (const secret of ['PROSSER', 'Ffion', 'postcode', 'dateOfBirth']) expect(text).not.toContain(secret);
    const cps = await consumed('wessex.cps.review', SENSITIVE, 2);
    expect(JSON.stringify(cps)).toContain('PROSSER');
    expect(cps.every(({ rendition }) => rendition === undefined)).toBe(true);
    // A reader over HTTP gets each event once, although it is on two topics.
    expect((await gateway.events('cps')).map(({ id }) => id).toSorted()).toEqual(cps.map(({ id }) => id).toSorted());
    expect(await gateway.events('supplier')).toHaveLength(2);
  }, 60_000);

  it.each([
    ['example.supplier.frontend', 'justice.official-sensitive.case.v1'],
    ['example.supplier.frontend', 'interchange.messages'],
    ['wessex.cps.review', 'justice.official-restricted.case.v1'],
    ['wessex.cps.review', 'justice.secret.hearing.v1'],
    ['wessex.magistrates.results', 'interchange.audit'],
  ] as const)('%s is refused %s', async (principal, topic) => {
    await expect(consumed(principal, [topic], 1)).rejects.toThrow(/not authorized/i);
  });

  it('a client loses grants when its clearance is lowered', async () => {
    const file = join(folder, 'config.json');
    const config = JSON.parse(await (await import('node:fs/promises')).readFile(file, 'utf8'));
    for (const client of config.clients) if (client.persona === 'cps') client.clearance.restrictions = [];
    writeFileSync(file, JSON.stringify(config));
    const { changes } = JSON.parse((await interchange('topics', 'apply', '--json')).stdout);
    const lost = [...SENSITIVE, CORRECTIONS, CRIMES, STOPS, 'interchange.order.official-sensitive'].toSorted();
    expect(changes.map(({ kind, resource, principal }: Record<string, string>) => [kind, resource, principal])).toEqual(
      lost.flatMap((topic) => Array.from({ length: 2 }, () => ['stray grant', topic, 'User:wessex.cps.review'])),
    );
    await expect(consumed('wessex.cps.review', [SENSITIVE[0] as string], 1)).rejects.toThrow(/not authorized/i);
  }, 60_000);

  it('the console consumer of Apache Kafka reads events, and the CloudEvents SDK parses them', async () => {
    const jars = await kafkaJars();
    const classPath = 'classPath' in jars ? jars.classPath : '';
    const properties = join(folder, 'consumer.properties');
    const login = `org.apache.kafka.common.security.plain.PlainLoginModule required username="example.supplier.frontend" password="${USERS['example.supplier.frontend']}";`;
    writeFileSync(
      properties,
      `security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.jaas.config=${login}\ngroup.id=justice.example.supplier.frontend_console\n`,
    );
    const { stdout } = await run('java', [
      ...['-cp', classPath, 'org.apache.kafka.tools.consumer.ConsoleConsumer', '--bootstrap-server', cluster.addresses.join()],
      ...['--consumer.config', properties, '--topic', 'justice.official.case.v1', '--from-beginning', '--max-messages', '1'],
      ...['--timeout-ms', '20000', '--property', 'print.headers=true', '--property', 'print.key=true'],
    ]);
    const [headers = '', key = '', value = ''] = stdout.trim().split('\t');
    const contentType = /content-type:([^,]+)/.exec(headers)?.[1] ?? '';
    const event = HTTP.toEvent<object>({ headers: { 'content-type': contentType }, body: value }) as CloudEvent<object>;
    expect(event.validate()).toBe(true);
    expect([key, event.type]).toEqual([event.partitionkey, 'uk.justice.case.registered.v1']);
    for (const name of [
      'ce_specversion:1.0',
      `ce_id:${event.id}`,
      `ce_type:${event.type}`,
      'ce_rendition:OFFICIAL',
      'content-type:application/cloudevents+json',
    ])
      expect(headers).toContain(name);
  }, 60_000);
});
