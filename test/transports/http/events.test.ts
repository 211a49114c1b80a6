/** `/v1/events`: pages, one event, the stream, each as far as its reader may read it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disclosedEvents, shortId } from '../../../gateway/store/outcomes.ts';
import { ASSERTED, caseOf, openGateway, problem, resultOf, type TestGateway } from '../../support/gateway.ts';
import { sampleResult } from '../../support/rules-in-force.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway();
  for (const n of [1, 2, 3]) await gateway.post('/v1/messages', caseOf(n), 'force');
  await gateway.post('/v1/messages', sampleResult, 'court');
});
afterAll(() => gateway.close());

describe('the list of events', () => {
  it('has pages with a cursor: no event is lost or repeated', async () => {
    const seen: string[] = [];
    let cursor = '';
    for (let more = true; more; ) {
      const { body } = await gateway.call(`/v1/events?limit=1${cursor}`, {}, 'cps');
      seen.push(...body.events.map(({ id }: { id: string }) => id));
      more = body.more;
      cursor = `&cursor=${body.cursor}`;
    }
    expect(seen.toSorted()).toEqual((await gateway.events('cps')).map(({ id }) => id).toSorted());
    expect(new Set(seen).size).toBe(4);
    expect((await gateway.call(`/v1/events?${cursor.slice(1)}`, {}, 'cps')).body).toMatchObject({ events: [], more: false });
  });
  it('can be limited to one type, or one subject', async () => {
    const { body } = await gateway.call('/v1/events?type=uk.justice.hearing.resulted.v1', {}, 'cps');
    expect(body.events).toHaveLength(1);
    const of = await gateway.call(`/v1/events?subject=${body.events[0].subject}`, {}, 'cps');
    expect(of.body.events.map(({ subject }: { subject: string }) => subject)).toEqual(of.body.events.map(() => body.events[0].subject));
    expect((await gateway.call('/v1/events?subject=none', {}, 'cps')).body.events).toEqual([]);
  });
  it.each(['limit=0', 'limit=1001', 'limit=x', 'limit=1.5', 'cursor=x', 'type=x', 'subject=%20', 'wait=31', 'limit=1&limit=2', 'cursor='])(
    'refuses %s',
    async (query) =>
      expect((await gateway.call(`/v1/events?${query}`, {}, 'cps')).body).toMatchObject({ type: problem('invalid-request') }),
  );
  it('with `wait` answers when there is a new event, and not before', async () => {
    const { body } = await gateway.call('/v1/events', {}, 'cps');
    const waiting = gateway.call(`/v1/events?wait=10&cursor=${body.cursor}`, {}, 'cps');
    const early = await Promise.race([waiting, new Promise((resolve) => setTimeout(() => resolve('waiting'), 300))]);
    expect(early).toBe('waiting');
    const sent = await gateway.post('/v1/messages', caseOf(10), 'force');
    expect((await waiting).body.events.map(({ id }: { id: string }) => id)).toEqual([sent.body.events[0].id]);
  });
  it('with `wait` ends empty after the time, even when the new events are hidden from the reader', async () => {
    const { body } = await gateway.call('/v1/events', {}, 'supplier');
    const started = performance.now();
    const waiting = gateway.call(`/v1/events?wait=1&cursor=${body.cursor}`, {}, 'supplier');
    await gateway.post('/v1/messages', caseOf(11), 'force', ASSERTED({ sensitive: true }));
    expect((await waiting).body.events).toEqual([]);
    expect(performance.now() - started).toBeGreaterThan(950);
  });
});

describe('a cursor', () => {
  const CASES = 'type=uk.justice.case.registered.v1';
  const cursorOf = async (query: string) => (await gateway.call(`/v1/events?limit=1&${query}`, {}, 'cps')).body.cursor as string;
  it('continues with its filters, on pages and streams, with any limit', async () => {
    const cursor = await cursorOf(CASES);
    expect((await gateway.call(`/v1/events?${CASES}&limit=7&wait=0&cursor=${cursor}`, {}, 'cps')).status).toBe(200);
    const [next] = await follow('cps', 1, { 'Last-Event-ID': cursor }, `?${CASES}`);
    expect(next?.event).toBe('uk.justice.case.registered.v1');
  });
  it('is refused with other filters, because events were skipped for the first ones', async () => {
    const subject = (await gateway.events('cps'))[0]?.subject ?? '';
    const filters = [
      '',
      CASES,
      'type=uk.justice.hearing.resulted.v1',
      `subject=${subject}`,
      'task=victim-update',
      `${CASES}&subject=${subject}`,
    ];
    for (const made of filters) {
      const cursor = await cursorOf(made);
      for (const used of filters.filter((filter) => filter !== made))
        for (const [path, at, headers] of [
          [`/v1/events?${used}&cursor=${cursor}`, '/query/cursor', {}],
          [`/v1/events/stream?${used}&cursor=${cursor}`, '/query/cursor', {}],
          [`/v1/events/stream?${used}&lastEventId=${cursor}`, '/query/lastEventId', {}],
          [`/v1/events/stream?${used}`, '/header/Last-Event-ID', { 'Last-Event-ID': cursor }],
        ] as const) {
          const { body } = await gateway.call(path.replace('?&', '?'), { headers }, 'cps');
          expect([made, used, body]).toMatchObject([made, used, { status: 400, reasons: [{ code: 'cursor-other-filters', at }] }]);
        }
    }
  });
});

describe('one event', () => {
  const idOf = async () => (await gateway.events('court')).find(({ type }) => type.includes('hearing'))?.id ?? '';
  it('is a CloudEvent in JSON, the same as in the list', async () => {
    const id = await idOf();
    const answer = await gateway.call(`/v1/events/${id}`, {}, 'court');
    expect(answer.mediaType).toBe('application/cloudevents+json');
    expect((await gateway.events('court')).find((event) => event.id === id)).toEqual(answer.body);
    expect(answer.headers.get('Vary')).toBe('Accept, Prefer');
  });
  it('is returned as its original message, byte for byte, to a reader who may read all of it', async () => {
    const { mediaType, text } = await gateway.call(`/v1/events/${await idOf()}`, { headers: { Accept: 'application/spi+xml' } }, 'court');
    expect(mediaType).toBe('application/spi+xml');
    expect(text).toBe(sampleResult);
  });
  it('is a message without the withheld parts when redacted, or cannot be a message', async () => {
    const id = await idOf();
    const answer = await gateway.call(`/v1/events/${id}`, { headers: { Accept: 'application/spi+xml' } }, 'supplier');
    expect([200, 406]).toContain(answer.status);
    expect(answer.text).not.toContain('Kittiwake');
    expect(JSON.stringify((await gateway.call(`/v1/events/${id}`, {}, 'supplier')).body)).not.toContain('Kittiwake');
  });
  it('is refused with the places where the format cannot hold all of it, or returned without them on request', async () => {
    const names = ['Jory', 'Piran', 'Massen', 'Locryn'];
    const data = { case: { urn: '52WX7000201' }, defendants: [{ person: { name: { givenNames: names, familyName: 'TREMAYNE' } } }] };
    const sent = await gateway.post(
      '/v1/events',
      JSON.stringify({ specversion: '1.0', type: 'uk.justice.case.registered.v1', data }),
      'force',
    );
    const get = (headers: Record<string, string>) =>
      gateway.call(`/v1/events/${sent.body.events[0].id}`, { headers: { Accept: 'application/spi+xml', ...headers } }, 'force');
    const refused = await get({});
    expect(refused.status).toBe(406);
    const at = '/defendants/0/person/name/givenNames/3';
    expect(refused.body).toMatchObject({ type: problem('not-acceptable'), reasons: [{ code: 'adapter.spi-new-case.cannot-hold', at }] });
    expect(refused.headers.get('Preference-Applied')).toBeNull();
    const given = await get({ Prefer: 'respond-async, handling=lenient; x=1' });
    expect([given.status, given.headers.get('Preference-Applied'), given.headers.get('Interchange-Left-Out')]).toEqual([
      200,
      'handling=lenient',
      '1',
    ]);
    expect(given.text).toContain('Massen');
    expect(given.text).not.toContain('Locryn');
    expect((await get({ Prefer: 'handling=strict' })).status).toBe(406);
  });
  describe('that SPI cannot hold completely', () => {
    const JSON_EVENT = 'application/cloudevents+json';
    const SPI = 'application/spi+xml';
    let path = '';
    beforeAll(async () => {
      const names = ['Jory', 'Piran', 'Massen', 'Locryn'];
      const data = { case: { urn: '52WX7000202' }, defendants: [{ person: { name: { givenNames: names, familyName: 'TREMAYNE' } } }] };
      const sent = await gateway.post(
        '/v1/events',
        JSON.stringify({ specversion: '1.0', type: 'uk.justice.case.registered.v1', data }),
        'force',
      );
      path = `/v1/events/${sent.body.events[0].id}`;
    });
    const get = (Accept: string, headers: Record<string, string> = {}) => gateway.call(path, { headers: { Accept, ...headers } }, 'force');
    it.each([
      ['application/spi+xml, application/json;q=0.5', 200, JSON_EVENT],
      ['application/spi+xml, application/cloudevents+json;q=0.001', 200, JSON_EVENT],
      ['application/spi+xml, */*;q=0.1', 200, JSON_EVENT],
      ['application/*;q=0.2, application/spi+xml', 200, JSON_EVENT],
      ['application/spi+xml;q=0.9, application/json', 200, JSON_EVENT],
      ['*/*;q=0.1', 200, JSON_EVENT],
      ['', 200, JSON_EVENT],
      ['application/cloudevents+json; charset=utf-8', 200, JSON_EVENT],
      ['application/json;charset="UTF-8";q=0.3, image/png', 200, JSON_EVENT],
      ['application/spi+xml; charset=utf-8, application/json; charset=utf-8; q=0.5', 200, JSON_EVENT],
      ['application/spi+xml', 406, 'application/problem+json'],
      ['application/spi+xml, application/json;q=0', 406, 'application/problem+json'],
      ['application/spi+xml, */*;q=0', 406, 'application/problem+json'],
      ['application/json; charset=iso-8859-1', 406, 'application/problem+json'],
      ['*/*;q=0', 406, 'application/problem+json'],
    ])('Accept: %s gives %s %s', async (accept, status, mediaType) => {
      const answer = await get(accept);
      expect([answer.status, answer.mediaType, answer.headers.get('Vary')]).toEqual([status, mediaType, 'Accept, Prefer']);
      expect(answer.headers.get('Preference-Applied')).toBeNull();
    });
    it('is in SPI before JSON on lenient request', async () => {
      const answer = await get('application/json;q=0.5, application/spi+xml', { Prefer: 'handling=lenient' });
      expect([answer.mediaType, answer.headers.get('Interchange-Left-Out')]).toEqual([SPI, '1']);
    });
    it('is recorded as disclosed once when it falls back', async () => {
      const id = path.slice('/v1/events/'.length);
      const disclosures = async () => (await gateway.audit()).flatMap(disclosedEvents).filter((event) => event.id === shortId(id)).length;
      const before = await disclosures();
      await get('application/spi+xml, application/json;q=0.5');
      expect(await disclosures()).toBe(before + 1);
    });
    it('T72 is not recorded as disclosed where no accepted format can be written, and an absent event gives the same answer', async () => {
      const before = (await gateway.audit()).length;
      const there = await get('image/png');
      const absent = await gateway.call(`/v1/events/${'A'.repeat(43)}`, { headers: { Accept: 'image/png' } }, 'force');
      expect([there.status, there.text]).toEqual([406, absent.text]);
      expect((await gateway.audit()).length).toBe(before);
    });
  });
  it('in an unsupported format is not acceptable', async () => {
    expect((await gateway.call(`/v1/events/${await idOf()}`, { headers: { Accept: 'image/png' } }, 'court')).body).toMatchObject({
      type: problem('not-acceptable'),
    });
  });
  it('that does not exist is not found', async () => {
    expect((await gateway.call(`/v1/events/${'A'.repeat(43)}`, {}, 'court')).status).toBe(404);
    expect((await gateway.call('/v1/events/A', {}, 'court')).status).toBe(400);
  });
});

