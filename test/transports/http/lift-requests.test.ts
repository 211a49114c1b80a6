/** Lifting a protection takes two people, and the queue of what waits for the second one (T52, T64). */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ClientConfig } from '../../../gateway/rules/clients.ts';
import { type Answer, caseOf, openGateway, problem, type TestGateway } from '../../support/gateway.ts';
import { POLICY } from '../../support/rules-in-force.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const DAY = 86_400_000;
const CLEARED = {
  policy: POLICY,
  classifications: ['OFFICIAL'],
  sensitive: true,
  restrictions: ['CYPA1933_s49', 'YJCEA1999_s45', 'YJCEA1999_s45A', 'YJCEA1999_s46', 'SOAA1992_s1'],
} as const;
/** Somebody who may do both, and somebody who may approve what they may not see. */
const BOTH: ClientConfig = {
  id: 'wessex.both',
  title: 'May request and approve (invented)',
  scopes: ['protections:read', 'protections:lift', 'protections:approve', 'approvals:read'],
  clearance: CLEARED,
};
const LOW: ClientConfig = {
  id: 'wessex.low',
  title: 'May approve, and read little (invented)',
  scopes: ['quarantine:read', 'protections:read', 'protections:approve', 'approvals:read'],
  operator: true,
  clearance: { policy: POLICY, classifications: ['OFFICIAL'] },
};

