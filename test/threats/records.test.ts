/** T67: records that an outsider wrote to the gateway’s own streams: rubbish, forged rights, and records that claim to be events. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Bus, StoredRecord } from '../../gateway/bus/bus.ts';
import type { Config } from '../../gateway/config.ts';
import { openKeys } from '../../gateway/keys/keys.ts';
import type { ClientConfig } from '../../gateway/rules/clients.ts';
import { verifyAudit } from '../../gateway/store/audit/audit-verify.ts';
import {
  AUDIT_HEADS,
  LEASES,
  MESSAGES,
  PROTECTIONS,
  parseRecord,
  record,
  SUBSCRIPTIONS,
  type SubscriptionRecord,
} from '../../gateway/wire/streams.ts';
import { STREAMS } from '../../gateway/wire/topics.ts';
import { caseOf, eventRecords, OPERATOR, openBusOf, openGateway, type TestGateway, temporary } from '../support/gateway.ts';
import { openReceiver } from '../support/receiver.ts';
import { POLICY } from '../support/rules-in-force.ts';

const CANARY = 'CANARY-OF-A-BAD-RECORD';
const READER = 'example.barred';
const clients: readonly ClientConfig[] = [
  OPERATOR,
  {
    id: READER,
    title: 'Reader (invented)',
    scopes: ['events:read'],
    clearance: { policy: POLICY, classifications: ['OFFICIAL'], sensitive: true, releasableTo: ['POLICE', 'CPS', 'COURTS'] },
  },
];
const WEBHOOKS = { webhooks: { networks: ['127.0.0.0/8'], secondsBetween: [0, 0], timeoutSeconds: 1 } };
const JSON_TYPE = { 'Content-Type': 'application/json' };
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = temporary();
  folders.push(folder);
  return folder;
}

const start = (dataFolder: string) => openGateway({ dataFolder, clients, config: WEBHOOKS });

async function onBus<T>(dataFolder: string, use: (bus: Bus) => Promise<T>): Promise<T> {
  const bus = await openBusOf(dataFolder);
  try {
    return await use(bus);
  } finally {
    await bus.close();
  }
}

async function verify(dataFolder: string) {
  const { everSealed, secretName } = await openKeys(join(dataFolder, 'keys'));
  return onBus(dataFolder, (bus) => verifyAudit(bus, everSealed, { secret: secretName }));
}

const subscribe = (gateway: TestGateway, url: string) => gateway.post('/v1/subscriptions', JSON.stringify({ url }), 'cps', JSON_TYPE);
const impose = (gateway: TestGateway, n: number) =>
  gateway.post(
    '/v1/protections',
    JSON.stringify({
      case: `52WX2${String(n).padStart(6, '0')}`,
      person: { kind: 'defendant', familyName: 'Tremayne', givenNames: ['Jory'] },
      restrictions: ['YJCEA1999_s46'],
      law: 'Youth Justice and Criminal Evidence Act 1999, s.46',
      title: 'Order (invented)',
    }),
    'owner',
    JSON_TYPE,
  );

/** Values that are not a record of a stream: nothing, rubbish, JSON of other kinds, and real records of other streams. */
const badValues = (others: readonly Uint8Array[]) =>
  fc.oneof(
    fc.constant(Buffer.alloc(0)),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom('null', '[]', '1', '"text"', '{}', '{"run":{}}', `{"${CANARY}":1}`, '{"protection":null}', '{"lift":[]}')
      .map(Buffer.from),
    fc.json({ maxDepth: 3 }).map((json) => Buffer.from(json)),
    fc.constantFrom(...others.map((value) => Buffer.from(value))),
  );

