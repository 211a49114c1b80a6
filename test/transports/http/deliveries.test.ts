/** What operators see and do of the subscriptions of other clients (T64). */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ClientConfig } from '../../../gateway/rules/clients.ts';
import { type Answer, caseOf, openGateway, problem, type TestGateway } from '../../support/gateway.ts';
import { openReceiver, type Receiver } from '../../support/receiver.ts';
import { POLICY } from '../../support/rules-in-force.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
/** An operator who may read nothing. */
const BLIND: ClientConfig = {
  id: 'wessex.blind.operator',
  title: 'An operator without clearance (invented)',
  scopes: ['deliveries:read', 'deliveries:write'],
  operator: true,
  clearance: { policy: POLICY, classifications: [] },
};
const NO_OPERATOR: ClientConfig = { ...BLIND, id: 'wessex.no.operator', operator: false };

describe('the subscriptions of other clients', () => {
  let gateway: TestGateway;
  let receiver: Receiver;
  let id: string;
  let event: string;
  const send = (path: string, body: object, persona = 'operator'): Promise<Answer> =>
    gateway.post(`/v1/deliveries/${id}${path}`, JSON.stringify(body), persona, JSON_TYPE);
  const read = (path = '', persona = 'operator'): Promise<Answer> => gateway.call(`/v1/deliveries${path}`, {}, persona);
  const set = (status: string, persona = 'operator'): Promise<Answer> =>
    gateway.call(
      `/v1/deliveries/${id}`,
      { method: 'PATCH', body: JSON.stringify({ status }), headers: { 'Content-Type': 'application/merge-patch+json' } },
      persona,
    );

  beforeAll(async () => {
    receiver = await openReceiver();
    gateway = await openGateway({ clients: [BLIND, NO_OPERATOR] });
    const wanted = { url: `${receiver.url}?key=secret-of-the-address`, from: '2020-01-01T00:00:00Z' };
    id = (await gateway.post('/v1/subscriptions', JSON.stringify(wanted), 'cps', JSON_TYPE)).body.id;
    event = (await gateway.post('/v1/messages', caseOf(1), 'force')).body.events[0].id;
    await receiver.count(1);
    await vi.waitFor(async () => expect((await read(`/${id}/attempts`)).body.deliveries).toHaveLength(1));
  }, 60_000);
  afterAll(async () => {
    await gateway.close();
    await receiver.close();
  });

  it('are there with their state, and without the secrets of their addresses', async () => {
    const { body, text } = await read();
    expect(body.subscriptions).toMatchObject([
      { id, client: 'wessex.cps.review', to: new URL(receiver.url).host, status: 'active', last: { event, outcome: 'delivered' } },
    ]);
    expect(text).not.toContain('secret-of-the-address');
    expect((await read(`/${id}`)).body.backlog).toEqual({ events: 0, more: false });
  });
  it('can be paused, wait with what comes, and go on; the audit log has the operator', async () => {
    expect((await set('paused')).body).toMatchObject({ status: 'paused', because: 'asked' });
    const { body } = await gateway.post('/v1/messages', caseOf(2), 'force');
    const { backlog } = (await read(`/${id}`)).body;
    expect(backlog).toMatchObject({ events: 1, more: false, oldest: expect.stringMatching(/^\d{4}-/) });
    expect((await set('active')).body.status).toBe('active');
    const got = await receiver.count(2);
    expect(got[1]?.event.id).toBe(body.events[0].id);
    const changes = (await gateway.audit()).filter(({ subscription, action }) => subscription === id && action === 'alteration');
    expect(changes.slice(-2).map(({ who, change }) => [who, change])).toEqual([
      ['wessex.interchange.operator', 'pause'],
      ['wessex.interchange.operator', 'resume'],
    ]);
  });
  it('get one event again, which moves no position, and a test event', async () => {
    const before = receiver.got.length;
    const sent = await send('/resend', { event });
    expect(sent.body).toMatchObject({ event, outcome: 'delivered', status: 204 });
    expect((await receiver.count(before + 1)).at(-1)?.event.id).toBe(event);
    expect((await read(`/${id}`)).body).toMatchObject({ backlog: { events: 0 }, last: { event } });
    expect((await send('/test', {})).body).toMatchObject({ outcome: 'delivered' });
    expect((await send('/resend', { event: 'A'.repeat(43) })).body.type).toBe(problem('not-found'));
    const told = (await gateway.audit()).filter(({ action, subscription }) => action === 'disclosure' && subscription === id).at(-1);
    expect(told?.who).toBe('wessex.cps.review');
  });
  it('get what came after an event again', async () => {
    const before = receiver.got.length;
    expect((await send('/replay', { after: event })).status).toBe(202);
    const [again] = (await receiver.count(before + 1)).slice(before);
    expect(again?.event.id).not.toBe(event);
    expect((await send('/replay', { from: 'yesterday' })).status).toBe(400);
  });
  it('T64 show an operator no event that the operator may not read, and count no such event', async () => {
    await set('paused');
    await gateway.post('/v1/messages', caseOf(3), 'force');
    const { body, text } = await read(`/${id}`, BLIND.id);
    expect(body.backlog).toEqual({ events: 0, more: false });
    expect(body).not.toHaveProperty('last');
    expect(text).not.toContain(event);
    expect((await read(`/${id}/attempts`, BLIND.id)).body).toMatchObject({ deliveries: [], more: false });
    expect((await send('/resend', { event }, BLIND.id)).body.type).toBe(problem('not-found'));
    const hidden = await send('/replay', { after: event }, BLIND.id);
    const absent = await send('/replay', { after: 'A'.repeat(43) }, BLIND.id);
    expect([hidden.status, hidden.body]).toEqual([400, absent.body]);
    await set('active');
  });
  it('are for operators with the scope only', async () => {
    expect((await read('', NO_OPERATOR.id)).body.type).toBe(problem('forbidden'));
    expect((await read('', 'approver')).status).toBe(403);
    expect((await read(`/${'A'.repeat(43)}`)).body.type).toBe(problem('not-found'));
  });
});
