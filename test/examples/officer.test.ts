/** The officer’s front-end with a real gateway, over real HTTP and in a real browser. */
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeliveredEvent, GatewayProblem, openInterchange } from '../../contracts/client/client.ts';
import { bodyOf } from '../../contracts/client/forms/forms.ts';
import { type OfficerContext, officerApp } from '../../examples/officer/app.ts';
import { Granted, type GrantedRecord } from '../../examples/officer/granted.ts';
import { isNear } from '../../examples/officer/names.ts';
import { peopleOf } from '../../examples/officer/person.ts';
import { stopForm } from '../../examples/officer/questions.ts';
import { shownPerson } from '../../examples/officer/shown.ts';
import { loadStandards } from '../../examples/officer/standards.ts';
import { clientCredentials } from '../../examples/officer/token.ts';
import { HAS_BROWSER, openBrowser } from '../support/browser.ts';
import { caseOf, openGateway, problem, resultOf, type TestGateway } from '../support/gateway.ts';

const standards = loadStandards();
const form = stopForm(standards);
const NOW = Date.parse('2026-11-20T21:41:30Z');
const TREMAYNE = {
  'person-familyName': 'Tremayne',
  'person-dateOfBirth-day': '17',
  'person-dateOfBirth-month': '4',
  'person-dateOfBirth-year': '1991',
};
/** What the two sample messages say beyond the task. */
const BEYOND =
  /PROSSER|30 September 1994|1994-09-30|900317|900142|ZZ1 9XW|assaulted|heard shouting|PENHALIGON|TREGEAR|52WX|0004417V|CJ88116|B01EF|Fined|Boat builder|convicted|suspect/;

let gateway: TestGateway;
let app: Server;
let url = '';
let logged: string[] = [];

const listen = async (context: Partial<OfficerContext> = {}): Promise<Server> => {
  const client = openInterchange({ url: gateway.url, token: () => gateway.token('officer') });
  const granted = new Granted(client, standards.task.id);
  const log = (line: string) => void logged.push(line);
  const server = officerApp({ client, granted, standards, log, now: () => NOW, ...context }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return server;
};
const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const close = (server: Server): void => {
  server.close();
  server.closeAllConnections();
};

interface Got {
  readonly status: number;
  readonly html: string;
  readonly location: string;
  readonly headers: Headers;
}
const get = async (path: string, init: RequestInit = {}, at = url): Promise<Got> => {
  const response = await fetch(at + path, { redirect: 'manual', ...init });
  return {
    status: response.status,
    html: await response.text(),
    location: response.headers.get('Location') ?? '',
    headers: response.headers,
  };
};
/** Posts a form as a browser does. */
const post = (
  path: string,
  body: Readonly<Record<string, unknown>>,
  at = url,
  headers: Record<string, string> = { Origin: at },
): Promise<Got> => get(path, { method: 'POST', body: new URLSearchParams(body as Record<string, string>), headers }, at);

const sendAs = (persona: string, type: string, data: object) =>
  gateway.post('/v1/events', JSON.stringify({ specversion: '1.0', type: `uk.justice.${type}.v1`, data }), persona);
const stopsOf = async (persona: string) => (await gateway.events(persona)).filter(({ type }) => type === 'uk.justice.person.stopped.v1');
const keyIn = (html: string): string => /name="idempotency-key" value="([^"]+)"/.exec(html)?.[1] ?? '';
const stopBody = (location: string) =>
  bodyOf(form, { stop: { kind: 'vehicle-stop', date: '2026-11-20', time: '21:40:00', power: 'RTA1988_s163', location } });

