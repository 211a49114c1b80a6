/** T03, T17, T43, T46: a record or message that cannot be processed is put aside once, and later ones are processed. */
import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import {
  caseOf,
  eventRecords,
  hostileAdapter,
  ON_KAFKA,
  OPERATOR,
  openBusOf,
  openGateway,
  type TestGateway,
  temporary,
} from '../support/gateway.ts';
import { POLICY } from '../support/rules-in-force.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const clients = [OPERATOR];
const TOPIC = 'justice.official-sensitive.case.v1';

type MakePoison = (good: SealedEvent) => string | object;
/** The id of a record that is not an event's. */
const idOfPoison = (n: number): string => String(n).padStart(43, 'Z');

/** Publishes records while the gateway is stopped, with good events before and after them. */
async function withPoison(
  makes: readonly MakePoison[],
  use: (gateway: TestGateway, good: readonly string[]) => Promise<void>,
  topic = TOPIC,
): Promise<void> {
  const dataFolder = temporary();
  folders.push(dataFolder);
  const first = await openGateway({ dataFolder, clients });
  const { body } = await first.post('/v1/messages', caseOf(1), 'force');
  await first.close();
  const bus = await openBusOf(dataFolder);
  const [record] = await eventRecords(bus);
  const good = JSON.parse(Buffer.from(record?.value ?? []).toString()) as SealedEvent;
  for (const [n, make] of makes.entries()) {
    const poison = make(structuredClone(good));
    const value = Buffer.from(typeof poison === 'string' ? poison : JSON.stringify(poison));
    await bus.publish([{ topic, key: record?.key ?? '', value, headers: { ce_id: idOfPoison(n) } }]);
  }
  await bus.close();
  const gateway = await openGateway({ dataFolder, clients });
  try {
    const after = await gateway.post('/v1/messages', caseOf(1).replace('Jory', 'Nest'), 'force');
    await use(gateway, [body.events[0].id, after.body.events[0].id]);
  } finally {
    await gateway.close();
  }
}

type Loose = Record<string, never>;
const data = (event: SealedEvent) => event.data as unknown as Record<string, unknown>;
const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const poisons: readonly (readonly [string, MakePoison])[] = [
  ['that is not JSON', () => 'poison'],
  ['that is empty', () => ''],
  ['that is null', () => 'null'],
  ['that is a list', () => '[]'],
  ['that is bytes', () => '\u0000\u0001\ufffd'],
  ['without a seal', ({ seal: _, ...event }) => event],
  ['with another seal', (event) => ({ ...event, seal: `${event.seal.slice(0, -4)}AAAA` })],
  ['with a seal of dots', (event) => ({ ...event, seal: '..~~~' })],
  ['with a changed value', (event) => ({ ...event, data: { ...event.data, added: 1 } })],
  ['with another key than its event', (event) => ({ ...event, partitionkey: 'other' })],
  ['with no data', (event) => ({ ...event, data: null })],
  ['with data that is text', (event) => ({ ...event, data: 'text' })],
  ['with portions that are null', (event) => ({ ...event, data: { ...event.data, portions: [null] } })],
  ['with a portion that has no label', (event) => ({ ...event, data: { ...event.data, portions: [{ at: ['/case'] }] } })],
  ['with a portion at a number', (event) => ({ ...event, data: { ...event.data, portions: [{ ...event.data.portions[0], at: [1] }] } })],
  ['with a portion at null', (event) => ({ ...event, data: { ...event.data, portions: [{ ...event.data.portions[0], at: [null] }] } })],
  [
    'with a portion in a prototype',
    (event) => ({
      ...event,
      data: { ...event.data, portions: [{ ...event.data.portions[0], at: ['/__proto__/toString', '/constructor/name'] }] },
    }),
  ],
  [
    'with portions that overlap',
    (event) => ({ ...event, data: { ...event.data, portions: [...event.data.portions, ...event.data.portions] } }),
  ],
  ['with a label that is null', (event) => ({ ...event, data: { ...data(event), label: null } })],
  [
    'with a label of null lists',
    (event) => ({ ...event, data: { ...data(event), label: { ...event.data.label, releasableTo: [null], handling: null } } }),
  ],
  [
    'with a policy that is text',
    (event) => ({ ...event, data: { ...data(event), label: { ...(event.data.label as unknown as Loose), policy: 'x' } } }),
  ],
  ['with context of another kind', (event) => ({ ...event, source: { a: [1] }, subject: 1 })],
  ['with a lone surrogate', (event) => JSON.stringify({ ...event, source: 'X' }).replace('"X"', '"\\ud800"')],
  ['with a number too large', (event) => JSON.stringify({ ...event, source: 'X' }).replace('"X"', '1e999')],
  ['nested in its context', (event) => JSON.stringify({ ...event, source: 'X' }).replace('"X"', deep(50_000))],
  ['nested in its data', (event) => JSON.stringify({ ...event, data: { ...event.data, extensions: 'X' } }).replace('"X"', deep(50_000))],
];

