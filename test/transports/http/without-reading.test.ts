/** T72: a request whose answer has no body discloses nothing, costs nothing and blocks nothing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClientConfig } from '../../../gateway/rules/clients.ts';
import { allOperations, caseOf, OPERATOR, openGateway, type TestGateway } from '../../support/gateway.ts';

const VOLUME = 3;
/** May do everything that GET does, and reads little without a review. */
const READER: ClientConfig = {
  ...OPERATOR,
  id: 'wessex.asker',
  persona: 'asker',
  scopes: ['quarantine:read', 'events:read', 'receipts:read', 'subscriptions:read', 'protections:read', 'metrics:read'],
  volume: { events: VOLUME, hours: 24 },
};

let gateway: TestGateway;
let ids: Readonly<Record<string, string>>;
beforeAll(async () => {
  gateway = await openGateway({ clients: [READER] });
  const accepted = await gateway.post('/v1/messages', caseOf(1), 'force');
  for (const n of [2, 3, 4]) await gateway.post('/v1/messages', caseOf(n), 'force');
  const quarantined = await gateway.post('/v1/messages', caseOf(5).replace('</Case>', ''), 'force');
  ids = {
    '/v1/events/{id}': accepted.body.events[0].id,
    '/v1/messages/{id}': accepted.body.id,
    '/v1/quarantine/{id}': quarantined.body.receipt,
    '/v1/quarantine/{id}/label-requests': quarantined.body.receipt,
  };
});
afterAll(() => gateway.close());

const gets = allOperations.filter(({ method }) => method === 'get').map(({ id, path }) => [id, path] as const);
const pathOf = (path: string): string =>
  path.replace('{path}', 'events/case.registered/1.2.0').replace('{id}', ids[path] ?? 'A'.repeat(43));
const isPublic = (path: string): boolean => !path.startsWith('/v1/') && path !== '/metrics';

const ask = async (method: string, path: string, headers: Record<string, string> = {}) => {
  const authorization = isPublic(path) ? {} : { Authorization: `Bearer ${await gateway.token('asker')}` };
  return fetch(gateway.url + pathOf(path), { method, headers: { ...authorization, ...headers } });
};

/** Headers that differ between two answers that are the same. */
const OF_THE_MOMENT = new Set(['date', 'ratelimit', 'connection', 'keep-alive']);

const readerAudit = async () => (await gateway.audit()).filter(({ who }) => who === READER.id);

describe('T72 HEAD', () => {
  it.each(gets)('of %s ends at once without a body, and is not in the audit log', async (_, path) => {
    const answer = await ask('HEAD', path);
    expect(await answer.text()).toBe('');
    expect(answer.status).toBe(isPublic(path) ? 200 : 405);
    expect((answer.headers.get('Allow') ?? 'GET, HEAD').split(', ').includes('HEAD')).toBe(isPublic(path));
    expect(await readerAudit()).toEqual([]);
  });

  it.each(gets.filter(([, path]) => isPublic(path)))('of %s has the headers of the GET', async (_, path) => {
    const [head, get] = await Promise.all([ask('HEAD', path), ask('GET', path)]);
    const named = ({ headers }: Response) => [...headers].filter(([name]) => !OF_THE_MOMENT.has(name));
    expect(named(head)).toEqual(named(get));
    await get.text();
  });

  it('leaves the connection usable for the next request, also for the stream', async () => {
    const token = await gateway.token('asker');
    const head = (path: string) => `HEAD ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`;
    const paths = gets.filter(([, path]) => !isPublic(path)).map(([, path]) => pathOf(path));
    const back = await gateway.raw(`${paths.map(head).join('')}GET /ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect([...back.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status)).toEqual([...paths.map(() => '405'), '200']);
  });

  it('does not count towards a client’s volume, and causes no corrections', async () => {
    for (let n = 0; n <= VOLUME; n++) for (const path of ['/v1/events', '/v1/events/{id}']) await ask('HEAD', path);
    const data = { case: { urn: '52WX2000001' }, corrects: ids['/v1/events/{id}'], kind: 'erased' };
    const correction = { specversion: '1.0', type: 'uk.justice.correction.issued.v1', data };
    expect((await gateway.post('/v1/events', JSON.stringify(correction), 'force')).status).toBe(202);
    // A type keeps away all but corrections of what the client was given.
    const query = 'type=uk.justice.person.stopped.v1';
    expect((await gateway.call(`/v1/events?${query}`, {}, 'asker')).body.events).toEqual([]);
    expect((await gateway.call(`/v1/events?limit=${VOLUME}`, {}, 'asker')).body.events).toHaveLength(VOLUME);
  });
});

describe('T72 conditional requests', () => {
  it.each([
    ['If-None-Match', '*'],
    ['If-None-Match', '"a"'],
    ['If-Modified-Since', 'Fri, 01 Jan 2100 00:00:00 GMT'],
  ])('with %s: %s are answered in full for data of one client, because the disclosure is recorded', async (name, value) => {
    const id = ids['/v1/events/{id}'] as string;
    // `fetch` adds no-cache, and Express then ignores the condition. curl does not.
    const headers = { [name]: value, 'Cache-Control': 'max-age=0', Authorization: `Bearer ${await gateway.token('cps')}` };
    for (const path of [`/v1/events/${id}`, '/v1/events?limit=1']) {
      const answer = await fetch(gateway.url + path, { headers });
      expect([path, answer.status]).toEqual([path, 200]);
      expect((await answer.text()).length).toBeGreaterThan(200);
    }
  });
});