beforeAll(async () => {
  gateway = await openGateway();
  await gateway.post('/v1/messages', caseOf(1), 'force');
  await gateway.post('/v1/messages', resultOf(1), 'court');
  await sendAs('force', 'case.registered', {
    case: { urn: '52WX2000002' },
    defendants: [
      {
        person: { name: { givenNames: ['Elowen'], familyName: 'Zoë-Quick' }, dateOfBirth: '1988-02-29', gender: '2' },
        driver: { number: 'ZOEQU882299E99XX', licenceCode: 'P' },
        needs: { language: 'A Cornish interpreter', special: 'Step-free access' },
        bailConditions: 'To live at <b>Quay Street</b>',
        offences: [{ code: 'RT88191', wording: 'Drove carelessly', vehicle: { registration: 'ZZ74 QXA' } }],
      },
    ],
  });
  app = await listen();
  url = urlOf(app);
});
afterAll(async () => {
  close(app);
  await gateway.close();
});

describe('a person’s record, as the officer sees it,', () => {
  it('shows what the task grants, and nothing more', async () => {
    const { status, html } = await post('/check', TREMAYNE);
    expect(status).toBe(200);
    for (const granted of [
      'Jory TREMAYNE',
      '17 April 1991',
      'Male',
      'Kittiwake Row',
      'ZZ1 4QT',
      'Not to enter Larkspur Terrace',
      'English',
    ])
      expect(html).toContain(granted);
    expect(html).not.toMatch(BEYOND);
    expect(html).toContain('This is all that the task “Roadside stop” allows');
  });
  it('is also found by vehicle, however the mark is typed', async () => {
    const { html } = await post('/check', { registration: 'zz74qxa' });
    for (const granted of [
      'Elowen Zoë-Quick',
      '29 February 1988',
      'Female',
      'Provisional',
      'Number ZOEQU882299E99XX',
      'ZZ74 QXA',
      'A Cornish interpreter',
      'Step-free access',
    ])
      expect(html).toContain(granted);
    expect(html).toContain('To live at &lt;b&gt;Quay Street&lt;/b&gt;');
    expect(html).not.toMatch(/RT88191|carelessly|52WX/);
    const byName = await post('/check', {
      ...TREMAYNE,
      'person-familyName': 'zoe quick',
      'person-dateOfBirth-day': '29',
      'person-dateOfBirth-month': '2',
      'person-dateOfBirth-year': '1988',
    });
    expect(byName.html).toContain('1 person found');
  });
  it('shows one person, with the facts of all events and the source of each', async () => {
    const { html } = await post('/check', TREMAYNE);
    expect(html).toContain('1 person found');
    expect(html.match(/Kittiwake Row/g)).toHaveLength(1);
    expect(html.match(/<h2/g)).toHaveLength(1);
    const [birth = ''] = /Date of birth[\s\S]*?<\/dd>/.exec(html) ?? [];
    expect(birth).toContain('17 April 1991');
    expect(birth).toContain('Source 1, 2');
    expect(html).toMatch(/<li>Court result, recorded [^<]*OFFICIAL-SENSITIVE<\/li>\s*<li>New case, recorded/);
  });
  it('is found by a similar name, and says so', async () => {
    const { html } = await post('/check', { ...TREMAYNE, 'person-familyName': 'Tremain' });
    expect(html).toContain('Jory TREMAYNE');
    expect(html).toContain('A name near the one that you entered');
    expect((await post('/check', TREMAYNE)).html).not.toContain('A name near');
    expect(isNear('Tremain', 'Tremaine')).toBe(true);
    expect([isNear('Tremayne', 'Penrose'), isNear('Lee', 'Lea'), isNear('Tremayne', '')]).toEqual([false, false, false]);
  });
  it('is not found with another date of birth', async () => {
    const { html } = await post('/check', { ...TREMAYNE, 'person-dateOfBirth-day': '18' });
    expect(html).toContain('Nothing found');
    expect(html).not.toContain('Kittiwake');
  });
  it('requires a name with a date of birth, or a vehicle', async () => {
    expect((await post('/check', {})).html).toContain('Enter a name and date of birth, or a vehicle registration');
    expect((await post('/check', { 'person-familyName': 'Tremayne' })).html).toContain('Enter the date of birth');
  });
  it('shows the task and the marking on every page', async () => {
    for (const { html } of [await get('/'), await get('/stop'), await post('/check', TREMAYNE), await get('/nowhere')]) {
      expect(html).toContain('Task: Roadside stop');
      expect(html).toContain('OFFICIAL-SENSITIVE');
    }
  });
  it('is not stored when it is not shown', async () => {
    const client = openInterchange({ url: gateway.url, token: () => gateway.token('officer') });
    const granted = new Granted(client, standards.task.id);
    expect(await granted.catchUp()).toBe(true);
    const all = [...granted.find({ familyName: 'Tremayne', dateOfBirth: '1991-04-17' }), ...granted.find({ registration: 'ZZ74QXA' })];
    expect(all).toHaveLength(3);
    expect(JSON.stringify(all)).not.toMatch(BEYOND);
  });
});