describe('T67 bad records on the streams', () => {
  it('stop no gateway: each is counted and put aside, well-formed records are processed, and audit verify reports the gaps', async () => {
    const dataFolder = newFolder();
    const receiver = await openReceiver();
    const first = await start(dataFolder);
    expect((await subscribe(first, receiver.url)).status).toBe(201);
    expect((await impose(first, 1)).status).toBe(201);
    await first.post('/v1/messages', caseOf(1), 'force');
    await first.post('/v1/messages', '<broken', 'force');
    await receiver.count(1);
    await first.close();
    const put = await onBus(dataFolder, async (bus) => {
      const all = (await Promise.all(STREAMS.map((topic) => bus.read(topic, 0, 0, 50)))).flat();
      let count = 0;
      for (const [n, topic] of STREAMS.entries()) {
        const others = all.filter((stored) => stored.topic !== topic && stored.topic !== MESSAGES).map(({ value }) => value);
        const values = fc.sample(badValues(others), { numRuns: 40, seed: n });
        await bus.publish(values.map((value, at) => ({ topic, key: at % 2 === 0 ? CANARY : (all[0]?.key ?? ''), value })));
        if (topic !== AUDIT_HEADS && topic !== LEASES) count += topic === MESSAGES ? values.length / 2 : values.length;
      }
      return count;
    });
    const gateway = await start(dataFolder);
    try {
      expect((await gateway.call('/health')).status).toBe(200);
      const { text } = await gateway.call('/metrics', {}, 'monitoring');
      const counts = [...text.matchAll(/^interchange_bad_stream_records_total\{.*\} (\d+)$/gm)].map(([, count]) => Number(count));
      // The samples have no real record of this stream, such as an object without what the schema requires.
      expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(put);
      expect(gateway.log()).toContain('a record of a stream is put aside');
      expect(gateway.log() + text).not.toContain(CANARY);
      expect((await gateway.post('/v1/messages', caseOf(2), 'force')).status).toBe(202);
      await receiver.count(2);
      expect((await gateway.events('cps')).length).toBe(2);
      expect((await gateway.call('/v1/quarantine', {}, OPERATOR.id)).body.items).toHaveLength(1);
      expect((await gateway.call('/v1/ledger', {}, OPERATOR.id)).status).toBe(200);
      const protectedEvent = (await gateway.events(READER))
        .map((event) => JSON.stringify(event))
        .find((text) => text.includes('52WX2000001'));
      expect(protectedEvent).toBeDefined();
      expect(protectedEvent).not.toMatch(/tremayne/i);
      expect((await gateway.call('/health')).status).toBe(200);
    } finally {
      await gateway.close();
      await receiver.close();
    }
    const report = await verify(dataFolder);
    expect(report).toMatchObject({ ok: true });
    expect(report.ok && report.gaps.filter(({ isLost }) => !isLost)).toHaveLength(40);
  }, 120_000);
});

