/** The work of people on messages in quarantine: locks, closing, notes, plans; dry runs; jobs; rules. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BusUnavailable } from '../../gateway/bus/bus.ts';
import { compileClearance } from '../../gateway/labels/policy.ts';
import { differencesOf } from '../../gateway/quarantine/differences.ts';
import { DryRun } from '../../gateway/quarantine/dry-run.ts';
import { Quarantine } from '../../gateway/quarantine/quarantine.ts';
import { Resubmitter } from '../../gateway/quarantine/resubmitter.ts';
import { WorkLog } from '../../gateway/quarantine/work-log.ts';
import { type Client, type ClientConfig, compileClients } from '../../gateway/rules/clients.ts';
import { type ItemState, LONGEST_LOCK, lockAt, NO_WORK, stateAfter } from '../../gateway/store/view/work-table.ts';
import type { WorkChange } from '../../gateway/wire/quarantine-records.ts';
import { DEFLATE, MESSAGES } from '../../gateway/wire/streams.ts';
import {
  caseOf,
  hostileAdapter,
  LOW_OPERATOR,
  OPERATOR,
  openBusOf,
  openGateway,
  problem,
  resultOf,
  type TestGateway,
  temporary,
} from '../support/gateway.ts';
import { labelling, must, POLICY } from '../support/rules-in-force.ts';

const PERSON: ClientConfig = { ...OPERATOR, id: 'ada.person', title: 'Ada, operator (invented)', person: true };
const OTHER: ClientConfig = { ...PERSON, id: 'bryn.person', title: 'Bryn, operator (invented)' };
const SECOND: ClientConfig = { ...OPERATOR, id: 'wessex.second-operator', title: 'Second operator (invented)' };
const NEVER: ClientConfig = { ...OPERATOR, id: 'cai.person', title: 'Cai (invented)', person: true, scopes: ['quarantine:read'] };
const READER: ClientConfig = { ...OPERATOR, id: 'wessex.reader', title: 'Reader (invented)', scopes: ['quarantine:read'] };
const clients = [OPERATOR, SECOND, LOW_OPERATOR, PERSON, OTHER, NEVER, READER];
const JSON_TYPE = { 'Content-Type': 'application/json' };
const PATCH_TYPE = { 'Content-Type': 'application/merge-patch+json' };

const PLAIN = { policy: POLICY, classification: 'OFFICIAL' };

const broken = (n: number): string => caseOf(n).replace('</Case>', '');

/** What the tests ask a gateway for. */
const callsOf = (gateway: () => TestGateway) => {
  const send = (method: string, path: string, body: object | undefined, who: string, headers: Record<string, string> = JSON_TYPE) =>
    gateway().call(path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body), headers }) }, who);
  return {
    refuse: async (text: string, who = 'force'): Promise<string> => {
      const { status, body } = await gateway().post('/v1/messages', text, who);
      expect(status).toBe(422);
      return body.receipt as string;
    },
    post: (path: string, body?: object, who = OPERATOR.id) => send('POST', path, body, who),
    patch: (path: string, body: object, who = OPERATOR.id) => send('PATCH', path, body, who, PATCH_TYPE),
    remove: (path: string, who = OPERATOR.id) => send('DELETE', path, undefined, who),
    get: (path: string, who = OPERATOR.id) => gateway().call(path, {}, who),
  };
};

