/** The pages of messages, in a real browser: a person finds a message by its case, and sees its result and what others would receive. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DESKTOP, HAS_BROWSER, openBrowser, openPage, violations } from '../support/browser.ts';
import { LOW_PERSON, signIn } from '../support/console.ts';
import { caseOf, ON_KAFKA, openGateway, type TestGateway } from '../support/gateway.ts';

const NARROW = { width: 375, height: 812 };
const broken = (n: number): string => caseOf(n).replace(/<\/[A-Za-z:]*Defendant>/, '');
const CANARY = /Tremayne|Prosser|52WX2/i;

/** Every text in a value. */
const textsIn = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
};

describe.runIf(HAS_BROWSER)('the pages of messages', () => {
  let gateway: TestGateway;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let accepted = '';
  let urn = '';
  let subject = '';
  let event = '';
  let waiting = '';
  const textOf = () => page.locator('main').innerText();

  beforeAll(async () => {
    gateway = await openGateway({ clients: [LOW_PERSON] });
    browser = await openBrowser();
    for (const n of [1, 2, 3]) accepted = (await gateway.post('/v1/messages', caseOf(n), 'force')).body.id;
    waiting = (await gateway.post('/v1/messages', broken(4), 'force')).body.receipt;
    event = (await gateway.call(`/v1/messages/${accepted}`, {}, 'force')).body.events[0].id;
    const { body } = await gateway.call(`/v1/events/${event}`, {}, 'force');
    ({ subject } = body);
    ({ urn } = body.data.case);
    await gateway.call(`/v1/events/${event}`, {}, 'cps');
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await gateway.close();
  });
  beforeEach(async () => {
    ({ context, page } = await openPage(browser, { viewport: DESKTOP }));
  });
  afterEach(() => context.close());

  it('find a message by its URN, which is in no address, and say where it is now', async () => {
    await signIn(page, gateway.url, 'operator', '/console/messages');
    expect(await page.locator('tbody').count()).toBe(0);
    await page.getByLabel('Case reference (URN)').fill(urn.toLowerCase());
    await page.getByLabel('Status').selectOption('Accepted');
    await page.getByRole('button', { name: 'Search' }).click();
    await expect.poll(() => page.locator('tbody tr').count()).toBe(1);
    const asked = new URL(page.url()).searchParams;
    expect([asked.get('status'), asked.get('about')?.split(',')[0]]).toEqual(['accepted', subject]);
    expect(await page.content()).not.toContain(urn);
    await page.locator('tbody a').click();
    await expect.poll(textOf).toMatch(/Received[\s\S]*Published on the bus[\s\S]*Read\s+by wessex\.cps\.review/);
    await page.goBack();
    await page.getByRole('link', { name: 'Remove this filter with the pseudonym' }).click();
    await expect.poll(() => page.locator('tbody tr').count()).toBe(3);
    expect(gateway.log()).not.toContain(urn);
  });

  it('name what is wrong at its field, and keep what was entered', async () => {
    await signIn(page, gateway.url, 'operator', '/console/messages');
    await page.getByLabel('Received from').fill('31/2/2026');
    await page.getByText('Search for a person').click();
    await page.getByLabel('Family name').fill('Tremayne');
    await page.getByRole('button', { name: 'Search' }).click();
    await expect.poll(() => page.getByRole('alert').innerText()).toMatch(/Received from must be a real date[\s\S]*Date of birth must be/);
    expect(await page.getByLabel('Family name').inputValue()).toBe('Tremayne');
    expect(page.url()).not.toContain('Tremayne');
    expect(await violations(page)).toEqual([]);
  });

  it('find the message of an event', async () => {
    await signIn(page, gateway.url, 'operator', '/console/messages');
    await page.getByLabel('Id of the message').fill(event);
    await page.getByRole('button', { name: 'Find' }).click();
    await expect.poll(() => new URL(page.url()).pathname).toBe(`/console/messages/${accepted}`);
  });

  it('open events for a reason, which is asked for once, and show what each client would be given', async () => {
    await signIn(page, gateway.url, 'operator', `/console/messages/${accepted}`);
    await page.getByRole('link', { name: 'Read its events' }).click();
    await page.getByRole('button', { name: 'Open the message' }).click();
    await expect.poll(() => page.getByRole('alert').innerText()).toContain('Select why you need to read the message');
    await page.getByLabel('To look into an incident').check();
    await page.getByRole('button', { name: 'Open the message' }).click();
    await expect.poll(textOf).toMatch(CANARY);
    await page.getByRole('link', { name: /See it as/ }).click();
    await page.getByRole('link', { name: 'Supplier front-end' }).click();
    await expect.poll(textOf).toMatch(/As Supplier front-end[\s\S]*Redacted/);
    const [complete, given] = await Promise.all(['force', 'supplier'].map((who) => gateway.call(`/v1/events/${event}`, {}, who)));
    const withheld = textsIn(complete?.body.data).filter((text) => text.length > 6 && !given?.text.includes(text));
    expect(withheld.length).toBeGreaterThan(3);
    const shown = await textOf();
    expect(withheld.filter((text) => shown.includes(text))).toEqual([]);
    const opened = (await gateway.audit()).filter(({ action, who }) => action === 'consultation' && who === 'olu.ferreira');
    expect(opened.map(({ reasons, change }) => [reasons, change])).toEqual(
      expect.arrayContaining([
        [['incident'], undefined],
        [['incident'], 'see as example.supplier.frontend'],
      ]),
    );
  });

  it('mark the place of a fault in the original, with its reason next to it', async () => {
    const id = (await gateway.post('/v1/messages', broken(9).replace('</', '<!--<script>document.title = "run"</script>--></'), 'force'))
      .body.receipt;
    await signIn(page, gateway.url, 'operator', `/console/messages/${id}/content`);
    await page.getByLabel('To repair the message').check();
    await page.getByRole('button', { name: 'Open the message' }).click();
    await expect.poll(() => page.locator('mark').count()).toBe(1);
    const { body } = await gateway.call(`/v1/messages/${id}`, {}, 'force');
    expect(await page.locator('mark + strong').innerText()).toContain(body.reasons[0].reason);
    expect(await textOf()).toContain('<script>');
    expect(await page.title()).not.toContain('run');
  });

  it('T64 show somebody with little clearance nothing, by any filter', async () => {
    await signIn(page, gateway.url, 'low');
    const paths = [
      '/console/messages?all=yes',
      '/console/messages?status=quarantined',
      `/console/messages?about=${subject}`,
      '/console/messages?adapter=spi-new-case',
      `/console/messages?id=${event}`,
      `/console/messages/${accepted}`,
      `/console/messages/${accepted}/content`,
      `/console/messages/${accepted}/events/${event}?as=wessex.cps.review`,
      `/console/messages/${waiting}/content`,
    ];
    for (const path of paths) {
      await page.goto(gateway.url + path);
      const html = await page.content();
      expect([path, CANARY.exec(html)]).toEqual([path, null]);
      expect([path, /There is no|There is nothing here/.test(html)]).toEqual([path, true]);
    }
  });

  it.skipIf(ON_KAFKA)(
    'have no violation of accessibility, with and without script, at both widths',
    async () => {
      const paths = [
        '/console/messages',
        '/console/messages?all=yes',
        '/console/messages?status=quarantined&from=1%2F1%2F2020',
        `/console/messages/${accepted}`,
        `/console/messages/${waiting}`,
        `/console/messages/${accepted}/content`,
        `/console/messages/${accepted}/events/${event}?as=example.supplier.frontend`,
        `/console/messages/${waiting}/content`,
      ];
      for (const options of [{ viewport: DESKTOP }, { viewport: NARROW }]) {
        const opened = await openPage(browser, options);
        await signIn(opened.page, gateway.url, 'operator');
        for (const id of [accepted, waiting]) {
          await opened.page.goto(`${gateway.url}/console/messages/${id}/content`);
          expect(await violations(opened.page)).toEqual([]);
          await opened.page.getByLabel('To audit the work of others').check();
          await opened.page.getByRole('button', { name: 'Open the message' }).click();
          await opened.page.locator('h1').waitFor();
        }
        for (const path of paths) {
          await opened.page.goto(gateway.url + path);
          expect([path, await violations(opened.page)]).toEqual([path, []]);
          const wide = await opened.page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
          expect([path, wide]).toEqual([path, 0]);
        }
        await opened.context.close();
      }
      const { context: plain, page: scriptless } = await openPage(browser, { javaScriptEnabled: false });
      await signIn(scriptless, gateway.url, 'operator', '/console/messages');
      await scriptless.getByLabel('Case reference (URN)').fill(urn);
      await scriptless.getByRole('button', { name: 'Search' }).click();
      await expect.poll(() => scriptless.locator('tbody tr').count()).toBe(1);
      await plain.close();
    },
    120_000,
  );
});
