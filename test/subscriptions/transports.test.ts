/** Subscriptions that deliver through a configured transport, in canonical form or in a legacy format. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newCase } from '../../adapters/spi/index.ts';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import { caseOf, openGateway, type TestGateway, temporary } from '../support/gateway.ts';

const WITHIN = { timeout: 20_000, interval: 50 };
const JSON_TYPE = { 'Content-Type': 'application/json' };
const CLIENT = 'wessex.police.records';
const folder = temporary();
const outbox = (name: string) => join(folder, name);
const namesIn = (name: string) => readdirSync(outbox(name)).filter((file) => !file.startsWith('.'));
const oldestFirst = (name: string) =>
  namesIn(name).toSorted((one, other) => statSync(join(outbox(name), one)).mtimeMs - statSync(join(outbox(name), other)).mtimeMs);
let gateway: TestGateway;

beforeAll(async () => {
  for (const name of ['canonical', 'legacy', 'lenient', 'away', 'redacted']) mkdirSync(outbox(name));
  const transport = (name: string, client: string) => ({ name, kind: 'folder', client, settings: { outbox: outbox(name) } });
  gateway = await openGateway({
    config: {
      transports: [
        ...['canonical', 'legacy', 'lenient', 'away'].map((name) => transport(name, CLIENT)),
        transport('redacted', 'example.supplier.frontend'),
      ],
      webhooks: { secondsBetween: [0.2, 0.2, 0.2, 0.2, 0.2, 0.2] },
    },
  });
}, 60_000);
afterAll(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true, force: true });
});

const subscribe = (request: object, persona = 'force') => gateway.post('/v1/subscriptions', JSON.stringify(request), persona, JSON_TYPE);
const send = async (n: number): Promise<string> => (await gateway.post('/v1/messages', caseOf(n), 'force')).body.events[0].id;
const attempts = async (id: string) => (await gateway.call(`/v1/subscriptions/${id}/deliveries`, {}, 'force')).body.deliveries;

describe('a subscription to a transport', () => {
  it('gets each event once, as a file named by its id, in order', async () => {
    const { status, body } = await subscribe({ url: 'transport:canonical' });
    expect([status, body.url]).toEqual([201, 'transport:canonical']);
    const ids: string[] = [];
    for (const n of [1, 2, 3, 4]) ids.push(await send(n));
    await expect.poll(() => namesIn('canonical').length, WITHIN).toBe(4);
    expect(oldestFirst('canonical')).toEqual(ids.map((id) => `${id}.json`));
    const [first] = oldestFirst('canonical').map(
      (name) => JSON.parse(readFileSync(join(outbox('canonical'), name), 'utf8')) as SealedEvent,
    );
    const read = await gateway.call(`/v1/events/${ids[0]}`, { headers: { Accept: 'application/cloudevents+json' } }, 'force');
    expect(first).toEqual(read.body);
    await expect.poll(async () => (await attempts(body.id)).length, WITHIN).toBe(4);
    expect((await attempts(body.id)).every(({ outcome }: { outcome: string }) => outcome === 'delivered')).toBe(true);
  });
  it('gets events in its own format, and the delivery log names an event that the format cannot hold', async () => {
    const { status, body } = await subscribe({ url: 'transport:legacy', format: 'application/spi+xml' });
    expect([status, body.format]).toEqual([201, 'application/spi+xml']);
    const before = await send(11);
    const stop = {
      specversion: '1.0',
      type: 'uk.justice.person.stopped.v1',
      data: {
        stop: {
          date: '2026-11-20',
          time: '21:40:00',
          kind: 'person-search',
          power: 'PACE1984_s1',
          object: 'stolen-goods',
          outcome: 'no-further-action',
        },
        person: { name: { givenNames: ['Jory'], familyName: 'TREMAYNE' } },
        officer: { number: 'PC4417' },
      },
    };
    const stopped = await gateway.post('/v1/events', JSON.stringify(stop), 'force', JSON_TYPE);
    expect(stopped.status).toBe(202);
    const after = await send(12);
    await expect.poll(() => namesIn('legacy').toSorted(), WITHIN).toEqual([`${before}.xml`, `${after}.xml`].toSorted());
    const decoded = newCase.decode(readFileSync(join(outbox('legacy'), `${after}.xml`)));
    expect(decoded.ok && decoded.value.events[0]?.standard).toBe('case.registered');
    await expect
      .poll(() => attempts(body.id), WITHIN)
      .toMatchObject([
        { outcome: 'delivered' },
        { outcome: 'unwritable', reason: 'no-adapter', event: stopped.body.events[0].id },
        { outcome: 'delivered' },
      ]);
    expect(gateway.log()).toContain('the format of a subscription cannot hold an event');
  });
  it('gets the part that its format can hold, if it asks for that', async () => {
    const event = {
      specversion: '1.0',
      type: 'uk.justice.case.registered.v1',
      data: {
        case: { urn: '52WX2000041', originator: '152WX00', initiation: 'C' },
        hearing: { courtHouse: { ouCode: 'B01EF00' }, date: '2026-12-01', time: '10:00:00' },
        defendants: [
          {
            person: { name: { givenNames: ['Jory'], familyName: 'TREMAYNE' }, dateOfBirth: '1991-04-17', gender: '1' },
            offences: [{ sequence: '001', code: 'CJ88116' }],
          },
        ],
        extensions: { other: { note: 'no place in SPI' } },
      },
    };
    const [strict, lenient] = [{}, { handling: 'lenient' }].map((handling) => ({
      url: 'transport:lenient',
      format: 'application/spi+xml',
      ...handling,
    }));
    const subscriptions = [await subscribe(strict ?? {}), await subscribe(lenient ?? {})];
    expect(subscriptions.map(({ status }) => status)).toEqual([201, 201]);
    const sent = await gateway.post('/v1/events', JSON.stringify(event), 'force', JSON_TYPE);
    expect(sent.body.status).toBe('accepted');
    const [first] = sent.body.events;
    await expect.poll(() => namesIn('lenient'), WITHIN).toEqual([`${first.id}.xml`]);
    const outcomes = async () => (await Promise.all(subscriptions.map(({ body }) => attempts(body.id)))).map(([last]) => last?.outcome);
    await expect.poll(outcomes, WITHIN).toEqual(['unwritable', 'delivered']);
  });
  it('tries again when the other side fails, and loses nothing', async () => {
    const { body } = await subscribe({ url: 'transport:away' });
    renameSync(outbox('away'), outbox('elsewhere'));
    const ids = [await send(21), await send(22)];
    await expect.poll(async () => (await attempts(body.id))[0], WITHIN).toMatchObject({ outcome: 'failed', reason: 'refused' });
    renameSync(outbox('elsewhere'), outbox('away'));
    await expect.poll(() => oldestFirst('away'), WITHIN).toEqual(ids.map((id) => `${id}.json`));
  });
  it('gets only what its client may read, redacted', async () => {
    await subscribe({ url: 'transport:redacted' }, 'supplier');
    const id = await send(31);
    const file = join(outbox('redacted'), `${id}.json`);
    await expect.poll(() => existsSync(file), WITHIN).toBe(true);
    const read = await gateway.call(`/v1/events/${id}`, { headers: { Accept: 'application/cloudevents+json' } }, 'supplier');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(read.body);
    expect(read.body).not.toEqual((await gateway.call(`/v1/events/${id}`, {}, 'force')).body);
  });
  it('can be paused, resumed and replayed like others, and sends a test event', async () => {
    const [subscription] = (await gateway.call('/v1/subscriptions', {}, 'force')).body.subscriptions.filter(
      ({ url }: { url: string }) => url === 'transport:canonical',
    );
    const tested = await gateway.post(`/v1/subscriptions/${subscription.id}/test`, '', 'force');
    expect(tested.body).toMatchObject({ outcome: 'delivered' });
    expect(namesIn('canonical')).toContain(`${tested.body.event}.json`);
    for (const name of namesIn('canonical')) rmSync(join(outbox('canonical'), name));
    const replayed = await gateway.post(
      `/v1/subscriptions/${subscription.id}/replay`,
      JSON.stringify({ from: '2020-01-01T00:00:00Z' }),
      'force',
      JSON_TYPE,
    );
    expect(replayed.status).toBe(202);
    const { length } = await gateway.events('force');
    await expect.poll(() => namesIn('canonical').length, WITHIN).toBe(length);
  });
});

describe('a client’s subscription is refused', () => {
  it.each([
    ['a transport of another client', { url: 'transport:redacted' }, 'address-refused', '/body/url'],
    ['a transport that does not exist', { url: 'transport:none' }, 'address-refused', '/body/url'],
    ['a format that no adapter writes', { url: 'transport:legacy', format: 'application/none' }, 'no-adapter', '/body/format'],
  ])('because of %s', async (_, request, code, at) => {
    const { status, body } = await subscribe(request);
    expect([status, body.reasons[0].code, body.reasons[0].at]).toEqual([400, code, at]);
  });
  it('in the same words for an absent transport and another client’s', async () => {
    const [foreign, absent] = [await subscribe({ url: 'transport:redacted' }), await subscribe({ url: 'transport:none' })];
    expect(foreign.body.reasons).toEqual(absent.body.reasons);
  });
});