describe('the work on a message in quarantine', () => {
  let gateway: TestGateway;
  let ahead = 0;
  const { refuse, post, patch, remove, get } = callsOf(() => gateway);
  beforeAll(async () => {
    gateway = await openGateway({ clients, now: () => Date.now() + ahead });
  });
  afterAll(() => gateway.close());
  const resubmit = (id: string, text: string, who: string) => gateway.post(`/v1/quarantine/${id}/resubmission`, text, who);

  it('is locked by one person, and nobody else edits, resubmits or closes it until then', async () => {
    const id = await refuse(broken(1));
    const lock = await post(`/v1/quarantine/${id}/lock`);
    expect(lock.body.lock).toMatchObject({ by: OPERATOR.id, own: true });
    expect((await get(`/v1/quarantine/${id}/work`, SECOND.id)).body.lock).toMatchObject({ by: OPERATOR.id, own: false });
    for (const refused of [
      await post(`/v1/quarantine/${id}/lock`, undefined, SECOND.id),
      await resubmit(id, caseOf(1), SECOND.id),
      await post(`/v1/quarantine/${id}/closure`, { code: 'test' }, SECOND.id),
      await remove(`/v1/quarantine/${id}/lock`, SECOND.id),
    ])
      expect(refused.body).toMatchObject({ status: 409, type: problem('item-locked'), detail: expect.stringContaining(OPERATOR.id) });
    expect((await post(`/v1/quarantine/${id}/notes`, { text: 'I wait' }, SECOND.id)).status).toBe(201);
    expect((await resubmit(id, caseOf(1), OPERATOR.id)).status).toBe(202);
    expect((await get(`/v1/quarantine/${id}/work`, SECOND.id)).body).not.toHaveProperty('lock');
  });

  it('is locked for 15 minutes without a further request, and no longer', async () => {
    const id = await refuse(broken(2));
    await post(`/v1/quarantine/${id}/lock`);
    ahead += 14 * 60_000;
    expect((await post(`/v1/quarantine/${id}/lock`)).status).toBe(200);
    ahead += 14 * 60_000;
    expect((await post(`/v1/quarantine/${id}/lock`, undefined, SECOND.id)).status).toBe(409);
    ahead += 2 * 60_000;
    expect((await post(`/v1/quarantine/${id}/lock`, undefined, SECOND.id)).status).toBe(200);
    expect((await remove(`/v1/quarantine/${id}/lock`, SECOND.id)).body).not.toHaveProperty('lock');
    expect((await remove(`/v1/quarantine/${id}/lock`, OPERATOR.id)).status).toBe(200);
  });

  it('can be closed with a reason and reopened; a closed message is kept, and is not resubmitted', async () => {
    const id = await refuse(broken(3));
    const before = (await get('/v1/ledger')).body;
    const closed = await post(`/v1/quarantine/${id}/closure`, { code: 'sent-again', text: 'It came again at noon' });
    expect(closed.body).toMatchObject({ status: 'closed', closed: { code: 'sent-again', text: 'It came again at noon', by: OPERATOR.id } });
    expect((await post(`/v1/quarantine/${id}/closure`, { code: 'test' })).body.type).toBe(problem('item-changed'));
    expect((await resubmit(id, caseOf(3), SECOND.id)).body.type).toBe(problem('item-changed'));
    const listed = async (status: string) => (await get(`/v1/quarantine?status=${status}`)).body.items as { id: string }[];
    expect((await listed('open')).map((item) => item.id)).not.toContain(id);
    const item = (await listed('closed')).find((entry) => entry.id === id);
    expect(item).toMatchObject({ status: 'closed', closed: { code: 'sent-again' } });
    expect(JSON.stringify(item)).not.toContain('at noon');
    expect((await get('/v1/ledger')).body).toEqual(before);
    expect((await post(`/v1/quarantine/${id}/reopening`)).body).toMatchObject({ status: 'open' });
    expect((await post(`/v1/quarantine/${id}/reopening`)).status).toBe(409);
    expect((await resubmit(id, caseOf(3), SECOND.id)).status).toBe(202);
  });

  it('is assigned only to people who may see and repair the message, and not over a change that the caller has not read', async () => {
    const id = await refuse(broken(4));
    const work = await patch(`/v1/quarantine/${id}/work`, { assignee: PERSON.id, due: '2026-12-24', version: 0 });
    expect(work.body).toMatchObject({ assignee: PERSON.id, due: '2026-12-24', version: 1 });
    expect(work.body.people.map((person: { id: string }) => person.id)).toContain(PERSON.id);
    expect(work.body.people.map((person: { id: string }) => person.id)).not.toContain(NEVER.id);
    expect((await patch(`/v1/quarantine/${id}/work`, { due: null, version: 0 })).body.type).toBe(problem('item-changed'));
    for (const nobody of [NEVER.id, OPERATOR.id, 'who.ever'])
      expect((await patch(`/v1/quarantine/${id}/work`, { assignee: nobody })).body.reasons).toMatchObject([{ at: '/body/assignee' }]);
    // One who may no longer repair it stays: only a day is saved.
    const none = gateway.config.clients.map((client) =>
      client.id === PERSON.id ? { ...client, scopes: ['quarantine:read'] as const } : client,
    );
    await gateway.gateway.reload({ ...gateway.config, clients: none });
    expect((await patch(`/v1/quarantine/${id}/work`, { assignee: PERSON.id, due: '2026-12-25' })).body).toMatchObject({
      due: '2026-12-25',
    });
    await gateway.gateway.reload(gateway.config);
    expect((await patch(`/v1/quarantine/${id}/work`, { due: '2026-02-30' })).status).toBe(400);
    expect((await get(`/v1/quarantine?status=open&assignee=${PERSON.id}`)).body.items).toHaveLength(1);
    expect((await patch(`/v1/quarantine/${id}/work`, { due: null, assignee: null })).body).not.toHaveProperty('assignee');
  });

  it('shows an operator of a low clearance nothing: no work, note, lock, count, job or rule, and takes nothing from them', async () => {
    const id = await refuse(broken(5));
    const canary = 'CANARY-NOTE';
    await post(`/v1/quarantine/${id}/notes`, { text: canary });
    await post(`/v1/quarantine/${id}/lock`);
    const low = LOW_OPERATOR.id;
    for (const hidden of [
      await get(`/v1/quarantine/${id}/work`, low),
      await post(`/v1/quarantine/${id}/notes`, { text: 'x' }, low),
      await post(`/v1/quarantine/${id}/lock`, undefined, low),
      await post(`/v1/quarantine/${id}/closure`, { code: 'test' }, low),
      await post(`/v1/quarantine/${id}/preview`, undefined, low),
      await post('/v1/quarantine-resubmissions', { ids: [id] }, low),
    ])
      expect([hidden.status, hidden.text]).toEqual([404, (await get(`/v1/quarantine/${'A'.repeat(43)}/work`, low)).text]);
    await remove(`/v1/quarantine/${id}/lock`);
    const job = (await post('/v1/quarantine-resubmissions', { ids: [id] })).body.id as string;
    const rule = { source: 'wessex.police.records', code: 'xml-doctype', resubmitWhen: 'policy-changed' };
    const made = (await post('/v1/quarantine-rules', rule)).body.id as string;
    expect((await get('/v1/quarantine-groups', low)).body).toMatchObject({ groups: [], more: false });
    expect((await get('/v1/quarantine-resubmissions', low)).body.jobs).toEqual([]);
    expect((await get(`/v1/quarantine-resubmissions/${job}`, low)).status).toBe(404);
    expect((await get('/v1/quarantine-rules', low)).body.rules).toEqual([]);
    expect((await remove(`/v1/quarantine-rules/${made}`, low)).status).toBe(404);
    expect((await get('/v1/quarantine-rules', SECOND.id)).body.rules.map((listedRule: { id: string }) => listedRule.id)).toContain(made);
    expect((await get(`/v1/quarantine/${id}/work`, 'force')).body.notes).toMatchObject([{ text: canary }]);
    expect(gateway.log()).not.toContain(canary);
    expect(JSON.stringify(await gateway.audit())).not.toContain(canary);
    const audited = (await gateway.audit()).filter(({ action, messageId }) => action === 'alteration' && messageId === id);
    expect(audited.map(({ change }) => change)).toEqual(expect.arrayContaining(['add a note to a message in quarantine']));
  });

  describe('a dry run', () => {
    it('says what would come, as the person may read it, and publishes nothing', async () => {
      const id = await refuse(broken(6));
      const events = (await gateway.events('cps')).length;
      const answer = await gateway.post(`/v1/quarantine/${id}/preview`, caseOf(6), OPERATOR.id, { 'Interchange-Reason': 'repair' });
      expect(answer.body).toMatchObject({ outcome: 'accepted', count: 1, secondPerson: 'not-needed', compared: false });
      expect(answer.body.events).toMatchObject([{ verdict: 'permit', type: 'uk.justice.case.registered.v1', standard: 'case.registered' }]);
      expect(answer.body.events[0].data).toHaveProperty('label');
      expect(answer.text).not.toMatch(/"(seal|portions|salt)"/);
      expect(answer.body.differences.length).toBeGreaterThan(5);
      expect(answer.body.differences.every((difference: object) => !('before' in difference))).toBe(true);
      expect((await gateway.events('cps')).length).toBe(events);
      expect((await get(`/v1/quarantine/${id}/work`)).body.status).toBe('open');
      const read = (await gateway.audit()).filter(({ action, messageId }) => action === 'consultation' && messageId === id);
      expect(read).toMatchObject([{ who: OPERATOR.id, reasons: ['repair'], events: [{ subject: expect.any(String) }] }]);
    });

    it('says why nothing would come, and which fields differ where the adapter reads both', async () => {
      const id = await refuse(resultOf(7), 'force');
      const asItIs = await post(`/v1/quarantine/${id}/preview`);
      expect(asItIs.body).toMatchObject({ outcome: 'refused', reasons: [{ code: 'standard-not-allowed' }], events: [], compared: false });
      const changed = resultOf(7).replace(/(<DC:PTIURN>|<PTIURN>)/, '$1');
      const same = await gateway.post(`/v1/quarantine/${id}/preview`, changed, OPERATOR.id);
      expect(same.body).toMatchObject({ compared: true, differences: [] });
      const other = await gateway.post(`/v1/quarantine/${id}/preview`, resultOf(8), OPERATOR.id);
      expect(other.body.compared).toBe(true);
      expect(other.body.differences.length).toBeGreaterThan(0);
      expect(other.body.differences.every((difference: object) => 'before' in difference || 'after' in difference)).toBe(true);
    });

    it('is of no use to a person who may not resubmit', async () => {
      const id = await refuse(broken(9));
      expect((await post(`/v1/quarantine/${id}/preview`, undefined, READER.id)).status).toBe(403);
      expect((await post(`/v1/quarantine/${id}/lock`, undefined, READER.id)).status).toBe(403);
    });
  });
});

