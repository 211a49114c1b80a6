/** `GET /v1/messages/{id}/evidence`: everything about one message in one package that verifies offline. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HOME } from '../../../gateway/config.ts';
import { verifyEvidence } from '../../../gateway/evidence/verify-evidence.ts';
import type { ClientConfig } from '../../../gateway/rules/clients.ts';
import { shortId } from '../../../gateway/store/outcomes.ts';
import { DESKTOP, HAS_BROWSER, openBrowser, openPage, violations } from '../../support/browser.ts';
import { AUDITOR, askEvidence, type GivenPackage, publishedKeys } from '../../support/evidence.ts';
import { caseOf, openGateway, problem, type TestGateway } from '../../support/gateway.ts';
import { pythonWith } from '../../support/installed.ts';
import { openReceiver } from '../../support/receiver.ts';

const [BOUND, TASKED] = ['wessex.bound', 'wessex.tasked'] as const;
const more = (id: string, about: Partial<ClientConfig>): ClientConfig => ({ ...AUDITOR, id, title: `${id} (invented)`, ...about });
const JSON_TYPE = { 'Content-Type': 'application/json' };

let gateway: TestGateway;
const folder = mkdtempSync(join(tmpdir(), 'evidence-'));
beforeAll(async () => {
  gateway = await openGateway({
    config: { webhooks: { networks: ['127.0.0.0/8'], secondsBetween: [0, 0], timeoutSeconds: 1 } },
    clients: [AUDITOR, more(BOUND, { volume: { events: 1, hours: 24 } }), more(TASKED, { tasks: ['charging-decision'] })],
  });
}, 60_000);
afterAll(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});

let sent = 0;
const send = async () => {
  const { body } = await gateway.post('/v1/messages', caseOf(++sent), 'force', { 'Content-Type': 'application/xml; charset=utf-8' });
  return { id: body.id as string, event: body.events[0].id as string, bytes: Buffer.from(caseOf(sent)) };
};
const correct = async (corrects: string, kind: string) =>
  (
    await gateway.post(
      '/v1/events',
      JSON.stringify({ specversion: '1.0', type: 'uk.justice.correction.issued.v1', data: { corrects, kind } }),
      'force',
    )
  ).body.events[0].id as string;
/** Only what the records say, in order. */
const said = ({ records }: GivenPackage) =>
  records.map(({ record, extract }) => [record?.action ?? extract?.action, record?.who ?? extract?.who]);

