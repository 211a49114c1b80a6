/** `/v1/quarantine`: messages, reasons, and resubmissions. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ASSERTED, caseOf, OPERATOR, openGateway, problem, resultOf, type TestGateway } from '../../support/gateway.ts';

let testGateway: TestGateway;
beforeAll(async () => {
  testGateway = await openGateway({ clients: [OPERATOR] });
});
afterAll(() => testGateway.close());

const broken = (n: number) => caseOf(n).replace('</Case>', '');
const refuse = async (text: string, persona = 'force', headers = {}): Promise<string> =>
  (await testGateway.post('/v1/messages', text, persona, headers)).body.receipt as string;
const idsOf = async (persona: string, query = ''): Promise<readonly string[]> =>
  (await testGateway.call(`/v1/quarantine${query}`, {}, persona)).body.items.map(({ id }: { id: string }) => id);

describe('the quarantine', () => {
  it('lists a client’s own messages, and those of every source to an operator', async () => {
    const mine = await refuse(broken(1));
    const theirs = await refuse(resultOf(1).replace('</DC:Case>', ''), 'court');
    expect(await idsOf('force')).toContain(mine);
    expect(await idsOf('force')).not.toContain(theirs);
    expect(await idsOf(OPERATOR.id)).toEqual(expect.arrayContaining([mine, theirs]));
  });
  it('has pages, and shows which messages are open', async () => {
    for (const n of [2, 3, 4]) await refuse(broken(n));
    const first = await testGateway.call('/v1/quarantine?limit=2&status=open', {}, 'force');
    expect([first.body.items.length, first.body.more]).toEqual([2, true]);
    const second = await testGateway.call(`/v1/quarantine?limit=100&status=open&cursor=${first.body.cursor}`, {}, 'force');
    const all = await idsOf('force', '?status=open');
    expect([...first.body.items, ...second.body.items].map(({ id }: { id: string }) => id)).toEqual(all);
    expect((await testGateway.call(`/v1/quarantine?cursor=${first.body.cursor}`, {}, OPERATOR.id)).status).toBe(400);
    const unfiltered = await testGateway.call(`/v1/quarantine?cursor=${first.body.cursor}`, {}, 'force');
    expect(unfiltered.body.reasons).toMatchObject([{ code: 'cursor-other-filters', at: '/query/cursor' }]);
    for (const query of ['status=lost', 'limit=0'])
      expect((await testGateway.call(`/v1/quarantine?${query}`, {}, 'force')).status).toBe(400);
  });
  it('returns the message as received, and audits that', async () => {
    const id = await refuse(broken(5));
    const { body } = await testGateway.call(`/v1/quarantine/${id}`, {}, OPERATOR.id);
    expect(Buffer.from(body.content, 'base64').toString()).toBe(broken(5));
    expect(body).toMatchObject({ status: 'open', source: 'wessex.police.records', mediaType: 'application/xml' });
    expect((await testGateway.audit()).filter(({ action, messageId }) => action === 'consultation' && messageId === id)).toMatchObject([
      { who: OPERATOR.id },
    ]);
    expect((await testGateway.call(`/v1/quarantine/${id}`, {}, 'court')).status).toBe(404);
  });
});

describe('a resubmission', () => {
  it('with corrections is accepted, linked, and counts for the same source; a second one is refused', async () => {
    const id = await refuse(broken(10));
    const answer = await testGateway.post(`/v1/quarantine/${id}/resubmission`, caseOf(10), OPERATOR.id);
    expect(answer.body).toMatchObject({ status: 'accepted', resubmissionOf: id });
    const event = await testGateway.call(`/v1/events/${answer.body.events[0].id}`, {}, 'force');
    expect(event.body.source).toBe('wessex.police.records');
    expect((await testGateway.call(`/v1/quarantine/${id}`, {}, 'force')).body).toMatchObject({
      status: 'resubmitted',
      resubmittedAs: answer.body.id,
    });
    expect(await idsOf('force', '?status=open')).not.toContain(id);
    expect(await idsOf('force', '?status=resubmitted')).toContain(id);
    const again = await testGateway.post(`/v1/quarantine/${id}/resubmission`, caseOf(11), OPERATOR.id);
    expect(again.body).toMatchObject({ status: 409, type: problem('already-resubmitted') });
    expect(
      (await testGateway.audit()).filter(({ action, messageId }) => action === 'alteration' && messageId === answer.body.id),
    ).toMatchObject([{ who: OPERATOR.id, decision: 'permit' }]);
  });
  it('without changes is tried again, and stays in quarantine while the reason remains', async () => {
    const id = await refuse(resultOf(12), 'force');
    const path = `/v1/quarantine/${id}/resubmission`;
    const still = await testGateway.call(path, { method: 'POST' }, 'force');
    expect(still.body).toMatchObject({ type: problem('quarantined'), reasons: [{ code: 'standard-not-allowed' }] });
    expect(await idsOf('force', '?status=open')).toContain(id);
    const { config, gateway } = testGateway;
    const wider = config.clients.map((client) =>
      client.persona === 'force' && client.submits !== undefined
        ? { ...client, submits: { ...client.submits, standards: ['case.registered', 'hearing.resulted'] } }
        : client,
    );
    await gateway.reload({ ...config, clients: wider });
    const now = await testGateway.call(path, { method: 'POST' }, 'force');
    await gateway.reload(config);
    expect(now.body).toMatchObject({ status: 'accepted', events: [{ standard: 'hearing.resulted' }] });
    expect((await testGateway.call(path, { method: 'POST' }, 'force')).status).toBe(409);
  });
  it('without changes keeps the label that its sender asserted', async () => {
    const id = await refuse(resultOf(13), 'force', ASSERTED({ releasableTo: ['POLICE'], sensitive: true }));
    const { config, gateway } = testGateway;
    const wider = config.clients.map((client) =>
      client.persona === 'force' && client.submits !== undefined
        ? { ...client, submits: { ...client.submits, standards: ['case.registered', 'hearing.resulted'] } }
        : client,
    );
    await gateway.reload({ ...config, clients: wider });
    const answer = await testGateway.call(`/v1/quarantine/${id}/resubmission`, { method: 'POST' }, 'force');
    await gateway.reload(config);
    expect(answer.body.status).toBe('accepted');
    const { body } = await testGateway.call(`/v1/events/${answer.body.events[0].id}`, {}, 'force');
    expect(body.data.label).toMatchObject({ releasableTo: ['POLICE'], sensitive: true });
    expect((await testGateway.call(`/v1/events/${body.id}`, {}, 'cps')).status).toBe(404);
  });
  it('of another client’s item, or an absent one, is not found', async () => {
    const id = await refuse(broken(14));
    for (const path of [`/v1/quarantine/${id}/resubmission`, `/v1/quarantine/${'A'.repeat(43)}/resubmission`])
      expect((await testGateway.post(path, caseOf(14), 'court')).status).toBe(404);
    expect((await testGateway.post(`/v1/quarantine/${id}/resubmission`, caseOf(14), 'cps')).status).toBe(403);
  });
  it('has one effect when it is sent twice at once', async () => {
    const id = await refuse(broken(15));
    const answers = await Promise.all([15, 16].map((n) => testGateway.post(`/v1/quarantine/${id}/resubmission`, caseOf(n), 'force')));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 409]);
  });
});