/** The configuration under which the force may send results too, so that messages which were refused can pass. */
const wider = ({ config }: TestGateway) => ({
  ...config,
  clients: config.clients.map((client) =>
    client.persona === 'force' && client.submits !== undefined
      ? { ...client, submits: { ...client.submits, standards: [...client.submits.standards, 'hearing.resulted'] } }
      : client,
  ),
});

describe('jobs and rules', () => {
  let gateway: TestGateway;
  const folder = temporary();
  const { refuse, post, patch, get, remove } = callsOf(() => gateway);
  const open = () => openGateway({ clients, dataFolder: folder });
  beforeAll(async () => {
    gateway = await open();
  });
  afterAll(() => gateway.close());
  const ended = async (job: string) => {
    await expect.poll(async () => (await get(`/v1/quarantine-resubmissions/${job}`)).body.state, { timeout: 30_000 }).not.toBe('running');
    return (await get(`/v1/quarantine-resubmissions/${job}`)).body;
  };

  it('resubmits a group that was counted, and nothing that came later; a second time publishes nothing', async () => {
    for (const n of [20, 21, 22]) await refuse(resultOf(n), 'force');
    const counted = (await get('/v1/quarantine-groups?status=open')).body;
    const [group] = counted.groups;
    expect(group).toMatchObject({ source: 'wessex.police.records', code: 'standard-not-allowed', count: 3 });
    const later = await refuse(resultOf(23), 'force');
    await gateway.gateway.reload(wider(gateway));
    const request = { group: { source: group.source, code: group.code, before: counted.place } };
    const ofPerson = { group: { ...request.group, assignee: PERSON.id } };
    expect((await post('/v1/quarantine-resubmissions', ofPerson)).status).toBe(404);
    const job = await post('/v1/quarantine-resubmissions', request);
    expect(job.body).toMatchObject({ total: 3 });
    expect(await ended(job.body.id)).toMatchObject({ state: 'done', counts: { accepted: 3, waiting: 0 } });
    expect((await get(`/v1/quarantine/${later}/work`)).body.status).toBe('open');
    const count = (await gateway.events('court')).length;
    const again = await post(`/v1/quarantine-resubmissions/${job.body.id}/restart`);
    expect(again.body).toMatchObject({ state: 'done', counts: { accepted: 3 } });
    expect((await post('/v1/quarantine-resubmissions', request)).status).toBe(404);
    expect((await gateway.events('court')).length).toBe(count);
    expect((await get(`/v1/quarantine-resubmissions/${job.body.id}`)).body.items).toHaveLength(3);
    await gateway.gateway.reload(gateway.config);
  }, 60_000);

  it('does not resubmit what somebody is editing or has closed, and says so', async () => {
    const [locked, closed, broke] = [await refuse(broken(24)), await refuse(broken(25)), await refuse(broken(26))];
    await post(`/v1/quarantine/${locked}/lock`, undefined, SECOND.id);
    const job = (await post('/v1/quarantine-resubmissions', { ids: [locked, closed, broke, broke, 'A'.repeat(43)] })).body;
    expect(job.total).toBe(3);
    expect((await ended(job.id)).counts).toMatchObject({ locked: 1, quarantined: 2 });
    await remove(`/v1/quarantine/${locked}/lock`, SECOND.id);
    await post(`/v1/quarantine-resubmissions/${job.id}/restart`);
    expect((await ended(job.id)).counts).toMatchObject({ locked: 0, quarantined: 3 });
  }, 60_000);

  it('shows a job, and lets it be stopped and started again, only by the person who made it', async () => {
    const unlocked = await refuse(broken(29));
    const locked = await refuse(broken(30));
    await post(`/v1/quarantine/${locked}/lock`, undefined, SECOND.id);
    const { id } = (await post('/v1/quarantine-resubmissions', { ids: [unlocked, locked] })).body;
    expect(await ended(id)).toMatchObject({ state: 'done', counts: { locked: 1 } });
    // Both see an item of it: the source its own, the second operator all.
    for (const who of ['force', SECOND.id]) {
      const path = `/v1/quarantine-resubmissions/${id}`;
      const answers = [await get(path, who), await post(`${path}/stop`, undefined, who), await post(`${path}/restart`, undefined, who)];
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
      const { jobs, more } = (await get('/v1/quarantine-resubmissions?limit=1', who)).body;
      expect([jobs, more]).toEqual([[], false]);
    }
    expect((await get('/v1/quarantine-resubmissions?limit=1')).body.jobs).toMatchObject([{ id, state: 'done' }]);
    await remove(`/v1/quarantine/${locked}/lock`, SECOND.id);
  }, 60_000);

  it('assigns by a rule once: what a person changes afterwards stays', async () => {
    const rule = { source: 'wessex.police.records', code: 'xml-not-well-formed', assign: PERSON.id };
    const taken = await refuse(broken(26));
    await patch(`/v1/quarantine/${taken}/work`, { assignee: OTHER.id });
    const made = await post('/v1/quarantine-rules', rule);
    expect(made.status).toBe(201);
    const id = await refuse(broken(27));
    await expect.poll(async () => (await get(`/v1/quarantine/${id}/work`)).body.assignee).toBe(PERSON.id);
    await patch(`/v1/quarantine/${id}/work`, { assignee: null });
    const next = await refuse(broken(28));
    await expect.poll(async () => (await get(`/v1/quarantine/${next}/work`)).body.assignee).toBe(PERSON.id);
    expect((await get(`/v1/quarantine/${id}/work`)).body).not.toHaveProperty('assignee');
    expect((await get(`/v1/quarantine/${taken}/work`)).body.assignee).toBe(OTHER.id);
    expect((await remove(`/v1/quarantine-rules/${made.body.id}`)).body.ended).toMatchObject({ by: OPERATOR.id });
    expect((await gateway.audit()).filter((entry) => entry.rule === made.body.id && entry.messageId === next)).toHaveLength(1);
    expect((await post('/v1/quarantine-rules', { ...rule, source: 'no.source' })).status).toBe(400);
    expect((await post('/v1/quarantine-rules', { ...rule, assign: NEVER.id })).status).toBe(400);
    expect((await post('/v1/quarantine-rules', { source: rule.source, code: rule.code })).status).toBe(400);
  }, 60_000);

  it('resubmits by a rule when the adapter has another version, once, and not before', async () => {
    const [old, next] = [hostileAdapter(temporary()), hostileAdapter(temporary())];
    writeFileSync(next, readFileSync(next, 'utf8').replace("'1.0.0'", "'1.0.1'").replace("if (text.includes('FAIL'))", 'if (false)'));
    await gateway.gateway.reload({ ...gateway.config, adapters: [old] });
    const rule = { source: 'wessex.police.records', code: 'adapter-failed', resubmitWhen: 'adapter-changed' };
    const { id: made } = (await post('/v1/quarantine-rules', rule)).body;
    const id = await refuse('HOSTILE FAIL');
    const locked = await refuse('HOSTILE FAIL too');
    await post(`/v1/quarantine/${locked}/lock`, undefined, SECOND.id);
    expect((await get(`/v1/quarantine/${id}/work`)).body.status).toBe('open');
    await gateway.gateway.reload({ ...gateway.config, adapters: [next] });
    const statusOf = async (item: string) => (await get(`/v1/quarantine/${item}/work`)).body.status;
    await expect.poll(() => statusOf(id), { timeout: 20_000 }).toBe('resubmitted');
    expect(await statusOf(locked)).toBe('open');
    // The editor has finished: the rule continues.
    await remove(`/v1/quarantine/${locked}/lock`, SECOND.id);
    await expect.poll(() => statusOf(locked), { timeout: 20_000 }).toBe('resubmitted');
    const acted = (await gateway.audit()).filter((entry) => entry.rule === made && entry.messageId !== undefined);
    expect(acted.map(({ messageId }) => messageId).toSorted()).toEqual([id, locked].toSorted());
    await remove(`/v1/quarantine-rules/${made}`);
    await gateway.gateway.reload(gateway.config);
  }, 60_000);

  it('keeps everything over a restart, shows a job whose gateway ended as interrupted, and starts it again without a second publication', async () => {
    const ids: string[] = [];
    for (let n = 40; n < 60; n++) ids.push(await refuse(resultOf(n), 'force'));
    const [first = ''] = ids;
    await post(`/v1/quarantine/${first}/notes`, { text: 'Kept' });
    await patch(`/v1/quarantine/${first}/work`, { assignee: PERSON.id, due: '2026-12-24' });
    await gateway.gateway.reload(wider(gateway));
    const { id } = (await post('/v1/quarantine-resubmissions', { ids })).body;
    await gateway.close();
    gateway = await open();
    const interrupted = (await get(`/v1/quarantine-resubmissions/${id}`)).body;
    expect(interrupted).toMatchObject({ state: 'interrupted', total: 20 });
    expect((await get(`/v1/quarantine/${first}/work`)).body).toMatchObject({
      assignee: PERSON.id,
      due: '2026-12-24',
      notes: [{ text: 'Kept' }],
    });
    await gateway.gateway.reload(wider(gateway));
    await post(`/v1/quarantine-resubmissions/${id}/restart`);
    expect(await ended(id)).toMatchObject({ state: 'done', counts: { accepted: 20 } });
    const accepted = (await ended(id)).items.map(({ message }: { message: string }) => message);
    const events = (await gateway.events('court')).map((event) => event.id);
    expect(new Set(events).size).toBe(events.length);
    expect(new Set(accepted).size).toBe(20);
    const stopped = await post(`/v1/quarantine-resubmissions/${id}/stop`);
    expect(stopped.body.state).toBe('done');
  }, 90_000);
});