describe('records of one person', () => {
  const record = (reference: string, more: object = {}): GrantedRecord => ({
    reference,
    about: 'New case',
    recorded: '2026-11-16T10:00:00Z',
    givenNames: ['Jory'],
    familyName: 'Tremayne',
    dateOfBirth: '1991-04-17',
    registrations: [],
    marking: 'OFFICIAL',
    restrictions: [],
    protectedBy: {},
    isCorrected: false,
    ...more,
  });
  const together = (...records: GrantedRecord[]) => peopleOf(records).map((person) => person.map(({ reference }) => reference));
  it('are combined, however the name is written', () =>
    expect(together(record('a'), record('b', { familyName: 'TREMAYNE', givenNames: ['JORY', 'Mawgan'] }))).toEqual([['a', 'b']]));
  it.each([
    ['another given name', { givenNames: ['Demelza'] }],
    ['no given name', { givenNames: [] }],
    ['another date of birth', { dateOfBirth: '1991-04-18' }],
    ['no date of birth', { dateOfBirth: undefined }],
    ['a name that is only similar', { familyName: 'Tremaine' }],
    ['another driver number', { driver: { number: 'TREMA904171J99XX' } }],
  ])('are not combined with %s', (_, more) =>
    expect(together(record('a', { driver: { number: 'TREMA904171J99ZZ' } }), record('b', more))).toEqual([['a'], ['b']]),
  );
  it('show each value once, and both values where they differ', () => {
    const [person] = peopleOf([
      record('a', { address: { lines: ['1 Quay Street'] }, bailConditions: 'None' }),
      record('b', { address: { lines: ['2 Quay Street'] }, bailConditions: 'none' }),
    ]);
    const { facts } = shownPerson(person as NonNullable<typeof person>, new Map());
    expect(facts.find(({ name }) => name === 'Address')?.values).toEqual([
      { text: ['1 Quay Street'], sources: [1] },
      { text: ['2 Quay Street'], sources: [2] },
    ]);
    expect(facts.find(({ name }) => name === 'Bail conditions')?.values).toEqual([{ text: ['None'], sources: [1, 2] }]);
  });
});

