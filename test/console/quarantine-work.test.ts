/** The work on messages in quarantine in the console, in a real browser: two people and a lock, many messages at once, rules. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClientConfig } from '../../gateway/rules/clients.ts';
import { DESKTOP, HAS_BROWSER, openBrowser, openPage, violations } from '../support/browser.ts';
import { type PEOPLE, signIn } from '../support/console.ts';
import { caseOf, OPERATOR, openGateway, resultOf, type TestGateway } from '../support/gateway.ts';

const NARROW = { width: 375, height: 812 };
const LOW_TITLE = 'Low operator (invented)';
/** A second operator, under the name that tests sign in as `low`. */
const SECOND: ClientConfig = {
  ...OPERATOR,
  id: 'mo.second',
  title: LOW_TITLE,
  person: true,
  scopes: ['receipts:read', 'quarantine:read', 'quarantine:write'],
};
const MANY = 200;
const broken = (n: number): string => caseOf(n).replace(/<\/[A-Za-z:]*Defendant>/, '');

describe.runIf(HAS_BROWSER)('the work on messages in quarantine', () => {
  let gateway: TestGateway;
  let browser: Browser;
  const refused = async (text: string): Promise<string> => {
    const { status, body } = await gateway.post('/v1/messages', text, 'force');
    expect(status).toBe(422);
    return body.receipt as string;
  };
  const textOf = (page: Page) => page.locator('main').innerText();
  const signedIn = async (person: keyof typeof PEOPLE, path: string, options = {}) => {
    const { context, page } = await openPage(browser, { viewport: DESKTOP, ...options });
    await signIn(page, gateway.url, person, path);
    return { context, page };
  };
  const open = async (page: Page) => {
    await page.getByLabel('To repair the message').check();
    await page.getByRole('button', { name: 'Open the message' }).click();
  };
  /** No fault of accessibility, and nothing that is wider than the page. */
  const look = async (page: Page) => {
    expect([page.url(), await violations(page)]).toEqual([page.url(), []]);
    const wide = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    expect([page.url(), wide]).toEqual([page.url(), 0]);
  };

  beforeAll(async () => {
    gateway = await openGateway({ clients: [SECOND, OPERATOR] });
    browser = await openBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await gateway.close();
  });

  it('lets one of two people edit a message, and tells the other who it is', async () => {
    const id = await refused(broken(1));
    const first = await signedIn('operator', `/console/quarantine/${id}`);
    const second = await signedIn('low', `/console/quarantine/${id}`);
    await open(first.page);
    expect(await first.page.getByLabel('Text of the message').isEditable()).toBe(true);
    await open(second.page);
    expect(await second.page.getByLabel('Text of the message').isEditable()).toBe(false);
    expect(await textOf(second.page)).toMatch(/olu\.ferreira is editing this message until/);
    expect(await second.page.getByRole('button', { name: 'Check your changes' }).count()).toBe(0);
    await look(second.page);
    await second.page.goto(`${gateway.url}/console/quarantine`);
    expect(await textOf(second.page)).toContain('olu.ferreira is editing it');

    await first.page.getByLabel('Text of the message').fill(caseOf(1));
    await first.page.getByRole('button', { name: 'Check your changes' }).click();
    await expect.poll(() => textOf(first.page)).toMatch(/It would be accepted 1 event would be published[\s\S]*No second person is needed/);
    await expect.poll(() => textOf(first.page)).toMatch(/Fields that the adapter finds[\s\S]*Before[\s\S]*After/);
    await look(first.page);
    await first.page.getByRole('button', { name: 'Change it again' }).click();
    expect(await first.page.getByLabel('Text of the message').inputValue()).toBe(caseOf(1));
    await first.page.getByRole('button', { name: 'Stop editing' }).click();
    await expect.poll(() => textOf(first.page)).toContain('By nobody');

    await second.page.goto(`${gateway.url}/console/quarantine/${id}`);
    await open(second.page);
    expect(await second.page.getByLabel('Text of the message').isEditable()).toBe(true);
    for (const { context } of [first, second]) await context.close();
  }, 60_000);

  it('keeps notes, a person, a day and the reason of a closure, without script', async () => {
    const id = await refused(broken(2));
    const { context, page } = await signedIn('operator', `/console/quarantine/${id}`, { javaScriptEnabled: false, viewport: NARROW });
    await page.getByText('Add a note').click();
    await page.getByRole('button', { name: 'Add the note' }).click();
    expect(await page.getByRole('alert').innerText()).toContain('Enter a note');
    await page.getByLabel('Note', { exact: true }).fill('=The sender will send it again');
    await page.getByRole('button', { name: 'Add the note' }).click();
    await page.getByText('Assign it, or set a day').click();
    await page.getByLabel('Assigned to').selectOption({ label: 'Olu Ferreira, operator (invented)' });
    for (const [label, value] of [
      ['Day', '31'],
      ['Month', '2'],
      ['Year', '2027'],
    ] as const)
      await page.getByLabel(label).fill(value);
    await page.getByRole('button', { name: 'Save' }).click();
    expect(await page.getByRole('alert').innerText()).toContain('Enter a real date');
    await page.getByLabel('Assigned to').selectOption({ label: 'Olu Ferreira, operator (invented)' });
    for (const [label, value] of [
      ['Day', '3'],
      ['Month', '2'],
      ['Year', '2027'],
    ] as const)
      await page.getByLabel(label).fill(value);
    await page.getByRole('button', { name: 'Save' }).click();
    await expect.poll(() => textOf(page)).toMatch(/Olu Ferreira[\s\S]*3 February 2027[\s\S]*=The sender will send it again/);
    await page.goto(`${gateway.url}/console/quarantine?mine=yes`);
    expect(await page.locator('tbody tr').count()).toBe(1);
    await page.goto(`${gateway.url}/console/quarantine/${id}`);
    await page.getByText('Close it', { exact: true }).click();
    await page.getByLabel('Its sender sent it again correctly').check();
    await page.getByLabel('In your own words (optional)').fill('It came at noon');
    await page.getByRole('button', { name: 'Close the message' }).click();
    await expect
      .poll(() => textOf(page))
      .toMatch(/Closed on .* by olu\.ferreira: Its sender sent it again correctly[\s\S]*It came at noon/);
    expect(await page.getByRole('button', { name: 'Resubmit' }).count()).toBe(0);
    await page.goto(`${gateway.url}/console/quarantine?status=closed`);
    expect(await page.locator('tbody tr').count()).toBe(1);
    await page.goto(`${gateway.url}/console/quarantine/${id}`);
    await page.getByRole('button', { name: 'Reopen the message' }).click();
    await page.getByRole('button', { name: 'Resubmit' }).waitFor();
    await context.close();
  }, 60_000);

  it(`resubmits ${MANY} messages after what refused them was changed, and no message twice`, async () => {
    // The force may not send results yet.
    for (let n = 0; n < MANY; n += 10) await Promise.all(Array.from({ length: 10 }, (_, m) => refused(resultOf(100 + n + m))));
    const clients = gateway.config.clients.map((client) =>
      client.persona === 'force' && client.submits !== undefined
        ? { ...client, submits: { ...client.submits, standards: [...client.submits.standards, 'hearing.resulted'] } }
        : client,
    );
    await gateway.gateway.reload({ ...gateway.config, clients });
    const { context, page } = await signedIn('operator', '/console/quarantine');
    await page.getByRole('link', { name: 'Rules' }).click();
    await page.goto(`${gateway.url}/console/quarantine`);
    await expect.poll(() => textOf(page)).toContain(`${MANY} messages, standard-not-allowed, from wessex.police.records`);
    await page.getByRole('button', { name: `Resubmit all of this group (${MANY})` }).click();
    await page.waitForURL((address) => address.pathname !== '/console/quarantine');
    const job = page.url();
    await expect
      .poll(async () => page.goto(job).then(() => textOf(page)), { timeout: 60_000, interval: 500 })
      .toMatch(new RegExp(`Done ${MANY} of ${MANY} messages[\\s\\S]*Accepted\\s+${MANY}`));
    await look(page);
    const events = (await gateway.events('court')).map(({ id }) => id);
    expect([events.length, new Set(events).size]).toEqual([MANY, MANY]);
    await page.goto(`${gateway.url}/console/quarantine-jobs`);
    expect(await textOf(page)).toContain(`${MANY} of ${MANY}`);
    await context.close();
  }, 180_000);

  it('closes and assigns what is selected, and makes and ends rules', async () => {
    const ids = [await refused(broken(10)), await refused(broken(11)), await refused(broken(12))];
    const { context, page } = await signedIn('operator', '/console/quarantine');
    await page.getByRole('button', { name: 'Close selected' }).first().click();
    await expect.poll(() => page.getByRole('alert').innerText()).toContain('Select at least one message');
    await look(page);
    for (const id of ids.slice(0, 2)) await page.locator(`#select-${id}`).check();
    await page.getByRole('button', { name: 'Close selected' }).click();
    await look(page);
    await page.getByLabel('It was a test').check();
    await page.getByRole('button', { name: 'Close 2 messages' }).click();
    await expect.poll(() => page.locator('h1').innerText()).toBe('2 of 2 messages done');
    await page.goto(`${gateway.url}/console/quarantine`);
    const work = `/v1/quarantine/${ids[2]}/work`;
    const headers = { 'Content-Type': 'application/merge-patch+json' };
    await gateway.call(work, { method: 'PATCH', body: JSON.stringify({ due: '2027-02-03' }), headers }, OPERATOR.id);
    await page.locator(`#select-${ids[2]}`).check();
    await page.getByRole('button', { name: 'Assign selected' }).click();
    await page.getByLabel('Assigned to').selectOption({ label: LOW_TITLE });
    await look(page);
    await page.getByRole('button', { name: 'Assign 1 message' }).click();
    await expect.poll(() => page.locator('h1').innerText()).toBe('1 of 1 messages done');
    expect((await gateway.call(work, {}, OPERATOR.id)).body).toMatchObject({ assignee: SECOND.id, due: '2027-02-03' });
    await page.goto(`${gateway.url}/console/quarantine`);
    await page.getByRole('link', { name: 'Make a rule' }).first().click();
    await page.getByRole('button', { name: 'Make the rule' }).click();
    await expect.poll(() => page.getByRole('alert').innerText()).toContain('Select what the rule does');
    await look(page);
    await page.getByLabel('Resubmit when the policy has another version').check();
    await page.getByRole('button', { name: 'Make the rule' }).click();
    await expect.poll(() => textOf(page)).toContain('In force');
    await page.getByRole('button', { name: 'End it' }).click();
    await expect.poll(() => textOf(page)).toMatch(/Ended on .* by olu\.ferreira/);
    await page.setViewportSize(NARROW);
    for (const path of ['quarantine', `quarantine/${ids[2]}`, `quarantine/${ids[0]}`, 'quarantine-jobs', 'quarantine-rules']) {
      await page.goto(`${gateway.url}/console/${path}`);
      await look(page);
    }
    await context.close();
  }, 90_000);
});
