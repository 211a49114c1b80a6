/** Searching for messages, the result of a message, and what others would receive: within what the reader may know. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../../gateway/config.ts';
import type { ClientConfig } from '../../../gateway/rules/clients.ts';
import { type Answer, ASSERTED, caseOf, LOW_OPERATOR, OPERATOR, openGateway, type TestGateway, temporary } from '../../support/gateway.ts';
import { POLICY } from '../../support/rules-in-force.ts';

interface Listed {
  readonly id: string;
  readonly status: string;
  readonly source: string;
  readonly resubmittedAs?: string;
}

/** An operator who may read nothing that is embargoed. */
const NO_EMBARGO: ClientConfig = {
  ...OPERATOR,
  id: 'example.no-embargo',
  clearance: { ...OPERATOR.clearance, handling: ['RECIPIENTS ONLY', 'POLICE USE ONLY', 'CPS USE ONLY', 'COURTS USE ONLY', 'HMG USE ONLY'] },
};
const broken = (n: number): string => caseOf(n).replace(/<\/[A-Za-z:]*Defendant>/, '');

describe('searching for messages', () => {
  let gateway: TestGateway;
  let clock = Date.parse('2026-11-02T09:00:00Z');
  const ids: string[] = [];
  let waiting = '';
  let repaired = '';
  const list = async (query: string, persona = OPERATOR.id): Promise<readonly Listed[]> =>
    (await gateway.call(`/v1/messages?${query}`, {}, persona)).body.messages;
  const found = async (query: string, persona?: string) => (await list(query, persona)).map(({ id }) => id);
  const pseudonym = async (request: object): Promise<string> =>
    (await gateway.post('/v1/pseudonyms', JSON.stringify(request), 'operator', { 'Content-Type': 'application/json' })).body.pseudonym;
  const send = async (text: string, headers = {}): Promise<Answer> => {
    clock += 60_000;
    return gateway.post('/v1/messages', text, 'force', headers);
  };

  beforeAll(async () => {
    gateway = await openGateway({ clients: [OPERATOR, LOW_OPERATOR, NO_EMBARGO], now: () => clock });
    for (const n of [1, 2, 3, 4, 5]) ids.unshift((await send(caseOf(n))).body.id);
    waiting = (await send(broken(6))).body.receipt;
    const original = (await send(broken(7))).body.receipt;
    clock += 60_000;
    repaired = (await gateway.post(`/v1/quarantine/${original}/resubmission`, caseOf(7), OPERATOR.id)).body.id;
    ids.unshift(repaired, original, waiting);
  }, 60_000);
  afterAll(() => gateway.close());

  it('gives all messages that a reader may read, the newest first, page by page', async () => {
    expect(await found('limit=100')).toEqual(ids);
    expect(await found('limit=100', 'force')).toEqual(ids);
    const pages: string[] = [];
    for (let [cursor, more] = ['', true]; more; ) {
      const { body } = await gateway.call(`/v1/messages?limit=3${cursor}`, {}, OPERATOR.id);
      pages.push(...body.messages.map(({ id }: Listed) => id));
      cursor = `&cursor=${body.cursor}`;
      more = body.more;
    }
    expect(pages).toEqual(ids);
  });
  it('filters by source, status, adapter, time and event, and by several at once', async () => {
    const [, original] = ids;
    expect(await found('status=quarantined')).toEqual([waiting]);
    expect(await found('status=resubmitted')).toEqual([original]);
    expect((await list('status=resubmitted'))[0]?.resubmittedAs).toBe(repaired);
    expect(await found('status=accepted&adapter=spi-new-case')).toEqual([repaired, ...ids.slice(3)]);
    expect(await found('adapter=canonical')).toEqual([]);
    const { source } = (await list('limit=1'))[0] as Listed;
    expect(await found(`source=${source}`)).toEqual(ids);
    expect(await found('source=nobody')).toEqual([]);
    const { received } = (await gateway.call(`/v1/messages/${ids[5]}`, {}, OPERATOR.id)).body;
    expect(await found(`from=${received}`)).toEqual(ids.slice(0, 6));
    expect(await found(`to=${received}`)).toEqual(ids.slice(6));
    const [event] = (await gateway.call(`/v1/messages/${ids[4]}`, {}, OPERATOR.id)).body.events;
    expect(await found(`event=${event.id}`)).toEqual([ids[4]]);
    expect(await found(`event=${event.id}&status=quarantined`)).toEqual([]);
    expect(await found(`event=${'A'.repeat(43)}`)).toEqual([]);
  });
  it('finds the messages about a case or a person by the pseudonym', async () => {
    const [event] = (await gateway.call(`/v1/messages/${ids[4]}`, {}, OPERATOR.id)).body.events;
    const { data } = (await gateway.call(`/v1/events/${event.id}`, {}, 'force')).body;
    const about = await pseudonym({ urn: data.case.urn });
    expect(await found(`about=${about}`)).toEqual([ids[4]]);
    expect(await found(`about=${about}&status=quarantined`)).toEqual([]);
    expect(await found(`about=${about}&event=${event.id}`)).toEqual([ids[4]]);
    expect(await found(`about=${'A'.repeat(22)}`)).toEqual([]);
    const { name, dateOfBirth } = data.defendants[0].person;
    const person = { familyName: name.familyName, givenName: name.givenNames[0], dateOfBirth };
    expect(await found(`about=${await pseudonym({ person })}`)).toContain(ids[4]);
  });
  it('names a filter that is wrong, and accepts a cursor only with the same filters', async () => {
    const wrong = await gateway.call('/v1/messages?from=2026-02-30T00:00:00Z', {}, OPERATOR.id);
    expect([wrong.status, wrong.body.reasons?.[0]?.at]).toEqual([400, '/query/from']);
    const { cursor } = (await gateway.call('/v1/messages?limit=2', {}, OPERATOR.id)).body;
    expect((await gateway.call(`/v1/messages?status=accepted&cursor=${cursor}`, {}, OPERATOR.id)).status).toBe(400);
  });
  it('T64 gives a reader with little clearance nothing, whatever the filter, and does not reveal that there is something', async () => {
    const [event] = (await gateway.call(`/v1/messages/${ids[4]}`, {}, OPERATOR.id)).body.events;
    const { subject } = (await gateway.call(`/v1/events/${event.id}`, {}, 'force')).body;
    const queries = ['limit=1', 'status=accepted', 'status=quarantined', 'adapter=spi-new-case', `event=${event.id}`, `about=${subject}`];
    for (const persona of [LOW_OPERATOR.id, 'court'])
      for (const query of queries) {
        const { body } = await gateway.call(`/v1/messages?${query}`, {}, persona);
        const nothing = await gateway.call('/v1/messages?source=nobody', {}, persona);
        expect([query, body.messages, body.more]).toEqual([query, [], false]);
        expect(body.cursor.length).toBe(nothing.body.cursor.length);
      }
  });
  it('finds a message by any of several pseudonyms, once', async () => {
    const [event] = (await gateway.call(`/v1/messages/${ids[4]}`, {}, OPERATOR.id)).body.events;
    const { data } = (await gateway.call(`/v1/events/${event.id}`, {}, 'force')).body;
    const about = await pseudonym({ urn: data.case.urn });
    expect(await found(`about=${'A'.repeat(22)},${about},${about}`)).toEqual([ids[4]]);
  });
  it('T64 leads a reader of little past what is higher, without a gap in the pages', async () => {
    const official = await send(caseOf(20));
    const hidden = await send(caseOf(21), ASSERTED({ handling: ['EMBARGOED'] }));
    expect([official.status, hidden.status]).toEqual([202, 202]);
    const all = await found('limit=100');
    const { body } = await gateway.call('/v1/messages?limit=1', {}, NO_EMBARGO.id);
    const may = await found('limit=100', NO_EMBARGO.id);
    expect(all).toEqual(expect.arrayContaining([official.body.id, hidden.body.id]));
    expect(may).not.toContain(hidden.body.id);
    expect(body.messages.map(({ id }: Listed) => id)).toEqual(may.slice(0, 1));
  });
});

