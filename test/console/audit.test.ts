/** The pages of the audit log, the configuration and shadow runs, in a real browser. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ClientConfig } from '../../gateway/rules/clients.ts';
import { DESKTOP, HAS_BROWSER, openBrowser, openPage, violations } from '../support/browser.ts';
import { LOW_PERSON, signIn } from '../support/console.ts';
import { caseOf, openGateway, type TestGateway } from '../support/gateway.ts';
import { config } from '../support/rules-in-force.ts';

const NARROW = { width: 375, height: 812 };
const LOW: ClientConfig = { ...LOW_PERSON, scopes: ['receipts:read', 'audit:read', 'configuration:read', 'shadow:run'] };

describe.runIf(HAS_BROWSER)('the pages for auditors', () => {
  let gateway: TestGateway;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let message: string;
  const textOf = () => page.locator('main').innerText();
  /** No violation, and nothing wider than the window, at both widths. */
  const isSound = async (): Promise<void> => {
    for (const size of [DESKTOP, NARROW]) {
      await page.setViewportSize(size);
      expect([page.url(), await violations(page)]).toEqual([page.url(), []]);
      expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
    }
    await page.setViewportSize(DESKTOP);
  };

  beforeAll(async () => {
    const policyFile = join(mkdtempSync(join(tmpdir(), 'candidate-')), 'open.policy.json');
    writeFileSync(policyFile, JSON.stringify({ ...JSON.parse(readFileSync(config.policyFile, 'utf8')), version: '9.0.0', rules: [] }));
    gateway = await openGateway({ clients: [LOW], config: { shadow: { candidates: { 'no-rules': { policyFile } } } } });
    const { body } = await gateway.post('/v1/messages', caseOf(1).replace(/Birthdate>\d{4}-/, 'Birthdate>2012-'), 'force');
    message = body.id as string;
    browser = await openBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await gateway.close();
  });
  beforeEach(async () => {
    ({ context, page } = await openPage(browser, { viewport: DESKTOP }));
  });
  afterEach(() => context.close());

  it('lets an auditor search the log with filters that can be removed, and verify it', async () => {
    await signIn(page, gateway.url, 'auditor', '/console/audit');
    expect(await page.getByRole('table').count()).toBe(0);
    await page.getByLabel('Message').fill('short');
    await page.getByRole('button', { name: 'Search' }).click();
    await expect.poll(() => page.getByRole('alert').innerText()).toContain('The id of a message has 43');
    await isSound();
    await page.getByLabel('Message').fill(message);
    await page.getByLabel('Action').selectOption('Collected');
    await page.getByRole('button', { name: 'Search' }).click();
    await expect.poll(() => page.getByRole('row').count()).toBe(2);
    expect(await textOf()).toMatch(/Collected[\s\S]*wessex\.police\.records[\s\S]*Permitted/);
    await isSound();
    await page.getByRole('link', { name: 'Remove the filter Message' }).click();
    await expect.poll(() => page.getByRole('link', { name: 'Remove the filter' }).count()).toBe(1);
    await page.getByRole('link', { name: 'Heads and witness' }).click();
    await expect.poll(textOf).toContain('No witness is configured');
    await isSound();
    await page.getByRole('button', { name: 'Verify the log' }).click();
    // The page loads itself again until there is a result.
    await expect.poll(textOf, { timeout: 20_000 }).toContain('The log verifies');
    await isSound();
    expect(await textOf()).not.toMatch(/Tremayne/i);
  });

  it('lets an operator try a candidate, shows first that labels fall, and gives the signed report', async () => {
    await signIn(page, gateway.url, 'operator', '/console/shadow');
    await isSound();
    await page.getByRole('button', { name: 'Begin the run' }).click();
    await expect.poll(() => page.getByRole('alert').innerText()).toContain('Select a candidate');
    await isSound();
    await page.getByLabel('no-rules').check();
    await page.getByRole('button', { name: 'Begin the run' }).click();
    await expect
      .poll(textOf, { timeout: 60_000 })
      .toMatch(/Labels fall, or may have fallen: more readers could read[\s\S]*CYPA1933_s49[\s\S]*Messages compared\s*1/);
    await isSound();
    expect(await textOf()).not.toMatch(/Tremayne/i);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download the signed report' }).click(),
    ]);
    expect(JSON.parse(readFileSync(await download.path(), 'utf8'))).toMatchObject({ signature: expect.stringContaining('..') });
    await page.goto(`${gateway.url}/console/shadow`);
    await expect.poll(() => page.getByRole('row').count()).toBe(2);
    await isSound();
  }, 120_000);

  it('shows the configuration in force, with people apart from systems', async () => {
    await signIn(page, gateway.url, 'auditor', '/console/configuration');
    await expect.poll(textOf).toMatch(/uk\.gov\.gsc 1\.2\.0[\s\S]*Seals now/);
    expect(await page.getByRole('region', { name: 'People' }).innerText()).toContain('idris.vale');
    expect(await page.getByRole('region', { name: 'Clients' }).innerText()).not.toContain('idris.vale');
    await isSound();
  });

  it('T64 shows a person with little clearance nothing of it', async () => {
    await signIn(page, gateway.url, 'low', '/console/audit');
    for (const path of [
      'audit?search=yes',
      `audit?message=${message}`,
      'audit/heads',
      'configuration',
      'shadow',
      `shadow/${'A'.repeat(43)}`,
    ]) {
      const response = await page.goto(`${gateway.url}/console/${path}`);
      expect([path, response?.status()]).toEqual([path, 403]);
      expect(await textOf()).toContain('only for a client that is cleared for everything');
      expect(await page.getByRole('table').count()).toBe(0);
    }
    await isSound();
  });

  it('works without script', async () => {
    const bare = await browser.newContext({ javaScriptEnabled: false });
    try {
      const plain = await bare.newPage();
      await signIn(plain, gateway.url, 'auditor', '/console/audit/heads');
      await plain.getByRole('button', { name: 'Verify the log' }).click();
      await expect
        .poll(async () => {
          const again = plain.getByRole('link', { name: 'Show how far it is' });
          if ((await again.count()) > 0) await again.click();
          return plain.locator('main').innerText();
        })
        .toContain('The log verifies');
    } finally {
      await bare.close();
    }
  });
});
