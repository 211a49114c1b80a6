/** `time` is the same wherever an event is read, and the CloudEvents SDKs for JavaScript and Python read and write events unchanged. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CloudEvent, HTTP, Kafka } from 'cloudevents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverSentEvents } from '../../contracts/client/client.ts';
import type { StoredRecord } from '../../gateway/bus/bus.ts';
import { runVerb } from '../../gateway/cli/verb.ts';
import { verb } from '../../gateway/cli/verify.ts';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import { caseOf, eachRecordOfEvents, ON_KAFKA, openGateway, resultOf, type TestGateway, temporary } from '../support/gateway.ts';
import { makeIo } from '../support/io.ts';
import { pythonLeftOut, writtenByPython } from '../support/python-cloudevents.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';

const leftOut = pythonLeftOut();
const MEDIA_TYPE = 'application/cloudevents+json';
/** Clocks in London showed 10:00 on 16 November. */
const HEARD = '2026-11-16T10:00:00.000Z';

let gateway: TestGateway;
let receiver: Receiver;
const records: StoredRecord[] = [];
const folder = mkdtempSync(join(temporary(), 'written-'));
const isResult = ({ type }: Pick<SealedEvent, 'type'>): boolean => type.includes('hearing');
const eventIn = ({ value }: StoredRecord): SealedEvent => JSON.parse(Buffer.from(value).toString()) as SealedEvent;

beforeAll(async () => {
  gateway = await openGateway({ config: { webhooks: { networks: ['127.0.0.0/8'], secondsBetween: [0, 0, 0, 0], timeoutSeconds: 5 } } });
  receiver = await openReceiver();
  const headers = { 'Content-Type': 'application/json' };
  const subscription = { method: 'POST', headers, body: JSON.stringify({ url: receiver.url }) };
  expect((await gateway.call('/v1/subscriptions', subscription, 'cps')).status).toBe(201);
  await gateway.post('/v1/messages', resultOf(1), 'court');
  await gateway.post('/v1/messages', caseOf(1), 'force');
  await gateway.onBus(async (bus) => {
    for await (const record of eachRecordOfEvents(bus)) records.push(record);
  });
  // Kafka also has readers with direct access, and so has renditions.
  expect(records.length).toBeGreaterThan(ON_KAFKA ? 2 : 1);
});
afterAll(async () => {
  await gateway.close();
  await receiver.close();
  rmSync(folder, { recursive: true });
});

/** What `interchange verify` says of events, with the keys that the gateway publishes. */
async function verified(texts: readonly string[]): Promise<readonly unknown[]> {
  writeFileSync(join(folder, 'jwks.json'), (await gateway.call('/.well-known/jwks.json')).text);
  const files = texts.map((text, n) => {
    const file = join(folder, `${n}.json`);
    writeFileSync(file, text);
    return file;
  });
  const found: unknown[] = [];
  const io = makeIo(
    { INTERCHANGE_DATA: join(folder, 'data') },
    (line) => {
      const { verifies, fault } = JSON.parse(line) as { verifies: boolean; fault?: string };
      found.push(fault ?? verifies);
    },
    (line) => expect(line).toBe(''),
  );
  await runVerb(verb, [...files, '--json', '--keys', join(folder, 'jwks.json')], io);
  return found;
}

/** The texts of all that a reader of everything, and one of little, get over HTTP. */
async function readOverHttp(): Promise<readonly string[]> {
  const ids = await Promise.all(['cps', 'supplier'].map(async (persona) => ({ persona, events: await gateway.events(persona) })));
  const all = ids.flatMap(({ persona, events }) => events.map(({ id }) => gateway.call(`/v1/events/${id}`, {}, persona)));
  return (await Promise.all(all)).map(({ text }) => text);
}

const asKafkaMessage = ({ headers, key, value }: StoredRecord) => ({ headers: { ...headers }, key, value: Buffer.from(value).toString() });

describe('the time of an event', () => {
  it('is the time of the hearing if there was one, otherwise of the recording', async () => {
    const events = await gateway.events('cps');
    expect(events.find(isResult)?.time).toBe(HEARD);
    const registered = events.find((event) => !isResult(event));
    expect(registered?.time).toBe(registered?.recordedtime);
    for (const { time, recordedtime } of events)
      for (const text of [time ?? '', recordedtime]) expect(new Date(text).toISOString()).toBe(text);
  });

  it('is the same on pages, alone, in redacted copies, on streams, in webhooks and on the bus, value and header', async () => {
    const found = new Map<string, Set<unknown>>();
    const see = ({ id, time }: Pick<SealedEvent, 'id' | 'time'>, from = found.get(id) ?? new Set()) => found.set(id, from.add(time));
    for (const persona of ['cps', 'court', 'supplier']) for (const event of await gateway.events(persona)) see(event);
    for (const text of await readOverHttp()) see(JSON.parse(text) as SealedEvent);
    for (const { event } of await receiver.count(2)) see(event);
    for (const record of records) {
      see(eventIn(record));
      see({ id: eventIn(record).id, time: record.headers.ce_time ?? '' });
    }
    const abort = new AbortController();
    const headers = { Authorization: `Bearer ${await gateway.token('cps')}` };
    const { body } = await fetch(`${gateway.url}/v1/events/stream`, { headers, signal: abort.signal });
    let streamed = 0;
    for await (const { data } of serverSentEvents(body as ReadableStream<Uint8Array>)) {
      see(JSON.parse(data) as SealedEvent);
      if (++streamed === 2) break;
    }
    abort.abort();
    expect([...found.values()].map(({ size }) => size)).toEqual([1, 1]);
  });
});

describe('an event that a stock SDK reads is written unchanged and verifies:', () => {
  it('with JavaScript over HTTP', async () => {
    const texts = await readOverHttp();
    const written = texts.map((text) => {
      const event = HTTP.toEvent<object>({ headers: { 'content-type': MEDIA_TYPE }, body: text }) as CloudEvent<object>;
      expect(event.validate()).toBe(true);
      return HTTP.structured(event).body as string;
    });
    expect(written.map((text) => JSON.parse(text) as object)).toEqual(texts.map((text) => JSON.parse(text) as object));
    expect(await verified(written)).toEqual(texts.map(() => true));
  });

  it('with JavaScript from Kafka', async () => {
    const written = records.map((record) => {
      const message = asKafkaMessage(record);
      const event = Kafka.toEvent<object>({ ...message, body: message.value }) as CloudEvent<object>;
      return (Kafka.structured(event) as unknown as { value: string }).value;
    });
    expect(written.map((text) => JSON.parse(text) as object)).toEqual(records.map(eventIn));
    expect(await verified(written)).toEqual(records.map(() => true));
  });

  it.skipIf(leftOut !== undefined)('with Python over HTTP, with the interfaces before and after version 2', async () => {
    const texts = await readOverHttp();
    for (const by of ['http', 'http-before-2'] as const) {
      const written = writtenByPython(texts.map((value) => ({ by, headers: { 'content-type': MEDIA_TYPE }, value })));
      expect(await verified(written)).toEqual(texts.map(() => true));
      const instants = (text: string) => {
        const { time, ...rest } = JSON.parse(text) as SealedEvent;
        return { ...rest, time: Date.parse(time ?? '') };
      };
      expect(written.map(instants)).toEqual(texts.map(instants));
    }
  });

  it.skipIf(leftOut !== undefined)('with Python from Kafka', async () => {
    const written = writtenByPython(records.map((record) => ({ by: 'kafka', ...asKafkaMessage(record) })));
    expect(await verified(written)).toEqual(records.map(() => true));
  });
});
