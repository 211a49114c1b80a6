/**
 * One order of all events, for every way of reading (T74; docs/decisions/0020-one-order-of-events.md). Generated histories are sent to real
 * gateways by several senders at once, and read as pages, as streams, by webhook and, on Kafka, from the topics. `HISTORIES=20000` for more.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { serverSentEvents } from '../../contracts/client/client.ts';
import { EventOrder, type OrderedEvent } from '../../contracts/client/event-order.ts';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import { type ClientConfig, GATEWAY } from '../../gateway/rules/clients.ts';
import { levelOrder } from '../../gateway/wire/topics.ts';
import { ON_KAFKA, OPERATOR, openGateway, type TestGateway, temporary } from '../support/gateway.ts';
import { type History, histories, roundsOf, type Step } from '../support/histories.ts';
import { openReceiver } from '../support/receiver.ts';
import { POLICY } from '../support/rules-in-force.ts';

const HISTORIES = Number(process.env.HISTORIES ?? 300);
const SEED = Number(process.env.SEED ?? 7);
const BATCH = 100;
/** A reader of everything takes its time: milliseconds. */
const PATIENCE = 600_000 + HISTORIES * 200;
/** How many histories are also read by webhook, which takes a request for each event. */
const BY_WEBHOOK = 20;
const AT_ONCE = 12;

const RESULTED = 'uk.justice.hearing.resulted.v1';

const sender = (id: string): ClientConfig => ({
  id,
  title: 'Sender (invented)',
  scopes: ['events:write', 'events:read'],
  clearance: OPERATOR.clearance,
  submits: {
    standards: ['case.registered', 'hearing.resulted', 'correction.issued'],
    floor: { policy: POLICY, classification: 'OFFICIAL' },
  },
});
const SENDERS = [sender('example.sender.one'), sender('example.sender.two')];
const reader = (id: string): ClientConfig => ({
  id,
  title: 'Reader (invented)',
  scopes: ['events:read', 'subscriptions:read', 'subscriptions:write'],
  clearance: OPERATOR.clearance,
});
const READERS = ['pages', 'results', 'stream', 'late', 'webhook', 'direct'].map((name) => reader(`example.reader.${name}`));

/** An event that was accepted: its case, its round in it, and what it corrects. */
interface Sent {
  readonly id: string;
  readonly urn: string;
  readonly round: number;
  readonly corrects: string | undefined;
  readonly type: string;
}

const folder = temporary();
const gateways: TestGateway[] = [];
beforeAll(async () => {
  const start = (name: string) =>
    openGateway({
      config: { keysFolder: join(folder, 'keys'), name },
      clients: [...SENDERS, ...READERS],
      dataFolder: folder,
    });
  gateways.push(await start('one'));
  if (ON_KAFKA) gateways.push(await startSecond());
}, 60_000);
afterAll(async () => {
  for (const gateway of gateways) await gateway.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Another gateway on the same topics, with a separate view. */
function startSecond(): Promise<TestGateway> {
  const [first] = gateways;
  const { kafka } = (first as TestGateway).config;
  return openGateway({
    config: { keysFolder: join(folder, 'keys'), name: 'two', bus: 'kafka', ...(kafka === undefined ? {} : { kafka }) },
    clients: [...SENDERS, ...READERS],
  });
}

const anyGateway = (n: number): TestGateway => gateways[n % gateways.length] as TestGateway;

async function get<T>(gateway: TestGateway, path: string, persona: string): Promise<T> {
  const response = await fetch(`${gateway.url}${path}`, { headers: { Authorization: `Bearer ${await gateway.token(persona)}` } });
  expect([path, response.status]).toEqual([path, 200]);
  return (await response.json()) as T;
}

const person = (n: number) => ({
  person: { name: { givenNames: ['Jory'], familyName: `Tremayne ${'abcdefgh'[n >> 2]}${'abcd'[n & 3]}` } },
});

function dataOf(
  { kind, level }: Step,
  urn: string,
  number: number,
  corrected: Sent | undefined,
  before: readonly Sent[],
): [string, object] {
  const label = level === 'sensitive' ? { label: { policy: POLICY, classification: 'OFFICIAL', sensitive: true } } : {};
  const about = { case: { urn }, ...label };
  if (kind === 'registered') return ['uk.justice.case.registered.v1', { ...about, defendants: [person(number)] }];
  if (kind === 'resulted')
    return [
      RESULTED,
      {
        ...about,
        hearing: { courtHouse: { ouCode: 'B62IZ00' }, date: new Date(Date.UTC(2026, 2, 1 + number)).toISOString().slice(0, 10) },
        defendants: [person(number)],
      },
    ];
  const replacing = kind === 'rectified' ? before.find(({ id }) => id !== corrected?.id) : undefined;
  const replacement = replacing === undefined ? {} : { replacedBy: replacing.id };
  return ['uk.justice.correction.issued.v1', { ...about, corrects: corrected?.id, kind, ...replacement, detail: `Number ${number}` }];
}

/** Sends a history: each round when the one before it was accepted. */
async function send(history: History): Promise<readonly Sent[]> {
  const { urn } = history;
  const who = SENDERS[Number(urn.slice(-1)) % 2]?.id as string;
  const sent: Sent[] = [];
  for (const [round, steps] of roundsOf(history).entries()) {
    const before = [...sent];
    const accepted = await Promise.all(
      steps.map(async (step, n): Promise<Sent> => {
        const corrected = before[step.of % Math.max(1, before.length)];
        const [type, data] = dataOf(step, urn, before.length + n, corrected, before);
        const gateway = anyGateway(step.gateway);
        const response = await fetch(`${gateway.url}/v1/events`, {
          method: 'POST',
          headers: { Authorization: `Bearer ${await gateway.token(who)}`, 'Content-Type': 'application/cloudevents+json' },
          body: JSON.stringify({ specversion: '1.0', type, data }),
        });
        const receipt = (await response.json()) as { events: [{ id: string }]; reasons?: unknown };
        expect([response.status, receipt.reasons]).toEqual([202, []]);
        return { id: receipt.events[0].id, urn, round, corrects: type.includes('correction') ? corrected?.id : undefined, type };
      }),
    );
    sent.push(...accepted);
  }
  return sent;
}

/** Does work for each item, this many at once. */
async function each<T, R>(all: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const rest = [...all.entries()];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let next = rest.shift(); next !== undefined; next = rest.shift()) results[next[0]] = await work(next[1]);
    }),
  );
  return results;
}

