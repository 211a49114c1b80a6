/**
 * Evidence of a message is all of it at once: it goes to nobody who may not read all of it (T13, T17, T24), counts as reading (T15), and says
 * nothing about other messages (T22). Its content is safe to open (T64).
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HAS_BROWSER, openBrowser, openPage } from '../support/browser.ts';
import { AUDITOR, askEvidence, LOW_AUDITOR } from '../support/evidence.ts';
import { caseOf, openGateway, type TestGateway } from '../support/gateway.ts';

const CANARY = 'CANARY9k2eP';
/** An operator who may read everything but what protects a person in a case. */
const UNBOUND = {
  ...AUDITOR,
  id: 'wessex.unbound',
  clearance: { ...AUDITOR.clearance, restrictions: ['CYPA1933_s49', 'YJCEA1999_s45A', 'YJCEA1999_s46', 'SOAA1992_s1'] },
};
const SAFE_HEADERS = ['date', 'ratelimit', 'ratelimit-policy', 'content-length', 'traceparent', 'interchange-trace'];

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway({ clients: [AUDITOR, LOW_AUDITOR, UNBOUND] });
}, 60_000);
afterAll(() => gateway?.close());

let sent = 0;
const send = async (text = caseOf(++sent)) => {
  const { status, body } = await gateway.post('/v1/messages', text, 'force');
  expect(status).toBe(202);
  return { id: body.id as string, event: body.events[0].id as string };
};
/** All that a client sees of an answer, but for what differs from one request to the next. */
const seen = async (id: string, persona: string) => {
  const { status, headers, text } = await gateway.call(`/v1/messages/${id}/evidence`, {}, persona);
  const kept = [...headers].filter(([name]) => !SAFE_HEADERS.includes(name));
  return { status, kept, text };
};
const ABSENT = 'B'.repeat(43);

describe('a reader without the clearance for a package', () => {
  it('T17 below the label gets the same answer as for an unknown id', async () => {
    const { id, event } = await send();
    const refused = await gateway.post('/v1/messages', `<broken ${CANARY}`, 'force');
    const absent = await seen(ABSENT, LOW_AUDITOR.id);
    expect(absent.status).toBe(404);
    for (const subject of [id, event, refused.body.receipt as string]) expect(await seen(subject, LOW_AUDITOR.id)).toEqual(absent);
  });
  it('T24 from another sender gets the same answer', async () => {
    const { id, event } = await send();
    const absent = await seen(ABSENT, 'court');
    expect(absent.status).toBe(404);
    for (const subject of [id, event]) expect(await seen(subject, 'court')).toEqual(absent);
  });
  it('T13 gets no package of a case after a person in it was protected', async () => {
    const urn = '52WX2000999';
    const person = { name: { familyName: 'Tremayne', givenNames: ['Jory'] }, dateOfBirth: '1991-04-17' };
    // Of this event, what can say anything is empty: a reader who is bound by no order may read all of it.
    const data = { case: { urn }, hearing: { date: '2026-11-16' }, defendants: [{ person }] };
    const event = { specversion: '1.0', type: 'uk.justice.case.registered.v1', data };
    const { id } = (await gateway.post('/v1/events', JSON.stringify(event), 'force')).body as { id: string };
    const first = await askEvidence(gateway, id, UNBOUND.id);
    expect(first.status).toBe(200);
    const order = {
      case: urn,
      person: { kind: 'defendant', familyName: 'Tremayne', givenNames: ['Jory'] },
      restrictions: ['YJCEA1999_s45'],
      law: 'Youth Justice and Criminal Evidence Act 1999, s.45',
      title: 'Order of Wessex Magistrates’ Court (invented)',
    };
    const made = await gateway.post('/v1/protections', JSON.stringify(order), 'owner', { 'Content-Type': 'application/json' });
    expect(made.status).toBe(201);
    expect(await seen(id, UNBOUND.id)).toEqual(await seen(ABSENT, UNBOUND.id));
    const { status, manifest } = await askEvidence(gateway, id, AUDITOR.id);
    expect([status, manifest.label.restrictions, manifest.marking]).toEqual([
      200,
      ['YJCEA1999_s45'],
      'OFFICIAL-SENSITIVE PERSONAL DATA YJCEA1999_s45',
    ]);
  });
  it('is in the audit log, as a denied consultation', async () => {
    const { id } = await send();
    await seen(id, LOW_AUDITOR.id);
    expect((await gateway.audit()).at(-1)).toMatchObject({ action: 'consultation', who: LOW_AUDITOR.id, decision: 'deny', messageId: id });
  });
});

