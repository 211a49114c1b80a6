/** Several gateways on one Kafka, and a gateway whose Kafka becomes unavailable. */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { openKafkaBus } from '../../../gateway/bus/kafka/kafka-bus.ts';
import { kafkaOptions } from '../../../gateway/buses.ts';
import type { KafkaConfig } from '../../../gateway/config.ts';
import { openKeys } from '../../../gateway/keys/keys.ts';
import type { ClientConfig } from '../../../gateway/rules/clients.ts';
import { verifyAudit } from '../../../gateway/store/audit/audit-verify.ts';
import { AUDIT, RECEIPTS } from '../../../gateway/wire/streams.ts';
import { type Cluster, startCluster } from '../../support/broker.ts';
import { caseOf, OPERATOR, openGateway, problem, resultOf, type TestGateway, temporary } from '../../support/gateway.ts';
import { liftByTwo } from '../../support/lift.ts';
import { type Network, openProxy } from '../../support/proxy.ts';
import { openReceiver, verifies } from '../../support/receiver.ts';
import { caseWithOffences, POLICY } from '../../support/rules-in-force.ts';

const brokers = inject('kafkaBrokers');

/** Reads everything but what a restriction bars. */
const BARRED: ClientConfig = {
  id: 'example.barred',
  title: 'Reader (invented)',
  scopes: ['events:read'],
  clearance: { policy: POLICY, classifications: ['OFFICIAL'], sensitive: true, releasableTo: ['POLICE', 'CPS', 'COURTS'] },
};

const kafkaOf = (more: Partial<KafkaConfig> = {}): KafkaConfig => ({
  brokers: brokers.split(','),
  partitions: 3,
  replication: 1,
  makeTopics: true,
  prefix: `g-${randomUUID().slice(0, 8)}.`,
  ...more,
});