it('ends a job in which one message cannot be read: the others are sent', async () => {
  const folder = temporary();
  let gateway = await openGateway({ clients, dataFolder: folder });
  const { refuse, post, get } = callsOf(() => gateway);
  try {
    const unreadable = await refuse(broken(60));
    await gateway.close();
    // The same message on a bus that already has other bytes under its id.
    for (const name of ['bus.sqlite', 'bus.sqlite-wal', 'bus.sqlite-shm', 'view', 'view.sqlite'])
      rmSync(join(folder, name), { recursive: true, force: true });
    const bus = await openBusOf(folder);
    await bus.publish([{ topic: MESSAGES, key: unreadable, value: Buffer.from('none'), headers: { 'content-encoding': DEFLATE } }]);
    await bus.close();
    gateway = await openGateway({ clients, dataFolder: folder });
    expect(await refuse(broken(60))).toBe(unreadable);
    const ids = [unreadable];
    for (let n = 61; n < 66; n++) ids.push(await refuse(broken(n)));
    const { id } = (await post('/v1/quarantine-resubmissions', { ids })).body;
    const state = async () => (await get(`/v1/quarantine-resubmissions/${id}`)).body;
    await expect.poll(async () => (await state()).state, { timeout: 20_000 }).toBe('done');
    expect((await state()).counts).toMatchObject({ failed: 1, quarantined: 5 });
  } finally {
    await gateway.close();
  }
}, 60_000);

