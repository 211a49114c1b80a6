/** Deliveries, approvals, protections and disclosures in the console, in a real browser. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DESKTOP, HAS_BROWSER, openBrowser, openPage, violations } from '../support/browser.ts';
import { LOW_PERSON, signIn } from '../support/console.ts';
import { caseOf, ON_KAFKA, openGateway, type TestGateway } from '../support/gateway.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';

const NARROW = { width: 375, height: 812 };
const JSON_TYPE = { 'Content-Type': 'application/json' };
/** A person who may ask everything, and read nothing. */
const LOW = {
  ...LOW_PERSON,
  clearance: { ...LOW_PERSON.clearance, classifications: [] },
} as const;

describe.runIf(HAS_BROWSER)('the console', () => {
  let gateway: TestGateway;
  let receiver: Receiver;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let subscription: string;
  let event: string;
  const textOf = () => page.locator('main').innerText();
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
  const impose = async (urn: string): Promise<string> => {
    const order = { case: urn, restrictions: ['YJCEA1999_s45'], law: 'YJCEA 1999, s.45', title: 'Order of the court' };
    return (await gateway.post('/v1/protections', JSON.stringify(order), 'owner', JSON_TYPE)).body.id;
  };

  beforeAll(async () => {
    receiver = await openReceiver();
    gateway = await openGateway({ clients: [LOW] });
    browser = await openBrowser();
    const wanted = JSON.stringify({ url: receiver.url, from: '2020-01-01T00:00:00Z' });
    subscription = (await gateway.post('/v1/subscriptions', wanted, 'cps', JSON_TYPE)).body.id;
    event = (await gateway.post('/v1/messages', caseOf(1), 'force')).body.events[0].id;
    await receiver.count(1);
    await gateway.events('supplier');
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await gateway.close();
    await receiver.close();
  });
  beforeEach(async () => {
    ({ context, page } = await openPage(browser, { viewport: DESKTOP }));
  });
  afterEach(() => context.close());

  it('lets a second person lift a protection, and never the person who asked', async () => {
    const id = await impose('52WX2000901');
    await signIn(page, gateway.url, 'owner', `/console/protections/${id}`);
    await page.getByLabel('Why is it lifted?').fill('Lifted by the court');
    await page.getByLabel('The court has lifted this protection').check();
    await press('Request that it be lifted');
    await expect.poll(textOf).toMatch(/Requests to lift it[\s\S]*by una\.marsh|una\.marsh,/);
    expect(await page.getByRole('button', { name: 'Approve, and lift the protection' }).count()).toBe(0);
    const formToken = await page.locator('input[name=formToken]').first().inputValue();
    const { requests } = (await gateway.call(`/v1/protections/${id}/lift-requests`, {}, 'owner')).body;
    const [{ id: request, sha256 }] = requests;
    const forced = await page.request.post(`${gateway.url}/console/protections/${id}/lift-requests/${request}/approval`, {
      headers: { Origin: gateway.url },
      form: { formToken, sha256 },
    });
    expect(forced.status()).toBe(403);
    await page.getByRole('link', { name: 'Approvals' }).click();
    await expect.poll(textOf).toContain('Yours: another person must approve it');
    await press('Sign out');
    await signIn(page, gateway.url, 'approver', '/console/approvals');
    await page.getByRole('link', { name: /Lift a protection/ }).click();
    await press('Approve, and lift the protection');
    await expect.poll(textOf).toMatch(/Lifted[\s\S]*by una\.marsh, approved by mair\.pugh: Lifted by the court/);
  });

  it('lets an information asset owner impose a protection', async () => {
    await signIn(page, gateway.url, 'owner', '/console/protections');
    await page.getByRole('link', { name: 'Impose a protection' }).click();
    await press('Impose the protection');
    await expect.poll(() => page.getByRole('alert').innerText()).toContain('Enter the case reference');
    await page.getByLabel('Case reference (URN)').fill('52WX2000905');
    await page.getByLabel('Restrictions').fill('NO_SUCH_ONE');
    await page.getByLabel('Law').fill('YJCEA 1999, s.45');
    await page.getByLabel('The order').fill('Order of the court');
    await press('Impose the protection');
    await expect.poll(() => page.getByRole('alert').innerText()).toContain('A restriction is not of the policy');
    await page.getByLabel('Restrictions').fill('YJCEA1999_s45');
    await press('Impose the protection');
    await expect.poll(textOf).toMatch(/in force[\s\S]*Check the reference of the case/);
    await page.getByRole('link', { name: 'The protection in the register' }).click();
    await expect.poll(textOf).toMatch(/YJCEA1999_s45[\s\S]*by una\.marsh/);
  });

  it('answers who was told about this person, and exports it', async () => {
    await signIn(page, gateway.url, 'owner', '/console/disclosures');
    await press('Find who was told');
    await expect.poll(() => page.getByRole('alert').innerText()).toContain('Enter the reference of a case, or name a person');
    await page.getByLabel('Arrest or summons number (ASN)').fill('2652WX0100000000421C');
    await page.getByLabel('To answer a request of the person it is about').check();
    await press('Find who was told');
    await expect.poll(textOf).toMatch(/wessex\.cps\.review[\s\S]*Complete[\s\S]*example\.supplier\.frontend[\s\S]*Redacted/);
    expect(page.url()).not.toMatch(/2652WX/);
    expect(await violations(page)).toEqual([]);
    const [download] = await Promise.all([page.waitForEvent('download'), press('Download as CSV')]);
    expect(download.suggestedFilename()).toBe('disclosures.csv');
    const asked = (await gateway.audit()).filter(({ change }) => change === 'list disclosures').at(-1);
    expect(asked).toMatchObject({ who: 'una.marsh', reasons: ['subject-access'] });
    expect(gateway.log()).not.toMatch(/2652WX0100000000421C/);
  });

  it('lets an operator pause and resume a subscription, and send an event again', async () => {
    await signIn(page, gateway.url, 'operator', '/console/deliveries');
    await page.getByRole('link', { name: 'wessex.cps.review' }).click();
    await press('Pause');
    await expect.poll(textOf).toMatch(/Paused/i);
    await gateway.post('/v1/messages', caseOf(2), 'force');
    await page.reload();
    expect(await textOf()).toMatch(/1 event that you may know of/);
    const before = receiver.got.length;
    await press('Resume');
    await receiver.count(before + 1);
    await page
      .getByRole('button', { name: /^Send again the event/ })
      .last()
      .click();
    await expect.poll(textOf).toMatch(/Delivered: the address answered 204/);
    expect(receiver.got.at(-1)?.event.id).toBe(event);
    await page.locator('form[action$="/replay"]').getByRole('button').click();
    await expect.poll(() => page.getByRole('alert').innerText()).toContain('Enter the time');
    expect(await violations(page)).toEqual([]);
  });

  it('T64 shows, counts and hints at nothing above the clearance of the person', async () => {
    const id = await impose('52WX2000902');
    await gateway.post(`/v1/protections/${id}/lift`, '{"because":"Lifted by the court"}', 'owner', JSON_TYPE);
    await signIn(page, gateway.url, 'low', '/console/approvals');
    expect(await textOf()).toContain('No request waits that you may see');
    await page.goto(`${gateway.url}/console/protections/${id}`);
    expect(await textOf()).toContain('There is nothing here');
    await page.goto(`${gateway.url}/console/deliveries/${subscription}`);
    expect(await textOf()).toMatch(/0 events that you may know of[\s\S]*There is no attempt that you may see/);
    await page.goto(`${gateway.url}/console/disclosures`);
    await page.getByLabel('Case reference (URN)').fill('52WX2000001');
    await page.getByLabel('To look into an incident').check();
    await press('Find who was told');
    await expect.poll(textOf).toContain('Nobody was told anything about this case or person that you may know of');
  });

  it('updates the overview by itself, and does not keep the session alive with it', async () => {
    await page.clock.install();
    await signIn(page, gateway.url, 'approver');
    const shown = await textOf();
    const count = Number(/(\d+) requests? waits? for a second person/.exec(shown)?.[1] ?? 0);
    const id = await impose('52WX2000904');
    await gateway.post(`/v1/protections/${id}/lift`, '{"because":"Lifted by the court"}', 'owner', JSON_TYPE);
    const answered = page.waitForResponse((response) => response.request().headers()['interchange-update'] === '1');
    await page.clock.runFor(31_000);
    expect((await answered).headers()['set-cookie']).toBeUndefined();
    await expect.poll(textOf).toMatch(new RegExp(`${count + 1} requests? waits? for a second person`));
    await page.getByRole('button', { name: 'Stop updating' }).click();
    await expect.poll(textOf).toContain('The page does not update.');
  });

  it.skipIf(ON_KAFKA)(
    'has no violation of accessibility, at both widths',
    async () => {
      const id = await impose('52WX2000903');
      await gateway.post(`/v1/protections/${id}/lift`, '{"because":"Lifted by the court"}', 'owner', JSON_TYPE);
      for (const [person, paths] of [
        ['operator', ['/console/deliveries', `/console/deliveries/${subscription}`]],
        ['approver', ['/console/approvals', `/console/protections/${id}`]],
        ['owner', ['/console/disclosures', '/console/protections/new']],
      ] as const) {
        const opened = await openPage(browser, { viewport: DESKTOP });
        await signIn(opened.page, gateway.url, person);
        for (const path of paths)
          for (const viewport of [DESKTOP, NARROW]) {
            await opened.page.setViewportSize(viewport);
            await opened.page.goto(gateway.url + path);
            expect([path, await violations(opened.page)]).toEqual([path, []]);
            const wide = await opened.page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
            expect([path, wide]).toEqual([path, 0]);
          }
        await opened.context.close();
      }
    },
    240_000,
  );
});
