/** The console, in a real browser: people sign in, find messages, repair them, and see nothing that they may not. */
import { createHash } from 'node:crypto';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DESKTOP, HAS_BROWSER, openBrowser, openPage, violations } from '../support/browser.ts';
import { LOW_PERSON, PEOPLE, signIn } from '../support/console.ts';
import { caseOf, ON_KAFKA, openGateway, type TestGateway } from '../support/gateway.ts';

const NARROW = { width: 375, height: 812 };
/** A new case in which an end tag is missing: it waits in quarantine. */
const broken = (n: number): string => caseOf(n).replace(/<\/[A-Za-z:]*Defendant>/, '');

describe.runIf(HAS_BROWSER)('the console', () => {
  let gateway: TestGateway;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let hosts: ReadonlySet<string>;
  /** How far the clock of the gateway is ahead, in milliseconds. */
  let ahead = 0;
  const textOf = () => page.locator('main').innerText();
  const heading = () => page.locator('h1').innerText();
  const refused = async (text: string): Promise<string> => {
    const { status, body } = await gateway.post('/v1/messages', text, 'force');
    expect(status).toBe(422);
    return body.receipt as string;
  };

  beforeAll(async () => {
    gateway = await openGateway({ clients: [LOW_PERSON], now: () => Date.now() + ahead });
    browser = await openBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await gateway.close();
  });
  beforeEach(async () => {
    ahead = 0;
    ({ context, page, hosts } = await openPage(browser, { viewport: DESKTOP }));
  });
  afterEach(() => context.close());

  it('shows an operator what waits, and by which cause', async () => {
    await refused(broken(1));
    await refused(broken(2));
    await signIn(page, gateway.url, 'operator');
    await expect.poll(textOf).toMatch(/2 messages wait in quarantine/);
    await page.getByRole('link', { name: '2 messages wait in quarantine' }).click();
    await expect.poll(() => page.locator('h2').first().innerText()).toMatch(/2 messages, xml-not-well-formed/);
    expect([...hosts]).toEqual([new URL(gateway.url).host]);
  });

  it('finds a message by its id, and downloads its evidence', async () => {
    const { body } = await gateway.post('/v1/messages', caseOf(3), 'force');
    await signIn(page, gateway.url, 'operator', '/console/messages');
    await page.getByLabel('Id of the message').fill(` ${body.id} `);
    await page.getByRole('button', { name: 'Find' }).click();
    await expect.poll(textOf).toMatch(/Accepted[\s\S]*uk\.justice\.case\.registered\.v1/);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download the evidence' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(`evidence-${body.id}.zip`);
  });

  it('says the same of a message that is not there and of one that the person may not see', async () => {
    await signIn(page, gateway.url, 'operator', '/console/messages');
    await page.getByLabel('Id of the message').fill('Jory Tremayne');
    await page.getByRole('button', { name: 'Find' }).click();
    await expect.poll(() => page.getByRole('alert').innerText()).toContain('The id of a message has 43');
    expect(page.url()).not.toContain('Tremayne');
    await page.getByLabel('Id of the message').fill('A'.repeat(43));
    await page.getByRole('button', { name: 'Find' }).click();
    await expect.poll(() => page.getByRole('alert').innerText()).toContain('There is no such message, or you may not see it');
    expect(await violations(page)).toEqual([]);
  });

  it('lets an operator repair a message, and its reader gets the event', async () => {
    const id = await refused(broken(4));
    await signIn(page, gateway.url, 'operator', `/console/quarantine/${id}`);
    expect(await textOf()).not.toMatch(/Tremayne/i);
    await page.getByRole('button', { name: 'Open the message' }).click();
    await expect.poll(() => page.getByRole('alert').innerText()).toContain('Select why you need to read the message');
    await page.getByLabel('To repair the message').check();
    await page.getByRole('button', { name: 'Open the message' }).click();
    const editor = page.getByLabel('Text of the message');
    await expect.poll(() => editor.inputValue()).toBe(broken(4));
    await editor.fill(caseOf(4));
    await page.getByRole('button', { name: 'Check your changes' }).click();
    await expect.poll(textOf).toMatch(/Before[\s\S]*After[\s\S]*Defendant/);
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Resubmit' }).click();
    await expect.poll(textOf).toMatch(/Accepted[\s\S]*Resubmission of/);
    const taken = new URL(page.url()).pathname.split('/').at(-1);
    const receipt = await gateway.call(`/v1/messages/${taken}`, {}, 'operator');
    expect(receipt.body.sha256).toBe(createHash('sha256').update(caseOf(4)).digest('hex'));
    const events = await gateway.events('cps');
    expect(events.some(({ id: event }) => event === receipt.body.events[0].id)).toBe(true);
    const read = (await gateway.audit()).filter(({ action, messageId }) => action === 'consultation' && messageId === id);
    expect(read.map(({ who, reasons }) => [who, reasons])).toContainEqual(['olu.ferreira', ['repair']]);
  });

  it('lets an operator resubmit a message as it is, and shows why it waits again', async () => {
    const id = await refused(broken(5));
    await signIn(page, gateway.url, 'operator', `/console/quarantine/${id}`);
    await page.getByRole('button', { name: 'Resubmit' }).click();
    await expect.poll(textOf).toMatch(/In quarantine[\s\S]*Why it is in quarantine/);
  });

  it('gives an approver no way to change a message, and an owner no quarantine', async () => {
    const id = await refused(broken(6));
    await signIn(page, gateway.url, 'approver', `/console/quarantine/${id}`);
    expect(await page.getByRole('button', { name: 'Resubmit' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await signIn(page, gateway.url, 'owner', `/console/quarantine/${id}`);
    expect(await page.locator('h1').innerText()).not.toContain('Message in quarantine');
    expect(await page.getByRole('link', { name: 'Quarantine' }).count()).toBe(0);
  });

  it('T64 shows, counts and hints at nothing above the clearance of the person, on any page', async () => {
    const id = await refused(broken(12));
    const { body } = await gateway.post('/v1/messages', caseOf(13), 'force');
    await signIn(page, gateway.url, 'low');
    const seen = new Map<string, string>();
    const waiting = ['/console', `/console/quarantine/${id}`, `/console/messages/${body.id}`, `/console/messages?id=${id}`];
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      if (seen.has(path)) continue;
      await page.goto(gateway.url + path);
      seen.set(path, await page.content());
      const links = await page.locator('a[href^="/console"]').evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''));
      waiting.push(...links.map((href) => href.replace(/#.*$/, '')).filter(Boolean));
    }
    expect([...seen.keys()]).toEqual(expect.arrayContaining(['/console/quarantine', '/console/protections', '/console/messages']));
    for (const [path, html] of seen) {
      expect([path, /Tremayne|Prosser|52WX2/i.exec(html)]).toEqual([path, null]);
      expect([path, html.includes(body.sha256)]).toEqual([path, false]);
    }
    expect(seen.get('/console')).toContain('No message waits in quarantine');
    expect(seen.get('/console/quarantine')).toContain('There is no message here that you may see');
    expect(seen.get(`/console/messages/${body.id}`)).toContain('There is nothing here');
    expect(seen.get(`/console/quarantine/${id}`)).toContain('There is nothing here');
  });

  it('lets an information asset owner request that a protection be lifted, and nobody else', async () => {
    const names = { familyName: 'Tremayne', givenNames: ['Jory'] };
    const order = { case: '52WX2000011', restrictions: ['YJCEA1999_s45'], law: 'YJCEA 1999, s.45', title: 'Order of the court' };
    const request = { ...order, person: { kind: 'defendant', ...names } };
    const headers = { 'Content-Type': 'application/json' };
    const { body } = await gateway.post('/v1/protections', JSON.stringify(request), 'owner', headers);
    await signIn(page, gateway.url, 'operator', `/console/protections/${body.id}`);
    expect(await page.getByRole('button', { name: 'Request that it be lifted' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await signIn(page, gateway.url, 'owner', '/console/protections');
    expect(await violations(page)).toEqual([]);
    await page.goto(`${gateway.url}/console/protections/${body.id}`);
    expect(await textOf()).not.toMatch(/Tremayne|52WX2000011/i);
    await page.getByRole('button', { name: 'Request that it be lifted' }).click();
    await expect.poll(() => page.getByRole('alert').innerText()).toContain('Enter why the protection is lifted');
    expect(await violations(page)).toEqual([]);
    await page.getByLabel('Why is it lifted?').fill('Lifted by the court');
    await page.getByLabel('The court has lifted this protection').check();
    await page.getByRole('button', { name: 'Request that it be lifted' }).click();
    await expect.poll(textOf).toMatch(/Requests to lift it[\s\S]*Lifted by the court[\s\S]*una\.marsh/);
    expect((await gateway.call(`/v1/protections/${body.id}`, {}, 'owner')).body.status).toBe('in-force');
  });

  it.skipIf(ON_KAFKA)(
    'has no violation of accessibility on any page, at both widths, and needs no script',
    async () => {
      const id = await refused(broken(7));
      const { body } = await gateway.post('/v1/messages', caseOf(8), 'force');
      for (const viewport of [DESKTOP, NARROW]) {
        const opened = await openPage(browser, { viewport });
        const look = async (path: string) => {
          await opened.page.goto(gateway.url + path);
          expect([path, await violations(opened.page)]).toEqual([path, []]);
          const wide = await opened.page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
          expect([path, wide]).toEqual([path, 0]);
        };
        await look('/console/sign-in');
        await opened.page.getByRole('button', { name: 'Sign in' }).click();
        expect(await violations(opened.page)).toEqual([]);
        await opened.page.getByLabel(PEOPLE.operator).check();
        await opened.page.getByRole('button', { name: 'Continue' }).click();
        await opened.page.waitForURL(`${gateway.url}/console`);
        const paths = ['/console', '/console/messages', `/console/messages/${body.id}`, '/console/quarantine', `/console/quarantine/${id}`];
        for (const path of [
          ...paths,
          '/console/quarantine?status=resubmitted',
          '/console/protections',
          '/console/nowhere',
          '/console/messages?id=',
        ])
          await look(path);
        await opened.context.close();
      }
      const { context: plain, page: scriptless } = await openPage(browser, { javaScriptEnabled: false });
      await signIn(scriptless, gateway.url, 'operator', `/console/quarantine/${id}`);
      await scriptless.getByLabel('To repair the message').check();
      await scriptless.getByRole('button', { name: 'Open the message' }).click();
      expect(await scriptless.getByLabel('Text of the message').inputValue()).toBe(broken(7));
      await plain.close();
    },
    120_000,
  );

  describe('T64 a session', () => {
    const cookies = async () => (await context.cookies()).filter(({ name }) => name === 'interchange-session');

    it('ends after 15 minutes without a request, and not before', async () => {
      await signIn(page, gateway.url, 'operator');
      ahead += 14 * 60_000;
      await page.reload();
      await expect.poll(heading).toBe('Overview');
      ahead += 14 * 60_000;
      await page.reload();
      await expect.poll(heading).toBe('Overview');
      ahead += 16 * 60_000;
      await page.reload();
      await expect.poll(heading).toBe('Sign in to the console');
    });
    it('ends at once when access is withdrawn', async () => {
      await signIn(page, gateway.url, 'operator');
      const { config } = gateway;
      await gateway.gateway.reload({ ...config, clients: config.clients.filter(({ id }) => id !== 'olu.ferreira') });
      try {
        await page.reload();
        await expect.poll(heading).toBe('Sign in to the console');
      } finally {
        await gateway.gateway.reload(config);
      }
    });
    it('ends with its access token', async () => {
      await signIn(page, gateway.url, 'operator');
      const hours = gateway.config.auth.tokenSeconds ?? 3600;
      for (let passed = 0; passed <= hours; passed += 600) {
        ahead += 600_000;
        await page.request.get(page.url());
      }
      await page.reload();
      await expect.poll(heading).toBe('Sign in to the console');
    });
    it('is new after each sign-in, and a copy of its cookie is useless after sign-out', async () => {
      await signIn(page, gateway.url, 'operator');
      const [first] = await cookies();
      expect(first).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/console' });
      await page.getByRole('button', { name: 'Sign out' }).click();
      expect(await cookies()).toEqual([]);
      await context.addCookies([{ name: 'interchange-session', value: first?.value ?? '', url: `${gateway.url}/console` }]);
      await page.goto(`${gateway.url}/console`);
      await expect.poll(heading).toBe('Sign in to the console');
    });
    it('cannot be given to somebody: an answer of the provider counts only where the sign-in began', async () => {
      await page.goto(`${gateway.url}/console`);
      await page.getByRole('button', { name: 'Sign in' }).click();
      const [headers, form] = [{ Origin: gateway.url }, { person: 'olu.ferreira' }];
      const given = await page.request.post(page.url(), { headers, form, maxRedirects: 0 });
      const provider = new URL(given.headers().location ?? '', gateway.url).href;
      const answer = (await page.request.get(provider, { maxRedirects: 0 })).headers().location ?? '';
      expect(answer).toMatch(/\/console\/signed-in\?code=/);
      const victim = await openPage(browser);
      await victim.page.goto(answer);
      expect(await victim.page.locator('h1').innerText()).toBe('You were not signed in');
      expect((await victim.context.cookies()).filter(({ value }) => value !== '')).toEqual([]);
      await victim.context.close();
    });
    it('accepts no form of another session or another site, and no page is framed', async () => {
      const id = await refused(broken(9));
      await signIn(page, gateway.url, 'operator', `/console/quarantine/${id}`);
      const cookie = (await cookies()).map(({ name, value }) => `${name}=${value}`).join();
      const formToken = await page.locator('input[name=formToken]').first().inputValue();
      const post = (headers: Record<string, string>, token: string) =>
        fetch(`${gateway.url}/console/quarantine/${id}/resubmission`, {
          method: 'POST',
          redirect: 'manual',
          headers: { Cookie: cookie, 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
          body: new URLSearchParams({ formToken: token }),
        });
      expect((await post({ Origin: 'https://attacker.example' }, formToken)).status).toBe(403);
      expect((await post({}, formToken)).status).toBe(403);
      expect((await post({ Origin: gateway.url }, 'of another session')).status).toBe(403);
      expect((await post({ Origin: gateway.url }, formToken)).status).toBe(303);
      const { headers } = await fetch(`${gateway.url}/console/sign-in`);
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('cache-control')).toBe('no-store');
    });
    it('shows the markup of a message as text', async () => {
      const id = await refused(broken(10).replace('</', '<!--</textarea><script>document.title = "run"</script><img src=x>--></'));
      await signIn(page, gateway.url, 'operator', `/console/quarantine/${id}`);
      await page.getByLabel('To repair the message').check();
      await page.getByRole('button', { name: 'Open the message' }).click();
      expect(await page.title()).not.toContain('run');
      expect(await page.getByLabel('Text of the message').inputValue()).toContain('</textarea><script>');
      expect(await page.locator('main img').count()).toBe(0);
    });
    it('counts the requests of those who have not signed in, too', async () => {
      const { status, headers } = await fetch(`${gateway.url}/console/messages`, { redirect: 'manual' });
      expect(status).toBe(303);
      expect(headers.get('ratelimit')).toMatch(/r=\d+/);
    });
    it('redirects nobody away from the console', async () => {
      for (const away of ['https://attacker.example', '//attacker.example', '/console/../v1/events', '/try'])
        expect(await (await fetch(`${gateway.url}/console/sign-in?page=${encodeURIComponent(away)}`)).text()).toContain(
          'start?page=%2Fconsole"',
        );
    });
    it('of a person gives no rights to another client, and a client cannot be a person', async () => {
      const person = await gateway.forge({ client_id: 'olu.ferreira', sub: 'olu.ferreira', scope: 'quarantine:read' });
      const client = await gateway.forge({
        client_id: 'interchange-console',
        sub: 'wessex.interchange.operator',
        scope: 'quarantine:read',
      });
      for (const token of [person, client])
        expect((await gateway.call('/v1/quarantine', { headers: { Authorization: `Bearer ${token}` } })).status).toBe(401);
    });
  });
});