interface ServerSentEvent {
  readonly id: string;
  readonly event: string;
  readonly data: { readonly id: string };
}

/** Follows the stream until this many events have arrived. */
async function follow(
  persona: string,
  count: number,
  headers: Record<string, string> = {},
  query = '',
): Promise<readonly ServerSentEvent[]> {
  const abort = new AbortController();
  const response = await fetch(`${gateway.url}/v1/events/stream${query}`, {
    headers: { ...headers, Authorization: `Bearer ${await gateway.token(persona)}` },
    signal: abort.signal,
  });
  expect([response.status, response.headers.get('Content-Type')]).toEqual([200, expect.stringMatching(/^text\/event-stream/)]);
  const told: ServerSentEvent[] = [];
  let text = '';
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString();
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(
        block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const),
      );
      if (fields.has('data'))
        told.push({
          id: fields.get('id') ?? '',
          event: fields.get('event') ?? '',
          data: JSON.parse(fields.get('data') ?? '') as ServerSentEvent['data'],
        });
    }
    if (told.length >= count) break;
  }
  abort.abort();
  return told;
}

describe('the stream', () => {
  it('continues after the Last-Event-ID, without loss or repetition', async () => {
    const all = (await gateway.events('cps')).map(({ id }) => id);
    const first = await follow('cps', 2);
    expect(first[0]?.event).toMatch(/^uk\.justice\./);
    const rest = await follow('cps', all.length - 2, { 'Last-Event-ID': first[1]?.id ?? '' });
    expect([...first.slice(0, 2), ...rest].map(({ data }) => data.id).toSorted()).toEqual(all.toSorted());
  });
  it('delivers new events while it is open', async () => {
    const { body } = await gateway.call('/v1/events', {}, 'cps');
    const following = follow('cps', 1, {}, `?cursor=${body.cursor}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const sent = await gateway.post('/v1/messages', resultOf(30), 'court');
    expect((await following)[0]?.data.id).toBe(sent.body.events[0].id);
  });
  it('continues after ?lastEventId=, as sent by event-source-polyfill; Last-Event-ID has priority, and an empty one counts as absent', async () => {
    const all = await follow('cps', 4);
    const [first, second] = all as readonly [ServerSentEvent, ServerSentEvent];
    const next = async (headers: Record<string, string>, query: string) => (await follow('cps', 1, headers, query))[0]?.data.id;
    expect(await next({}, `?lastEventId=${second.id}`)).toBe(all[2]?.data.id);
    // It says again where it began.
    expect(await next({}, `?from=2020-01-01T00:00:00Z&lastEventId=${second.id}`)).toBe(all[2]?.data.id);
    expect(await next({ 'Last-Event-ID': first.id }, `?lastEventId=${second.id}`)).toBe(second.data.id);
    expect(await next({ 'Last-Event-ID': '' }, '?lastEventId=')).toBe(first.data.id);
  });
  it('refuses a Last-Event-ID of another reader', async () => {
    const { body } = await gateway.call('/v1/events', {}, 'cps');
    const answer = await gateway.call('/v1/events/stream', { headers: { 'Last-Event-ID': body.cursor } }, 'supplier');
    expect(answer.status).toBe(400);
  });
});
