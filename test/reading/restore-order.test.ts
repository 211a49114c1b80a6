/** Events without a place in the order are still delivered, once, and before their corrections (T74). */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StoredRecord } from '../../gateway/bus/bus.ts';
import { openEmbeddedBus } from '../../gateway/bus/embedded/embedded-bus.ts';
import { openKeys } from '../../gateway/keys/keys.ts';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import { Cursors, type Standing } from '../../gateway/reading/cursor.ts';
import type { ClientConfig } from '../../gateway/rules/clients.ts';
import { AUDIT, AUDIT_HEADS, ORDER, record } from '../../gateway/wire/streams.ts';
import { caseOf, eventRecords, ON_KAFKA, OPERATOR, openBusOf, openGateway, type TestGateway, temporary } from '../support/gateway.ts';
import { POLICY } from '../support/rules-in-force.ts';

const SENDER = 'example.sender.one';
const READER = 'example.reader.one';
const clients: readonly ClientConfig[] = [
  {
    id: SENDER,
    title: 'Sender (invented)',
    scopes: ['events:write', 'events:read'],
    clearance: OPERATOR.clearance,
    submits: {
      standards: ['case.registered', 'hearing.resulted', 'correction.issued'],
      floor: { policy: POLICY, classification: 'OFFICIAL' },
    },
  },
  { id: READER, title: 'Reader (invented)', scopes: ['events:read'], clearance: OPERATOR.clearance },
];
const WITHIN = { timeout: 20_000, interval: 100 };
const CASES = 12;

const folders: string[] = [];
const running: TestGateway[] = [];
function newFolder(): string {
  const folder = temporary();
  folders.push(folder);
  return folder;
}
async function open(dataFolder: string, keysFolder: string): Promise<TestGateway> {
  const gateway = await openGateway({ dataFolder, clients, config: { keysFolder } });
  running.push(gateway);
  return gateway;
}
afterAll(async () => {
  for (const gateway of running) await gateway.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

async function send(gateway: TestGateway, type: string, data: object): Promise<string> {
  const answer = await gateway.post('/v1/events', JSON.stringify({ specversion: '1.0', type, data }), SENDER);
  expect([answer.status, answer.body.reasons]).toEqual([202, []]);
  return answer.body.events[0].id;
}
const registered = (n: number) => ({
  case: { urn: `52WX4${String(n).padStart(6, '0')}` },
  defendants: [{ person: { name: { givenNames: ['Jory'], familyName: 'Tremayne' } } }],
});
const correct = (gateway: TestGateway, id: string, detail: string) =>
  send(gateway, 'uk.justice.correction.issued.v1', { corrects: id, kind: 'rectified', detail });

async function pages(gateway: TestGateway, cursor?: string): Promise<readonly SealedEvent[]> {
  const events: SealedEvent[] = [];
  for (let at = cursor, more = true; more; ) {
    const { status, body } = await gateway.call(`/v1/events?limit=7${at === undefined ? '' : `&cursor=${at}`}`, {}, READER);
    expect(status).toBe(200);
    events.push(...body.events);
    ({ cursor: at, more } = body);
  }
  return events;
}

/** Throws where something corrects what comes later, or comes twice. */
function expectOrder(events: readonly SealedEvent[]): void {
  const ids = events.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)]);
  for (const [n, { data }] of events.entries()) if (typeof data.corrects === 'string') expect(ids.slice(0, n)).toContain(data.corrects);
}