describe('T67 forged rights', () => {
  it('give nothing to a forged subscription, and do not move, pause or advance a real one', async () => {
    const dataFolder = newFolder();
    const [receiver, thief] = [await openReceiver(), await openReceiver()];
    const first = await start(dataFolder);
    await subscribe(first, receiver.url);
    await first.close();
    await onBus(dataFolder, async (bus) => {
      const made = (await bus.read(SUBSCRIPTIONS, 0, 0, 100)).map(({ value }) => parseRecord<{ subscription?: SubscriptionRecord }>(value));
      const { subscription } = made.find((parsed) => parsed.subscription !== undefined) as { subscription: SubscriptionRecord };
      const forged = [
        { ...subscription, id: 'A'.repeat(43), url: thief.url },
        { ...subscription, version: 2, url: thief.url },
        { ...subscription, version: 2, status: 'paused' },
      ];
      await bus.publish(forged.map((version) => record(SUBSCRIPTIONS, version.id, { subscription: version })));
      const standing = { 'justice.official-sensitive.case.v1': { 0: 1e6, 1: 1e6, 2: 1e6, 3: 1e6 } };
      const delivery = { subscription: subscription.id, turn: 0, event: 'x', time: subscription.created, attempt: 1, milliseconds: 1 };
      await bus.publish([record(SUBSCRIPTIONS, subscription.id, { delivery: { ...delivery, outcome: 'delivered', standing } })]);
    });
    const gateway = await start(dataFolder);
    await gateway.post('/v1/messages', caseOf(1), 'force');
    await receiver.count(1);
    expect(thief.got).toEqual([]);
    expect((await gateway.call('/v1/subscriptions', {}, 'cps')).body.subscriptions).toMatchObject([
      { url: receiver.url, status: 'active' },
    ]);
    await gateway.close();
    await Promise.all([receiver.close(), thief.close()]);
  }, 60_000);

  it('lift no protection, and a protection without an authentication code still protects', async () => {
    const dataFolder = newFolder();
    const first = await start(dataFolder);
    const event = (await first.post('/v1/messages', caseOf(1), 'force')).body.events[0].id as string;
    const other = (await first.post('/v1/messages', caseOf(2), 'force')).body.events[0].id as string;
    const imposed = (await impose(first, 1)).body;
    const subject = (await first.call(`/v1/events/${other}`, {}, 'cps')).body.subject as string;
    await first.close();
    await onBus(dataFolder, async (bus) => {
      const { id, subject: imposedCase } = imposed as { id: string; subject: string };
      const lift = { id, case: imposedCase, by: 'nobody', because: 'A forgery', time: new Date().toISOString() };
      const all = await bus.read(PROTECTIONS, 0, 0, 100);
      const real = all.map(({ value }) => parseRecord<Record<string, object>>(value)).find(({ protection }) => protection !== undefined);
      const { until: _, ...protection } = { ...real?.protection, id: 'B'.repeat(22), case: subject, kind: undefined } as Record<
        string,
        unknown
      >;
      await bus.publish([record(PROTECTIONS, imposedCase, { lift }), record(PROTECTIONS, subject, { protection })]);
    });
    const gateway = await start(dataFolder);
    expect((await gateway.call(`/v1/events/${event}`, {}, READER)).text).not.toMatch(/tremayne/i);
    const { body } = await gateway.call('/v1/protections', {}, 'owner');
    const statuses = (body.items ?? body.protections) as { id: string; status: string }[];
    expect(statuses.map(({ id, status }) => [id, status]).toSorted()).toEqual(
      [
        [imposed.id, 'in-force'],
        ['B'.repeat(22), 'in-force'],
      ].toSorted(),
    );
    expect(gateway.log()).toContain('"code":"unauthenticated"');
    await gateway.close();
  }, 60_000);

  it('are records of an earlier version only before the start of this version, which the audit log states', async () => {
    const dataFolder = newFolder();
    const subscription = (id: string): SubscriptionRecord => ({
      id: id.repeat(43),
      version: 1,
      client: 'wessex.cps.review',
      url: 'https://example.org/',
      status: 'active',
      created: '2026-01-01T00:00:00.000Z',
      secret: 0,
      turn: 0,
      standing: {},
    });
    const put = (id: string) =>
      onBus(dataFolder, (bus) => bus.publish([record(SUBSCRIPTIONS, id.repeat(43), { subscription: subscription(id) })]));
    const listed = async (gateway: TestGateway) =>
      ((await gateway.call('/v1/subscriptions', {}, 'cps')).body.subscriptions as { id: string }[]).map(({ id }) => id);
    await put('A');
    const first = await start(dataFolder);
    expect(await listed(first)).toEqual(['A'.repeat(43)]);
    await first.close();
    await put('B');
    for (const file of ['view.sqlite', 'view-kafka.sqlite']) rmSync(join(dataFolder, file), { force: true });
    const second = await start(dataFolder);
    expect(await listed(second)).toEqual(['A'.repeat(43)]);
    const noted = (await second.audit()).filter(({ change }) => change === 'authenticate streams');
    expect(noted).toMatchObject([{ who: 'gateway', streams: expect.arrayContaining([{ stream: SUBSCRIPTIONS, before: 1 }]) }]);
    await second.close();
  }, 60_000);
});

