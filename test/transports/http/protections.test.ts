/** T57: the register of protections. An order made today protects what was published yesterday, however it is read. */
import { rmSync } from 'node:fs';
import { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { verb } from '../../../gateway/cli/protections.ts';
import { runVerb } from '../../../gateway/cli/verb.ts';
import type { SealedEvent } from '../../../gateway/labels/event.ts';
import type { ClientConfig } from '../../../gateway/rules/clients.ts';
import { type Answer, caseOf, ON_KAFKA, openGateway, problem, resultOf, type TestGateway, temporary } from '../../support/gateway.ts';
import { makeIo } from '../../support/io.ts';
import { liftByTwo } from '../../support/lift.ts';
import { openReceiver } from '../../support/receiver.ts';
import { POLICY } from '../../support/rules-in-force.ts';

const ALL = ['CYPA1933_s49', 'YJCEA1999_s45', 'YJCEA1999_s45A', 'YJCEA1999_s46', 'SOAA1992_s1'];
const reader = (id: string, restrictions: readonly string[]): ClientConfig => ({
  id,
  title: `${id} (invented)`,
  scopes: ['events:read', 'subscriptions:read', 'subscriptions:write', 'protections:read'],
  clearance: {
    policy: POLICY,
    classifications: ['OFFICIAL'],
    sensitive: true,
    releasableTo: ['POLICE', 'CPS', 'COURTS', 'PROBATION'],
    restrictions,
  },
});
/** Reads everything but what a restriction bars, and everything. */
const [BARRED, BOUND] = ['example.barred', 'example.bound'] as const;
const clients = [reader(BARRED, []), reader(BOUND, ALL)];

const JSON_TYPE = { 'Content-Type': 'application/json' };
const urnOf = (n: number): string => `52WX2${String(n).padStart(6, '0')}`;
const NAMES = /tremayne|kittiwake|jory/i;

const order = (n: number, more: object = {}) =>
  JSON.stringify({
    case: urnOf(n),
    person: { kind: 'defendant', givenNames: ['Jory'], familyName: 'Tremayne' },
    restrictions: ['YJCEA1999_s45'],
    law: 'Youth Justice and Criminal Evidence Act 1999, s.45',
    title: 'Order of Wessex Magistrates’ Court (invented)',
    ...more,
  });

describe('T57 the register of protections', () => {
  let gateway: TestGateway;
  let clock = Date.now();
  const impose = (n: number, more: object = {}): Promise<Answer> => gateway.post('/v1/protections', order(n, more), 'owner', JSON_TYPE);
  const lift = (id: string): Promise<Answer> => liftByTwo(gateway, id);
  const publish = async (n: number, text = caseOf(n)): Promise<string> =>
    (await gateway.post('/v1/messages', text, 'force')).body.events[0].id as string;
  const read = async (id: string, persona: string = BARRED, accept = 'application/cloudevents+json') =>
    gateway.call(`/v1/events/${id}`, { headers: { Accept: accept } }, persona);
  const page = async (subject: string, persona: string = BARRED) =>
    (await gateway.call(`/v1/events?limit=100&subject=${subject}`, {}, persona)).body.events as SealedEvent[];
  const subjectOf = async (id: string): Promise<string> => (await read(id, BOUND)).body.subject as string;
  beforeAll(async () => {
    gateway = await openGateway({ clients, now: () => clock });
  }, 60_000);
  afterAll(() => gateway?.close());

  it('an order of today redacts the event of yesterday on a page, by its id and in the legacy encoding, until it is lifted', async () => {
    const id = await publish(1);
    const subject = await subjectOf(id);
    expect(JSON.stringify(await page(subject))).toMatch(NAMES);
    expect((await read(id, BARRED, 'application/spi+xml')).text).toMatch(NAMES);
    const imposed = await impose(1);
    expect([imposed.status, imposed.body.status, imposed.body.subject]).toEqual([201, 'in-force', subject]);
    for (const event of [await read(id), await read(id, BARRED, 'application/spi+xml')]) expect(event.text).not.toMatch(NAMES);
    expect(JSON.stringify(await page(subject))).not.toMatch(NAMES);
    expect((await read(id, BOUND)).text).toMatch(NAMES);
    expect((await read(id)).body.rendition).toBe('OFFICIAL-SENSITIVE');
    const lifted = await lift(imposed.body.id);
    expect([lifted.status, lifted.body.status, lifted.body.lifted.by]).toEqual([200, 'lifted', 'wessex.information.owner']);
    expect((await read(id)).text).toMatch(NAMES);
    expect(JSON.stringify(await page(subject))).toMatch(NAMES);
  });

  it('a protection redacts on an open stream', async () => {
    const stop = new AbortController();
    const first = await publish(2);
    const subject = await subjectOf(first);
    const response = await fetch(`${gateway.url}/v1/events/stream?subject=${subject}`, {
      headers: { Authorization: `Bearer ${await gateway.token(BARRED)}` },
      signal: stop.signal,
    });
    let seen = '';
    const followed = (async () => {
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) seen += Buffer.from(chunk).toString();
    })().catch(() => undefined);
    await vi.waitFor(() => expect(seen).toContain(first), 10_000);
    expect(seen).toMatch(NAMES);
    const before = seen.length;
    expect((await impose(2)).status).toBe(201);
    const second = (await gateway.post('/v1/messages', resultOf(2), 'court')).body.events[0].id as string;
    await vi.waitFor(() => expect(seen).toContain(second), 10_000);
    expect(seen.slice(before)).not.toMatch(NAMES);
    stop.abort();
    await followed;
  });

  it('a protection redacts the next attempt of a webhook, and a replay', async () => {
    const receiver = await openReceiver();
    receiver.answer = 503;
    // Corrections of other cases that this client is owed come before.
    clock += 120_000;
    // Brokers have a separate clock.
    const from = new Date(ON_KAFKA ? Date.now() : clock - 60_000).toISOString();
    const id = await publish(3);
    const subject = await subjectOf(id);
    const made = await gateway.post('/v1/subscriptions', JSON.stringify({ url: receiver.url, subject, from }), BARRED, JSON_TYPE);
    expect(made.status).toBe(201);
    await receiver.count(1);
    expect(receiver.got[0]?.body).toMatch(NAMES);
    expect((await impose(3)).status).toBe(201);
    receiver.answer = 204;
    clock += 60_000;
    await gateway.post(`/v1/subscriptions/${made.body.id as string}/replay`, JSON.stringify({ from }), BARRED, JSON_TYPE);
    await vi.waitFor(() => expect(receiver.got.filter(({ body }) => body.includes(id)).length).toBeGreaterThan(1), 15_000);
    const [, ...after] = receiver.got.filter(({ body }) => body.includes(id));
    for (const { body } of after) expect(body).not.toMatch(NAMES);
    await gateway.call(`/v1/subscriptions/${made.body.id as string}`, { method: 'DELETE' }, BARRED);
    await receiver.close();
  }, 40_000);

  it('every recipient gets one correction of kind restricted, whatever they filter', async () => {
    const id = await publish(4);
    const subject = await subjectOf(id);
    await page(subject);
    await page(subject, BOUND);
    await impose(4);
    const corrections = async (persona: string) => {
      const { body } = await gateway.call('/v1/events?limit=1000&type=uk.justice.case.registered.v1', {}, persona);
      return (body.events as SealedEvent[]).filter(({ data }) => data.corrects === id);
    };
    for (const persona of [BARRED, BOUND])
      await vi.waitFor(async () => expect(await corrections(persona)).toHaveLength(1), { timeout: 15_000, interval: 100 });
    const [correction] = await corrections(BARRED);
    expect(correction).toMatchObject({ source: 'justice-interchange', subject, data: { kind: 'restricted', corrects: id } });
    // A second order about the same person says nothing new of the event.
    await impose(4);
    await publish(40);
    for (const persona of [BARRED, BOUND]) expect(await corrections(persona)).toHaveLength(1);
  });

  const correctionsOf = async (id: string) =>
    (await gateway.events(BARRED)).filter(({ source, data }) => source === 'justice-interchange' && data.corrects === id);
  const corrected = (id: string, times: number) =>
    vi.waitFor(async () => expect(await correctionsOf(id)).toHaveLength(times), { timeout: 15_000, interval: 100 });
  const VICTIM = { person: { kind: 'victim', familyName: 'Prosser' } };

  it('a second person with the same restriction gives another correction, and so does an order that was lifted and made again', async () => {
    const id = await publish(41);
    expect((await read(id)).text).toMatch(/prosser/i);
    const first = await impose(41);
    await corrected(id, 1);
    await impose(41, VICTIM);
    await corrected(id, 2);
    expect((await read(id)).text).not.toMatch(/tremayne|prosser/i);
    await lift(first.body.id as string);
    expect((await read(id)).text).toMatch(/tremayne/i);
    clock += 1000;
    await impose(41);
    await corrected(id, 3);
    expect((await read(id)).text).not.toMatch(/tremayne/i);
  }, 60_000);

  it('orders at the same time have one correction each', async () => {
    const id = await publish(42);
    const orders = [{}, VICTIM, { restrictions: ['YJCEA1999_s46'] }, { ...VICTIM, restrictions: ['SOAA1992_s1'] }];
    await Promise.all(orders.map((request) => impose(42, request)));
    await corrected(id, orders.length);
    await publish(43);
    expect(await correctionsOf(id)).toHaveLength(orders.length);
  }, 60_000);

  it('a stream that waits for its reader decides again on unsent events', async () => {
    clock += 120_000;
    // Brokers have a separate clock.
    const from = new Date(ON_KAFKA ? Date.now() : clock - 60_000).toISOString();
    const first = await publish(44);
    const subject = await subjectOf(first);
    const others = [caseOf(44).replace('Boat builder', 'Net maker'), caseOf(44).replace('Boat builder', 'Sail maker')];
    for (const text of others) await publish(44, text);
    // Keeps the first event back and says that the reader is slow. Whether the kernel takes more decides nothing here.
    const stalled = Promise.withResolvers<() => void>();
    const written: string[] = [];
    const write = ServerResponse.prototype.write as (this: ServerResponse, chunk: string) => boolean;
    const spy = vi.spyOn(ServerResponse.prototype, 'write').mockImplementation(function (this: ServerResponse, chunk: string) {
      if (!String(chunk).includes('\ndata: ')) return write.call(this, chunk);
      written.push(chunk);
      if (written.length > 1) {
        write.call(this, chunk);
        return true;
      }
      stalled.resolve(() => {
        write.call(this, chunk);
        this.emit('drain');
      });
      return false;
    } as ServerResponse['write']);
    const stop = new AbortController();
    const followed = fetch(`${gateway.url}/v1/events/stream?subject=${subject}&from=${from}`, {
      headers: { Authorization: `Bearer ${await gateway.token(BARRED)}` },
      signal: stop.signal,
    }).then((response) => response.text());
    try {
      const drain = await stalled.promise;
      expect(written).toHaveLength(1);
      expect(written[0]).toMatch(NAMES);
      expect((await impose(44)).status).toBe(201);
      expect(written).toHaveLength(1);
      drain();
      await vi.waitFor(() => expect(written.length).toBeGreaterThan(others.length), 15_000);
      const [, ...after] = written;
      expect(after.join('')).not.toMatch(NAMES);
      expect(new Set(written.slice(0, 3).map((line) => /"id":"([^"]+)"/.exec(line)?.[1])).size).toBe(3);
    } finally {
      spy.mockRestore();
      stop.abort();
      await followed.catch(() => undefined);
    }
  }, 60_000);

  it('the answer counts the events of the case that the person who imposes may read', async () => {
    expect((await impose(45)).body.events).toBe(0);
    await publish(45);
    expect((await impose(45)).body.events).toBe(1);
    await gateway.post('/v1/messages', resultOf(45), 'court');
    expect((await impose(45)).body.events).toBe(2);
    const lines: string[] = [];
    const words = ['impose', '--case', urnOf(46), '--restrictions', 'YJCEA1999_s45', '--law', 'A law', '--title', 'An order'];
    const io = makeIo({}, (line) => lines.push(line));
    const code = await runVerb(verb, [...words, '--url', gateway.url, '--token', await gateway.token('owner')], io);
    expect([code, lines.at(-1)]).toEqual([0, expect.stringMatching(/^ {2}events {4}0: you may read no event of this case yet/)]);
  });

  it('the list has the protections of one case, page by page, by status', async () => {
    const orders: string[] = [];
    for (const familyName of ['Aname', 'Bname', 'Cname']) {
      orders.push((await impose(47, { person: { kind: 'victim', familyName } })).body.id as string);
      await impose(48, { person: { kind: 'victim', familyName } });
    }
    const subject = (await gateway.call(`/v1/protections/${orders[0]}`, {}, 'owner')).body.subject as string;
    await lift(orders[1] as string);
    const list = async (query: string) => {
      const ids: string[] = [];
      for (let cursor = ''; ; ) {
        const { body } = await gateway.call(`/v1/protections?limit=1&subject=${subject}${query}${cursor}`, {}, 'owner');
        ids.push(...body.protections.map((protection: { id: string }) => protection.id));
        cursor = `&cursor=${body.cursor as string}`;
        if (body.more !== true) return ids;
      }
    };
    expect(await list('')).toEqual(orders);
    expect(await list('&status=lifted')).toEqual([orders[1]]);
    expect(await list('&status=in-force')).toEqual([orders[0], orders[2]]);
    expect(await list('&status=ended')).toEqual([]);
  });

  it('the next hearing, which no longer mentions the rape, still protects the complainant', async () => {
    const rape = caseOf(5).replace('CJ88116', 'SX03001');
    const substituted = caseOf(5).replace('Boat builder', 'Net maker');
    await publish(5, rape);
    const second = await gateway.post('/v1/messages', substituted, 'force');
    expect(second.status).toBe(202);
    const { text, body } = await read(second.body.events[0].id);
    expect(text).not.toMatch(/prosser|larkspur/i);
    expect(body.data.defendants[0].person.name.familyName).toMatch(/tremayne/i);
    const [portion] = (await read(second.body.events[0].id, BOUND)).body.data.portions.filter((entry: { at: string[] }) =>
      entry.at.includes('/defendants/0/offences/0/victims'),
    );
    expect(portion.label.restrictions).toContain('SOAA1992_s1');
  });

  it('an earlier event of the case, without any mention of it, is redacted too', async () => {
    const first = await publish(6);
    expect((await read(first)).text).toMatch(/prosser/i);
    await publish(6, caseOf(6).replace('CJ88116', 'SX03001'));
    expect((await read(first)).text).not.toMatch(/prosser|larkspur/i);
  });

  it('a protection for life never ends, and one with an end ends on its day', async () => {
    const [forever, ending] = [await publish(7), await publish(8)];
    await impose(7, { restrictions: ['YJCEA1999_s46'] });
    const day = new Date(clock + 30 * 86_400_000).toISOString().slice(0, 10);
    await impose(8, { until: day });
    const began = clock;
    const token = (id: string) => gateway.forge({ client_id: BARRED, sub: BARRED }).then((bearer) => readWith(id, bearer));
    const readWith = async (id: string, bearer: string) =>
      (await gateway.call(`/v1/events/${id}`, { headers: { Authorization: `Bearer ${bearer}` } })).text;
    clock = Date.parse(`${day}T00:00:00Z`) - 1;
    expect(await token(ending)).not.toMatch(NAMES);
    clock += 1;
    expect(await token(ending)).toMatch(NAMES);
    for (const years of [1, 18, 60, 100]) {
      clock = began + years * 366 * 86_400_000;
      expect(await token(forever)).not.toMatch(NAMES);
    }
    clock = began;
  });

  it('only a client with the restriction sees it in the register, and only a client with the scope changes it', async () => {
    await publish(9);
    const { id } = (await impose(9)).body as { id: string };
    const seen = await gateway.call(`/v1/protections/${id}`, {}, BOUND);
    expect([seen.status, seen.body.status]).toEqual([200, 'in-force']);
    expect(seen.text).not.toMatch(/tremayne|jory|52WX/i);
    expect((await gateway.call(`/v1/protections/${id}`, {}, BARRED)).body.type).toBe(problem('not-found'));
    expect((await gateway.call('/v1/protections/AAAAAAAAAAAAAAAAAAAAAA', {}, BOUND)).body.type).toBe(problem('not-found'));
    expect((await gateway.call('/v1/protections?limit=1000', {}, BARRED)).body.protections).toEqual([]);
    const listed = (await gateway.call('/v1/protections?limit=1000&status=in-force', {}, 'owner')).body.protections as { id: string }[];
    expect(listed.map((protection) => protection.id)).toContain(id);
    for (const persona of [BOUND, 'operator', 'supplier']) {
      expect((await gateway.post('/v1/protections', order(9), persona, JSON_TYPE)).status).toBe(403);
      expect((await gateway.post(`/v1/protections/${id}/lift`, '{"because":"x"}', persona, JSON_TYPE)).status).toBe(403);
    }
    const audited = (await gateway.audit()).filter(({ protection }) => protection === id);
    expect(audited.map(({ who, change }) => [who, change])).toEqual(
      expect.arrayContaining([
        ['wessex.information.owner', 'impose protection'],
        [BOUND, 'show protection'],
      ]),
    );
  });

  it('a request that the register cannot keep is refused with the place', async () => {
    const faulty = async (more: object) => {
      const { status, body } = await impose(10, more);
      return [status, body.reasons?.[0]?.at ?? body.type];
    };
    expect(await faulty({ restrictions: ['NOT A RESTRICTION'] })).toEqual([403, problem('forbidden')]);
    expect(await faulty({ restrictions: [] })).toEqual([400, '/body/restrictions']);
    expect(await faulty({ until: 'tomorrow' })).toEqual([400, '/body/until']);
    for (const restriction of ['SOAA1992_s1', 'YJCEA1999_s45A', 'YJCEA1999_s46'])
      expect(await faulty({ restrictions: ['YJCEA1999_s45', restriction], until: '2099-01-01' })).toEqual([400, '/body/until']);
    expect(await faulty({ case: undefined })).toEqual([400, '/body/case']);
    expect(await faulty({ nickname: 'x' })).toEqual([400, '/body']);
  });

  it('protections survive a restart and a rebuilt view', async () => {
    const folder = temporary();
    const first = await openGateway({ dataFolder: folder, clients });
    const id = (await first.post('/v1/messages', caseOf(11), 'force')).body.events[0].id as string;
    await first.post('/v1/protections', order(11), 'owner', JSON_TYPE);
    await first.close();
    if (!ON_KAFKA) for (const end of ['', '-wal', '-shm']) rmSync(`${folder}/view.sqlite${end}`, { force: true });
    const second = await openGateway({ dataFolder: folder, clients });
    expect((await second.call(`/v1/events/${id}`, {}, BARRED)).text).not.toMatch(NAMES);
    await second.close();
  }, 60_000);
});