describe('the evidence of a message', () => {
  it('has the message as received, its receipt and its event, as in the manifest, under the highest label', async () => {
    const { id, event, bytes } = await send();
    const found = await askEvidence(gateway, id, AUDITOR.id);
    expect([found.status, found.headers.get('content-type'), found.headers.get('content-disposition')]).toEqual([
      200,
      'application/zip',
      `attachment; filename="evidence-${id}.zip"`,
    ]);
    expect(Number(found.headers.get('content-length'))).toBe(found.bytes.length);
    expect(found.names).toEqual([
      ...['index.html', 'message', 'receipt.json', 'events/00001.json', 'audit.json', 'deliveries.json'],
      ...['manifest.json', 'manifest.jws'],
    ]);
    expect(found.text('message')).toBe(bytes.toString());
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(JSON.parse(found.text('receipt.json'))).toMatchObject({
      id,
      sha256,
      status: 'accepted',
      transport: 'http',
      mediaType: 'application/xml',
      charset: 'utf-8',
      adapter: 'spi-new-case',
      adapterVersion: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      events: [{ id: event }],
    });
    expect(JSON.parse(found.text('events/00001.json'))).toMatchObject({ id: event, seal: expect.any(String) });
    expect(found.manifest).toMatchObject({
      message: id,
      requested: { by: AUDITOR.id },
      policy: 'uk.gov.gsc/1.2.0',
      label: { classification: 'OFFICIAL', sensitive: true },
      marking: 'OFFICIAL-SENSITIVE PERSONAL DATA POLICE/CPS/COURTS',
    });
    expect(await verifyEvidence(found.bytes, await publishedKeys(gateway))).toMatchObject({ faults: [], events: 1, unsigned: 0 });
  });
  it('is also found by the id of an event', async () => {
    const { id, event } = await send();
    expect((await askEvidence(gateway, event, AUDITOR.id)).manifest.message).toBe(id);
  });
  it('has every audit record for an operator, ending with its own export, each covered by a signed head; a sender gets only its own records', async () => {
    const { id, event } = await send();
    await gateway.call(`/v1/events/${event}`, {}, 'cps');
    await askEvidence(gateway, id, 'force');
    const found = await askEvidence(gateway, id, AUDITOR.id);
    expect(said(found)).toEqual([
      ['collection', 'wessex.police.records'],
      ['disclosure', 'wessex.cps.review'],
      ['consultation', 'wessex.police.records'],
      ['disclosure', 'wessex.police.records'],
      ['consultation', AUDITOR.id],
      ['disclosure', AUDITOR.id],
    ]);
    expect(found.records.filter(({ proof }) => proof === undefined)).toEqual([]);
    const sender = await askEvidence(gateway, id, 'force');
    expect(new Set(said(sender).map(([, who]) => who))).toEqual(new Set(['wessex.police.records']));
    expect(sender.names).not.toContain('deliveries.json');
    expect(await verifyEvidence(sender.bytes, await publishedKeys(gateway))).toMatchObject({ faults: [], unsigned: 0 });
  });
  it('is audited as a consultation of the message and a disclosure of its events, with the person that the client acts for', async () => {
    const { id, event } = await send();
    const headers = { Authorization: `Bearer ${await gateway.token(AUDITOR.id)}`, 'X-On-Behalf-Of': 'clerk-7' };
    await (await fetch(`${gateway.url}/v1/messages/${id}/evidence`, { headers })).arrayBuffer();
    const [consultation, disclosure] = (await gateway.audit()).slice(-2);
    const person = { who: AUDITOR.id, onBehalfOf: expect.any(String), decision: 'permit', change: 'evidence' };
    expect(consultation).toMatchObject({ ...person, action: 'consultation', messageId: id });
    expect(disclosure).toMatchObject({ ...person, action: 'disclosure', outcomes: [{ ids: shortId(event) }] });
  });
  it('has the corrections of its events, and the event as it was published', async () => {
    const { id, event } = await send();
    const first = await correct(event, 'restricted');
    const erased = await correct(event, 'erased');
    const found = await askEvidence(gateway, id, AUDITOR.id);
    const corrections = found.names.filter((name) => name.startsWith('corrections/')).map((name) => JSON.parse(found.text(name)));
    expect(new Set(corrections.map((correction: { id: string }) => correction.id))).toEqual(new Set([first, erased]));
    expect(found.text('index.html')).toContain('The event must be deleted');
    expect(await verifyEvidence(found.bytes, await publishedKeys(gateway))).toMatchObject({ faults: [] });
  });
  it('has the attempts to deliver its events', async () => {
    const receiver = await openReceiver();
    const subscription = { method: 'POST', headers: JSON_TYPE, body: JSON.stringify({ url: receiver.url }) };
    expect((await gateway.call('/v1/subscriptions', subscription, 'cps')).status).toBe(201);
    const [{ id, event }] = [await send(), await send()];
    await receiver.count(2);
    await vi.waitFor(async () => {
      const found = await askEvidence(gateway, id, AUDITOR.id);
      const attempt = { client: 'wessex.cps.review', event, attempt: 1, outcome: 'delivered' };
      expect(JSON.parse(found.text('deliveries.json'))).toEqual([expect.objectContaining(attempt)]);
    });
    await receiver.close();
  });
  it('of a message in quarantine has the reasons, and no event', async () => {
    const refused = await gateway.post('/v1/messages', '<broken', 'force');
    const found = await askEvidence(gateway, refused.body.receipt as string, AUDITOR.id);
    expect([found.status, found.text('message'), found.names.some((name) => name.startsWith('events/'))]).toEqual([200, '<broken', false]);
    expect(found.text('index.html')).toContain('Why it was not accepted');
    expect(await verifyEvidence(found.bytes, await publishedKeys(gateway))).toMatchObject({ faults: [], events: 0 });
  });
  it('is refused to a client without the scope, and to one that reads only for a task', async () => {
    const { id } = await send();
    for (const persona of ['cps', TASKED]) {
      const { status, body } = await gateway.call(`/v1/messages/${id}/evidence`, {}, persona);
      expect([persona, status, body.type]).toEqual([persona, 403, problem('forbidden')]);
    }
  });
  it('T15 counts towards the volume of a client', async () => {
    const [first, second] = [await send(), await send()];
    expect((await askEvidence(gateway, first.id, BOUND)).status).toBe(200);
    const { status, body, headers } = await gateway.call(`/v1/messages/${second.id}/evidence`, {}, BOUND);
    expect([status, body.type, Number(headers.get('retry-after')) > 0]).toEqual([403, problem('under-review'), true]);
  });
});