interface PageBody {
  readonly events: readonly SealedEvent[];
  readonly cursor: string;
  readonly more: boolean;
}

/** Reads pages of all sizes, each from another gateway, until nothing more is there. */
async function pages(
  persona: string,
  cursor: string | undefined,
  query: string,
  sizes: readonly number[],
  beginning = '',
): Promise<PageBody> {
  const events: SealedEvent[] = [];
  let at = cursor;
  for (let turn = 0; ; turn++) {
    const limit = sizes[turn % sizes.length];
    const from = at === undefined ? beginning : `&cursor=${at}`;
    const page = await get<PageBody>(anyGateway(turn), `/v1/events?limit=${limit}${query}${from}`, persona);
    events.push(...page.events);
    at = page.cursor;
    if (!page.more) return { ...page, events };
  }
}

/** Reads a stream until this many events have arrived, on connections that break after every few of them. */
async function streamed(persona: string, cursor: string | undefined, count: number, lengths: readonly number[]) {
  const events: SealedEvent[] = [];
  let at = cursor;
  for (let turn = 0; events.length < count; turn++) {
    const gateway = anyGateway(turn);
    const stop = new AbortController();
    const response = await fetch(`${gateway.url}/v1/events/stream`, {
      headers: { Authorization: `Bearer ${await gateway.token(persona)}`, ...(at === undefined ? {} : { 'Last-Event-ID': at }) },
      signal: AbortSignal.any([stop.signal, AbortSignal.timeout(30_000)]),
    });
    let left = lengths[turn % lengths.length] ?? 1;
    for await (const { id, data } of serverSentEvents(response.body as ReadableStream<Uint8Array>)) {
      events.push(JSON.parse(data) as SealedEvent);
      at = id;
      if (--left === 0 || events.length === count) break;
    }
    stop.abort();
  }
  return { events, cursor: at };
}

/** Throws where events are not each once, in the order of their places, and all that are wanted. */
function expectInOrder(way: string, events: readonly SealedEvent[], places: ReadonlyMap<string, number>, wanted: readonly Sent[]): void {
  const got = events.map(({ id }) => places.get(id) ?? -1);
  expect([way, got]).toEqual([way, [...new Set(got)].toSorted((a, b) => a - b)]);
  const [notices, others] = [events.filter(({ source }) => source === GATEWAY), events.filter(({ source }) => source !== GATEWAY)];
  expect([way, new Set(others.map(({ id }) => id))]).toEqual([way, new Set(wanted.map(({ id }) => id))]);
  // The gateway's own notices of corrections come after what they are about.
  for (const { id, data } of notices) expect(places.get(id)).toBeGreaterThan(places.get(data.corrects as string) ?? Number.NaN);
}

/** Throws where the order of a case is not the order in which its events were accepted. */
function expectCaseOrder(sent: readonly Sent[], places: ReadonlyMap<string, number>): void {
  const placeOf = (id: string) => places.get(id) ?? Number.NaN;
  for (const messages of Map.groupBy(sent, ({ urn }) => urn).values())
    for (const [n, message] of messages.entries()) {
      if (message.corrects !== undefined)
        expect([message.urn, placeOf(message.id) > placeOf(message.corrects)]).toEqual([message.urn, true]);
      for (const before of messages.slice(0, n))
        if (before.round < message.round) expect(placeOf(before.id)).toBeLessThan(placeOf(message.id));
    }
}

const some = (seed: number, max: number): readonly number[] => fc.sample(fc.integer({ min: 1, max }), { numRuns: 20, seed });

