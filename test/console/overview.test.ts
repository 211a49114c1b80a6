/** What the overview of the console says of the gateway: over HTTP, as values, and in a real browser. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInterchange } from '../../contracts/client/client.ts';
import { BusUnavailable } from '../../gateway/bus/bus.ts';
import { partsOf } from '../../gateway/console/gateway-state.ts';
import { sourcesOf } from '../../gateway/console/ledger.ts';
import { overviewPage } from '../../gateway/console/overview.ts';
import { londonText, londonTime } from '../../gateway/console/times.ts';
import type { ReaderBacklogs } from '../../gateway/reading/reader-backlogs.ts';
import type { Client, ClientConfig } from '../../gateway/rules/clients.ts';
import { gatewayStateOf } from '../../gateway/upkeep/gateway-state.ts';
import { DESKTOP, HAS_BROWSER, openBrowser, openPage, violations } from '../support/browser.ts';
import { openAuthority } from '../support/client-certificates.ts';
import { signIn } from '../support/console.ts';
import { caseOf, LOW_OPERATOR, OPERATOR, openGateway, type TestGateway } from '../support/gateway.ts';

const NARROW = { width: 375, height: 812 };
const DAY = 86_400_000;
const CLEARED: ClientConfig = { ...OPERATOR, scopes: ['gateway:read'] };
const LOW: ClientConfig = { ...LOW_OPERATOR, scopes: ['gateway:read'] };
const READER: ClientConfig = { ...OPERATOR, id: 'wessex.reader', operator: false, scopes: ['gateway:read', 'events:read'] };
const broken = (n: number): string => caseOf(n).replace(/<\/[A-Za-z:]*Defendant>/, '');

const folder = mkdtempSync(join(tmpdir(), 'overview-'));
const authority = openAuthority(folder);
const soon = authority.issue('soon', '/CN=soon', 10);
const transports = [
  {
    name: 'endpoint',
    kind: 'soap',
    client: 'wessex.police.records',
    settings: {
      port: 0,
      services: { cjse: '/cjse' },
      tls: {
        certificateFile: soon.certificateFile,
        keyFile: soon.keyFile,
        clientCaFile: authority.root.certificateFile,
        clientSubject: { CN: 'records' },
      },
    },
  },
];

let gateway: TestGateway;
const stateAs = async ({ id }: ClientConfig) => (await gateway.call('/v1/gateway', {}, id)).body;

beforeAll(async () => {
  gateway = await openGateway({ clients: [CLEARED, LOW, READER], config: { transports: transports as never } });
}, 60_000);
afterAll(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});

describe('the state of the gateway', () => {
  it('says which certificates end, and since when the key seals', async () => {
    const { expiring } = await stateAs(LOW);
    expect(expiring).toEqual([
      { use: 'listener', transport: 'endpoint', status: 'warn', ends: expect.any(String) },
      { use: 'client-authority', transport: 'endpoint', status: 'warn', ends: expect.any(String) },
      { use: 'seal', status: 'pass', since: expect.any(String) },
    ]);
    expect(Date.parse(expiring[0].ends)).toBeLessThan(Date.now() + 11 * DAY);
  });

  it('counts for each reader the events that it may read and was not given', async () => {
    const cps = async () => (await stateAs(CLEARED)).readers.find(({ client }: { client: string }) => client === 'wessex.cps.review');
    expect((await cps()).backlog).toEqual({ events: 0, more: false });
    await gateway.post('/v1/messages', caseOf(1), 'force');
    expect(await cps()).toMatchObject({ backlog: { events: 1, more: false, oldest: expect.any(String) } });
    await gateway.events('cps');
    expect(await cps()).toMatchObject({ backlog: { events: 0, more: false }, given: expect.any(String) });
    await gateway.post('/v1/messages', caseOf(2), 'force');
    expect(await cps()).toMatchObject({ backlog: { events: 1, more: false }, given: expect.any(String) });
    const { readers, behind, disk } = await stateAs(CLEARED);
    expect(readers.map(({ client }: { client: string }) => client)).toContain(READER.id);
    expect(readers.map(({ client }: { client: string }) => client)).not.toContain('olu.ferreira');
    expect(behind).toBeGreaterThanOrEqual(0);
    expect(disk.free).toBeLessThanOrEqual(disk.size);
  });

  it('stops counting', async () => {
    for (let n = 100; n < 127; n++) await gateway.post('/v1/messages', caseOf(n), 'force');
    const { readers } = await stateAs(CLEARED);
    const found = readers.find(({ client }: { client: string }) => client === 'wessex.cps.review');
    expect(found.backlog).toMatchObject({ events: 25, more: true });
    await gateway.events('cps');
  });

  it('T64 counts nothing for an operator who may not know of every message', async () => {
    const before = await stateAs(LOW);
    await gateway.post('/v1/messages', caseOf(3), 'force');
    expect(await stateAs(LOW)).toEqual(before);
    expect(Object.keys(before).toSorted()).toEqual(['disk', 'expiring', 'name']);
    expect(Object.keys(before.disk)).toEqual(['status']);
  });

  it('says what is in the spool while the bus is away', async () => {
    const spool = { state: { records: 3, bytes: 900, limit: 1e9, age: 60 } };
    const away = () => Promise.reject(new BusUnavailable('Kafka does not answer'));
    const context = { name: 'one', dataFolder: folder, spool, view: { lag: away }, expiring: async () => [], now: () => 0 };
    const readerBacklogs = { all: away } as unknown as ReaderBacklogs;
    const found = await gatewayStateOf({ ...context, readerBacklogs }, {} as Client, true, new AbortController().signal);
    expect(found).toMatchObject({ name: 'one', counts: { spool: spool.state } });
    expect(found.counts).not.toHaveProperty('readers');
  });

  it('is only for operators', async () => {
    expect((await gateway.call('/v1/gateway', {}, READER.id)).status).toBe(403);
    expect((await gateway.call('/v1/gateway', {}, 'cps')).status).toBe(403);
  });
});

describe('the figures of the overview', () => {
  const row = { source: 'wessex.police.records', received: 3, published: 2, quarantined: 0, refused: 1, repeated: 0, unanswered: 0 };

  it('lead to the search for the messages of a source and hour', () => {
    const [shown] = sourcesOf([
      { ...row, hour: '2026-07-01T11:00:00.000Z', difference: 0 },
      { ...row, hour: '2026-07-01T12:00:00.000Z', difference: 1 },
    ]);
    const hrefs = (cells: readonly { href?: string }[] = []) => cells.map(({ href }) => href?.replace('/console/messages?', ''));
    const source = 'source=wessex.police.records';
    expect(shown?.cells.map(({ count }) => count)).toEqual([1, 6, 4, 0, 2, 0, 0]);
    const from = 'from=1%2F7%2F2026%2012%3A00';
    expect(hrefs(shown?.cells).slice(0, 4)).toEqual([
      `${source}&${from}`,
      `${source}&${from}`,
      `${source}&${from}&status=accepted`,
      undefined,
    ]);
    const [newest, oldest] = shown?.hours ?? [];
    const hour = 'from=1%2F7%2F2026%2013%3A00&to=1%2F7%2F2026%2014%3A00';
    expect(hrefs(newest?.cells)[0]).toBe(`${source}&${hour}`);
    expect(newest?.cells[0]?.isMissing).toBe(true);
    expect(hrefs(oldest?.cells)[0]).toBeUndefined();
  });

  it('name a time as the search reads it, except in the hour that clocks show twice', () => {
    const minutes = fc.integer({ min: Date.UTC(2020, 0) / 60_000, max: Date.UTC(2040, 0) / 60_000 });
    fc.assert(
      fc.property(minutes, (minute) => {
        const time = minute * 60_000;
        const read = londonTime(londonText(time), 'start') ?? Number.NaN;
        expect(londonText(read)).toBe(londonText(time));
        expect([0, 3_600_000]).toContain(Math.abs(read - time));
        const isInSummerOnce = new Date(time).getUTCMonth() !== 9;
        if (isInSummerOnce) expect(read).toBe(time);
      }),
    );
  });

  it('are those that the gateway can give while the bus is away', async () => {
    const server = createServer((request, response) => {
      const isHealth = request.url === '/health';
      const body = isHealth ? { status: 'fail', checks: { bus: 'fail' } } : { title: 'The bus is away' };
      response.writeHead(503, { 'Content-Type': isHealth ? 'application/json' : 'application/problem+json' }).end(JSON.stringify(body));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { api } = openInterchange({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 'none' });
    const scopes = new Set(['receipts:read', 'gateway:read']);
    const page = await overviewPage(
      { api, scopes, id: 'olu.ferreira', title: 'Olu', session: {} as never, remember: () => Promise.resolve() },
      0,
    );
    expect(page).toMatchObject({
      missing: ['Messages', 'Readers, keys and certificates'],
      parts: [{ name: 'Bus', text: 'Not working', colour: 'red' }],
    });
    server.close();
  });

  it('say how full the spool is', () => {
    const spool = { records: 12, bytes: 2_500_000, limit: 1e9, age: 7300 };
    const state = { name: 'one', disk: { status: 'fail', free: 2e9, size: 1e11 }, expiring: [], behind: 1, spool } as const;
    expect(partsOf({ view: 'pass' }, state, new Set(), 0)).toEqual([
      { name: 'Search view', text: 'Working', colour: 'green', note: '1 record behind the bus' },
      { name: 'Disk of the data folder', text: 'Nearly full', colour: 'red', note: '2.0 GB of 100.0 GB free' },
      {
        name: 'Spool for when Kafka is away',
        text: 'In use',
        colour: 'yellow',
        note: '12 records, the oldest for 2 hours: 2.5 MB of 1.0 GB',
      },
    ]);
  });
});

describe.runIf(HAS_BROWSER)('the overview', () => {
  let browser: Browser;
  beforeAll(async () => {
    await gateway.post('/v1/messages', broken(4), 'force');
    browser = await openBrowser();
  }, 60_000);
  afterAll(() => browser.close());

  it('shows readers, room, keys and certificates, and leads to the messages of a source', async () => {
    const { context, page } = await openPage(browser, { viewport: DESKTOP });
    const textOf = () => page.locator('main').innerText();
    await page.clock.install();
    await signIn(page, gateway.url, 'operator');
    expect(await textOf()).toMatch(/readers have been given[\s\S]*Disk of the data folder[\s\S]*free[\s\S]*Certificate of the listener/);
    for (const viewport of [DESKTOP, NARROW]) {
      await page.setViewportSize(viewport);
      await page.locator('details').evaluateAll((all) => {
        for (const element of all) element.setAttribute('open', '');
      });
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
      if (process.env.SCREENSHOTS !== undefined)
        await page.screenshot({ path: join(process.env.SCREENSHOTS, `overview-${viewport.width}.png`), fullPage: true });
    }
    await page.locator('details').evaluateAll((all) => {
      for (const element of all) element.removeAttribute('open');
    });
    await page.locator('summary').first().click();
    await page.locator('summary').first().blur();
    await page
      .locator('details')
      .first()
      .evaluate((element) => element.setAttribute('data-before', ''));
    const answered = page.waitForResponse((response) => response.request().headers()['interchange-update'] === '1');
    await page.clock.runFor(31_000);
    await answered;
    await expect.poll(() => page.locator('details[data-before]').count()).toBe(0);
    expect(await page.locator('details[open]').count()).toBe(1);
    await page.getByRole('link', { name: '1 put in quarantine, wessex.police.records', exact: true }).click();
    await expect.poll(textOf).toMatch(/Messages found[\s\S]*In quarantine[\s\S]*not well-formed/);
    await context.close();
  });
});
