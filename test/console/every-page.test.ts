/** Every page of the console that people can reach by links: accessible, readable at 400 % zoom, and without anything above their clearance. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HAS_BROWSER, openBrowser, openPage, violations } from '../support/browser.ts';
import { LOW_PERSON, type PEOPLE, signIn } from '../support/console.ts';
import { caseOf, openGateway, type TestGateway } from '../support/gateway.ts';

/** 1280 × 1024 at 400 %: WCAG 2.2, 1.4.10. */
const ZOOMED = { width: 320, height: 256 };
const MOST_PAGES = 150;
const MOST_TABS = 120;

/** The text of the labels of the element that has the focus, else the text of the element. */
const FOCUSED = `(({ activeElement }) => (activeElement?.labels?.length ? [...activeElement.labels] : [activeElement])
  .map((named) => named?.textContent ?? '').join(' ').trim().replaceAll(/\\s+/g, ' '))(document)`;

/** The page that an address is of, whatever message or subscription it shows. */
const kindOf = (path: string): string => path.replaceAll(/[\w-]{43}/g, '…').replace(/\?.*/, '');

describe.runIf(HAS_BROWSER)('every page of the console', () => {
  let gateway: TestGateway;
  let browser: Browser;
  /** An accepted message, and one that waits. */
  let accepted: string;
  let waiting: string;
  let sha256: string;
  /** Kinds of pages that were checked, for any persona. */
  const looked = new Set<string>();

  beforeAll(async () => {
    gateway = await openGateway({ clients: [LOW_PERSON] });
    browser = await openBrowser();
    ({ id: accepted, sha256 } = (await gateway.post('/v1/messages', caseOf(31), 'force')).body);
    waiting = (await gateway.post('/v1/messages', caseOf(32).replace(/<\/[A-Za-z:]*Defendant>/, ''), 'force')).body.receipt;
    const protection = {
      case: '52WX2000031',
      person: { kind: 'defendant', familyName: 'Tremayne', givenNames: ['Jory'] },
      restrictions: ['YJCEA1999_s45'],
      law: 'YJCEA 1999, s.45',
      title: 'Order of the court',
    };
    await gateway.post('/v1/protections', JSON.stringify(protection), 'owner', { 'Content-Type': 'application/json' });
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await gateway.close();
  });

  /** Follows every link of the console, and looks at each page. Returns the kinds of pages that were seen. */
  async function crawl(page: Page, look: (path: string) => Promise<void>): Promise<ReadonlySet<string>> {
    const seen = new Set<string>();
    const kinds = new Set<string>();
    const next = ['/console', `/console/messages/${accepted}`, `/console/quarantine/${waiting}`, `/console/messages?event=${accepted}`];
    for (let path = next.shift(); path !== undefined && seen.size < MOST_PAGES; path = next.shift()) {
      if (seen.has(path)) continue;
      seen.add(path);
      const response = await page.goto(gateway.url + path);
      expect([path, (response?.status() ?? 0) < 500]).toEqual([path, true]);
      await look(path);
      kinds.add(kindOf(path));
      const links = await page.locator('a[href^="/console"]').evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''));
      next.push(...links.map((href) => href.replace(/#.*$/, '')).filter(Boolean));
    }
    return kinds;
  }

  it.each(['operator', 'approver', 'auditor', 'owner'] as const)(
    'is accessible and fits at 400 % zoom for the %s',
    async (person: keyof typeof PEOPLE) => {
      const { context, page } = await openPage(browser, { viewport: ZOOMED });
      await signIn(page, gateway.url, person);
      const kinds = await crawl(page, async (path) => {
        if (looked.has(kindOf(path))) return;
        looked.add(kindOf(path));
        const wide = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
        expect([path, wide]).toEqual([path, 0]);
        expect([path, await violations(page)]).toEqual([path, []]);
      });
      expect(kinds.size).toBeGreaterThan(3);
      await context.close();
    },
    240_000,
  );

  it('T64 has nothing above the clearance of a person with every scope', async () => {
    const { context, page } = await openPage(browser);
    await signIn(page, gateway.url, 'low');
    const kinds = await crawl(page, async (path) => {
      const html = await page.content();
      expect([path, /Tremayne|Prosser|52WX2/i.exec(html)?.[0]]).toEqual([path, undefined]);
      expect([path, html.includes(sha256)]).toEqual([path, false]);
      // Only an address that the test itself asked for names the message.
      if (!path.includes(accepted) && !path.includes(waiting))
        expect([path, html.includes(accepted) || html.includes(waiting)]).toEqual([path, false]);
    });
    expect([...kinds]).toEqual(
      expect.arrayContaining(['/console/quarantine', '/console/messages', '/console/disclosures', '/console/deliveries']),
    );
    await context.close();
  }, 120_000);

  it('can be used with the keyboard alone: sign in, find a message, open it, and leave the editor', async () => {
    const { context, page } = await openPage(browser);
    const { keyboard } = page;
    /** Presses Tab until something with this name has the focus. */
    const tabTo = async (name: string): Promise<void> => {
      for (let n = 0; n < MOST_TABS; n++) {
        await keyboard.press('Tab');
        const focused = String(await page.evaluate(FOCUSED));
        if (focused.startsWith(name)) return;
      }
      throw new Error(`Nothing named ${name} can be reached with the Tab key`);
    };
    await page.goto(`${gateway.url}/console/quarantine/${waiting}`);
    await tabTo('Sign in');
    await keyboard.press('Enter');
    await page.waitForURL(/\/people\//);
    await tabTo('Olu Ferreira');
    await keyboard.press('Space');
    await tabTo('Continue');
    await keyboard.press('Enter');
    await page.waitForURL(`**/console/quarantine/${waiting}`);
    await tabTo('To repair the message');
    await keyboard.press('Space');
    await tabTo('Open the message');
    await keyboard.press('Enter');
    await page.getByLabel('Text of the message').waitFor();
    await tabTo('Text of the message');
    await tabTo('Check your changes');
    await keyboard.press('Enter');
    await expect.poll(() => page.locator('h1').innerText()).toBe('Check your changes');
    await context.close();
  }, 60_000);
});