describe('lifting a protection', () => {
  let gateway: TestGateway;
  let protection: string;
  let ahead = 0;
  let made = 0;
  const send = (path: string, body: object, persona: string): Promise<Answer> =>
    gateway.post(path, JSON.stringify(body), persona, JSON_TYPE);
  const ask = (persona = 'owner') => send(`/v1/protections/${protection}/lift`, { because: 'The court lifted it.' }, persona);
  const approve = ({ id, sha256 }: { id: string; sha256: string }, persona = 'approver') =>
    send(`/v1/protections/${protection}/lift-requests/${id}/approval`, { sha256 }, persona);
  const status = async () => (await gateway.call(`/v1/protections/${protection}`, {}, 'owner')).body.status;
  const queue = async (persona: string) => (await gateway.call('/v1/approvals', {}, persona)).body.waiting;

  beforeAll(async () => {
    gateway = await openGateway({ clients: [BOTH, LOW], now: () => Date.now() + ahead });
  }, 60_000);
  afterAll(() => gateway.close());
  beforeEach(async () => {
    const order = { restrictions: ['YJCEA1999_s45'], law: 'YJCEA 1999, s.45', title: 'Order (invented)' };
    const imposed = await send('/v1/protections', { case: `52WX200${String(++made).padStart(4, '0')}`, ...order }, 'owner');
    protection = imposed.body.id;
  });

  it('is a request until a second person approves it, and the register has both', async () => {
    const asked = await ask();
    expect([asked.status, await status()]).toEqual([202, 'in-force']);
    const lifted = await approve(asked.body);
    expect(lifted.body).toMatchObject({
      status: 'lifted',
      lifted: { by: 'wessex.information.owner', approvedBy: 'wessex.interchange.approver', because: 'The court lifted it.' },
    });
    const { body } = await gateway.call(`/v1/protections/${protection}/lift-requests`, {}, 'owner');
    expect(body.requests).toMatchObject([{ id: asked.body.id, approval: { by: 'wessex.interchange.approver' } }]);
    expect((await ask()).body.type).toBe(problem('not-in-force'));
    const audited = (await gateway.audit()).filter((record) => record.protection === protection && record.action === 'alteration');
    expect(audited.map(({ change }) => change)).toEqual(['impose protection', 'request lift protection', 'approve lift protection']);
  });
  it('is the same request when it is made again', async () => {
    const first = await ask();
    expect((await ask()).body).toEqual(first.body);
    expect((await gateway.call(`/v1/protections/${protection}/lift-requests`, {}, 'owner')).body.requests).toHaveLength(1);
  });
  it('T52 is refused to the person who asked, with the same client or as the same person', async () => {
    const asked = await ask(BOTH.id);
    const refused = await approve(asked.body, BOTH.id);
    expect([refused.status, refused.body.detail]).toEqual([403, 'A different person must approve the request']);
    for (const claims of [
      { client_id: 'wessex.interchange.approver', sub: BOTH.id },
      { client_id: BOTH.id, sub: 'somebody else' },
    ]) {
      const response = await fetch(`${gateway.url}/v1/protections/${protection}/lift-requests/${asked.body.id}/approval`, {
        method: 'POST',
        headers: { ...JSON_TYPE, Authorization: `Bearer ${await gateway.forge({ ...claims, scope: 'protections:approve' })}` },
        body: JSON.stringify({ sha256: asked.body.sha256 }),
      });
      expect([claims, response.status, await status()]).toEqual([claims, 403, 'in-force']);
    }
  });
  it('is found by its id, however many requests came after it', async () => {
    const asked = await ask();
    for (let n = 0; n < 21; n++) await send(`/v1/protections/${protection}/lift`, { because: `Reason ${n}.` }, 'owner');
    expect((await approve(asked.body)).body.status).toBe('lifted');
  });
  it('T52 is refused for another digest than that of the request', async () => {
    const { body } = await ask();
    expect((await approve({ ...body, sha256: 'f'.repeat(64) })).body.type).toBe(problem('request-lapsed'));
    expect(await status()).toBe('in-force');
  });
  it('T64 does not reveal a request whose protection or message the person may not see', async () => {
    const { body } = await ask();
    const waiting = (await gateway.post('/v1/messages', caseOf(made).slice(0, -40), 'force')).body.receipt;
    const label = { policy: POLICY, classification: 'OFFICIAL', sensitive: true };
    const asked = await send(
      `/v1/quarantine/${waiting}/label-requests`,
      { label, sha256: 'a'.repeat(64), because: 'Too high.' },
      'operator',
    );
    expect(asked.status).toBe(201);
    const seen = await queue('approver');
    expect(seen.filter(({ id }: { id: string }) => [body.id, asked.body.id].includes(id))).toMatchObject([
      { kind: 'lift', about: protection, isYours: false, restrictions: ['YJCEA1999_s45'] },
      { kind: 'label', about: waiting, isYours: false, classification: 'OFFICIAL-SENSITIVE' },
    ]);
    expect((await queue('owner')).find(({ id }: { id: string }) => id === body.id)).toMatchObject({ isYours: true });
    expect(await queue(LOW.id)).toEqual([]);
    const hidden = await approve(body, LOW.id);
    const absent = await approve({ ...body, id: 'A'.repeat(43) }, 'approver');
    expect([hidden.status, hidden.body]).toEqual([absent.status, absent.body]);
  });
  // The last one: a clock that goes back would confuse the limits of requests.
  it('is refused after a day, and then is not in the queue', async () => {
    const { body } = await ask();
    expect((await queue('approver')).map(({ id }: { id: string }) => id)).toContain(body.id);
    ahead += DAY + 1000;
    const token = await gateway.forge({
      client_id: 'wessex.interchange.approver',
      sub: 'later',
      scope: 'protections:approve approvals:read',
    });
    const headers = { ...JSON_TYPE, Authorization: `Bearer ${token}` };
    const late = await fetch(`${gateway.url}/v1/protections/${protection}/lift-requests/${body.id}/approval`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ sha256: body.sha256 }),
    });
    expect(((await late.json()) as { type: string }).type).toBe(problem('request-lapsed'));
    const left = (await (await fetch(`${gateway.url}/v1/approvals`, { headers })).json()) as { waiting: { id: string }[] };
    expect(left.waiting.map(({ id }) => id)).not.toContain(body.id);
  });
});
