/** T18, T19, T16: the audit log has a keyed pseudonym of the person that a client acts for, and the person is never in plain text. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInterchange } from '../../contracts/client/client.ts';
import { verb as audit } from '../../gateway/cli/audit.ts';
import { joinDisclosures } from '../../gateway/store/outcomes.ts';
import type { AuditEntry } from '../../gateway/wire/streams.ts';
import { type Answer, busEnvironment, caseOf, OPERATOR, openGateway, problem, type TestGateway } from '../support/gateway.ts';
import { interchange } from '../support/interchange.ts';

const PERSON = 'pc.4471.canary7Zq@wessex.example';
const OTHER = 'pc.9902.canary7Zq@wessex.example';
const CANARY = 'canary7Zq';
const HEADER = 'X-On-Behalf-Of';
const REQUIRED = { ...OPERATOR, id: 'wessex.attributed', requireOnBehalfOf: true };

let gateway: TestGateway;
/** Every answer of the tests of this file. */
const answers: Answer[] = [];
const call = async (path: string, persona: string, person?: string, init: RequestInit = {}): Promise<Answer> => {
  const headers = { ...(init.headers as Record<string, string>), ...(person === undefined ? {} : { [HEADER]: person }) };
  const answer = await gateway.call(path, { ...init, headers }, persona);
  answers.push(answer);
  return answer;
};
const withToken = async (claims: object, headers: Record<string, string> = {}): Promise<Answer> => {
  const token = await gateway.forge({ client_id: 'wessex.cps.review', scope: 'events:read', ...claims });
  const answer = await gateway.call('/v1/events?limit=1', { headers: { Authorization: `Bearer ${token}`, ...headers } });
  answers.push(answer);
  return answer;
};
const lastOf = async (action: AuditEntry['action']) => (await gateway.audit()).findLast((entry) => entry.action === action);

beforeAll(async () => {
  gateway = await openGateway({ clients: [REQUIRED] });
  await gateway.post('/v1/messages', caseOf(1), 'force');
});
afterAll(() => gateway.close());