describe('T57 a restriction that only an order imposes', () => {
  it('hides receipts from an operator without it before there is an order, for it can come at any time', async () => {
    const folder = temporary();
    const policy = JSON.parse(readFileSync(readConfig({}).policyFile, 'utf8')) as { rules: unknown };
    policy.rules = JSON.parse(JSON.stringify(policy.rules).replaceAll('"YJCEA1999_s45A","YJCEA1999_s46"', '"YJCEA1999_s45A"'));
    writeFileSync(join(folder, 'policy.json'), JSON.stringify(policy));
    const restrictions = ['CYPA1933_s49', 'YJCEA1999_s45', 'YJCEA1999_s45A', 'SOAA1992_s1'];
    const without: ClientConfig = { ...OPERATOR, id: 'example.without', clearance: { ...OPERATOR.clearance, restrictions } };
    const gateway = await openGateway({ clients: [OPERATOR, without], config: { policyFile: join(folder, 'policy.json') } });
    const { id } = (await gateway.post('/v1/messages', caseOf(1), 'force')).body;
    const listed = async (persona: string) => (await gateway.call('/v1/messages', {}, persona)).body.messages.length;
    const status = async (persona: string) => (await gateway.call(`/v1/messages/${id}`, {}, persona)).status;
    expect([await listed(OPERATOR.id), await status(OPERATOR.id)]).toEqual([1, 200]);
    expect([await listed(without.id), await status(without.id)]).toEqual([0, 404]);
    await gateway.close();
    rmSync(folder, { recursive: true });
  });
});