it('is in the audit log once, when the change of another gateway was first', async () => {
  const entries: object[][] = [];
  let attempts = 0;
  const log = new WorkLog({
    view: { caughtUp: async () => undefined, work: { get: () => NO_WORK, hasWon: () => attempts === 2 } },
    journal: {
      commit: async (records: object[], audit: object[]) => {
        attempts += records.length;
        entries.push(audit);
      },
    },
    identities: { pseudonym: () => 'p' },
    now: Date.now,
    policy: () => 'p',
    isShared: true,
  } as never);
  const client = compileClients(labelling.policy, [OPERATOR]).get(OPERATOR.id) as Client;
  await log.change({ client, subject: 's' }, 'i', 'begin to edit a message in quarantine', () => ({ unlock: true }));
  expect(entries.flat()).toMatchObject([{ action: 'alteration', change: 'begin to edit a message in quarantine' }]);
  expect(entries).toHaveLength(3);
});

const WAITING = { id: 'i', status: 'quarantined', source: 'force', label: PLAIN, origin: PLAIN, reasons: [] };

it('sends nothing that another gateway has sent again, also where the view learns of it only when it has caught up', async () => {
  const client = compileClients(labelling.policy, [OPERATOR]).get(OPERATOR.id) as Client;
  let sentAs: string | undefined;
  const taken: object[] = [];
  const resubmitter = new Resubmitter({
    quarantine: { find: async () => ({ receipt: WAITING, status: 'open' }) },
    view: { quarantine: { resubmittedAs: () => sentAs }, caughtUp: async () => undefined },
    log: {
      latest: async () => {
        sentAs = 'n';
        return NO_WORK;
      },
      lockOfOther: () => undefined,
    },
    intake: { take: async (intake: object) => taken.push(intake) },
  } as never);
  expect(await resubmitter.resubmit({ client, subject: client.id }, 'i', Buffer.from('x'))).toEqual({ kind: 'already-resubmitted' });
  expect(taken).toEqual([]);
});