describe('a correction', () => {
  const JOHN = { ...TREMAYNE, 'person-familyName': 'Wrong' };
  const register = async (n: number) => {
    const defendants = [{ person: { name: { familyName: 'Wrong', givenNames: [`N${n}`] }, dateOfBirth: '1991-04-17' } }];
    const { body } = await sendAs('force', 'case.registered', { case: { urn: `52WX200010${n}` }, defendants });
    return { urn: `52WX200010${n}`, id: body.events[0].id as string };
  };
  const correct = ({ urn, id }: { readonly urn: string; readonly id: string }, more: object) =>
    sendAs('force', 'correction.issued', { case: { urn }, corrects: id, ...more });

  it('removes erased or restricted events', async () => {
    for (const [n, kind] of ['erased', 'restricted'].entries()) {
      const event = await register(n);
      expect((await post('/check', JOHN)).html).toContain(`N${n} Wrong`);
      expect((await correct(event, { kind })).status).toBe(202);
      expect((await post('/check', JOHN)).html).not.toContain(`N${n} Wrong`);
    }
  });
  it('marks a rectified event until the right one arrives', async () => {
    const wrong = await register(5);
    await correct(wrong, { kind: 'rectified' });
    expect((await post('/check', JOHN)).html).toContain('Do not rely on it');
    const right = await register(6);
    await correct(wrong, { kind: 'rectified', replacedBy: right.id, detail: 'Another person' });
    const { html } = await post('/check', JOHN);
    expect(html).toContain('N6 Wrong');
    expect(html).not.toMatch(/N5 Wrong|Do not rely on it/);
    await correct(right, { kind: 'erased' });
    expect((await post('/check', JOHN)).html).toContain('Nothing found');
  });
  it('also applies when its event arrives later', async () => {
    await correct(await register(7), { kind: 'erased' });
    const client = openInterchange({ url: gateway.url, token: () => gateway.token('officer') });
    async function* backwards(query: object = {}) {
      const all: DeliveredEvent[] = [];
      for await (const event of client.events(query)) all.push(event);
      yield* all.toReversed();
      return 'end';
    }
    const granted = new Granted({ ...client, events: backwards as unknown as typeof client.events }, standards.task.id);
    const late = await listen({ granted });
    const { html } = await post('/check', JOHN, urlOf(late));
    expect(html).toContain('Nothing found');
    close(late);
  });
});

describe('while the gateway is unavailable, the officer’s program', () => {
  it('says that the page may be out of date', async () => {
    const client = openInterchange({ url: 'http://127.0.0.1:9', token: 'none' });
    const alone = await listen({ granted: new Granted(client, standards.task.id) });
    expect((await post('/check', TREMAYNE, urlOf(alone))).html).toContain('may be out of date');
    close(alone);
  });
  it('does not show what it cannot verify, and reads it again', async () => {
    const client = openInterchange({ url: gateway.url, token: () => gateway.token('officer') });
    let isVerifiable = false;
    const granted = new Granted({ ...client, verify: async (event) => isVerifiable && client.verify(event) }, standards.task.id);
    const wanted = { familyName: 'Tremayne', dateOfBirth: '1991-04-17' };
    expect([await granted.catchUp(), granted.find(wanted)]).toEqual([false, []]);
    isVerifiable = true;
    expect([await granted.catchUp(), granted.find(wanted).length]).toEqual([true, 2]);
  });
});

describe('after a reset of the gateway, the officer’s program', () => {
  it('forgets its earlier events, and starts again', async () => {
    const client = openInterchange({ url: gateway.url, token: () => gateway.token('officer') });
    let isNew = false;
    async function* events(query: object = {}) {
      if (isNew && 'cursor' in query) throw new GatewayProblem({ type: problem('invalid-request') as never, title: '', status: 400 });
      return isNew ? 'new' : yield* client.events(query);
    }
    const granted = new Granted({ ...client, events: events as typeof client.events }, standards.task.id);
    const wanted = { familyName: 'Tremayne', dateOfBirth: '1991-04-17' };
    expect([await granted.catchUp(), granted.find(wanted).length]).toEqual([true, 2]);
    isNew = true;
    expect([await granted.catchUp(), granted.find(wanted).length]).toEqual([true, 0]);
  });
});