describe('what happened to a message', () => {
  let gateway: TestGateway;
  const steps = async (id: string, persona: string) => (await gateway.call(`/v1/messages/${id}/timeline`, {}, persona)).body.steps;
  beforeAll(async () => {
    gateway = await openGateway({ clients: [OPERATOR, LOW_OPERATOR, NO_EMBARGO] });
  }, 60_000);
  afterAll(() => gateway.close());

  it('is told to an operator with its readers, and to its sender without them', async () => {
    const { body } = await gateway.post('/v1/messages', caseOf(1), 'force');
    const [event] = body.events;
    for (let n = 0; n < 2; n++) await gateway.call(`/v1/events/${event.id}`, {}, 'cps');
    const reason = { headers: { 'Interchange-Reason': 'enquiry' } };
    await gateway.call(`/v1/events/${event.id}`, reason, OPERATOR.id);
    expect((await steps(body.id, 'force')).map(({ kind }: { kind: string }) => kind)).toEqual(['received', 'published']);
    const told = await steps(body.id, OPERATOR.id);
    expect(told).toContainEqual(expect.objectContaining({ kind: 'disclosed', who: 'wessex.cps.review', times: 2, events: 1 }));
    expect(told).toContainEqual(expect.objectContaining({ kind: 'opened', who: OPERATOR.id, reasons: ['enquiry'] }));
    const times = told.map(({ time }: { time: string }) => time);
    expect(times).toEqual(times.toSorted());
  });
  it('leads from a message in quarantine to what it was resubmitted as, and back', async () => {
    const { receipt } = (await gateway.post('/v1/messages', broken(2), 'force')).body;
    await gateway.call(`/v1/quarantine/${receipt}`, { headers: { 'Interchange-Reason': 'repair' } }, OPERATOR.id);
    const { id } = (await gateway.post(`/v1/quarantine/${receipt}/resubmission`, caseOf(2), OPERATOR.id)).body;
    const told = await steps(receipt, OPERATOR.id);
    expect(told.map(({ kind }: { kind: string }) => kind)).toEqual(['received', 'quarantined', 'opened', 'resubmitted']);
    expect(told.at(-1)?.message).toBe(id);
    expect((await steps(id, OPERATOR.id))[0].message).toBe(receipt);
  });
  it('T64 does not name the accepted message to a reader who may not read its receipt', async () => {
    const event = (label: object, more: object = {}) =>
      JSON.stringify({
        specversion: '1.0',
        type: 'uk.justice.case.registered.v1',
        data: {
          label: { policy: POLICY, classification: 'OFFICIAL', ...label },
          defendants: [{ person: { name: { familyName: 'Quarrel' } } }],
          ...more,
        },
      });
    const { receipt } = (await gateway.post('/v1/events', event({}), 'force')).body;
    const corrected = event({ handling: ['EMBARGOED'] }, { case: { urn: '52WX3000777' } });
    const sent = await gateway.post(`/v1/quarantine/${receipt}/resubmission`, corrected, OPERATOR.id, {
      'Content-Type': 'application/cloudevents+json',
    });
    expect(sent.status).toBe(202);
    const answersTo = async (who: string) => {
      const paths = [`/v1/messages/${receipt}/timeline`, '/v1/messages?status=resubmitted', '/v1/quarantine?status=resubmitted'];
      return (await Promise.all(paths.map((path) => gateway.call(path, {}, who)))).map(({ text }) =>
        [receipt, sent.body.id].map((id) => text.includes(id)),
      );
    };
    expect(await answersTo(OPERATOR.id)).toEqual([
      [true, true],
      [true, true],
      [true, true],
    ]);
    expect(await answersTo(NO_EMBARGO.id)).toEqual([
      [true, false],
      [true, false],
      [true, false],
    ]);
  });
  it('T64 does not exist for a reader who may not read the receipt', async () => {
    const { body } = await gateway.post('/v1/messages', caseOf(3), 'force');
    for (const persona of [LOW_OPERATOR.id, 'court'])
      for (const id of [body.id, 'A'.repeat(43)]) expect((await gateway.call(`/v1/messages/${id}/timeline`, {}, persona)).status).toBe(404);
  });
  it('shows an operator, and nobody else, what each client would receive', async () => {
    const { body } = await gateway.post('/v1/messages', caseOf(4), 'force');
    const [{ id }] = body.events;
    const as = async (client: string, persona = OPERATOR.id) => gateway.call(`/v1/events/${id}/readers?as=${client}`, {}, persona);
    const supplier = await as('example.supplier.frontend');
    expect(supplier.body.shown.event).toEqual((await gateway.call(`/v1/events/${id}`, {}, 'supplier')).body);
    expect(supplier.body.shown).toMatchObject({ verdict: 'redact' });
    expect(supplier.body.shown.withheld.length).toBeGreaterThan(0);
    expect((await as('wessex.cps.review')).body.shown.verdict).toBe('permit');
    expect((await as('nobody')).body.shown).toBeUndefined();
    expect((await as('wessex.cps.review', 'cps')).status).toBe(403);
    expect((await as('example.supplier.frontend', LOW_OPERATOR.id)).status).toBe(404);
    const name = 'jory.tremayne.1991-04-17';
    expect((await as(name)).status).toBe(200);
    expect((await as(name, LOW_OPERATOR.id)).status).toBe(404);
    expect((await as('Jory%20Tremayne')).status).toBe(400);
    expect(JSON.stringify(await gateway.audit())).not.toContain(name);
    const looked = (await gateway.audit()).filter(({ change }) => change === 'see as example.supplier.frontend');
    expect(looked.map(({ action, who, decision }) => [action, who, decision])).toEqual([
      ['consultation', OPERATOR.id, 'permit'],
      ['consultation', LOW_OPERATOR.id, 'deny'],
    ]);
  });
});