describe.skipIf(ON_KAFKA)('T74 a log from before the order', () => {
  const keysFolder = join(newFolder(), 'keys');
  const former = newFolder();
  const ids: string[] = [];
  let records: StoredRecord[] = [];

  beforeAll(async () => {
    const gateway = await openGateway({ dataFolder: former, clients, config: { keysFolder } });
    for (let n = 0; n < CASES; n++) {
      const id = await send(gateway, 'uk.justice.case.registered.v1', registered(n));
      const correction = await correct(gateway, id, `Number ${n}`);
      // A correction of a correction: at the same time, and on the same topic.
      ids.push(id, correction, await correct(gateway, correction, `Again ${n}`));
    }
    await gateway.close();
    const bus = openEmbeddedBus({ file: join(former, 'bus.sqlite'), readOnly: true });
    for (const topic of await bus.topics())
      for (const [partition, end] of Object.entries(await bus.ends(topic)))
        for (let offset = 0; offset < end; offset = (records.at(-1)?.offset ?? offset) + 1)
          records.push(...(await bus.read(topic, Number(partition), offset, 1000)));
    await bus.close();
    // A head that is signed says how long the order was.
    records = records.filter(({ topic }) => topic !== ORDER && topic !== AUDIT && topic !== AUDIT_HEADS);
  }, 60_000);

  /** A data folder with that log. Corrections are from before their events, as the clock of another broker may have it. */
  async function logOfBefore(): Promise<string> {
    const folder = newFolder();
    let time = 0;
    const bus = openEmbeddedBus({ file: join(folder, 'bus.sqlite'), now: () => time });
    for (const stored of records) {
      time = stored.topic.includes('.correction.') ? stored.time - 3_600_000 : stored.time;
      await bus.publish([stored]);
    }
    await bus.close();
    return folder;
  }

  it('is read completely, each event once and corrections after their events, also after the next start', async () => {
    const folder = await logOfBefore();
    const gateway = await open(folder, keysFolder);
    await expect.poll(async () => (await pages(gateway)).length, WITHIN).toBe(ids.length);
    const events = await pages(gateway);
    expect(new Set(events.map(({ id }) => id))).toEqual(new Set(ids));
    expectOrder(events);
    await gateway.close();
    const again = await open(folder, keysFolder);
    expect((await pages(again)).map(({ id }) => id)).toEqual(events.map(({ id }) => id));
  }, 60_000);

  it('is read with an earlier cursor without missing an unread event', async () => {
    const folder = await logOfBefore();
    const cursors = new Cursors((await openKeys(keysFolder)).cursor);
    const gateway = await open(folder, keysFolder);
    await expect.poll(async () => (await pages(gateway)).length, WITHIN).toBe(ids.length);
    const all = (await pages(gateway)).map(({ id }) => id);
    const placed = (await gateway.onBus((bus) => eventRecords(bus))).filter(({ headers }) => headers.ce_rendition === undefined);
    const passed = (part: number): Standing =>
      Object.fromEntries(
        [...Map.groupBy(placed, ({ topic }) => topic)].map(([topic, records]) => [
          topic,
          Object.fromEntries(
            [...Map.groupBy(records, ({ partition }) => partition)].map(([partition, some]) => [partition, Math.floor(some.length * part)]),
          ),
        ]),
      );
    for (const part of [0, 0.5, 0.9, 1]) {
      const standing = passed(part);
      const left = placed.filter(({ topic, partition, offset }) => offset >= (standing[topic]?.[partition] ?? 0));
      const got = (await pages(gateway, await cursors.write(READER, standing, {}))).map(({ id }) => id);
      for (const { headers } of left) expect(got).toContain(headers.ce_id);
      // The rest of the order, from the first event that was not passed.
      expect(got).toEqual(all.slice(all.length - got.length));
      const first = all.find((id) => left.some(({ headers }) => headers.ce_id === id));
      expect(got[0]).toBe(first);
    }
    // Records on topics outside every filter were never passed, and delay nobody.
    const [topic = ''] = Object.keys(passed(1)).filter((name) => name.includes('.correction.'));
    const { body } = await gateway.call(
      `/v1/events?type=uk.justice.correction.issued.v1&cursor=${await cursors.write(READER, { [topic]: passed(1)[topic] ?? {} }, { type: 'uk.justice.correction.issued.v1' })}`,
      {},
      READER,
    );
    expect(body.events).toEqual([]);
  }, 60_000);
});

it('T67 a forged place hides no event', async () => {
  const keysFolder = join(newFolder(), 'keys');
  const first = await open(newFolder(), keysFolder);
  const id = await send(first, 'uk.justice.case.registered.v1', registered(1));
  const folder = newFolder();
  const bus = await openBusOf(folder);
  const forged = { event: id, topic: 'justice.secret.case.v1' };
  await bus.publish([
    record(ORDER, 'key', forged),
    { ...record(ORDER, 'key', forged), headers: { 'interchange-auth': `1.${'A'.repeat(43)}` } },
  ]);
  await bus.close();
  const second = await open(folder, keysFolder);
  expect(await send(second, 'uk.justice.case.registered.v1', registered(1))).toBe(id);
  expect((await pages(second)).map((page) => page.id)).toEqual([id]);
}, 60_000);

describe.runIf(ON_KAFKA)('T74 on Kafka, a gateway that died between an event and its place', () => {
  it('delivers the event within seconds, once, and before an immediate correction', async () => {
    const keysFolder = join(newFolder(), 'keys');
    const [first, second] = [await open(newFolder(), keysFolder), await open(newFolder(), keysFolder)];
    const ids = [
      await send(first, 'uk.justice.case.registered.v1', registered(1)),
      await send(first, 'uk.justice.case.registered.v1', registered(2)),
    ];
    const events = await first.onBus((bus) => eventRecords(bus));
    const registeredId = await send(second, 'uk.justice.case.registered.v1', registered(3));
    await second.onBus((bus) => bus.publish(events.map(({ topic, key, value, headers }) => ({ topic, key, value, headers }))));
    const correction = await correct(second, ids[0] as string, 'At once');
    await expect
      .poll(async () => (await pages(second)).map(({ id }) => id).toSorted(), WITHIN)
      .toEqual([...ids, registeredId, correction].toSorted());
    expectOrder(await pages(second));
    expect((await second.post('/v1/messages', caseOf(7), 'force')).status).toBe(202);
  }, 60_000);
});
