/** The portal for a supplier who knows only its address: in a browser, without JavaScript, on a phone, and with curl. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADVICE } from '../../gateway/transports/http/advice.ts';
import { PROBLEMS } from '../../gateway/transports/http/problem.ts';
import { HAS_BROWSER, openBrowser, openPage, violations } from '../support/browser.ts';
import { allOperations, openGateway, type TestGateway } from '../support/gateway.ts';
import { decoded } from '../support/html.ts';
import { standards } from '../support/rules-in-force.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway({ config: { sandbox: { cases: 0, seed: 1 } } });
});
afterAll(() => gateway.close());

/** Copies code samples: no page needs it. */
const OWN_SCRIPT = '<script type="module" src="/assets/copy.mjs">';

const BROWSER = { Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const page = async (path: string) => {
  const response = await fetch(gateway.url + path, { headers: BROWSER });
  return { status: response.status, headers: response.headers, text: await response.text() };
};
const linksOf = (html: string): readonly string[] =>
  [...html.matchAll(/<a [^>]*href="([^"]+)"/g)].map(([, href = '']) => href.replaceAll('&amp;', '&'));
/** The narrowest phone that the portal promises to work on. */
const NARROW = { width: 375, height: 812 };

/** `/try`, `/standards/events`: pages of one kind have the same template. */
const kindOf = (path: string): string => /^\/standards\/[^/?]+(?=\/)|^\/[^/?]*/.exec(path)?.[0] ?? path;

/** This many pages of each kind, spread over all of its pages. */
const someOf = (paths: readonly string[], count: number): readonly string[] =>
  [...Map.groupBy(paths, kindOf).values()].flatMap((alike) => {
    const step = Math.max(1, alike.length / count);
    return Array.from({ length: Math.min(count, alike.length) }, (_, n) => alike[Math.floor(n * step)] ?? '');
  });

let crawled: Promise<ReadonlyMap<string, string>> | undefined;
const CRAWL = 480_000;

/** Every page that can be reached from the home page, with its HTML. */
const crawl = (): Promise<ReadonlyMap<string, string>> => (crawled ??= visitAll());

async function visitAll(): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const waiting = ['/'];
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    if (found.has(path)) continue;
    const { status, headers, text } = await page(path);
    expect([path, status]).toEqual([path, 200]);
    const isPage = headers.get('content-type')?.startsWith('text/html') === true;
    found.set(path, isPage ? text : '');
    if (isPage)
      waiting.push(
        ...linksOf(text)
          .filter((href) => href.startsWith('/'))
          .map((href) => href.replace(/#.*$/, '') || path),
      );
  }
  return found;
}

describe('every page', () => {
  let pages: ReadonlyMap<string, string>;
  beforeAll(async () => {
    pages = await crawl();
  }, CRAWL);
  const html = () => [...pages].filter(([, text]) => text !== '');

  it('is reachable from the home page, and has no broken links', () => {
    expect(html().length).toBeGreaterThan(80);
    for (const [path, text] of html()) {
      for (const href of linksOf(text)) {
        const [target = '', anchor] = href.split('#');
        const on = target === '' ? path : target;
        if (!href.startsWith('/') && !href.startsWith('#')) continue;
        const there = pages.get(on);
        expect([path, href, there !== undefined]).toEqual([path, href, true]);
        if (anchor !== undefined && there !== '') expect([path, href, there?.includes(`id="${anchor}"`)]).toEqual([path, href, true]);
      }
    }
  });
  it('has one level 1 heading, a unique title, and no duplicate id', () => {
    // An event without a persona is shown as the first persona receives it: one page at two addresses.
    const distinct = html().filter(([path]) => !/^\/see-as\?event=[^&]+$/.test(path));
    const titles = distinct.map(([, text]) => /<title>([^<]+)/.exec(text)?.[1]);
    expect(new Set(titles).size).toBeGreaterThan(titles.length - 5);
    for (const [path, text] of html()) {
      expect([path, text.match(/<h1/g)?.length]).toEqual([path, 1]);
      const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
      expect([path, ids.filter((id, n) => ids.indexOf(id) !== n)]).toEqual([path, []]);
    }
  });
  it('loads nothing from another host, runs only the copy script, and says so in its headers', async () => {
    for (const [path, text] of html()) {
      expect([path, /<img|<iframe|style="|javascript:| on\w+="/i.test(text)]).toEqual([path, false]);
      expect([path, text.match(/<script[^>]*>[^<]*/g)]).toEqual([path, [OWN_SCRIPT]]);
      const loaded = [...text.matchAll(/<link [^>]*href="([^"]+)"/g)].map(([, href]) => href);
      expect(loaded.every((href) => href?.startsWith('/'))).toBe(true);
    }
    expect((await page('/')).headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'self'; script-src 'self';/);
  });
  it('for the bus explains the names of consumer groups', () => {
    expect(pages.get('/reference/bus')).toContain('<code>justice.wessex.cps.review_case-files</code>');
  });
  it('for a standard shows every property of its schema, with portions and a version', () => {
    for (const [id, schema] of standards.files) {
      if (id !== schema.$id || !/\/(events|components|labels)\//.test(id)) continue;
      const text = pages.get(new URL(id).pathname) ?? '';
      for (const [name, property] of Object.entries((schema.properties ?? {}) as Record<string, Record<string, unknown>>)) {
        expect([id, name, text.includes(`id="field-${name}"`) || text.includes(`id="field-${name}[]"`)]).toEqual([id, name, true]);
        if (typeof property['x-portion'] === 'string')
          expect([id, name, text.includes(`#portion-${property['x-portion']}`)]).toEqual([id, name, true]);
      }
      expect(text).toContain(id);
    }
  });
  it('for a standard also shows the fields of its fields', () => {
    const text = pages.get('/standards/events/case.registered/1.2.0') ?? '';
    for (const name of ['case.urn', 'defendants[].person.name.familyName', 'defendants[].offences[].code'])
      expect([name, text.includes(`id="field-${name}"`)]).toEqual([name, true]);
  });
  it('for a field names the law that can raise it, the tasks that need it, and its legacy field', () => {
    const text = decoded(pages.get('/standards/components/defendant/1.2.0') ?? '');
    const [, field = ''] = /id="field-pncId">([\s\S]*?)<\/tr>/.exec(text) ?? [];
    expect(field).toContain('Children and Young Persons Act 1933, s.49');
    expect(field).toContain('Custody reception');
    expect(field).toContain('Case/Defendant/PoliceIndividualDefendant/PersonDefendant/PNCidentifier');
    expect(field).toContain('CJS data standard: <code>PNCidType</code>');
    expect(field).toContain('OFFICIAL-SENSITIVE');
  });
  it('for an HTTP operation exists, and is in the index', () => {
    const index = pages.get('/reference/http') ?? '';
    for (const { id, path } of allOperations) {
      expect([id, index.includes(`id="${id}"`) && index.includes(path)]).toEqual([id, true]);
      const text = pages.get(`/reference/http/${id}`) ?? '';
      expect([id, text.includes(path), text.includes('curl -i')]).toEqual([id, true, true]);
    }
  });
  it('for an error is at the address of its type and in the Link header of the answer', async () => {
    for (const code of Object.keys(PROBLEMS))
      expect(decoded(pages.get(`/problems/${code}`) ?? '').replaceAll(/<\/?code>/g, '`')).toContain(ADVICE[code as keyof typeof ADVICE]);
    const sample = decoded(pages.get('/problems/quarantined') ?? '');
    expect(sample).toContain('"type": "https://justice-interchange.example/problems/quarantined"');
    expect(sample).toContain('A required property is missing');
    const answer = await gateway.call('/v1/events');
    const [, link] = /<([^>]+)>; rel="help"/.exec(answer.headers.get('link') ?? '') ?? [];
    expect(link).toBe(new URL(answer.body.type as string).pathname);
    expect(pages.has(link as string)).toBe(true);
  });
});

describe('an address', () => {
  it('returns a page to people and the document to programs', async () => {
    for (const path of ['/standards', '/standards/events/case.registered/1.2.0', '/standards/codelists/plea']) {
      expect((await page(path)).headers.get('content-type')).toMatch(/^text\/html/);
      const machine = await fetch(gateway.url + path);
      expect([path, machine.headers.get('content-type')?.includes('json'), machine.headers.get('vary')]).toEqual([path, true, 'Accept']);
    }
  });
  it('that does not exist returns a page to people and a problem to programs', async () => {
    expect(await page('/nothing')).toMatchObject({ status: 404, text: expect.stringContaining('Page not found') });
    expect((await gateway.call('/nothing')).mediaType).toBe('application/problem+json');
    expect((await page('/v1/nothing')).headers.get('content-type')).toMatch('application/problem+json');
  });
});

describe('text that a user enters into the portal', () => {
  it.each(['<script>alert(1)</script>', '"><img src=x>', "' onfocus=x", '{{ 7*7 }}', '\u0000', 'x'.repeat(5000)])(
    'is shown as text: %s',
    async (question) => {
      for (const path of ['/search', '/standards/codelists/plea']) {
        const { status, text } = await page(`${path}?q=${encodeURIComponent(question)}`);
        expect(status).toBe(200);
        expect(text.replace(OWN_SCRIPT, '')).not.toMatch(/<script|<img|>[^<]*\b49\b/i);
        expect(text).not.toMatch(/value='|value="[^"]*"\s+onfocus/);
      }
    },
  );
  it('is found as the name of a legacy field, a code, or an error', async () => {
    const first = async (question: string) =>
      /<li><a class="govuk-link" href="([^"]+)">/.exec((await page(`/search?q=${question}`)).text.split('<main')[1] ?? '')?.[1];
    expect(await first('PNCidentifier')).toMatch(/defendant\/1\.2\.0#field-pncId$/);
    expect(await first('TH68010')).toMatch(/offences\?q=TH68010$/);
    expect(await first('idempotency-mismatch')).toBe('/problems/idempotency-mismatch');
    expect(await first('case.registered')).toBe('/standards/events/case.registered/1.2.0');
  });
});

describe('a new supplier with only the address', () => {
  it('submits an event, has it accepted and receives it with the portal’s commands, in under five minutes', async () => {
    const { text } = await page('/get-started');
    const commands = [...text.matchAll(/<code class="command">([\s\S]*?)<\/code>/g)].map(([, command = '']) => decoded(command));
    expect(commands.length).toBeGreaterThanOrEqual(8);
    const folder = mkdtempSync(join(tmpdir(), 'supplier-'));
    const script = commands.map((command, n) => `echo "== ${n + 1}"\n${command}\necho`).join('\n');
    const started = performance.now();
    const { promise, resolve } = Promise.withResolvers<string>();
    execFile('/bin/bash', ['-c', `set -euo pipefail\n${script}`], { cwd: folder, env: { PATH: '/usr/bin:/bin' } }, (error, out, err) =>
      resolve(error === null ? out : `${out}\nfailed: ${err}`),
    );
    const out = await promise;
    rmSync(folder, { recursive: true });
    expect(out).not.toContain('failed:');
    expect(performance.now() - started).toBeLessThan(5 * 60_000);
    const steps = out.split(/== \d+\n/).slice(1);
    expect(steps[1]).toContain('"$id": "https://justice-interchange.example/standards/events/case.registered/1.2.0"');
    expect(steps[3]).toMatch(/^HTTP\/1\.1 202 /m);
    const [, id = 'none'] = /"events":\[\{"id":"([^"]{43})"/.exec(steps[3] ?? '') ?? [];
    expect(steps[4]).toContain(id);
    expect(steps[4]).toContain('1991-04-17');
    expect(steps[5]).toContain(id);
    expect(steps[5]).not.toMatch(/1991-04-17|Kittiwake/);
    expect(steps[6]).toContain('A required property is missing (defendants)');
    expect(steps[7]).toContain(`"id":"${id}"`);
  });
});

describe.skipIf(!HAS_BROWSER)('in a browser, the portal', () => {
  let browser: Browser;
  let paths: readonly string[];
  beforeAll(async () => {
    browser = await openBrowser();
    paths = [...(await crawl())].filter(([, text]) => text !== '').map(([path]) => path);
  }, CRAWL);
  afterAll(() => browser?.close());

  it.each([
    ['desktop', undefined],
    ['phone', NARROW],
  ])(
    'passes axe on pages of every kind, fits the screen, and sends no request to another machine (%s)',
    async (_name, viewport) => {
      const { page: tab, context, hosts } = await openPage(browser, viewport === undefined ? {} : { viewport });
      for (const path of [...someOf(paths, viewport === undefined ? 8 : 4), '/search?q=assualt', '/search?q=zzqqxxyyzz', '/nothing']) {
        await tab.goto(gateway.url + path);
        expect([path, await violations(tab)]).toEqual([path, []]);
        const wider = await tab.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
        expect([path, wider]).toEqual([path, 0]);
      }
      expect([...hosts]).toEqual([new URL(gateway.url).host]);
      await context.close();
    },
    600_000,
  );

  it('works without JavaScript: navigation, search, filter, details', async () => {
    const { page: tab, context } = await openPage(browser, { javaScriptEnabled: false });
    await tab.goto(gateway.url);
    await tab.getByRole('button', { name: 'Get started' }).click();
    expect(await tab.getByRole('heading', { level: 1 }).textContent()).toBe('Get started');
    await tab.getByLabel('Search the standards').fill('bail conditions');
    await tab.getByRole('button', { name: 'Search' }).click();
    await tab.getByRole('link', { name: 'Defendant: Bail conditions' }).click();
    await tab.waitForURL('**/standards/components/defendant/1.2.0#field-bailConditions');
    await tab.getByText('Legacy field').first().click();
    expect(await tab.getByText('Case/Defendant').first().isVisible()).toBe(true);
    await tab.goto(`${gateway.url}/standards/codelists/offences`);
    await tab.getByLabel('Find a code or a word').fill('TH68010');
    await tab.getByRole('button', { name: 'Find', exact: true }).click();
    await tab.getByRole('rowheader', { name: 'TH68010', exact: true }).waitFor();
    await context.close();
  });

  it.each([
    ['desktop', undefined],
    ['phone', NARROW],
  ])(
    'sends an operation from its form without JavaScript, and the answer passes axe (%s)',
    async (_name, viewport) => {
      const { page: tab, context } = await openPage(browser, { javaScriptEnabled: false, ...(viewport === undefined ? {} : { viewport }) });
      await tab.goto(`${gateway.url}/reference/http/listEvents`);
      await tab.getByRole('button', { name: 'Try it in the sandbox' }).click();
      await tab.getByLabel('Send it as').selectOption('cps');
      await tab.getByLabel('limit (optional)').fill('1');
      await tab.getByRole('button', { name: 'Send', exact: true }).click();
      await tab.getByRole('heading', { name: 'Answer: 200' }).waitFor();
      await tab.getByText('content-type').waitFor();
      await context.close();
      // axe is a script: the same answer, with scripts.
      const { page: other, context: scripted } = await openPage(browser, viewport === undefined ? {} : { viewport });
      for (const id of ['listEvents', 'getEvent']) {
        await other.goto(`${gateway.url}/try/${id}`);
        await other.getByRole('button', { name: 'Send', exact: true }).click();
        await other.waitForLoadState();
        expect([id, await violations(other)]).toEqual([id, []]);
        const wider = await other.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
        expect([id, wider]).toEqual([id, 0]);
      }
      await scripted.close();
    },
    60_000,
  );

  it('accepts no form from a page of another origin', async () => {
    const { page: tab, context } = await openPage(browser);
    await context.route('http://attacker.localhost/', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<form method="post" action="${gateway.url}/try/listEvents"><input name="persona" value="cps"><button>Win</button></form>`,
      }),
    );
    await tab.goto('http://attacker.localhost/');
    const [answer] = await Promise.all([tab.waitForResponse(/try\/listEvents/), tab.getByRole('button').click()]);
    expect(answer.status()).toBe(403);
    await context.close();
  });

  it('copies code samples unchanged, and shows them completely by wrapping or scrolling', async () => {
    const { page: tab, context } = await openPage(browser, { permissions: ['clipboard-read', 'clipboard-write'], viewport: NARROW });
    await tab.goto(`${gateway.url}/get-started`);
    await tab.getByRole('button', { name: 'Copy Command: the address' }).click();
    await tab.getByText('Copied').waitFor();
    expect(await tab.evaluate('navigator.clipboard.readText()')).toBe(`URL=${gateway.url}`);
    const cut = await tab.evaluate(
      "[...document.querySelectorAll('.app-code')].filter((sample) => sample.scrollWidth > sample.clientWidth).length",
    );
    expect(cut).toBe(0);
    await context.close();
  });

  it('works with the keyboard alone: the focus is visible, and the first stop skips to the content', async () => {
    const { page: tab, context } = await openPage(browser);
    await tab.goto(`${gateway.url}/standards`);
    await tab.keyboard.press('Tab');
    expect(await tab.evaluate('document.activeElement.textContent')).toContain('Skip to main content');
    await tab.keyboard.press('Enter');
    await tab.waitForURL('**/standards#main-content');
    await context.close();
  });
});
