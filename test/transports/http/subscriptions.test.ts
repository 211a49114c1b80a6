/**
 * Subscriptions: every event that a client may read is delivered to its address, signed, in order, until it is accepted; and nothing
 * else is.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openInterchange } from '../../../contracts/client/client.ts';
import { verifyWebhook, WebhookRefused } from '../../../contracts/client/webhook.ts';
import type { Config } from '../../../gateway/config.ts';
import type { SealedEvent } from '../../../gateway/labels/event.ts';
import type { ClientConfig } from '../../../gateway/rules/clients.ts';
import { disclosedEvents, shortId } from '../../../gateway/store/outcomes.ts';
import { caseOf, openGateway, problem, resultOf, type TestGateway, temporary } from '../../support/gateway.ts';
import { openReceiver, type Received, type Receiver, verifies } from '../../support/receiver.ts';

const json = { 'Content-Type': 'application/json' };
let gateway: TestGateway;
let receiver: Receiver;

const QUICK = { webhooks: { networks: ['127.0.0.0/8'], secondsBetween: [0, 0, 0, 0], timeoutSeconds: 1 } };

const send = (method: string, path: string, body: unknown, persona: string) =>
  gateway.call(
    path,
    {
      method,
      headers: method === 'PATCH' ? { 'Content-Type': 'application/merge-patch+json' } : json,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    },
    persona,
  );
const subscribe = (persona: string, more: object = {}) => send('POST', '/v1/subscriptions', { url: receiver.url, ...more }, persona);
const urns = (got: readonly Received[]) => got.map(({ event }) => (event.data.case as { urn: string }).urn);

describe('a subscription', () => {
  beforeAll(async () => {
    gateway = await openGateway({ config: QUICK });
  });
  afterAll(() => gateway.close());
  beforeEach(async () => {
    receiver = await openReceiver();
  });
  afterEach(async () => {
    for (const persona of ['cps', 'supplier', 'court'])
      for (const { id } of (await gateway.call('/v1/subscriptions', {}, persona)).body.subscriptions as { id: string }[])
        await send('DELETE', `/v1/subscriptions/${id}`, undefined, persona);
    await receiver.close();
  });

  it('delivers new events, signed so that a stock library of Standard Webhooks and the client verify them, with their seals', async () => {
    const { status, body, headers } = await subscribe('cps');
    expect([status, headers.get('location')]).toEqual([201, `/v1/subscriptions/${body.id as string}`]);
    await gateway.post('/v1/messages', caseOf(1), 'force');
    const [first] = (await receiver.count(1)) as [Received];
    expect(first.headers['content-type']).toBe('application/cloudevents+json');
    expect(first.headers['webhook-id']).toBe(first.event.id);
    expect(verifies(body.secret as string, first)).toBe(true);
    expect(verifies(body.secret as string, { ...first, body: first.body.replace('TREMAYNE', 'TREMAYNF') })).toBe(false);
    const given = new Headers(first.headers as Record<string, string>);
    await verifyWebhook(body.secret as string, given, first.body);
    expect((await gateway.call(`/v1/events/${first.event.id}`, {}, 'cps')).body).toEqual(first.event);
  });

  it('T12 an old signed webhook delivery is refused', async () => {
    const { body } = await subscribe('cps');
    await gateway.post('/v1/messages', caseOf(2), 'force');
    const [first] = (await receiver.count(1)) as [Received];
    const given = new Headers(first.headers as Record<string, string>);
    const sent = Number(given.get('webhook-timestamp'));
    const fault = (seconds: number) =>
      verifyWebhook(body.secret as string, given, first.body, sent + seconds).then(
        () => 'taken',
        (error: unknown) => (error instanceof WebhookRefused ? error.fault : error),
      );
    expect(await fault(0)).toBe('taken');
    expect(await fault(299)).toBe('taken');
    expect(await fault(301)).toBe('timestamp-too-old');
    expect(await fault(-301)).toBe('timestamp-too-new');
    // Whoever makes it look new breaks the signature.
    given.set('webhook-timestamp', String(sent + 301));
    expect(await fault(301)).toBe('signature-wrong');
  });

  it('delivers to each client only what it may read, and reveals nothing of the rest', async () => {
    await subscribe('supplier');
    await gateway.post('/v1/messages', caseOf(3), 'force');
    await gateway.post('/v1/messages', caseOf(4), 'force');
    const got = await receiver.count(2);
    expect(urns(got).toSorted()).toEqual(['52WX2000003', '52WX2000004']);
    expect(JSON.stringify(got)).not.toMatch(/PROSSER|Larkspur|1991-04-17/);
    expect(got.every(({ event }) => event.rendition === 'OFFICIAL')).toBe(true);
  });

  it('delivers only the requested type, for the requested task', async () => {
    await subscribe('cps', { type: 'uk.justice.hearing.resulted.v1', task: 'victim-update' });
    await gateway.post('/v1/messages', caseOf(5), 'force');
    await gateway.post('/v1/messages', resultOf(5), 'court');
    const [first] = (await receiver.count(1)) as [Received];
    expect(first.event.type).toBe('uk.justice.hearing.resulted.v1');
    const audit = await gateway.audit();
    const told = audit.filter(({ task }) => task === 'victim-update').flatMap(disclosedEvents);
    expect(told.map(({ id }) => id)).toContain(shortId(first.event.id));
  });

  it('shows its lag in the metrics', async () => {
    const behind = async () =>
      Number(/^interchange_webhook_backlog_records (\d+)$/m.exec((await gateway.call('/metrics', {}, 'monitoring')).text)?.[1]);
    receiver.answer = () => 'never';
    await subscribe('cps');
    await gateway.post('/v1/messages', caseOf(61), 'force');
    await gateway.post('/v1/messages', caseOf(62), 'force');
    // On Kafka there are their renditions for the levels below, too.
    await expect.poll(behind).toBeGreaterThanOrEqual(2);
    receiver.answer = 204;
    await expect.poll(behind, { timeout: 20_000 }).toBe(0);
  });

  it('tries again, in order, until the address accepts the event', async () => {
    let times = 0;
    receiver.answer = () => (++times <= 3 ? ([500, 302, 429][times - 1] ?? 500) : 200);
    const { body } = await subscribe('cps');
    await gateway.post('/v1/messages', caseOf(6), 'force');
    await gateway.post('/v1/messages', caseOf(7), 'force');
    expect(urns(await receiver.count(5))).toEqual(['52WX2000006', '52WX2000006', '52WX2000006', '52WX2000006', '52WX2000007']);
    await vi.waitFor(async () => {
      const { deliveries } = (await gateway.call(`/v1/subscriptions/${body.id as string}/deliveries`, {}, 'cps')).body;
      expect(
        (deliveries as { attempt: number; outcome: string; reason?: string }[]).map(({ attempt, outcome, reason }) => [
          attempt,
          outcome,
          reason,
        ]),
      ).toEqual([
        [1, 'delivered', undefined],
        [4, 'delivered', undefined],
        [3, 'failed', 'status-429'],
        [2, 'failed', 'status-302'],
        [1, 'failed', 'status-500'],
      ]);
    });
  });

  it('has a log of its attempts, newest first, with pages for one client, subscription and filter', async () => {
    let times = 0;
    receiver.answer = () => (++times % 2 === 1 ? 503 : 204);
    const { body } = await subscribe('cps');
    const [path, other] = [body.id, (await subscribe('cps', { url: `${receiver.url}/other` })).body.id].map(
      (id) => `/v1/subscriptions/${id as string}/deliveries`,
    ) as [string, string];
    await send('PATCH', other.replace('/deliveries', ''), { status: 'paused' }, 'cps');
    for (const n of [71, 72, 73]) await gateway.post('/v1/messages', caseOf(n), 'force');
    const ids = (await receiver.count(6)).map(({ event }) => event.id).toReversed();
    type Attempt = { event: string; attempt: number; outcome: string; status: number };
    const all = async () => (await gateway.call(path, {}, 'cps')).body.deliveries as Attempt[];
    await vi.waitFor(async () => expect((await all()).map(({ event }) => event)).toEqual(ids));
    expect((await all()).slice(0, 2)).toMatchObject([
      { attempt: 2, outcome: 'delivered', status: 204 },
      { attempt: 1, outcome: 'failed', status: 503 },
    ]);
    const first = await gateway.call(`${path}?limit=4`, {}, 'cps');
    const { cursor } = first.body as { cursor: string };
    const second = await gateway.call(`${path}?limit=4&cursor=${cursor}`, {}, 'cps');
    expect([first, second].map((page) => [page.body.deliveries.length, page.body.more])).toEqual([
      [4, true],
      [2, false],
    ]);
    expect([...first.body.deliveries, ...second.body.deliveries]).toEqual(await all());
    const failed = (await gateway.call(`${path}?outcome=failed`, {}, 'cps')).body.deliveries as Attempt[];
    expect(failed.map(({ event, attempt }) => [event, attempt])).toEqual([0, 2, 4].map((n) => [ids[n], 1]));
    const client = openInterchange({ url: gateway.url, token: () => gateway.token('cps') });
    const followed: unknown[] = [];
    for await (const attempt of client.attempts(body.id as string, { outcome: 'failed' })) followed.push(attempt);
    expect(followed).toEqual(failed);
    for (const [asked, code] of [
      [`${path}?cursor=${cursor}&outcome=failed`, 'cursor-other-filters'],
      [`${other}?cursor=${cursor}`, 'cursor-other-filters'],
      [`${path}?cursor=${(await gateway.call('/v1/events', {}, 'cps')).body.cursor as string}`, 'cursor-other-filters'],
    ] as const)
      expect([asked, (await gateway.call(asked, {}, 'cps')).body.reasons?.[0]?.code]).toEqual([asked, code]);
  });

  it('is paused when the address has not accepted an event for too long, keeps its position, and continues from there', async () => {
    receiver.answer = 500;
    const { body } = await subscribe('cps');
    const path = `/v1/subscriptions/${body.id as string}`;
    await gateway.post('/v1/messages', caseOf(8), 'force');
    await receiver.count(5);
    await vi.waitFor(async () =>
      expect((await gateway.call(path, {}, 'cps')).body).toMatchObject({ status: 'paused', because: 'failing' }),
    );
    receiver.answer = 204;
    expect((await send('PATCH', path, { status: 'active' }, 'cps')).body.status).toBe('active');
    expect(urns(await receiver.count(6)).at(-1)).toBe('52WX2000008');
  });

  it.each([
    ['60', 60],
    ['31536000', 3600],
    ['soon', 0],
  ])('tries again no sooner than the address asks with Retry-After: %s, and after an hour at most', async (retryAfter, seconds) => {
    Object.assign(receiver, { answer: 503, retryAfter });
    const { body } = await subscribe('cps');
    await gateway.post('/v1/messages', caseOf(16 + seconds), 'force');
    await receiver.count(1);
    const first = await vi.waitFor(async () => {
      const { deliveries } = (await gateway.call(`/v1/subscriptions/${body.id as string}/deliveries`, {}, 'cps')).body;
      expect(deliveries.length).toBeGreaterThan(0);
      return deliveries.at(-1) as { time: string; next: string };
    });
    const waits = (Date.parse(first.next) - Date.parse(first.time)) / 1000;
    expect(waits).toBeGreaterThanOrEqual(seconds - 0.1);
    expect(waits).toBeLessThan(seconds + 5);
  });

  it('is paused at once by an address that is gone', async () => {
    receiver.answer = 410;
    const { body } = await subscribe('cps');
    await gateway.post('/v1/messages', caseOf(9), 'force');
    await vi.waitFor(async () =>
      expect((await gateway.call(`/v1/subscriptions/${body.id as string}`, {}, 'cps')).body).toMatchObject({ because: 'gone' }),
    );
    expect(receiver.got).toHaveLength(1);
  });

  it('delivers nothing while it is paused, and the missed events afterwards', async () => {
    const { body } = await subscribe('cps');
    const path = `/v1/subscriptions/${body.id as string}`;
    await send('PATCH', path, { status: 'paused' }, 'cps');
    await gateway.post('/v1/messages', caseOf(10), 'force');
    expect((await gateway.call(path, {}, 'cps')).body).toMatchObject({ status: 'paused', because: 'asked' });
    expect(receiver.got).toEqual([]);
    await send('PATCH', path, { status: 'active' }, 'cps');
    expect(urns(await receiver.count(1))).toEqual(['52WX2000010']);
  });

  it('replays the events since a time, under the same ids', async () => {
    const { body } = await subscribe('cps', { from: '2020-01-01T00:00:00Z' });
    const all = (await gateway.events('cps')).length;
    const before = (await receiver.count(all)).map(({ event }) => event.id);
    await send('POST', `/v1/subscriptions/${body.id as string}/replay`, { from: '2020-01-01T00:00:00Z' }, 'cps');
    const again = (await receiver.count(2 * all)).slice(all).map(({ event }) => event.id);
    expect(again.toSorted()).toEqual(before.toSorted());
  });

  it('T12 replays a request with an Idempotency-Key once, in order, under the same webhook-id, with new events after it', async () => {
    const { body } = await subscribe('cps', { type: 'uk.justice.case.registered.v1' });
    const path = `/v1/subscriptions/${body.id as string}`;
    const post = (trade: string) => gateway.post('/v1/messages', caseOf(81).replace('Boat builder', trade), 'force');
    const replay = (wish: object, key: string) =>
      gateway.post(`${path}/replay`, JSON.stringify(wish), 'cps', { ...json, 'Idempotency-Key': key });
    const ids = async (many: number) => (await receiver.count(many)).map(({ headers }) => headers['webhook-id'] as string);
    for (const trade of ['Baker', 'Cooper', 'Dyer']) await post(trade);
    const [first, second, third] = (await ids(3)) as [string, string, string];
    await vi.waitFor(async () => expect((await gateway.call(path, {}, 'cps')).body.last).toMatchObject({ event: third }));

    const asked = await replay({ after: first }, 'a');
    expect([asked.status, asked.headers.get('Interchange-Repeated')]).toEqual([202, null]);
    await ids(5);
    const again = await replay({ after: first }, 'a');
    expect([again.status, again.body, again.headers.get('Interchange-Repeated')]).toEqual([202, asked.body, 'true']);
    expect((await replay({ after: second }, 'a')).body.type).toBe(problem('idempotency-mismatch'));
    await post('Fuller');
    const fourth = (await ids(6))[5] as string;
    expect(await ids(6)).toEqual([first, second, third, second, third, fourth]);

    const many = await Promise.all(Array.from({ length: 8 }, () => replay({ after: third }, 'b')));
    expect(many.filter(({ status, headers }) => status === 202 && headers.get('Interchange-Repeated') === null)).toHaveLength(1);
    expect(many.every(({ status }) => status === 202 || status === 409)).toBe(true);
    expect((await ids(7))[6]).toBe(fourth);
    await post('Glover');
    expect(new Set(await ids(8)).size).toBe(5);
    const unknown = await replay({ after: 'A'.repeat(43) }, 'c');
    expect([unknown.status, unknown.body.reasons]).toMatchObject([400, [{ code: 'event-not-in-log', at: '/body/after' }]]);
    for (const wish of [{}, { from: '2020-01-01T00:00:00Z', after: first }]) expect((await replay(wish, 'd')).status).toBe(400);
  });

  it('is not moved forward by a replay while it is behind, so that no event is skipped', async () => {
    const { body } = await subscribe('cps');
    const path = `/v1/subscriptions/${body.id as string}`;
    await send('PATCH', path, { status: 'paused' }, 'cps');
    await gateway.post('/v1/messages', caseOf(82), 'force');
    expect((await send('POST', `${path}/replay`, { from: '2099-01-01T00:00:00Z' }, 'cps')).status).toBe(202);
    await send('PATCH', path, { status: 'active' }, 'cps');
    expect(urns(await receiver.count(1))).toEqual(['52WX2000082']);
  });

  it('shows the address’s answer to a test event, once', async () => {
    const { body } = await subscribe('cps');
    const test = () => send('POST', `/v1/subscriptions/${body.id as string}/test`, undefined, 'cps');
    receiver.answer = 503;
    expect((await test()).body).toMatchObject({ outcome: 'failed', reason: 'status-503' });
    receiver.answer = () => 'never';
    expect((await test()).body).toMatchObject({ outcome: 'failed', reason: 'timeout' });
    expect(receiver.got).toHaveLength(2);
  });

  it('signs with both secrets after a renewal', async () => {
    const { body } = await subscribe('cps');
    const renewed = await send('POST', `/v1/subscriptions/${body.id as string}/secret`, undefined, 'cps');
    expect(renewed.body.secret).not.toBe(body.secret);
    await gateway.post('/v1/messages', caseOf(11), 'force');
    const [first] = (await receiver.count(1)) as [Received];
    expect(verifies(body.secret as string, first)).toBe(true);
    expect(verifies(renewed.body.secret as string, first)).toBe(true);
  });

  it('of another client is not visible', async () => {
    const { body } = await subscribe('cps');
    const path = `/v1/subscriptions/${body.id as string}`;
    for (const [method, more, given] of [
      ['GET', '', undefined],
      ['GET', '/deliveries', undefined],
      ['PATCH', '', { status: 'paused' }],
      ['DELETE', '', undefined],
      ['POST', '/secret', undefined],
      ['POST', '/test', undefined],
      ['POST', '/replay', { from: '2020-01-01T00:00:00Z' }],
    ] as const)
      expect([method, more, (await send(method, path + more, given, 'court')).status]).toEqual([method, more, 404]);
    expect((await gateway.call('/v1/subscriptions', {}, 'court')).body.subscriptions).toEqual([]);
  });

  it.each([
    'http://169.254.169.254/latest/meta-data',
    'https://10.0.0.1/',
    'https://[::1]/',
    'http://localhost.example.invalid/',
    'https://127.1:99999/',
  ])('T36 is refused for %s, and the answer does not repeat it', async (url) => {
    const { status, body, text } = await send('POST', '/v1/subscriptions', { url }, 'cps');
    expect([status, body.type]).toEqual([400, problem('invalid-request')]);
    expect(text).not.toContain(url);
  });

  it('is refused with an unknown member, and without a scope', async () => {
    expect((await subscribe('cps', { colour: 'red' })).body.reasons).toEqual([
      { code: 'schema-violation', at: '/body', reason: 'A property that this operation does not know' },
    ]);
    expect((await gateway.post('/v1/subscriptions', '{"url":"https://a.example","url":"https://b.example"}', 'cps', json)).status).toBe(
      400,
    );
    expect((await gateway.post('/v1/subscriptions', '{}', 'cps')).status).toBe(415);
    expect((await subscribe('officer')).status).toBe(403);
  });

  it('is limited to twenty for each client', async () => {
    for (let n = 0; n < 20; n++) expect((await subscribe('cps')).status).toBe(201);
    expect((await subscribe('cps')).body.type).toBe(problem('too-many-subscriptions'));
  });

  it('is limited to twenty even for simultaneous requests', async () => {
    const made = await Promise.all(Array.from({ length: 30 }, () => subscribe('court')));
    expect(made.filter(({ status }) => status === 201)).toHaveLength(20);
  });

  it('applies changes one after another: no renewal is lost, and a deleted one stays deleted', async () => {
    const { body } = await subscribe('cps');
    const path = `/v1/subscriptions/${body.id as string}`;
    const [renewed] = await Promise.all([
      send('POST', `${path}/secret`, undefined, 'cps'),
      send('PATCH', path, { status: 'paused' }, 'cps'),
      send('POST', `${path}/replay`, { from: new Date().toISOString() }, 'cps'),
    ]);
    await send('PATCH', path, { status: 'active' }, 'cps');
    await gateway.post('/v1/messages', caseOf(13), 'force');
    const [first] = (await receiver.count(1)) as [Received];
    expect(verifies(renewed.body.secret as string, first)).toBe(true);
    const answers = await Promise.all([
      send('DELETE', path, undefined, 'cps'),
      send('PATCH', path, { status: 'paused' }, 'cps'),
      send('PATCH', path, { status: 'active' }, 'cps'),
    ]);
    expect(answers[0].status).toBe(204);
    expect((await gateway.call(path, {}, 'cps')).status).toBe(404);
  });

  it('requires a token that may read, even where the client may', async () => {
    const token = await gateway.forge({ scope: 'subscriptions:write subscriptions:read' });
    const { status } = await gateway.call('/v1/subscriptions', {
      method: 'POST',
      headers: { ...json, Authorization: `Bearer ${token}` },
      body: JSON.stringify({ url: receiver.url }),
    });
    expect(status).toBe(403);
  });

  it('T44 with a type still delivers corrections of its events, in the right order', async () => {
    const { body } = await subscribe('cps', { type: 'uk.justice.hearing.resulted.v1' });
    const path = `/v1/subscriptions/${body.id as string}`;
    await send('PATCH', path, { status: 'paused' }, 'cps');
    const sent = await gateway.post('/v1/messages', resultOf(14), 'court');
    const [{ id }] = sent.body.events as [{ id: string }];
    const data = { case: { urn: '52WX2000014' }, corrects: id, kind: 'erased' };
    const correction = { specversion: '1.0', type: 'uk.justice.correction.issued.v1', data };
    expect((await gateway.post('/v1/events', JSON.stringify(correction), 'court')).status).toBe(202);
    await send('PATCH', path, { status: 'active' }, 'cps');
    const got = await receiver.count(2);
    expect(got.map(({ event }) => event.type)).toEqual(['uk.justice.hearing.resulted.v1', 'uk.justice.correction.issued.v1']);
    // The same for a reader who asks for pages, and for one page of both.
    const { events } = (await gateway.call('/v1/events?type=uk.justice.hearing.resulted.v1&limit=1000', {}, 'cps')).body as {
      events: SealedEvent[];
    };
    expect(events.some(({ data: { corrects } }) => corrects === id)).toBe(true);
  });

  it('is named in the audit log with each disclosure, and with each change of its address', async () => {
    const { body } = await subscribe('cps');
    await gateway.post('/v1/messages', caseOf(15), 'force');
    const [first] = (await receiver.count(1)) as [Received];
    const about = (await gateway.audit()).filter(({ subscription }) => subscription === body.id);
    expect(about.find(({ change }) => change === 'create')).toMatchObject({ who: 'wessex.cps.review', to: new URL(receiver.url).host });
    const told = about.filter(({ action }) => action === 'disclosure').flatMap(disclosedEvents);
    expect(told.map(({ id }) => id)).toContain(shortId(first.event.id));
  });

  it('T15 shares the client’s volume with its other subscriptions', async () => {
    const limited = {
      ...(gateway.config.clients.find(({ persona }) => persona === 'court') as ClientConfig),
      id: 'example.limited',
      persona: 'limited',
      volume: { events: 2, hours: 24 },
    };
    const other = await openGateway({ config: QUICK, clients: [limited] });
    for (let n = 0; n < 4; n++) await other.post('/v1/subscriptions', JSON.stringify({ url: receiver.url }), 'limited', json);
    for (let n = 0; n < 3; n++) await other.post('/v1/messages', caseOf(n), 'force');
    await receiver.count(2);
    await vi.waitFor(async () =>
      expect((await other.audit()).filter(({ reasons = [] }) => reasons.includes('volume')).length).toBeGreaterThanOrEqual(4),
    );
    expect(receiver.got).toHaveLength(2);
    await other.close();
  });

  it('writes no secret and no delivered data to the log', async () => {
    const { body } = await subscribe('cps');
    await gateway.post('/v1/messages', caseOf(12), 'force');
    await receiver.count(1);
    expect(gateway.log()).not.toContain(body.secret);
    expect(gateway.log()).not.toContain('TREMAYNE');
    expect(gateway.log()).not.toContain(receiver.url);
  });
});

describe('the position of a subscription', () => {
  it('survives a restart: earlier events are delivered once, and undelivered ones after the start', async () => {
    receiver = await openReceiver();
    const dataFolder = temporary();
    gateway = await openGateway({ config: QUICK, dataFolder });
    await subscribe('cps');
    await gateway.post('/v1/messages', caseOf(1), 'force');
    await receiver.count(1);
    const path = '/v1/subscriptions';
    await vi.waitFor(async () =>
      expect((await gateway.call(path, {}, 'cps')).body.subscriptions[0].last).toMatchObject({ outcome: 'delivered' }),
    );
    await gateway.close();
    gateway = await openGateway({ config: QUICK, dataFolder });
    await gateway.post('/v1/messages', caseOf(2), 'force');
    expect(urns(await receiver.count(2))).toEqual(['52WX2000001', '52WX2000002']);
    await gateway.close();
    await receiver.close();
  });

  it('T12 in a replay survives a restart, and so does its Idempotency-Key', async () => {
    receiver = await openReceiver();
    const dataFolder = temporary();
    gateway = await openGateway({ config: QUICK, dataFolder });
    const { body } = await subscribe('cps', { type: 'uk.justice.case.registered.v1' });
    const replay = () =>
      gateway.post(`/v1/subscriptions/${body.id as string}/replay`, '{"from":"2020-01-01T00:00:00Z"}', 'cps', {
        ...json,
        'Idempotency-Key': 'k',
      });
    for (const trade of ['Baker', 'Cooper']) await gateway.post('/v1/messages', caseOf(1).replace('Boat builder', trade), 'force');
    const [first, second] = (await receiver.count(2)).map(({ event }) => event.id);
    receiver.answer = () => 'never';
    const asked = await replay();
    await receiver.count(3);
    await gateway.close();
    receiver.answer = 204;
    gateway = await openGateway({ config: QUICK, dataFolder });
    const again = await replay();
    expect([again.body, again.headers.get('Interchange-Repeated')]).toEqual([asked.body, 'true']);
    await gateway.post('/v1/messages', caseOf(1).replace('Boat builder', 'Dyer'), 'force');
    const got = (await receiver.count(6)).slice(3).map(({ event }) => event.id);
    expect(got.slice(0, 2)).toEqual([first, second]);
    expect([first, second]).not.toContain(got[2]);
    await gateway.close();
    await receiver.close();
  });

  it('T13 delivers nothing more to a client that may no longer read', async () => {
    receiver = await openReceiver();
    gateway = await openGateway({ config: QUICK });
    await subscribe('cps');
    await gateway.post('/v1/messages', caseOf(1), 'force');
    await receiver.count(1);
    const lowered = gateway.config.clients.map((client) =>
      client.persona === 'cps'
        ? { ...client, clearance: { ...client.clearance, sensitive: false, releasableTo: [], restrictions: [] } }
        : client,
    );
    await gateway.gateway.reload({ ...gateway.config, clients: lowered });
    await gateway.post('/v1/messages', caseOf(2), 'force');
    const events = (await receiver.count(2)).map(({ event }): SealedEvent => event);
    expect(events[1]?.rendition).toBe('OFFICIAL');
    expect(JSON.stringify(events[1])).not.toMatch(/PROSSER|Larkspur/);
    await gateway.close();
    await receiver.close();
  });

  it('T13 sends no undelivered event to a client that may no longer read', async () => {
    receiver = await openReceiver();
    gateway = await openGateway({ config: { webhooks: { ...QUICK.webhooks, secondsBetween: [3600] } } });
    const { body } = await subscribe('cps');
    const path = `/v1/subscriptions/${body.id as string}`;
    receiver.answer = 503;
    await gateway.post('/v1/messages', caseOf(1), 'force');
    await receiver.count(1);
    await vi.waitFor(async () => expect((await gateway.call(path, {}, 'cps')).body.last).toMatchObject({ reason: 'status-503' }));
    const barred = gateway.config.clients.map((client) =>
      client.persona === 'cps' ? { ...client, clearance: { ...client.clearance, classifications: [] } } : client,
    );
    await gateway.gateway.reload({ ...gateway.config, clients: barred });
    for (const status of ['paused', 'active']) await send('PATCH', path, { status }, 'cps');
    await vi.waitFor(async () => expect((await gateway.call(path, {}, 'cps')).body.last).toMatchObject({ outcome: 'withheld' }));
    expect(receiver.got).toHaveLength(1);
    // Nor does the log name what it may not read now, whichever attempt it is of.
    const { deliveries } = (await gateway.call(`${path}/deliveries`, {}, 'cps')).body as {
      deliveries: { event?: string; outcome: string }[];
    };
    expect(deliveries.map(({ event, outcome }) => [event, outcome])).toEqual([
      [undefined, 'withheld'],
      [undefined, 'failed'],
    ]);
    await gateway.gateway.reload(gateway.config);
    const again = (await gateway.call(`${path}/deliveries`, {}, 'cps')).body.deliveries as { event?: string }[];
    expect(again.map(({ event }) => event)).toEqual([receiver.got[0]?.event.id, receiver.got[0]?.event.id]);
    await gateway.close();
    await receiver.close();
  });
});

describe('an event that waits for a policy', () => {
  it('is delivered when a policy knows its label, and no event is skipped', async () => {
    receiver = await openReceiver();
    gateway = await openGateway({ config: QUICK });
    const { body } = await subscribe('cps');
    const path = `/v1/subscriptions/${body.id as string}`;
    await send('PATCH', path, { status: 'paused' }, 'cps');
    await gateway.post('/v1/messages', caseOf(1), 'force');
    const policyFile = join(gateway.folder, 'next.policy.json');
    const text = readFileSync(gateway.config.policyFile, 'utf8').replace('"version": "1.2.0"', '"version": "1.2.1"');
    writeFileSync(policyFile, text);
    const renamed = JSON.parse(
      JSON.stringify({ clients: gateway.config.clients, domain: gateway.config.domain }).replaceAll(
        '"version":"1.2.0"',
        '"version":"1.2.1"',
      ),
    ) as Pick<Config, 'clients' | 'domain'>;
    await gateway.gateway.reload({ ...gateway.config, ...renamed, policyFile });
    await send('PATCH', path, { status: 'active' }, 'cps');
    await vi.waitFor(() => expect(gateway.log()).toContain('"kind":"Unjudged"'), 5000);
    expect(receiver.got).toEqual([]);
    await gateway.gateway.reload(gateway.config);
    for (const status of ['paused', 'active']) await send('PATCH', path, { status }, 'cps');
    expect(urns(await receiver.count(1))).toEqual(['52WX2000001']);
    await gateway.close();
    await receiver.close();
  });
});

describe('contracts/client/webhook.ts', () => {
  it('uses nothing of the gateway', () => {
    const text = readFileSync(join(import.meta.dirname, '../../../contracts/client/webhook.ts'), 'utf8');
    expect([...text.matchAll(/from '([^']+)'/g)].map(([, from]) => from)).toEqual(['jose']);
  });
});