describe('the record of a stop', () => {
  it('is filled with the day, the time, and the person who was checked', async () => {
    const blank = await get('/stop');
    expect(blank.html).toMatch(/id="stop-date-day"[^>]* value="20"/);
    expect(blank.html).toMatch(/id="stop-time"[^>]* value="21:41"/);
    expect(blank.html).not.toContain('TREMAYNE');
    const found = await post('/check', TREMAYNE);
    const record = /name="record" value="([^"]+)"/.exec(found.html)?.[1] ?? '';
    const { html } = await post('/stop/person', { record });
    expect(html).toMatch(/id="person-name-familyName"[^>]* value="TREMAYNE"/);
    expect(html).toMatch(/id="person-dateOfBirth-year"[^>]* value="1991"/);
    expect(keyIn(html)).not.toBe(keyIn(blank.html));
    expect((await post('/stop/person', { record: '__proto__' })).status).toBe(200);
  });
  it('reaches the force once, even after a double tap', async () => {
    const key = keyIn((await get('/stop')).html);
    const body = { ...stopBody('Quay Street'), 'person-name-familyName': 'Maddox', 'idempotency-key': key };
    const taps = await Promise.all([post('/stop', body), post('/stop', body), post('/stop', body)]);
    taps.push(await post('/stop', body));
    expect(new Set(taps.map(({ status, location }) => `${status} ${location}`)).size).toBe(1);
    const { html, status } = await get(taps[0]?.location ?? '');
    expect(status).toBe(200);
    expect(html).toContain(taps[0]?.location.slice('/stop/sent/'.length));
    expect(html).toMatch(/Marking<br><strong>OFFICIAL-SENSITIVE/);
    const stops = await stopsOf('force');
    expect(stops).toHaveLength(1);
    expect(stops[0]?.data).toMatchObject({
      stop: { kind: 'vehicle-stop', date: '2026-11-20', time: '21:40:00', power: 'RTA1988_s163', location: 'Quay Street' },
      person: { name: { familyName: 'Maddox' } },
    });
    expect(stops[0]?.source).toBe('wessex.police.officer');
    // The same form, changed after it was sent.
    const changed = await post('/stop', { ...body, 'stop-location': 'Elsewhere' });
    expect(changed.status).toBe(409);
    expect(changed.html).toContain('already sent with other details');
    expect(keyIn(changed.html)).not.toBe(key);
    expect(await stopsOf('force')).toHaveLength(1);
  });
  it('shows a message at each faulty field, and keeps the other values', async () => {
    const { 'stop-power': _, ...body } = stopBody('Quay "Street"');
    const key = '01234567-89ab-4def-8123-456789abcdef';
    const { status, html } = await post('/stop', { ...body, 'stop-date-month': '13', 'idempotency-key': key });
    expect(status).toBe(400);
    expect(html).toContain('<title>Error: Record a stop');
    expect(html).toContain('href="#stop-date-day"');
    expect(html).toContain('The date must be a real date');
    expect(html).toContain('Select the power used');
    expect(html).toContain('value="Quay &quot;Street&quot;"');
    expect(keyIn(html)).toBe(key);
  });
  it('shows the gateway’s refusals at their fields', async () => {
    const title = 'Kept';
    const reasons = [{ code: 'schema-violation', at: '/stop/location', reason: 'The value is too long' }];
    const submit = () => Promise.reject(new GatewayProblem({ type: problem('quarantined') as never, title, status: 422, reasons }));
    const refusing = await listen({ client: { ...openInterchange({ url: gateway.url, token: '' }), submit } });
    const { status, html } = await post('/stop', stopBody('Quay Street'), urlOf(refusing));
    expect(status).toBe(422);
    expect(html).toMatch(/href="#stop-location">Check the place: the value is too long/);
    expect(html).toContain('id="stop-location-error"');
    close(refusing);
  });
  it.each([
    [
      'no connection',
      () => Promise.reject(Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } })),
      'was not sent: there is no connection',
    ],
    ['a lost answer', () => Promise.reject(new TypeError('fetch failed')), 'was not confirmed: there was no answer'],
    ...[429, 503].map((status): [string, () => Promise<never>, string] => [
      `a ${status}`,
      () => Promise.reject(new GatewayProblem({ type: problem('unavailable') as never, title: '', status })),
      'was not sent: the gateway cannot take it now',
    ]),
  ])('keeps the values and their idempotency key on %s', async (_, submit, text) => {
    const failing = await listen({ client: { ...openInterchange({ url: gateway.url, token: '' }), submit } });
    const key = '01234567-89ab-4def-8123-456789abcdef';
    const { status, html } = await post('/stop', { ...stopBody('Quay Street'), 'idempotency-key': key }, urlOf(failing));
    expect(status).toBe(503);
    expect(html).toContain(text);
    expect(html).toContain('value="Quay Street"');
    expect(html).toMatch(/value="RTA1988_s163" selected/);
    expect(keyIn(html)).toBe(key);
    close(failing);
  });
  it('has a page for its receipt, and no page for another number', async () => {
    for (const id of ['x', 'A'.repeat(43), 'x%2Fy']) expect((await get(`/stop/sent/${id}`)).status).toBe(404);
  });
});