describe('a package', () => {
  it('T22 names no other message, even where audit records do, and no pseudonym of a person', async () => {
    const { id, event } = await send();
    const other = await send();
    // One page is one record of both events.
    await gateway.events('cps');
    const { records, text } = await askEvidence(gateway, id, AUDITOR.id);
    const page = records.find(({ extract }) => extract?.who === 'wessex.cps.review');
    expect(page).toMatchObject({ extract: { action: 'disclosure', events: [{ id: event.slice(0, 12), decision: 'permit' }] }, proof: {} });
    expect(page).not.toHaveProperty('record');
    for (const name of ['audit.json', 'index.html', 'manifest.json', 'receipt.json'])
      expect([name, text(name).includes(other.event.slice(0, 12)), text(name).includes(other.id)]).toEqual([name, false, false]);
    const [collection] = (await gateway.audit()).filter(({ messageId }) => messageId === id);
    const persons = collection?.events?.flatMap((disclosed) => disclosed.persons ?? []) ?? [];
    expect(persons.length).toBeGreaterThan(0);
    expect(persons.filter((person) => text('audit.json').includes(person))).toEqual([]);
  });
  it('T18 T22 reveals nothing of its content in its name, its headers or the log', async () => {
    const { id } = await send(caseOf(++sent).replaceAll('Kittiwake', CANARY));
    const { status, headers, names, text } = await askEvidence(gateway, id, AUDITOR.id);
    expect([status, text('index.html').includes(CANARY)]).toEqual([200, true]);
    expect(JSON.stringify([...headers, names, JSON.parse(text('manifest.json'))])).not.toContain(CANARY);
    expect(gateway.log()).not.toContain(CANARY);
  });
  it.skipIf(!HAS_BROWSER)(
    'T64 shows markup in a message as text, which does not run, load or change the page',
    async () => {
      const hostile = `</pre><script>document.title='${CANARY}'</script><img src="http://127.0.0.1:9/x" onerror="document.title='${CANARY}'"><a id="${CANARY}">{{ 7 * 7 }}`;
      const escaped = hostile.replaceAll('<', '&lt;').replaceAll('"', '&quot;').replaceAll('{', '&#123;');
      const { id } = await send(caseOf(++sent).replaceAll('Kittiwake Row', escaped));
      const raw = await gateway.post('/v1/messages', hostile, 'force', { 'Content-Type': 'text/html' });
      const browser = await openBrowser();
      try {
        for (const message of [id, raw.body.receipt as string]) {
          const { text } = await askEvidence(gateway, message, AUDITOR.id);
          const html = text('index.html');
          expect(html).not.toMatch(/<(?:script|img|iframe|link|object|form)\b/i);
          const file = join(gateway.folder, `${message}.html`);
          writeFileSync(file, html);
          const { page, hosts, context } = await openPage(browser);
          await page.goto(pathToFileURL(file).href);
          expect(await page.title()).toBe('Evidence of a message – Justice Interchange');
          expect(await page.locator(`#${CANARY}`).count()).toBe(0);
          expect([...hosts].filter((host) => host !== '')).toEqual([]);
          expect(await page.locator('pre').innerText()).toContain(message === id ? '&lt;script' : '<script');
          await context.close();
        }
      } finally {
        await browser.close();
      }
    },
    60_000,
  );
});