describe.runIf(brokers !== '')('two gateways', () => {
  const kafka = kafkaOf();
  const shared = temporary();
  const keysFolder = join(shared, 'keys');
  let gatewayOne: TestGateway;
  let gatewayTwo: TestGateway;
  beforeAll(async () => {
    const start = (name: string) =>
      openGateway({ config: { bus: 'kafka', kafka, keysFolder, name }, clients: [OPERATOR, BARRED], dataFolder: join(shared, name) });
    gatewayOne = await start('one');
    gatewayTwo = await start('two');
  }, 60_000);
  afterAll(async () => {
    await gatewayOne?.close();
    await gatewayTwo?.close();
    rmSync(shared, { recursive: true, force: true });
  });
  // A token of the first gateway is valid at the second: they have the same keys.

  it('give a message that both receive at once the same ids, and deliver it once from either', async () => {
    const answers = await Promise.all([
      gatewayOne.post('/v1/messages', caseOf(1), 'force'),
      gatewayTwo.post('/v1/messages', caseOf(1), 'force'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    expect(answers[0]?.body.events).toEqual(answers[1]?.body.events);
    const id = answers[0]?.body.events[0].id as string;
    for (const gateway of [gatewayOne, gatewayTwo])
      expect((await gateway.events('cps')).filter((event) => event.id === id)).toHaveLength(1);
    const later = await gatewayTwo.post('/v1/messages', caseOf(1), 'force');
    expect(later.headers.get('Interchange-Repeated')).toBe('true');
  });

  it('begin a subscription made at one of them after the events of the other, even in a new topic', async () => {
    const receiver = await openReceiver();
    const body = JSON.stringify({ url: receiver.url, type: 'uk.justice.hearing.resulted.v1' });
    const subscribe = async () => {
      const { body: made } = await gatewayOne.post('/v1/subscriptions', body, 'cps', { 'Content-Type': 'application/json' });
      return () => gatewayOne.call(`/v1/subscriptions/${made.id as string}`, { method: 'DELETE' }, 'cps');
    };
    // The first gateway knows all topics, and does not ask for them again.
    await (await subscribe())();
    await gatewayTwo.post('/v1/messages', resultOf(501), 'court');
    const end = await subscribe();
    await gatewayTwo.post('/v1/messages', resultOf(502), 'court');
    const got = await receiver.count(1);
    expect(got.map(({ event }) => (event.data.case as { urn: string }).urn)).toEqual(['52WX2000502']);
    await end();
    await receiver.close();
  });

  it('accept a correction or link at one of them for an event that the other has just published', async () => {
    const send = (gateway: TestGateway, type: string, data: object) =>
      gateway.post('/v1/events', JSON.stringify({ specversion: '1.0', type: `uk.justice.${type}.v1`, data }), 'force');
    for (let n = 601; n < 606; n++) {
      const event = (await gatewayOne.post('/v1/messages', caseOf(n), 'force')).body.events[0].id as string;
      expect((await send(gatewayTwo, 'correction.issued', { corrects: event, kind: 'erased' })).status).toBe(202);
      const case_ = { urn: `52WX2000${n}` };
      const link = await send(gatewayTwo, 'case.linked', { case: case_, kind: 'renamed', linkedCases: [{ urn: `52WX2001${n}` }] });
      expect(link.status).toBe(202);
      const order = { case: `52WX2001${n}`, restrictions: ['YJCEA1999_s46'], law: 'Youth Justice and Criminal Evidence Act 1999, s.46' };
      const person = { kind: 'defendant', familyName: 'Tremayne', givenNames: ['Jory'] };
      const body = JSON.stringify({ ...order, person, title: 'An order' });
      expect((await gatewayOne.post('/v1/protections', body, 'owner', { 'Content-Type': 'application/json' })).status).toBe(201);
      for (const gateway of [gatewayOne, gatewayTwo])
        expect((await gateway.call(`/v1/events/${event}`, {}, BARRED.id)).text).not.toMatch(/tremayne/i);
    }
  });

  it('apply a protection imposed at one of them at the other at once, and lift it there too', async () => {
    const json = { 'Content-Type': 'application/json' };
    const event = (await gatewayOne.post('/v1/messages', caseOf(401), 'force')).body.events[0].id as string;
    const read = async (gateway: TestGateway) => (await gateway.call(`/v1/events/${event}`, {}, BARRED.id)).text;
    expect(await read(gatewayTwo)).toMatch(/tremayne/i);
    for (let turn = 0; turn < 10; turn++) {
      const [first, second] = turn % 2 === 0 ? [gatewayOne, gatewayTwo] : [gatewayTwo, gatewayOne];
      const order = {
        case: '52WX2000401',
        person: { kind: 'defendant', familyName: 'Tremayne', givenNames: ['Jory'] },
        restrictions: ['YJCEA1999_s46'],
        law: 'Youth Justice and Criminal Evidence Act 1999, s.46',
        title: `Order ${turn}`,
      };
      const imposed = await first.post('/v1/protections', JSON.stringify(order), 'owner', json);
      expect(imposed.status).toBe(201);
      expect(await read(second)).not.toMatch(/tremayne/i);
      expect((await liftByTwo(second, imposed.body.id as string)).status).toBe(200);
      expect(await read(first)).toMatch(/tremayne/i);
    }
    // At most one correction for each order, whichever gateway issued it: an order that was lifted before it was processed has none.
    await vi.waitFor(
      async () => {
        const [ids = [], others] = await Promise.all(
          [gatewayOne, gatewayTwo].map(async (gateway) =>
            (await gateway.events(BARRED.id))
              .filter(({ data }) => data.corrects === event)
              .map(({ id }) => id)
              .toSorted(),
          ),
        );
        expect(ids).toEqual(others);
        expect(ids.length).toBeGreaterThan(0);
        expect(ids.length).toBeLessThanOrEqual(10);
        expect(new Set(ids).size).toBe(ids.length);
      },
      { timeout: 30_000, interval: 250 },
    );
    const later = await gatewayTwo.post('/v1/messages', resultOf(401), 'court');
    expect(later.status).toBe(202);
  }, 60_000);

  it('redact a message of a case that both protect at once, and correct its earlier event', async () => {
    const rape = (n: number) => caseOf(n).replace('CJ88116', 'SX03001');
    const plain = await gatewayOne.post('/v1/messages', caseOf(402), 'force');
    await Promise.all([
      gatewayOne.post('/v1/messages', rape(402), 'force'),
      gatewayTwo.post('/v1/messages', rape(402).replace('Boat builder', 'Baker'), 'force'),
    ]);
    const event = plain.body.events[0].id as string;
    for (const gateway of [gatewayOne, gatewayTwo])
      expect((await gateway.call(`/v1/events/${event}`, {}, BARRED.id)).text).not.toMatch(/prosser/i);
    await vi.waitFor(
      async () => expect((await gatewayTwo.events(BARRED.id)).filter(({ data }) => data.corrects === event)).toHaveLength(1),
      {
        timeout: 30_000,
        interval: 250,
      },
    );
  }, 60_000);

  it('deliver a subscription once, from one of them, even when it is changed at the other and the deliverer stops', async () => {
    const receiver = await openReceiver();
    const body = JSON.stringify({ url: receiver.url, type: 'uk.justice.hearing.resulted.v1' });
    const made = await gatewayOne.post('/v1/subscriptions', body, 'cps', { 'Content-Type': 'application/json' });
    expect(made.status).toBe(201);
    await gatewayOne.post('/v1/messages', resultOf(301), 'court');
    await gatewayTwo.post('/v1/messages', resultOf(302), 'court');
    await receiver.count(2);
    // Whoever is on duty can see which of them delivers.
    const held = async (gateway: TestGateway) =>
      Number(/interchange_lease_held (\d)/.exec((await gateway.call('/metrics', {}, 'monitoring')).text)?.[1]);
    expect((await held(gatewayOne)) + (await held(gatewayTwo))).toBe(1);
    const third = await openGateway({
      config: { bus: 'kafka', kafka, keysFolder, name: 'three' },
      clients: [OPERATOR],
      dataFolder: join(shared, 'three'),
    });
    const renewed = await gatewayTwo.post(`/v1/subscriptions/${made.body.id as string}/secret`, '', 'cps');
    expect(renewed.status).toBe(200);
    await third.close();
    await gatewayTwo.post('/v1/messages', resultOf(303), 'court');
    const got = await receiver.count(3);
    expect(got.map(({ event }) => (event.data.case as { urn: string }).urn).toSorted()).toEqual([
      '52WX2000301',
      '52WX2000302',
      '52WX2000303',
    ]);
    expect(got.map((delivery) => verifies(renewed.body.secret as string, delivery))).toEqual([false, false, true]);
    const { deliveries } = (await gatewayTwo.call(`/v1/subscriptions/${made.body.id as string}/deliveries`, {}, 'cps')).body as {
      deliveries: unknown[];
    };
    expect(deliveries.length).toBeGreaterThanOrEqual(2);
    await gatewayOne.call(`/v1/subscriptions/${made.body.id as string}`, { method: 'DELETE' }, 'cps');
    await receiver.close();
  });

  it('T12 run a replay once that both receive with one key, and it continues at the other when the deliverer stops', async () => {
    const pair = kafkaOf();
    const folder = temporary();
    const start = (name: string) =>
      openGateway({ config: { bus: 'kafka', kafka: pair, keysFolder: join(folder, 'keys'), name }, dataFolder: join(folder, name) });
    const [first, second] = [await start('first'), await start('second')];
    const receiver = await openReceiver();
    const json = { 'Content-Type': 'application/json', 'Idempotency-Key': 'one-key' };
    const wish = JSON.stringify({ url: receiver.url, type: 'uk.justice.case.registered.v1' });
    const made = await first.post('/v1/subscriptions', wish, 'cps', json);
    const post = (gateway: TestGateway, trade: string) => gateway.post('/v1/messages', caseOf(310).replace('Boat builder', trade), 'force');
    for (const trade of ['Baker', 'Cooper']) await post(first, trade);
    const ids = (await receiver.count(2)).map(({ event }) => event.id);
    const held = async (gateway: TestGateway) => /interchange_lease_held 1/.test((await gateway.call('/metrics', {}, 'monitoring')).text);
    const [holder, other] = (await held(first)) ? [first, second] : [second, first];
    // The replay is in progress, and its first event not accepted, when the gateway that delivers stops.
    let isOpen = false;
    receiver.answer = () => (isOpen ? 204 : 503);
    const replay = (gateway: TestGateway) =>
      gateway.post(`/v1/subscriptions/${made.body.id as string}/replay`, '{"from":"2020-01-01T00:00:00Z"}', 'cps', json);
    const answers = await Promise.all([replay(first), replay(second)]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    expect(answers[0]?.body).toEqual(answers[1]?.body);
    await receiver.count(3);
    await holder.close();
    isOpen = true;
    await post(other, 'Dyer');
    await vi.waitFor(() => expect(receiver.got.length).toBeGreaterThanOrEqual(6), { timeout: 40_000, interval: 250 });
    expect((await replay(other)).body).toEqual(answers[0]?.body);
    const taken = receiver.got.slice(-3).map(({ event }) => event.id);
    expect(taken.slice(0, 2)).toEqual(ids);
    expect(ids).not.toContain(taken[2]);
    await other.close();
    await receiver.close();
    rmSync(folder, { recursive: true, force: true });
  }, 90_000);

  it('show at once what the other has acknowledged: receipt, event, quarantine', async () => {
    for (let n = 10; n < 20; n++) {
      const { body } = await gatewayOne.post('/v1/messages', caseOf(n), 'force');
      expect((await gatewayTwo.call(`/v1/messages/${body.id}`, {}, 'force')).body).toEqual(body);
      expect((await gatewayTwo.call(`/v1/events/${body.events[0].id}`, {}, 'cps')).status).toBe(200);
    }
    const { body } = await gatewayOne.post('/v1/messages', '<not', 'force');
    expect((await gatewayTwo.call(`/v1/quarantine/${body.receipt}`, {}, OPERATOR.id)).status).toBe(200);
  });

  it('both know an Idempotency-Key', async () => {
    const key = { 'Idempotency-Key': 'a-key' };
    const first = await gatewayOne.post('/v1/messages', caseOf(30), 'force', key);
    expect((await gatewayTwo.post('/v1/messages', caseOf(30), 'force', key)).body).toEqual(first.body);
    expect((await gatewayTwo.post('/v1/messages', caseOf(31), 'force', key)).body).toMatchObject({ type: problem('idempotency-mismatch') });
  });

  it('both accept a cursor, and lose and repeat nothing', async () => {
    const all = (await gatewayOne.events('court')).map(({ id }) => id);
    const seen: string[] = [];
    let cursor = '';
    for (let n = 0; ; n++) {
      const { body } = await (n % 2 === 0 ? gatewayOne : gatewayTwo).call(
        `/v1/events?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
        {},
        'court',
      );
      seen.push(...(body.events as { id: string }[]).map(({ id }) => id));
      cursor = body.cursor as string;
      if (body.more !== true) break;
    }
    expect(seen).toEqual(all);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('wake a reader who waits at one of them when an event arrives at the other', async () => {
    const { body } = await gatewayOne.call('/v1/events?limit=1000', {}, 'cps');
    const waiting = gatewayOne.call(`/v1/events?wait=20&cursor=${body.cursor}`, {}, 'cps');
    const sent = await gatewayTwo.post('/v1/messages', resultOf(40), 'court');
    expect((await waiting).body.events.map(({ id }: { id: string }) => id)).toEqual([sent.body.events[0].id]);
  });

  it('share a ledger, which balances', async () => {
    const ledger = () => gatewayOne.call('/v1/ledger', {}, 'force').then(({ body }) => body.rows[0]);
    await gatewayTwo.call('/v1/ledger', {}, 'force'); // writes its books
    const row = await ledger();
    expect(row).toMatchObject({ unanswered: 0, difference: 0 });
    expect((await gatewayTwo.call('/v1/ledger', {}, 'force')).body.rows[0]).toEqual(row);
    expect(row.received).toBe(row.published + row.quarantined + row.refused + row.repeated);
  });

  it('share an audit log, which verifies', async () => {
    const bus = await openKafkaBus(kafkaOptions(gatewayOne.config));
    const { seal } = await openKeys(keysFolder);
    const report = await verifyAudit(bus, (kid) => (kid === seal.kid ? seal.publicKey : undefined));
    await bus.close();
    expect(report).toMatchObject({ ok: true, chains: 3 });
  });
});

describe.runIf(brokers !== '')('while Kafka is unavailable, a gateway', () => {
  let cluster: Cluster;
  let proxy: Network;
  beforeAll(async () => {
    proxy = await openProxy();
    cluster = await startCluster({ advertised: [proxy.port] });
    proxy.target = cluster.brokers[0]?.port ?? 0;
  }, 60_000);
  afterAll(async () => {
    await cluster?.close();
    await proxy?.close();
  });
  const start = (more: Partial<KafkaConfig>) =>
    openGateway({ config: { bus: 'kafka', kafka: kafkaOf({ brokers: cluster.addresses, ...more }) } });
  const isReady = (gateway: TestGateway, ready: boolean) =>
    vi.waitUntil(async () => ((await gateway.call('/health')).status === 200) === ready, { timeout: 30_000, interval: 200 });

  it('answers 503 with a time to try again, is not ready, and accepts the message when Kafka is back', async () => {
    const gateway = await start({});
    await gateway.post('/v1/messages', caseOf(1), 'force');
    proxy.cut();
    const answer = await gateway.post('/v1/messages', caseOf(2), 'force');
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0);
    await isReady(gateway, false);
    proxy.heal();
    await isReady(gateway, true);
    expect((await gateway.post('/v1/messages', caseOf(2), 'force')).status).toBe(202);
    const urns = (await gateway.events('cps')).map(({ data }) => (data as { case?: { urn?: string } }).case?.urn);
    expect(urns.toSorted()).toEqual(['52WX2000001', '52WX2000002']);
    await gateway.close();
  }, 90_000);

  it('T39 starts with its spool, accepts messages, verifies the audit log when Kafka is back, and forwards them', async () => {
    const kafka = kafkaOf({ brokers: cluster.addresses, whenAway: 'spool' });
    const dataFolder = temporary();
    const open = () => openGateway({ dataFolder, config: { bus: 'kafka', kafka } });
    const before = await open();
    expect((await before.post('/v1/messages', caseOf(1), 'force')).body.stored).toBe('bus');
    await before.close();
    proxy.cut();
    const gateway = await open();
    const kept = await gateway.post('/v1/messages', resultOf(1), 'court');
    expect([kept.status, kept.body.stored]).toEqual([202, 'spool']);
    expect((await gateway.call('/health')).status).toBe(200);
    proxy.heal();
    const receipt = () => gateway.call(`/v1/messages/${kept.body.id}`, {}, 'court');
    await vi.waitUntil(async () => (await receipt()).body.stored === 'bus', { timeout: 60_000, interval: 250 });
    expect((await gateway.events('cps')).map(({ id }) => id)).toContain(kept.body.events[0].id);
    // Later records of the spool, such as disclosures, may still be on their way.
    let next = 2;
    const stored = async () => (await gateway.post('/v1/messages', caseOf(next++), 'force')).body.stored;
    await expect.poll(stored, { timeout: 60_000, interval: 250 }).toBe('bus');
    await gateway.close();
    const bus = await openKafkaBus(kafkaOptions(gateway.config));
    const { everSealed } = await openKeys(gateway.config.keysFolder);
    expect(await verifyAudit(bus, everSealed)).toMatchObject({ ok: true, chains: 2 });
    await bus.close();
  }, 120_000);

  it('T39 starts with its spool, and forwards nothing to a log that does not verify', async () => {
    const kafka = kafkaOf({ brokers: cluster.addresses, whenAway: 'spool' });
    const dataFolder = temporary();
    const open = () => openGateway({ dataFolder, config: { bus: 'kafka', kafka } });
    const before = await open();
    await before.post('/v1/messages', caseOf(1), 'force');
    await before.close();
    const bus = await openKafkaBus(kafkaOptions(before.config));
    const [real] = await bus.read(AUDIT, 0, 0, 1);
    const forged = { ...(JSON.parse(Buffer.from(real?.value ?? []).toString()) as object), seq: 7, chain: 'forged' };
    await bus.publish([{ topic: AUDIT, key: 'forged', value: Buffer.from(JSON.stringify(forged)) }]);
    const ends = await bus.ends(RECEIPTS);
    proxy.cut();
    const gateway = await open();
    expect((await gateway.post('/v1/messages', resultOf(1), 'court')).body.stored).toBe('spool');
    proxy.heal();
    await isReady(gateway, false);
    expect((await gateway.post('/v1/messages', resultOf(2), 'court')).status).toBe(503);
    expect(gateway.log()).toMatch(/The audit log does not verify/);
    expect(await bus.ends(RECEIPTS)).toEqual(ends);
    await gateway.close();
    await bus.close();
  }, 120_000);

  it('accepts messages into the spool where it is configured to, reports it, and forwards them in order', async () => {
    const gateway = await start({ whenAway: 'spool', spoolBytes: 1_048_576 });
    const first = await gateway.post('/v1/messages', caseOf(1), 'force');
    expect(first.body.stored).toBe('bus');
    proxy.cut();
    const kept = await gateway.post('/v1/messages', resultOf(1), 'court');
    expect([kept.status, kept.body.stored]).toEqual([202, 'spool']);
    const again = await gateway.post('/v1/messages', resultOf(1), 'court');
    expect([again.headers.get('Interchange-Repeated'), again.body.stored]).toEqual(['true', 'spool']);
    // Operators look just now: nothing here may wait for Kafka.
    const looked = performance.now();
    expect((await gateway.call('/metrics', {}, 'monitoring')).text).toMatch(/interchange_spool_records [1-9]/);
    expect(performance.now() - looked).toBeLessThan(5000);
    let status = 202;
    for (let n = 2; n < 400 && status === 202; n++)
      ({ status } = await gateway.post('/v1/messages', caseWithOffences(40, caseOf(n)), 'force'));
    expect(status).toBe(503);
    proxy.heal();
    await vi.waitUntil(async () => /interchange_spool_records 0\n/.test((await gateway.call('/metrics', {}, 'monitoring')).text), {
      timeout: 60_000,
      interval: 250,
    });
    const ids = async () => (await gateway.events('cps')).map(({ id }) => id);
    await vi.waitUntil(async () => (await ids()).includes(kept.body.events[0].id), { timeout: 20_000, interval: 200 });
    const receipt = () => gateway.call(`/v1/messages/${kept.body.id}`, {}, 'court');
    await vi.waitUntil(async () => (await receipt()).body.stored === 'bus', { timeout: 20_000, interval: 200 });
    await gateway.close();
  }, 120_000);
});