describe('the audit log says for whom a client acted', () => {
  let pseudonym = '';
  it('with a pseudonym of the person in the header', async () => {
    expect((await call('/v1/events?limit=1', 'cps', PERSON)).status).toBe(200);
    const entry = await lastOf('disclosure');
    expect(entry).toMatchObject({ who: 'wessex.cps.review', onBehalfOf: expect.stringMatching(/^[\w-]{22}$/) });
    pseudonym = entry?.onBehalfOf ?? '';
    await call('/v1/events?limit=1', 'cps', OTHER);
    expect((await lastOf('disclosure'))?.onBehalfOf).not.toBe(pseudonym);
    await call('/v1/events?limit=1', 'cps');
    expect((await lastOf('disclosure'))?.onBehalfOf).toBeUndefined();
  });
  it('with the same pseudonym for a token that was exchanged for one with `act`', async () => {
    expect((await withToken({ sub: PERSON, act: { sub: 'wessex.cps.review' } })).status).toBe(200);
    expect((await lastOf('disclosure'))?.onBehalfOf).toBe(pseudonym);
    expect((await withToken({ sub: PERSON, act: { sub: 'wessex.cps.review' } }, { [HEADER]: PERSON })).status).toBe(200);
    expect((await withToken({ sub: PERSON })).status).toBe(200);
    expect((await lastOf('disclosure'))?.onBehalfOf).toBeUndefined();
  });
  it.each([[{}], [{ sub: '' }], [{ sub: 1 }], ['wessex'], [null], [[]]])('and a token whose `act` is %j is not accepted', async (act) =>
    expect((await withToken({ sub: PERSON, act })).status).toBe(401),
  );
  it('for submissions, consultations, subscriptions and streams too', async () => {
    await call('/v1/messages', 'force', PERSON, { method: 'POST', body: caseOf(2), headers: { 'Content-Type': 'application/xml' } });
    expect(await lastOf('collection')).toMatchObject({ who: 'wessex.police.records', onBehalfOf: pseudonym });
    const broken = caseOf(3).replace('</Case>', '');
    await call('/v1/messages', 'force', PERSON, {
      method: 'POST',
      body: broken.slice(0, -40),
      headers: { 'Content-Type': 'application/spi+xml' },
    });
    const { body } = await call('/v1/quarantine?status=open', 'operator', PERSON);
    await call(`/v1/quarantine/${body.items[0].id}`, 'operator', PERSON);
    expect(await lastOf('consultation')).toMatchObject({ who: 'wessex.interchange.operator', onBehalfOf: pseudonym });
    const abort = new AbortController();
    const following = openInterchange({ url: gateway.url, token: await gateway.token('cps'), onBehalfOf: PERSON });
    for await (const _ of following.follow({ signal: abort.signal })) abort.abort();
    expect((await lastOf('disclosure'))?.onBehalfOf).toBe(pseudonym);
  });
  it('and `audit disclosures` finds what one person was told', async () => {
    const asked = ['disclosures', '--subject', 'urn:52WX2000001'];
    const all = await interchange(audit, asked, gateway.folder, busEnvironment(gateway.folder));
    expect(all.text).toContain(`on behalf of ${pseudonym}`);
    const of = await interchange(audit, [...asked, '--on-behalf-of', PERSON, '--json'], gateway.folder, busEnvironment(gateway.folder));
    const { disclosures } = JSON.parse(of.text) as { disclosures: readonly { onBehalfOf?: string }[] };
    expect(disclosures.length).toBeGreaterThan(1);
    expect(new Set(disclosures.map(({ onBehalfOf }) => onBehalfOf))).toEqual(new Set([pseudonym]));
    expect(all.text + of.text).not.toContain(CANARY);
  });
  it('in separate records of disclosures for each person', () => {
    const outcomes = [{ decision: 'permit', ids: 'AAAAAAAAAAAA' }] as const;
    const entry = { action: 'disclosure', who: 'client', decision: 'permit', outcomes, policy: 'p' } as const;
    expect(
      joinDisclosures([{ ...entry, onBehalfOf: 'a' }, { ...entry, onBehalfOf: 'b' }, { ...entry, onBehalfOf: 'a' }, entry]),
    ).toHaveLength(3);
  });
});

describe('a client that must say for whom it acts', () => {
  it('gets a problem that says what is missing', async () => {
    const { status, body } = await call('/v1/events', REQUIRED.id);
    expect(status).toBe(400);
    expect(body).toMatchObject({
      type: problem('invalid-request'),
      reasons: [{ code: 'on-behalf-of-missing', at: `/header/${HEADER}` }],
    });
    expect((await call('/v1/quarantine', REQUIRED.id)).status).toBe(400);
  });
  it('is served when it says so', async () => expect((await call('/v1/events', REQUIRED.id, PERSON)).status).toBe(200));
  it('may not name one person in the header and another in the token', async () => {
    const { status, body } = await withToken({ sub: PERSON, act: { sub: 'x' } }, { [HEADER]: OTHER });
    expect([status, body.reasons[0].code]).toEqual([400, 'on-behalf-of-differs']);
  });
  it.each([`${CANARY} two`, `${CANARY}\u00e9`, CANARY.repeat(40)])('may not name %j', async (person) => {
    const { status, text } = await call('/v1/events', REQUIRED.id, person);
    expect(status).toBe(400);
    expect(text).not.toContain(CANARY);
  });
});

describe('a person’s name is never in plain text', () => {
  it('in answers, problems, metrics or logs', async () => {
    const metrics = await gateway.call('/metrics', {}, 'monitoring');
    expect(metrics.status).toBe(200);
    expect(gateway.log()).toContain('getEvent'.slice(0, 3));
    for (const text of [metrics.text, gateway.log(), ...answers.map((answer) => answer.text)]) expect(text).not.toContain(CANARY);
    expect(answers.length).toBeGreaterThan(20);
  });
  it('in the audit log, the streams or any file of the data folder', async () => {
    expect(JSON.stringify(await gateway.audit())).not.toContain(CANARY);
    const files = readdirSync(gateway.folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(2);
    for (const { parentPath, name } of files) expect(readFileSync(join(parentPath, name)).includes(CANARY), name).toBe(false);
  });
});