describe('T43 a record on the bus that does not verify is quarantined once, and readers continue', () => {
  const isQuarantined = (makes: readonly MakePoison[]) =>
    withPoison(makes, async (gateway, good) => {
      for (let turn = 0; turn < 2; turn++)
        for (const persona of ['cps', 'supplier']) {
          const answer = await gateway.call('/v1/events', {}, persona);
          expect(answer.status).toBe(200);
          expect(answer.body.events.map(({ id }: { id: string }) => id).toSorted()).toEqual(good.toSorted());
        }
      for (const n of makes.keys()) expect((await gateway.call(`/v1/events/${idOfPoison(n)}`, {}, 'cps')).status).toBe(404);
      const { body } = await gateway.call('/v1/quarantine?limit=100', {}, OPERATOR.id);
      const item = { status: 'open', source: 'bus', reasons: [{ code: 'seal-broken' }] };
      expect(body.items).toMatchObject(makes.map(() => item));
      expect((await gateway.call('/v1/quarantine', {}, 'force')).body.items).toEqual([]);
      const collections = (await gateway.audit()).filter(({ who, action }) => who === 'gateway' && action === 'collection');
      expect(collections).toHaveLength(makes.length);
    });

  // Whether a record verifies does not depend on the bus: on Kafka, where a start takes long, all of them are tried together.
  it.skipIf(ON_KAFKA).each(poisons)('%s', (_, make) => isQuarantined([make]));
  it('each of them, where all follow one another', () => isQuarantined(poisons.map(([, make]) => make)), 60_000);
  it('a stream continues after it too', async () => {
    await withPoison([() => 'poison'], async (gateway, good) => {
      const abort = new AbortController();
      const headers = { Authorization: `Bearer ${await gateway.token('cps')}` };
      const response = await fetch(`${gateway.url}/v1/events/stream`, { headers, signal: abort.signal });
      let text = '';
      for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
        text += Buffer.from(chunk).toString();
        if (good.every((id) => text.includes(id))) break;
      }
      abort.abort();
      expect(text.match(/^data: /gm)).toHaveLength(2);
    });
  });
});

describe('T17 a broken record in quarantine', () => {
  it('has at least the level of its topic', async () => {
    const reader = {
      ...OPERATOR,
      id: 'wessex.secret',
      operator: false,
      clearance: { ...OPERATOR.clearance, classifications: ['OFFICIAL', 'SECRET'] },
    };
    const dataFolder = temporary();
    folders.push(dataFolder);
    const bus = await openBusOf(dataFolder);
    await bus.publish([{ topic: 'justice.secret.case.v1', key: 'k', value: Buffer.from('{"a":"SECRET CANARY"}') }]);
    await bus.close();
    const gateway = await openGateway({ dataFolder, clients: [OPERATOR, reader] });
    try {
      expect((await gateway.call('/v1/events', {}, reader.id)).body.events).toEqual([]);
      await vi.waitUntil(async () => (await gateway.audit()).some(({ reasons }) => reasons?.includes('seal-broken')), 10_000);
      const { body } = await gateway.call('/v1/quarantine', {}, OPERATOR.id);
      expect(body.items).toEqual([]);
      const secret = gateway.config.clients.map((client) =>
        client.id === OPERATOR.id ? { ...client, clearance: { ...reader.clearance, policy: POLICY } } : client,
      );
      await gateway.gateway.reload({ ...gateway.config, clients: secret });
      expect((await gateway.call('/v1/quarantine', {}, OPERATOR.id)).body.items).toMatchObject([{ source: 'bus' }]);
    } finally {
      await gateway.close();
    }
  });
});

describe('T46 a message that makes an adapter loop or use too much memory', () => {
  it.each(['SPIN', 'EAT'])('%s: its worker is stopped, the message quarantined, and others are served meanwhile', async (kind) => {
    const place = temporary();
    folders.push(place);
    const gateway = await openGateway({
      config: { adapters: [hostileAdapter(place)], workers: 2 },
      limits: { messageSeconds: 1.5, workerMegabytes: 128 },
    });
    try {
      const hostile = gateway.post('/v1/messages', `HOSTILE ${kind}`, 'force');
      const others = await Promise.all(Array.from({ length: 10 }, (_, n) => gateway.post('/v1/messages', caseOf(n), 'force')));
      expect(others.map(({ status }) => status)).toEqual(others.map(() => 202));
      expect((await hostile).body.reasons).toMatchObject([{ code: 'adapter-limit' }]);
      expect((await gateway.post('/v1/messages', caseOf(99), 'force')).status).toBe(202);
      expect((await gateway.call('/health')).status).toBe(200);
    } finally {
      await gateway.close();
    }
  });
});
