/** A real browser: Debian’s Chromium, which must not connect to other machines. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { HOME } from '../../gateway/config.ts';

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const program = PROGRAMS.find((path) => existsSync(path));

/** Read by `.ci/left-out.ts`: on CI a browser that is missing is a failure. */
const LEFT_OUT = join(HOME, '.cache/browser-left-out.txt');
mkdirSync(dirname(LEFT_OUT), { recursive: true });
if (program === undefined) writeFileSync(LEFT_OUT, `there is no Chromium at ${PROGRAMS.join(', ')}`);
else rmSync(LEFT_OUT, { force: true });

/** Whether this machine has a browser. */
export const HAS_BROWSER = program !== undefined;

export const PHONE = { width: 390, height: 844 };
export const DESKTOP = { width: 1280, height: 900 };

const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const openBrowser = (): Promise<Browser> => chromium.launch({ executablePath: program as string, args: QUIET });

/** A page that remembers every request it made. */
export async function openPage(
  browser: Browser,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ readonly page: Page; readonly context: BrowserContext; readonly hosts: ReadonlySet<string> }> {
  const context = await browser.newContext({ viewport: DESKTOP, ...options });
  const hosts = new Set<string>();
  context.on('request', (request) => hosts.add(new URL(request.url()).host));
  return { context, hosts, page: await context.newPage() };
}

/** What axe finds against WCAG 2.2 AA and its best practices: rule and place of each. */
export async function violations(page: Page): Promise<readonly string[]> {
  const { violations: found } = await new AxeBuilder({ page })
    // Another mode opens a separate page for frames of other origins, and no page has any.
    .setLegacyMode()
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  return found.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id} ${target.join(' ')}`));
}