it('leaves the lock of a person who began to edit during a resubmission, and says what was accepted when it cannot end a lock', async () => {
  const [operator, second] = [OPERATOR, SECOND].map((config) => compileClients(labelling.policy, [config]).get(config.id)) as [
    Client,
    Client,
  ];
  const now = Date.parse('2026-11-16T09:00:00.000Z');
  const lockOf = ({ id }: Client, until: string): ItemState => ({ ...NO_WORK, lock: { by: id, person: `person of ${id}`, until } });
  const expired = lockOf(operator, '2026-11-16T08:59:00.000Z');
  const held = lockOf(second, '2026-11-16T09:10:00.000Z');
  const decided: object[] = [];
  const resubmitterOf = (change: (decide: (state: ItemState) => object) => void) =>
    new Resubmitter({
      quarantine: { find: async () => ({ receipt: WAITING, status: 'open' }) },
      view: { quarantine: { resubmittedAs: () => undefined }, caughtUp: async () => undefined },
      log: {
        latest: async () => expired,
        lockOfOther: (state: ItemState, { client }: { client: Client }) => {
          const lock = lockAt(state, now);
          return lock?.by === client.id ? undefined : lock;
        },
        change: async (_requester: object, _item: string, _name: string, decide: (state: ItemState) => object) => change(decide),
      },
      intake: { take: async () => ({ kind: 'receipt', receipt: { id: 'n', status: 'accepted' } }) },
      requests: { approved: async () => undefined },
      client: () => ({ source: {} }),
      labelling: () => labelling,
      domain: () => must(compileClearance(labelling.policy, OPERATOR.clearance)),
    } as never);
  const resubmit = (resubmitter: Resubmitter) => resubmitter.resubmit({ client: operator, subject: operator.id }, 'i', Buffer.from('x'));
  await resubmit(resubmitterOf((decide) => void decided.push(decide(held), decide(lockOf(operator, held.lock?.until ?? '')))));
  expect(decided).toEqual([{ fault: 'locked' }, { unlock: true }]);
  const isAway = () => {
    throw new BusUnavailable('away');
  };
  expect(await resubmit(resubmitterOf(isAway))).toMatchObject({ kind: 'receipt' });
});