describe('T67 a record that claims to be an event', () => {
  it('and is not the event cannot hide it, and is quarantined once', async () => {
    const dataFolder = newFolder();
    const first = await start(dataFolder);
    for (let n = 1; n <= 8; n++) await first.post('/v1/messages', caseOf(n), 'force');
    await first.close();
    const real = await onBus(dataFolder, async (bus) => {
      const all = await eventRecords(bus);
      // It is in the last partition that has any record, so that others can come before it.
      const last = all.toSorted((one, other) => other.partition - one.partition)[0] as StoredRecord;
      const copy = all.find(({ headers }) => headers.ce_id !== last.headers.ce_id) as StoredRecord;
      for (let n = 0, before = 0; before < 3; n++) {
        const value = [Buffer.from('rubbish'), Buffer.alloc(0), copy.value][before] as Uint8Array;
        const [at] = await bus.publish([{ topic: last.topic, key: `key-${n}`, value, headers: last.headers }]);
        if ((at?.partition ?? 0) < last.partition) before++;
      }
      return last;
    });
    expect(real.partition).toBeGreaterThan(0);
    const gateway = await start(dataFolder);
    const id = real.headers.ce_id as string;
    expect((await gateway.call(`/v1/events/${id}`, {}, 'cps')).status).toBe(200);
    for (let turn = 0; turn < 2; turn++) expect((await gateway.events('cps')).filter((event) => event.id === id)).toHaveLength(1);
    expect((await gateway.events('cps')).length).toBe(8);
    const { body } = await gateway.call('/v1/quarantine', {}, OPERATOR.id);
    expect(body.items.length).toBeGreaterThanOrEqual(3);
    expect((await gateway.call('/health')).status).toBe(200);
    await gateway.close();
  }, 120_000);
});

describe('T67 an event that the policy in force cannot judge', () => {
  it('stops pages and streams there, and a reader that continues at a gateway of the newer policy gets it', async () => {
    const gateway = await start(newFolder());
    const before = (await gateway.post('/v1/messages', caseOf(1), 'force')).body.events[0].id as string;
    const first = (await gateway.call('/v1/events', {}, 'cps')).body as { cursor: string };
    const later = (await gateway.post('/v1/messages', caseOf(2), 'force')).body.events[0].id as string;
    const policyFile = join(gateway.folder, 'next.policy.json');
    writeFileSync(policyFile, readFileSync(gateway.config.policyFile, 'utf8').replace('"version": "1.2.0"', '"version": "1.2.1"'));
    const renamed = JSON.parse(
      JSON.stringify({ clients: gateway.config.clients, domain: gateway.config.domain }).replaceAll(
        '"version":"1.2.0"',
        '"version":"1.2.1"',
      ),
    ) as Pick<Config, 'clients' | 'domain'>;
    await gateway.gateway.reload({ ...gateway.config, ...renamed, policyFile });
    const other = (await gateway.call(`/v1/events?cursor=${first.cursor}`, {}, 'cps')).body as { cursor: string; events: object[] };
    expect(other.events).toEqual([]);
    const headers = { Authorization: `Bearer ${await gateway.token('cps')}`, 'Last-Event-ID': other.cursor };
    const stop = new AbortController();
    const stream = await fetch(`${gateway.url}/v1/events/stream`, { headers, signal: stop.signal });
    expect(gateway.log()).toContain('the policy in force does not know its label');
    await gateway.gateway.reload(gateway.config);
    let text = '';
    for await (const chunk of (stream.body ?? []) as AsyncIterable<Uint8Array>) {
      text += Buffer.from(chunk).toString();
      if (text.includes(later)) break;
    }
    stop.abort();
    expect(text).not.toContain(before);
    const back = (await gateway.call(`/v1/events?cursor=${other.cursor}`, {}, 'cps')).body as { events: { id: string }[] };
    expect(back.events.map(({ id }) => id)).toEqual([later]);
    await gateway.close();
  }, 60_000);
});