/** The program of docs/evidence.md. */
const [, JOSE_CHECK = ''] =
  /```js[^\n]*\n(\/\/ Usage: node check-evidence[\s\S]*?)```/.exec(readFileSync(join(HOME, 'docs/evidence.md'), 'utf8')) ?? [];

const PYTHON_CHECK = `
import hashlib, json, zipfile
from jwcrypto import jwk, jws
package = zipfile.ZipFile('evidence.zip')
manifest = package.read('manifest.json')
signature = jws.JWS()
signature.deserialize(package.read('manifest.jws').decode())
signature.detach_payload()
kid = json.loads(__import__('base64').urlsafe_b64decode(package.read('manifest.jws').split(b'.')[0] + b'=='))['kid']
signature.verify(jwk.JWKSet.from_json(open('jwks.json').read()).get_key(kid), detached_payload=manifest)
for file in json.loads(manifest)['files']:
    if hashlib.sha256(package.read(file['name'])).hexdigest() != file['sha256']:
        raise SystemExit('Changed: ' + file['name'])
`;
const python = await pythonWith(['jwcrypto==1.6.1']);

describe('in an empty folder, with the published keys, a package', () => {
  const place = join(folder, 'empty');
  beforeAll(async () => {
    mkdirSync(place);
    const { bytes } = await askEvidence(gateway, (await send()).id, AUDITOR.id);
    writeFileSync(join(place, 'evidence.zip'), bytes);
    writeFileSync(join(place, 'jwks.json'), JSON.stringify(await publishedKeys(gateway)));
    execFileSync('python3', ['-m', 'zipfile', '-t', 'evidence.zip'], { cwd: place });
    execFileSync('python3', ['-m', 'zipfile', '-e', 'evidence.zip', 'evidence'], { cwd: place });
    cpSync(join(HOME, 'node_modules/jose'), join(place, 'node_modules/jose'), { recursive: true });
    writeFileSync(join(place, 'check.mjs'), JOSE_CHECK);
    writeFileSync(join(place, 'check.py'), PYTHON_CHECK);
  });
  const run = (program: string, ...words: string[]) => {
    const { status, stderr } = spawnSync(program, words, { cwd: place, encoding: 'utf8', env: { PATH: process.env.PATH } });
    return [status, /(?:Error: |^)(Changed: \S+)/m.exec(stderr)?.[1] ?? (status === 0 ? '' : stderr)];
  };
  it('verifies with jose, which names a changed file', () => {
    expect(run(process.execPath, 'check.mjs', 'evidence', 'jwks.json')).toEqual([0, '']);
    writeFileSync(join(place, 'evidence/receipt.json'), '{}');
    expect(run(process.execPath, 'check.mjs', 'evidence', 'jwks.json')).toEqual([1, 'Changed: receipt.json']);
  });
  it.skipIf(python === undefined)('verifies with jwcrypto in Python', () => {
    expect(run(join(python as string, 'python3'), 'check.py')).toEqual([0, '']);
  });
});

describe.skipIf(!HAS_BROWSER)('the page of a package', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  }, 60_000);
  afterAll(() => browser?.close());
  it('is readable on a phone and a desktop without scripts or network, and passes axe', async () => {
    const { id, event } = await send();
    await gateway.call(`/v1/events/${event}`, {}, 'cps');
    await correct(event, 'restricted');
    const file = join(folder, 'index.html');
    writeFileSync(file, (await askEvidence(gateway, id, AUDITOR.id)).text('index.html'));
    const { page, hosts } = await openPage(browser);
    for (const viewport of [DESKTOP, { width: 375, height: 812 }]) {
      await page.setViewportSize(viewport);
      await page.goto(pathToFileURL(file).href);
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      const { SCREENSHOTS } = process.env;
      if (SCREENSHOTS !== undefined) await page.screenshot({ path: join(SCREENSHOTS, `evidence-${viewport.width}.png`), fullPage: true });
    }
    expect([...hosts].filter((host) => host !== '')).toEqual([]);
  }, 60_000);
});