describe('the officer’s server', () => {
  it.each([
    ['another site', { Origin: 'http://127.0.0.1:1' }],
    ['a page of another site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['another port of this machine', { Origin: 'URL', 'Sec-Fetch-Site': 'same-site' }],
    ['nowhere', { Origin: 'null' }],
    ['what does not say where it comes from', {}],
  ])('refuses a form from %s', async (_, headers) => {
    const said = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace('URL', url)]));
    const before = (await stopsOf('force')).length;
    expect((await post('/stop', stopBody('Nowhere'), url, said)).status).toBe(403);
    expect((await post('/check', TREMAYNE, url, said)).html).not.toContain('Kittiwake');
    expect(await stopsOf('force')).toHaveLength(before);
  });
  it('refuses requests under another host name', async () => {
    const server = app.address() as AddressInfo;
    const status = await new Promise((resolve) =>
      request({ port: server.port, host: '127.0.0.1', path: '/', headers: { Host: 'evil.example' } }, ({ statusCode }) =>
        resolve(statusCode),
      ).end(),
    );
    expect(status).toBe(421);
    expect(server.address).toBe('127.0.0.1');
  });
  it('refuses large bodies', async () => {
    const { status, html } = await post('/stop', { 'stop-grounds': 'x'.repeat(200_000) });
    expect(status).toBe(413);
    expect(html).toContain('more than this app takes');
  });
  it('sends headers that protect every page', async () => {
    for (const { headers } of [await get('/'), await get('/nowhere'), await post('/check', TREMAYNE)]) {
      expect(headers.get('Content-Security-Policy')).toMatch(/^default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'/);
      expect(headers.get('Cache-Control')).toBe('no-store');
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
      expect(headers.get('X-Powered-By')).toBeNull();
    }
  });
  it('writes no personal data to the log', async () => {
    logged = [];
    await post('/check', TREMAYNE);
    await get('/TREMAYNE?name=TREMAYNE');
    await post('/stop', { ...stopBody('Quay Street'), 'stop-power': 'x' });
    expect(logged.map((line) => line.replace(/\d+ ms/, 'ms'))).toEqual(['POST /check 200 ms', 'GET - 404 ms', 'POST /stop 400 ms']);
  });
  it('serves no GOV.UK font', async () => {
    expect((await get('/assets/govuk.css')).html).not.toMatch(/font-face|Transport|woff/);
  });
});

