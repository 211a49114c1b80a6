/**
 * T69: the gateway notices changes on the brokers, and `topics apply` restores exactly the policy. On a real broker with access control.
 */

import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import kafkajs, { type AclEntry, type Admin, Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { type KafkaAccess, KafkaClient } from '../../gateway/bus/kafka/kafka-client.ts';
import { readQuotas, writeQuotas } from '../../gateway/bus/kafka/kafka-requests.ts';
import type { TopicSpecification } from '../../gateway/bus/kafka/topic-specification.ts';
import { type Applied, applyTopics } from '../../gateway/bus/kafka/topics.ts';
import { kafkaOptions, openBusToRead } from '../../gateway/buses.ts';
import { verb as audit } from '../../gateway/cli/audit.ts';
import { verb as doctor } from '../../gateway/cli/doctor.ts';
import type { Io } from '../../gateway/cli/verb.ts';
import { type Config, HOME } from '../../gateway/config.ts';
import { loadRulesInForce } from '../../gateway/rules/compiled-rules.ts';
import { loadStandards } from '../../gateway/rules/standards.ts';
import { topicSpecification } from '../../gateway/topics.ts';
import { STREAMS } from '../../gateway/wire/topics.ts';
import { type Authorized, authorized } from '../support/authorized.ts';
import { type Cluster, startCluster } from '../support/broker.ts';
import { caseOf, configFor, openGateway, type TestGateway, temporary } from '../support/gateway.ts';

const { AclOperationTypes: Do, AclPermissionTypes: Permission, AclResourceTypes: Resource, ResourcePatternTypes: Pattern } = kafkajs;

const SUPPLIER = 'example.supplier.frontend';
const CPS = 'wessex.cps.review';
const COURT = 'wessex.magistrates.results';
/** Its id is the beginning of others. */
const WESSEX = 'wessex';
const REMOVED = 'wessex.removed';
const READERS = ['wessex.police.records', COURT, 'wessex.police.officer', CPS, SUPPLIER, WESSEX];
const OTHER_CLIENTS = ['wessex.monitoring', 'wessex.interchange.operator', 'wessex.interchange.approver', 'wessex.information.owner'];
const CLIENTS = [...READERS, ...OTHER_CLIENTS];
const PRINCIPALS = ['admin', 'gateway', 'monitor', 'outsider', REMOVED, ...CLIENTS];
const USERS = Object.fromEntries(PRINCIPALS.map((name) => [name, `${name}-secret`]));

/** What the development policy and its clients give, stated here once more: every reader the lowest level, and all but the supplier the next. */
const NOUNS = ['case', 'correction', 'hearing', 'person'];
const topicsOf = (level: string) => NOUNS.map((noun) => `justice.${level}.${noun}.v1`);
const LEVELS = ['official', 'official-sensitive', 'official-restricted', 'secret', 'top-secret'];
const TOPICS = [...LEVELS.flatMap(topicsOf), ...STREAMS];
const readableBy = (principal: string): readonly string[] => {
  if (principal === SUPPLIER) return topicsOf('official');
  return READERS.includes(principal) ? [...topicsOf('official'), ...topicsOf('official-sensitive')] : [];
};
const groupOf = (client: string) => `justice.${client}_work`;
const GROUPS = [
  ...[...CLIENTS, REMOVED].flatMap((client) => [groupOf(client), `${client}.work`]),
  'justice.work',
  'interchange.view',
  'work',
];

/** What a principal may do by the policy, as brokers state it. */
const givenTo = (principal: string): Authorized => ({
  cluster: [],
  topics: Object.fromEntries(TOPICS.map((topic) => [topic, readableBy(principal).includes(topic) ? ['read', 'describe'] : []])),
  groups: Object.fromEntries(
    GROUPS.map((group) => [group, READERS.includes(principal) && group === groupOf(principal) ? ['read', 'describe'] : []]),
  ),
});

/** What a gateway needs, and no more. */
const GATEWAY: Authorized = {
  cluster: ['describe', 'describe configs'],
  topics: Object.fromEntries(TOPICS.map((topic) => [topic, ['read', 'write', 'describe', 'describe configs']])),
  groups: Object.fromEntries(GROUPS.map((group) => [group, []])),
};

const grant = (
  principal: string,
  resourceType: number,
  resourceName: string,
  operation: number,
  { host = '*', pattern = Pattern.LITERAL, permission = Permission.ALLOW }: { host?: string; pattern?: number; permission?: number } = {},
): AclEntry =>
  ({
    principal: `User:${principal}`,
    resourceType,
    resourceName,
    operation,
    host,
    resourcePatternType: pattern,
    permissionType: permission,
  }) as AclEntry;
const PREFIXED = { pattern: Pattern.PREFIXED };

/** 28 kinds of unplanned grants. */
const STRAY: readonly AclEntry[] = [
  grant(SUPPLIER, Resource.TOPIC, 'justice.official-sensitive.case.v1', Do.READ),
  grant(SUPPLIER, Resource.TOPIC, 'justice.official-sensitive.hearing.v1', Do.READ, { host: '127.0.0.1' }),
  grant(SUPPLIER, Resource.TOPIC, 'justice.official-restricted.', Do.READ, PREFIXED),
  grant(COURT, Resource.TOPIC, 'j', Do.DESCRIBE, PREFIXED),
  grant(COURT, Resource.TOPIC, '*', Do.READ),
  grant(CPS, Resource.TOPIC, 'justice.secret.case.v1', Do.ALL),
  grant(CPS, Resource.TOPIC, 'justice.official.case.v1', Do.WRITE),
  grant(CPS, Resource.TOPIC, 'justice.official.case.v1', Do.DESCRIBE_CONFIGS),
  grant('*', Resource.TOPIC, 'interchange.audit', Do.READ),
  grant('wessex.monitoring', Resource.TOPIC, 'interchange.', Do.ALL, PREFIXED),
  grant('wessex.monitoring', Resource.TOPIC, 'interchange.audit', Do.ALTER_CONFIGS),
  grant('wessex.information.owner', Resource.TOPIC, 'interchange.protections', Do.DELETE),
  grant('wessex.information.owner', Resource.TOPIC, 'interchange.protections', Do.ALTER, { host: '127.0.0.1' }),
  grant(WESSEX, Resource.TOPIC, 'justice.', Do.CREATE, PREFIXED),
  grant(WESSEX, Resource.GROUP, 'wessex.', Do.READ, PREFIXED),
  grant(WESSEX, Resource.GROUP, groupOf(CPS), Do.READ),
  grant(WESSEX, Resource.GROUP, `justice.${COURT}_`, Do.ALL, PREFIXED),
  grant(WESSEX, Resource.GROUP, groupOf(WESSEX), Do.DELETE),
  grant(SUPPLIER, Resource.GROUP, '*', Do.READ),
  grant('*', Resource.GROUP, 'justice.', Do.DESCRIBE, PREFIXED),
  grant('*', Resource.GROUP, 'interchange.view', Do.READ),
  grant(COURT, Resource.CLUSTER, 'kafka-cluster', Do.ALTER),
  grant(COURT, Resource.CLUSTER, 'kafka-cluster', Do.CREATE),
  grant(CPS, Resource.TRANSACTIONAL_ID, 'justice.', Do.WRITE, PREFIXED),
  grant(REMOVED, Resource.TOPIC, 'justice.official.case.v1', Do.READ),
  grant(REMOVED, Resource.GROUP, `justice.${REMOVED}_`, Do.READ, PREFIXED),
  grant('outsider', Resource.TOPIC, '*', Do.READ),
  grant('gateway', Resource.TOPIC, 'interchange.audit', Do.DELETE),
];

/** What is none of the policy's business. */
const FOREIGN: readonly AclEntry[] = [
  grant(CPS, Resource.TOPIC, 'elsewhere.events', Do.READ),
  grant(CPS, Resource.GROUP, 'elsewhere', Do.READ, PREFIXED),
  grant('outsider', Resource.GROUP, 'outsider.', Do.READ, PREFIXED),
  grant('monitor', Resource.TOPIC, '*', Do.DESCRIBE),
];

describe.runIf(inject('kafkaBrokers') !== '')('T69 on Kafka with access control', () => {
  let cluster: Cluster;
  let admin: Admin;
  let config: Config;
  let specification: TopicSpecification;
  const folder = temporary();
  const access = (username: string): KafkaAccess => ({
    brokers: cluster.addresses,
    clientId: 'test',
    sasl: { mechanism: 'plain', username, password: USERS[username] ?? '' },
  });
  const apply = (dryRun = false): Promise<Applied> => applyTopics(specification, kafkaOptions(config), dryRun);
  const stated = (principal: string): Promise<Authorized> => authorized(access(principal), TOPICS, GROUPS);
  const mustBeAsGiven = async (): Promise<void> => {
    for (const principal of [...CLIENTS, REMOVED, 'outsider'])
      expect([principal, await stated(principal)]).toEqual([principal, givenTo(principal)]);
    expect(await stated('gateway')).toEqual(GATEWAY);
  };
  const configOf = (username: string, more: Partial<Config['kafka']> = {}): Config => {
    const passwordFile = join(folder, username);
    writeFileSync(passwordFile, USERS[username] ?? '');
    const cps = configFor({}, folder).clients.find(({ id }) => id === CPS);
    if (cps === undefined) throw new Error(`There is no client ${CPS}`);
    return configFor(
      {
        clients: [{ ...cps, id: WESSEX, persona: WESSEX }],
        config: {
          bus: 'kafka',
          kafka: {
            brokers: cluster.addresses,
            partitions: 2,
            replication: 1,
            checkSeconds: 1,
            gatewayPrincipals: ['gateway'],
            otherPrincipals: ['monitor'],
            sasl: { mechanism: 'plain', username, passwordFile },
            ...more,
          },
        },
      },
      folder,
    );
  };
  /** Grants as an administrator sees them, in one order. */
  const listed = async (): Promise<readonly string[]> => {
    const { resources } = await admin.describeAcls({
      resourceType: Resource.ANY,
      resourcePatternType: Pattern.ANY,
      operation: Do.ANY,
      permissionType: Permission.ANY,
    });
    const line = (entry: AclEntry) =>
      [
        entry.principal,
        entry.resourceType,
        entry.resourceName,
        entry.resourcePatternType,
        entry.host,
        entry.operation,
        entry.permissionType,
      ].join();
    return resources.flatMap(({ acls, ...resource }) => acls.map((acl) => line({ ...resource, ...acl }))).toSorted();
  };

  beforeAll(async () => {
    cluster = await startCluster({ users: USERS });
    const { brokers, sasl } = access('admin');
    admin = new Kafka({ brokers: [...brokers], sasl: sasl as never, ssl: false, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    // Kafka makes the topic of groups when somebody first asks for one.
    const isThere = () =>
      admin.fetchOffsets({ groupId: 'work' }).then(
        () => true,
        () => false,
      );
    await vi.waitUntil(isThere, { timeout: 30_000, interval: 200 });
    config = configOf('admin');
    const standards = loadStandards(join(HOME, 'schemas'));
    specification = topicSpecification(config, loadRulesInForce(config, standards), standards);
  }, 60_000);
  afterAll(async () => {
    await admin?.disconnect();
    await cluster?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('`topics apply` gives each client exactly its rights under the policy, after a dry run that changes nothing', async () => {
    const dry = await apply(true);
    expect(dry.corrected.length).toBeGreaterThan(TOPICS.length);
    expect(await listed()).toEqual([]);
    const made = await apply();
    expect(made.corrected).toEqual(dry.corrected);
    expect([made.leftAlone, made.remaining]).toEqual([[], []]);
    await mustBeAsGiven();
  }, 60_000);

  it('`topics apply` removes 28 kinds of stray grants, and leaves everything outside the deployment unchanged', async () => {
    const before = await listed();
    await admin.createAcls({ acl: [...FOREIGN] });
    await expect.poll(async () => (await listed()).length).toBe(before.length + FOREIGN.length);
    const withForeign = await listed();
    await admin.createAcls({ acl: [...STRAY] });
    await expect.poll(async () => (await listed()).length).toBe(withForeign.length + STRAY.length);
    // The brokers do give what is stray: what follows would otherwise show nothing.
    expect((await stated(SUPPLIER)).topics['justice.official-sensitive.hearing.v1']).toEqual(['read', 'describe']);
    expect((await stated(WESSEX)).groups[groupOf(CPS)]).toEqual(['read', 'describe']);
    const { corrected, leftAlone, remaining } = await apply();
    expect(corrected.map(({ kind }) => kind)).toEqual(STRAY.map(() => 'stray grant'));
    expect(leftAlone.map(({ principal, severity }) => [principal, severity])).toEqual([['User:monitor', 'accepted']]);
    expect(remaining).toEqual([]);
    expect(await listed()).toEqual(withForeign);
    await mustBeAsGiven();
    expect((await apply()).corrected).toEqual([]);
  }, 60_000);

  it('`topics apply` reports a denial and leaves it, because somebody may have blocked the principal', async () => {
    const denial = grant(CPS, Resource.TOPIC, 'justice.official.case.v1', Do.READ, { permission: Permission.DENY });
    await admin.createAcls({ acl: [denial] });
    await expect
      .poll(async () => (await apply(true)).leftAlone.map(({ kind, principal }) => [kind, principal]))
      .toContainEqual(['denial', `User:${CPS}`]);
    expect((await apply()).corrected).toEqual([]);
    await admin.deleteAcls({ filters: [denial] });
  }, 60_000);

  it('`topics apply` reports an unplanned topic and leaves it, but removes grants on it', async () => {
    const topic = 'justice.official.lead.v1';
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
    await admin.createAcls({ acl: [grant(CPS, Resource.TOPIC, topic, Do.READ)] });
    await expect
      .poll(async () => (await apply(true)).leftAlone.map(({ kind, resource }) => [kind, resource]))
      .toContainEqual(['foreign topic', topic]);
    await expect.poll(async () => (await apply(true)).corrected.map(({ kind }) => kind)).toEqual(['stray grant']);
    expect((await apply()).remaining).toEqual([]);
    expect((await authorized(access(CPS), [topic], [])).topics[topic]).toEqual([]);
    await admin.deleteTopics({ topics: [topic] });
  }, 60_000);

  it('`topics apply` restores the configured limits of clients, where somebody gave a client or a program others', async () => {
    const client = new KafkaClient(access('admin')).cluster();
    await client.connect();
    try {
      const limits = { consumer_byte_rate: 10 * 1024 * 1024 };
      const sorted = async () => (await readQuotas(client)).toSorted((a, b) => (a.principal < b.principal ? -1 : 1));
      const planned = READERS.toSorted().map((principal) => ({ principal, limits }));
      expect(await sorted()).toEqual(planned);
      const others = [
        { principal: CPS, limits: { consumer_byte_rate: 1e9 } },
        { principal: COURT, clientId: 'program', limits: { consumer_byte_rate: 1e9 } },
        { principal: 'gateway', limits: { producer_byte_rate: 1 } },
        { principal: 'outsider', limits: { consumer_byte_rate: 5 } },
      ];
      await writeQuotas(
        client,
        others.map((quota) => ({ quota, now: {} })),
      );
      await expect.poll(async () => (await sorted()).length).toBe(planned.length + 3);
      expect((await apply()).corrected.map(({ kind, principal }) => [kind, principal]).toSorted()).toEqual([
        ['quota', 'User:gateway'],
        ['quota', `User:${CPS}`],
        ['quota', `User:${COURT}`],
      ]);
      expect(await sorted()).toEqual([others[3], ...planned].toSorted((a, b) => ((a?.principal ?? '') < (b?.principal ?? '') ? -1 : 1)));
    } finally {
      await client.disconnect();
    }
  }, 60_000);

  describe('a gateway with only the rights from `topics apply`', () => {
    let gateway: TestGateway;
    const dataFolder = join(folder, 'data');
    const TOPIC = kafkajs.ConfigResourceTypes.TOPIC;
    const health = async () => (await gateway.call('/health')).body;
    const differs = async (kind: string, topic: string) =>
      (await health()).differences.some((difference: object) => JSON.stringify(difference) === JSON.stringify({ kind, topic }));
    const start = () => openGateway({ dataFolder, clients: configOf('gateway').clients, config: configOf('gateway') });

    /** A command on this gateway's configuration, that says what it says to `lines`. */
    const ioOf = (lines: string[]): Io => {
      const file = join(folder, 'config.json');
      writeFileSync(file, JSON.stringify(configOf('gateway')));
      const env = { INTERCHANGE_CONFIG: file };
      const out = (line: string) => void lines.push(line);
      const json = (value: unknown) => out(JSON.stringify(value));
      const quiet = { err: () => {}, data: () => {}, dataPart: async () => {}, progress: () => {} };
      return { env, out, json, ...quiet, isTerminal: false, interrupted: new AbortController().signal };
    };

    beforeAll(async () => {
      gateway = await start();
    });
    afterAll(() => gateway?.close());

    it('works, and is healthy', async () => {
      expect((await gateway.post('/v1/messages', caseOf(1), 'force')).status).toBe(202);
      expect(await health()).toEqual({
        status: 'pass',
        checks: { bus: 'pass', audit: 'pass', accepting: 'pass', view: 'pass', topics: 'pass' },
        differences: [],
      });
    });

    it.each([
      ['interchange.audit', 'retention.ms', '604800000'],
      ['interchange.audit', 'retention.bytes', '1000000'],
      ['interchange.audit', 'cleanup.policy', 'compact'],
      ['interchange.leases', 'message.timestamp.type', 'CreateTime'],
      ['justice.official.case.v1', 'retention.ms', '1000'],
      ['justice.official.case.v1', 'compression.type', 'zstd'],
      ['justice.official.case.v1', 'unclean.leader.election.enable', 'true'],
    ])(
      'notices that %s has %s %s, and `topics apply` corrects it',
      async (topic, name, value) => {
        const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: TOPIC, name: topic }] });
        const before = (resources[0]?.configEntries ?? [])
          .filter(({ configSource }) => Number(configSource) === 1)
          .map(({ configName, configValue }) => ({ name: configName, value: configValue }));
        const changed = [
          ...before.filter((setting) => setting.name !== name && setting.name !== 'segment.ms'),
          { name, value },
          { name: 'segment.ms', value: '86400000' },
        ];
        await admin.alterConfigs({ validateOnly: false, resources: [{ type: TOPIC, name: topic, configEntries: changed }] });
        await expect.poll(() => differs('setting', topic), { timeout: 15_000 }).toBe(true);
        const answer = await gateway.call('/health');
        expect([answer.status, answer.body.checks.topics]).toEqual([503, 'fail']);
        const { body: metrics } = await gateway.call('/metrics', {}, 'monitoring');
        expect(metrics).toContain(`interchange_topic_differences{kind="setting",topic="${topic}"} 1`);
        expect((await apply()).corrected.map(({ resource, detail }) => [resource, detail.includes(`has ${name} ${value}, not `)])).toEqual([
          [topic, true],
        ]);
        await expect.poll(async () => (await health()).checks.topics, { timeout: 15_000 }).toBe('pass');
        // Unplanned grants stay as they are.
        const after = await admin.describeConfigs({
          includeSynonyms: false,
          resources: [{ type: TOPIC, name: topic, configNames: ['segment.ms'] }],
        });
        expect(after.resources[0]?.configEntries[0]?.configValue).toBe('86400000');
      },
      60_000,
    );

    it('notices a stray grant, and does not publish whose it is', async () => {
      await admin.createAcls({ acl: [grant('outsider', Resource.TOPIC, 'interchange.audit', Do.READ)] });
      await expect.poll(() => differs('stray grant', 'interchange.audit'), { timeout: 15_000 }).toBe(true);
      const { text, status } = await gateway.call('/health');
      expect(status).toBe(503);
      expect(text).not.toContain('outsider');
      expect(gateway.log()).toContain('User:outsider');
      const lines: string[] = [];
      expect(await doctor.run({}, [], ioOf(lines))).toBe(1);
      expect(lines.join('\n')).toMatch(
        /FAIL {2}Topics: interchange\.audit allow read on the topic: is not specified\. Run "interchange topics apply"/,
      );
      await apply();
      await expect.poll(async () => (await health()).status, { timeout: 15_000 }).toBe('pass');
    }, 60_000);

    it('reports that it cannot check grants when it is not allowed to', async () => {
      const filters = [grant('gateway', Resource.CLUSTER, 'kafka-cluster', Do.DESCRIBE)];
      await admin.deleteAcls({ filters });
      await expect.poll(() => differs('unchecked', ''), { timeout: 15_000 }).toBe(true);
      expect((await gateway.call('/health')).status).toBe(503);
      expect((await apply()).corrected.map(({ kind }) => kind)).toEqual(['missing grant']);
      await expect.poll(async () => (await health()).status, { timeout: 15_000 }).toBe('pass');
    }, 60_000);

    it('notices that a topic is missing, and continues after a restart when `topics apply` has made it again', async () => {
      await admin.deleteTopics({ topics: ['justice.secret.case.v1'] });
      await expect.poll(() => differs('missing topic', 'justice.secret.case.v1'), { timeout: 15_000 }).toBe(true);
      expect((await gateway.call('/health')).status).toBe(503);
      expect((await apply()).corrected.map(({ kind, resource }) => [kind, resource])).toEqual([
        ['missing topic', 'justice.secret.case.v1'],
      ]);
      // It is another topic of the same name: the records of the first topic are gone.
      await expect.poll(async () => (await health()).reasons?.bus, { timeout: 15_000 }).toBeDefined();
      await gateway.close();
      gateway = await start();
      await expect.poll(async () => (await gateway.call('/health')).status, { timeout: 15_000 }).toBe(200);
    }, 60_000);

    it('takes the time of a record from the broker, not from its producer', async () => {
      const producer = new KafkaClient(access('admin')).producer();
      await producer.connect();
      const before = Date.now();
      await producer.send({ topic: 'interchange.leases', messages: [{ value: '{}', timestamp: String(before + 600_000) }] });
      await producer.disconnect();
      const bus = await openBusToRead(configOf('gateway'));
      const end = (await bus?.ends('interchange.leases'))?.[0] ?? 1;
      const record = (await bus?.read('interchange.leases', 0, end - 1, 1))?.[0];
      await bus?.close();
      expect(Math.abs((record?.time ?? 0) - before)).toBeLessThan(60_000);
    });

    it('continues in the first partition and is unhealthy when a stream gets more; no gateway starts on it, and no command reads it', async () => {
      for (const topic of ['interchange.audit', 'interchange.audit-heads', 'interchange.receipts'])
        await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
      await expect.poll(async () => (await gateway.call('/health')).body.checks.bus, { timeout: 15_000 }).toBe('fail');
      await expect.poll(() => differs('partitions', 'interchange.audit'), { timeout: 15_000 }).toBe(true);
      for (let n = 10; n < 30; n++) expect((await gateway.post('/v1/messages', caseOf(n), 'force')).status).toBe(202);
      for (const topic of ['interchange.audit', 'interchange.audit-heads', 'interchange.receipts'])
        expect((await admin.fetchTopicOffsets(topic)).filter(({ high }) => high !== '0').map(({ partition }) => partition)).toEqual([0]);
      const applied = await apply();
      expect(applied.leftAlone.filter(({ kind }) => kind === 'partitions').map(({ severity }) => severity)).toEqual([
        'serious',
        'serious',
        'serious',
      ]);
      await gateway.close();
      await expect(start()).rejects.toThrow('interchange.receipts has 3 partitions: its order needs exactly one');
      await expect(audit.run({ data: dataFolder }, ['verify'], ioOf([]))).rejects.toThrow('has 3 partitions');
    }, 60_000);
  });
});

describe('T69 a password without encryption', () => {
  it.each([
    ['plain', 'is not connected to', 0],
    ['scram-sha-256', 'is connected to', 1],
  ] as const)(
    'with %s: a broker on another machine %s',
    async (mechanism, _, least) => {
      let connections = 0;
      const server = createServer((socket) => {
        connections++;
        socket.destroy();
      }).listen(0, '0.0.0.0');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const sasl = { mechanism, username: 'gateway', password: 'secret' } as const;
      const client = new KafkaClient({ brokers: [`0.0.0.0:${port}`], clientId: 'test', sasl }).admin();
      await expect(client.connect()).rejects.toThrow();
      await client.disconnect();
      server.close();
      expect(connections > 0 ? 1 : 0).toBe(least);
    },
    60_000,
  );
});