it('shows the events of a trial to nobody who lacks a restriction: they could say whom the register protects', async () => {
  const { policy } = labelling;
  const restriction = 'YJCEA1999_s46';
  const less = (OPERATOR.clearance.restrictions ?? []).filter((held) => held !== restriction);
  const configs = [OPERATOR, { ...OPERATOR, id: 'less', clearance: { ...OPERATOR.clearance, restrictions: less } }];
  const audited: object[] = [];
  const event = { id: 'e', subject: 's', topic: 't', partitionkey: 'k', value: Buffer.from(''), type: 'T', standard: 'S' };
  const processed = { kind: 'accepted', events: [event], kept: [], warnings: [], protections: [], label: PLAIN, origin: PLAIN };
  const tried = (id: string) =>
    new DryRun({
      quarantine: { find: async () => ({}) },
      resubmitter: { submissionOf: async () => ({ source: { id: 'x' }, bytes: Buffer.from('') }) },
      pool: { process: async () => processed },
      journal: { commit: async (_records: object[], audit: object[]) => void audited.push(...audit) },
      identities: { messageIdAside: async () => 'm' },
      stamp: () => ({}),
      labelling: () => labelling,
      domain: () => must(compileClearance(policy, OPERATOR.clearance)),
      policy: () => 'p',
      deliverToReader: async () => ({
        ok: true,
        value: { json: JSON.stringify({ data: { label: PLAIN } }), decision: { verdict: 'redact' } },
      }),
    } as never).try(compileClients(policy, configs).get(id) as Client, 'i', undefined);
  expect((await tried('less'))?.events).toEqual([{ verdict: 'deny', type: 'T', standard: 'S' }]);
  expect((await tried(OPERATOR.id))?.events).toMatchObject([{ verdict: 'redact' }]);
  expect(audited).toMatchObject(Array.from({ length: 2 }, () => ({ messageId: 'i', events: [{ id: 'e', subject: 's' }] })));
});