describe('the access token', () => {
  it('is requested once, and again before it expires', async () => {
    let asked = 0;
    let now = 0;
    let body = '';
    const issuer = createServer((request, response) => {
      asked++;
      request.on('data', (chunk) => void (body = String(chunk)));
      request.on('end', () => response.end(JSON.stringify({ access_token: `t${asked}`, token_type: 'Bearer', expires_in: 600 })));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => issuer.once('listening', resolve));
    const token = clientCredentials({ url: urlOf(issuer), clientId: 'officer', clientSecret: 'sandbox', now: () => now });
    expect(await Promise.all([token(), token(), token()])).toEqual(['t1', 't1', 't1']);
    expect(body).toBe('grant_type=client_credentials&client_id=officer&client_secret=sandbox');
    now = 539_000;
    expect(await token()).toBe('t1');
    now = 541_000;
    expect(await token()).toBe('t2');
    close(issuer);
    now = 2_000_000;
    await expect(token()).rejects.toThrow();
  });
});

describe.skipIf(!HAS_BROWSER)('in a browser on a phone, the officer’s program', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  }, 120_000);
  afterAll(() => browser?.close());
  const requested: string[] = [];
  const phone = async (options: BrowserContextOptions = {}): Promise<Page> => {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, ...options });
    const page = await context.newPage();
    page.on('request', (request) => void requested.push(request.url()));
    return page;
  };
  const check = async (page: Page): Promise<void> => {
    await page.goto(url);
    for (const [name, value] of Object.entries(TREMAYNE)) await page.fill(`#${name}`, value);
    await page.click('button');
    await page.waitForLoadState();
  };

  it('works without JavaScript, from a check to the receipt, and puts no personal data into an address', async () => {
    const page = await phone({ javaScriptEnabled: false });
    await check(page);
    expect(await page.textContent('main')).toContain('Kittiwake Row');
    await page.click('text=Record a stop of this person');
    await page.click('text=Send the record');
    await expect.poll(() => page.title()).toMatch(/^Error: /);
    await page.click('text=Select the power used >> nth=0');
    await page.waitForURL(`${url}/stop#stop-power`);
    await page.check('#stop-kind');
    await page.selectOption('#stop-power', 'RTA1988_s163');
    await page.fill('#stop-grounds', '\n"Quotes" & <tags>\n  two lines');
    await page.selectOption('#person-ethnicity-selfDefined', 'W1');
    await page.click('text=Send the record');
    await page.waitForURL(/\/stop\/sent\/[\w-]{43}$/);
    expect(await page.textContent('main')).toContain('Stop recorded');
    const sent = (await stopsOf('force')).find(({ data }) => JSON.stringify(data).includes('Quotes'));
    expect(sent?.data).toMatchObject({
      stop: { kind: 'vehicle-stop', date: '2026-11-20', time: '21:41:00', grounds: '"Quotes" & <tags>\n  two lines' },
      person: {
        name: { givenNames: ['Jory'], familyName: 'TREMAYNE' },
        dateOfBirth: '1991-04-17',
        gender: '1',
        ethnicity: { selfDefined: 'W1' },
      },
    });
    expect(requested.join('\n')).not.toMatch(/tremayne|1991|jory/i);
  });
  it('is at most three screens long at 375 px, and fits at 1280 px', async () => {
    for (const [width, height] of [
      [375, 667],
      [1280, 800],
    ] as const) {
      const page = await phone({ viewport: { width, height } });
      await check(page);
      expect(await page.title()).toMatch(/^1 person found/);
      expect(await page.evaluate('document.documentElement.scrollHeight')).toBeLessThanOrEqual(3 * height);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
      if (process.env.SCREENSHOTS !== undefined)
        await page.screenshot({ path: `${process.env.SCREENSHOTS}/officer-${width}.png`, fullPage: true });
    }
  }, 90_000);
  it('passes axe, fits the screen, and loads nothing from another machine', async () => {
    const page = await phone();
    const refused: string[] = [];
    page.on('console', (message) => void (message.text().includes('Content Security Policy') && refused.push(message.text())));
    const look = async (title: RegExp): Promise<void> => {
      await page.waitForLoadState();
      expect(await page.title()).toMatch(title);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
      expect(await page.evaluate('getComputedStyle(document.querySelector("h1")).fontFamily')).toMatch(/^Arial/);
    };
    await page.goto(url);
    await look(/^Check a person/);
    await page.click('button');
    await look(/^Error: Check a person/);
    await check(page);
    await look(/^1 person found/);
    await page.click('text=Record a stop of this person >> nth=0');
    await look(/^Record a stop/);
    await page.click('text=Send the record');
    await look(/^Error: Record a stop/);
    await page.check('#stop-kind');
    await page.selectOption('#stop-power', 'RTA1988_s163');
    await page.click('text=Send the record');
    await look(/^Stop recorded/);
    expect(refused).toEqual([]);
    expect(requested.length).toBeGreaterThan(10);
    for (const address of requested) expect(new URL(address).hostname).toBe('127.0.0.1');
  }, 90_000);
});