describe('T74 the events of every case', () => {
  const places = new Map<string, number>();
  let all: Sent[] = [];

  it(
    `are read in one order, without loss or repetition, for ${HISTORIES} histories`,
    async () => {
      const cursors: Record<string, string | undefined> = {};
      for (let done = 0, batch = 0; done < HISTORIES; batch++) {
        const count = Math.min(batch === 0 ? BY_WEBHOOK : BATCH, HISTORIES - done);
        const seed = SEED * 1000 + batch;
        const receiver = batch === 0 ? await openReceiver() : undefined;
        const since = new Date().toISOString();
        if (receiver !== undefined) await subscribe(receiver.url);
        const sent = (await each(histories(count, seed, done), send)).flat();
        done += count;
        const unfiltered = await pages('example.reader.pages', cursors.pages, '', some(seed, 60));
        cursors.pages = unfiltered.cursor;
        for (const { id } of unfiltered.events) places.set(id, places.size);
        expectInOrder('pages', unfiltered.events, places, sent);
        expectCaseOrder(sent, places);
        // A filter leaves out what nobody asked for, and no correction of what was given.
        const results = sent.filter(({ type }) => type === RESULTED);
        const ofResults = sent.filter(({ corrects }) => results.some(({ id }) => id === corrects));
        const ofThose = sent.filter(({ corrects }) => ofResults.some(({ id }) => id === corrects));
        const filtered = await pages('example.reader.results', cursors.results, `&type=${RESULTED}`, some(seed + 1, 30));
        cursors.results = filtered.cursor;
        const given = new Set(filtered.events.map(({ id }) => id));
        expectInOrder('pages of a type', filtered.events, places, [
          ...results,
          ...ofResults,
          ...sent.filter(({ id }) => given.has(id) && ofThose.some((message) => message.id === id)),
          ...sent.filter(({ id, corrects }) => given.has(id) && corrects !== undefined),
        ]);
        for (const message of sent) if (message.corrects !== undefined && given.has(message.corrects)) expect(given).toContain(message.id);
        const stream = await streamed('example.reader.stream', cursors.stream, unfiltered.events.length, some(seed + 2, 40));
        cursors.stream = stream.cursor;
        expectInOrder('streams', stream.events, places, sent);
        const late = await pages('example.reader.late', undefined, '', some(seed + 3, 100), `&from=${since}`);
        expectInOrder(
          'pages from a time',
          late.events.filter(({ id }) => sent.some((message) => message.id === id)),
          places,
          sent,
        );
        if (receiver !== undefined) {
          const { got } = receiver;
          const hasAll = () => sent.every(({ id }) => got.some(({ event }) => event.id === id));
          await vi.waitUntil(hasAll, { timeout: 120_000, interval: 100 });
          expectInOrder(
            'webhook',
            got.map(({ event }) => event),
            places,
            sent,
          );
          await receiver.close();
        }
        all = [...all, ...sent];
      }
      expect(all.length).toBeGreaterThan(2 * HISTORIES);
    },
    40 * 60_000,
  );

  it(
    'are the same for a reader that begins in the middle, at any page',
    async () => {
      const sizes = some(SEED, 200);
      for (const start of some(SEED + 1, 10)) {
        const first = await get<PageBody>(anyGateway(start), `/v1/events?limit=${start * 7}`, 'example.reader.late');
        const rest = await pages('example.reader.late', first.cursor, '', sizes);
        expect(rest.events.map(({ id }) => places.get(id))).toEqual([...places.values()].slice(start * 7));
      }
    },
    PATIENCE,
  );

  it.runIf(ON_KAFKA)(
    'are in that order for a reader of a level’s topics and its order',
    async () => {
      const level = 'official-sensitive';
      const topics = ['case', 'hearing', 'correction'].flatMap((noun) => [`justice.official.${noun}.v1`, `justice.${level}.${noun}.v1`]);
      const order = new EventOrder<string>(topics);
      const given: string[] = [];
      await anyGateway(0).onBus(async (bus) => {
        const next = new Map<string, number>();
        // Each topic as fast as it comes, and the order last: events wait for their turn.
        while (given.length < places.size)
          for (const topic of [...topics, levelOrder(level)])
            for (const [partition, end] of Object.entries(await bus.ends(topic))) {
              const from = next.get(`${topic}/${partition}`) ?? 0;
              const records = from < end ? await bus.read(topic, Number(partition), from, 50) : [];
              for (const { value, headers, offset } of records) {
                const parsed = JSON.parse(Buffer.from(value).toString()) as OrderedEvent & SealedEvent;
                const due = topic === levelOrder(level) ? order.order(parsed) : order.event(topic, headers.ce_id ?? '', parsed.id);
                given.push(...due);
                next.set(`${topic}/${partition}`, offset + 1);
              }
            }
      });
      expect(given.map((id) => places.get(id))).toEqual([...places.values()]);
      expect(order.waiting).toBe(0);
    },
    PATIENCE,
  );
});

async function subscribe(url: string): Promise<void> {
  const gateway = anyGateway(1);
  const made = await fetch(`${gateway.url}/v1/subscriptions`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${await gateway.token('example.reader.webhook')}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ url }),
  });
  expect(made.status).toBe(201);
}