it('counts, up to a limit, only messages that the client may see', async () => {
  const policy = labelling.policy;
  const received = '2026-11-16T09:00:00.000Z';
  const receipts = ['other', 'other', 'other', 'own', 'own'].map((source, n) => ({
    id: `${n}`,
    status: 'quarantined',
    source,
    received,
    label: PLAIN,
    origin: PLAIN,
    reasons: [{ code: 'c', reason: 'r' }],
  }));
  const rows = receipts.map(({ id, source }, n) => ({ seq: n + 1, id, source, resubmitted: null, state: null }));
  const quarantine = new Quarantine({
    view: {
      receipt: (id: string) => receipts[Number(id)],
      // It gives those of all, as it does to an operator.
      quarantine: { rows: ({ after }: { after: number }) => rows.filter(({ seq }) => seq > after) },
      caughtUp: async () => undefined,
    },
    now: Date.now,
    labelling: () => labelling,
    domain: () => must(compileClearance(policy, OPERATOR.clearance)),
    mostCounted: 2,
  } as never);
  const client = compileClients(policy, [{ ...OPERATOR, id: 'own', operator: false }]).get('own') as Client;
  expect(await quarantine.groups(client, {})).toMatchObject({ groups: [{ source: 'own', count: 2 }], more: false });
});

describe('the state of the work', () => {
  const time = '2026-11-16T09:00:00.000Z';
  const changes = fc.record(
    {
      note: fc.string({ minLength: 1 }),
      assignee: fc.constantFrom('', 'a', 'b'),
      lock: fc.record({ until: fc.constantFrom('2026-11-16T09:10:00.000Z', '2030-01-01T00:00:00.000Z') }),
      unlock: fc.constant(true as const),
      close: fc.record({ code: fc.constantFrom('test' as const, 'other' as const) }),
      reopen: fc.constant(true as const),
    },
    { requiredKeys: [] },
  );
  const streams = fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), changes), { maxLength: 40 });
  const changesOf = (stream: readonly (readonly [number, object])[]): readonly WorkChange[] =>
    stream.map(([version, change], n) => ({ id: `${n}`, item: 'i', version, by: `c${n}`, time, ...change }));
  const fold = (all: readonly WorkChange[]): ItemState => all.reduce(stateAfter, NO_WORK);

  it('is made by the first change of each version on the stream, whatever comes later', () => {
    fc.assert(
      fc.property(streams, (stream) => {
        const all = changesOf(stream);
        const taken: WorkChange[] = [];
        for (const change of all) if (change.version === taken.length + 1) taken.push(change);
        expect(fold(all)).toEqual(fold(taken));
        expect(fold(all).version).toBe(taken.length);
        expect(fold(all).notes).toHaveLength(taken.filter(({ note }) => note !== undefined).length);
      }),
    );
  });
  it('has no lock that lasts', () => {
    fc.assert(
      fc.property(streams, fc.nat(), (stream, after) => {
        expect(lockAt(fold(changesOf(stream)), Date.parse(time) + LONGEST_LOCK + after)).toBeUndefined();
      }),
    );
  });
});

describe('differences of fields', () => {
  const values = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<never>;
  it('are none between a value and itself, and the same in both directions', () => {
    fc.assert(
      fc.property(values, values, (one, other) => {
        expect(differencesOf(one, one)).toEqual([]);
        const there = differencesOf(one, other).map(({ at, before, after }) => JSON.stringify([at, before, after]));
        const back = differencesOf(other, one).map(({ at, before, after }) => JSON.stringify([at, after, before]));
        expect(there.toSorted()).toEqual(back.toSorted());
      }),
    );
  });
});
