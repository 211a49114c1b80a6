/** T48, T52, T54 to T56 and T59: a fault never lowers a label, and protection follows the person. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Adapter, JsonObject } from '../../adapters/adapter.ts';
import { success } from '../../adapters/result.ts';
import { dominates } from '../../gateway/labels/decision.ts';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import { compileClearance, compileLabel } from '../../gateway/labels/policy.ts';
import { decide } from '../../gateway/labels/redact.ts';
import type { Submission } from '../../gateway/pipeline/submission.ts';
import { Quarantine } from '../../gateway/quarantine/quarantine.ts';
import { Resubmitter } from '../../gateway/quarantine/resubmitter.ts';
import { type Client, type ClientConfig, compileClients } from '../../gateway/rules/clients.ts';
import { NO_WORK } from '../../gateway/store/view/work-table.ts';
import { type Answer, caseOf, hostileAdapter, openGateway, problem, resultOf, type TestGateway, temporary } from '../support/gateway.ts';
import {
  clearanceFor,
  config,
  eventOf,
  labelling,
  must,
  NOW,
  POLICY,
  policy,
  sampleCase,
  source,
  take,
  verifier,
  withAdapter,
} from '../support/rules-in-force.ts';

const ALL = ['CYPA1933_s49', 'YJCEA1999_s45', 'YJCEA1999_s45A', 'YJCEA1999_s46', 'SOAA1992_s1'] as const;
const EVERYTHING = {
  policy: POLICY,
  classifications: ['OFFICIAL', 'SECRET'],
  sensitive: true,
  handling: ['RECIPIENTS ONLY', 'POLICE USE ONLY', 'CPS USE ONLY', 'COURTS USE ONLY', 'HMG USE ONLY', 'EMBARGOED'],
  caveats: ['UK EYES ONLY'],
  releasableTo: ['POLICE', 'CPS', 'COURTS', 'PROBATION', 'PRISONS', 'YOUTH JUSTICE'],
  restrictions: ALL,
};
const LOW = { ...EVERYTHING, classifications: ['OFFICIAL'], caveats: [] };
const operator = (id: string, clearance: ClientConfig['clearance'], scopes: ClientConfig['scopes']): ClientConfig => ({
  id,
  title: `${id} (invented)`,
  operator: true,
  scopes,
  clearance,
});
const READ_WRITE = ['quarantine:read', 'quarantine:write', 'events:read', 'receipts:read'] as const;
const WIDE = { classifications: ['OFFICIAL'], sensitive: true, releasableTo: ['POLICE', 'CPS', 'COURTS', 'PROBATION'] };
const sealVerifier = verifier();
const given = async (text: string | Uint8Array, more: object = {}, clearance: object = WIDE): Promise<string> => {
  const { event, topic } = await eventOf(text, more);
  const decision = decide(labelling, must(await sealVerifier.verify(event, topic)), clearanceFor(clearance as never), NOW);
  return decision.verdict === 'deny' ? '' : JSON.stringify(decision.event);
};
const canonical = (data: JsonObject, more: object = {}, type = 'uk.justice.case.registered.v1') =>
  JSON.stringify({ specversion: '1.0', type, data, ...more });

describe('a gateway that may hold SECRET', () => {
  let gateway: TestGateway;
  const JSON_TYPE = { 'Content-Type': 'application/json' };
  const SECRET = { policy: POLICY, classification: 'SECRET' };
  const OFFICIAL = { policy: POLICY, classification: 'OFFICIAL' };
  const NEWER = 'https://justice-interchange.example/standards/events/case.registered/2.0.0';
  /** For an event that asserts no label. */
  const NONE = {};
  const event = (n: number, more: object = {}, label: object = SECRET) =>
    canonical(
      {
        ...(label === NONE ? {} : { label }),
        case: { urn: `52WX3${String(n).padStart(6, '0')}` },
        defendants: [{ person: { name: { familyName: 'Quarrel' } } }],
      } as never,
      more,
    );
  const high = (id: string, scopes: ClientConfig['scopes']) => operator(id, EVERYTHING as never, scopes);
  const LOW_ID = 'example.low';
  beforeAll(async () => {
    const folder = temporary();
    const { clients } = config;
    const force = clients.find(({ persona }) => persona === 'force') as ClientConfig;
    const court = clients.find(({ persona }) => persona === 'court') as ClientConfig;
    gateway = await openGateway({
      config: { domain: EVERYTHING as never, adapters: [hostileAdapter(folder)] },
      limits: { messageSeconds: 1 },
      clients: [
        { ...force, clearance: { ...EVERYTHING, releasableTo: ['POLICE'] } as never },
        court,
        high('example.high', [...READ_WRITE, 'quarantine:approve', 'protections:read']),
        high('example.second', ['quarantine:read', 'quarantine:approve']),
        operator(LOW_ID, LOW as never, [...READ_WRITE, 'quarantine:approve', 'protections:read']),
      ],
    });
  }, 60_000);
  afterAll(() => gateway?.close());
  const send = (body: string | Uint8Array, path = '/v1/events', headers = {}): Promise<Answer> =>
    gateway.post(path, body, 'force', headers);

  describe('T57 the register reveals nothing of an event to a reader without its clearance', () => {
    const youth = (n: number, label: object, more: object = {}) =>
      canonical({
        label,
        case: { urn: `52WX3${String(n).padStart(6, '0')}` },
        hearing: { date: new Date().toISOString().slice(0, 10), courtHouse: { ouCode: 'B01EF01' } },
        defendants: [
          {
            person: { name: { givenNames: ['Rhodri'], familyName: 'Maddox' }, dateOfBirth: `${new Date().getUTCFullYear() - 14}-01-02` },
            offences: [{ code: 'TH68006', wording: 'Took a bicycle.' }],
          },
        ],
        ...more,
      } as never);
    const OPEN = { policy: POLICY, classification: 'OFFICIAL' };
    const idOf = (answer: Answer): string => answer.body.events[0].id as string;
    const listed = async (persona: string, subject: string) =>
      (await gateway.call(`/v1/protections?subject=${subject}`, {}, persona)).body.protections as { id: string; event?: string }[];
    const eventOfId = async (id: string, persona: string) => (await gateway.call(`/v1/events/${id}`, {}, persona)).body as SealedEvent;

    it('a protection from a SECRET event holds for an OFFICIAL one, and neither the register nor that event shows its source', async () => {
      const secret = idOf(await send(youth(50, SECRET)));
      const { subject = '' } = await eventOfId(secret, 'example.high');
      const [known] = await listed('example.high', subject);
      expect(known?.event).toBe(secret);
      expect(await listed(LOW_ID, subject)).toEqual([]);
      expect((await gateway.call(`/v1/protections/${known?.id}`, {}, LOW_ID)).status).toBe(404);
      expect((await gateway.call(`/v1/protections/${known?.id}`, {}, 'example.high')).status).toBe(200);
      // Of an adult as far as this event says, whose name the youth shares.
      const adult = [
        { person: { name: { givenNames: ['Rhodri'], familyName: 'Maddox' }, dateOfBirth: '1985-02-03' }, offences: [{ code: 'TH68006' }] },
      ];
      const id = idOf(await send(youth(50, OPEN, { defendants: adult })));
      for (const persona of [LOW_ID, 'example.high']) {
        const { data, classification } = await eventOfId(id, persona);
        expect(classification).toMatch(/^OFFICIAL/);
        expect(data.protections).toBeUndefined();
        expect(JSON.stringify(data.portions)).toContain('CYPA1933_s49');
      }
    });

    it('a protection from an OFFICIAL event is shown, in the register and in the next event', async () => {
      const first = idOf(await send(youth(51, OPEN)));
      const { subject = '', data } = await eventOfId(first, LOW_ID);
      expect(data.protections).toHaveLength(1);
      expect((await listed(LOW_ID, subject)).map(({ event: from }) => from)).toEqual([first]);
      const next = idOf(
        await send(
          youth(51, OPEN, {
            defendants: [{ person: { name: { familyName: 'Quarrel' }, dateOfBirth: '1985-02-03' }, offences: [{ code: 'TH68006' }] }],
          }),
        ),
      );
      expect((await eventOfId(next, LOW_ID)).data.protections).toMatchObject([{ restrictions: ['CYPA1933_s49'] }]);
    });
  });

  describe('T54 what is refused before its label was read waits at the highest label that it could have', () => {
    const cases: readonly (readonly [name: string, body: () => string | Uint8Array, path?: string])[] = [
      ['a context attribute that nobody may state', () => event(1, { extra: 'x' })],
      ['a label in an attribute of the sender’s own', () => event(2, { classification: 'SECRET' }, NONE)],
      ['a duplicate name', () => event(3).replace('{"specversion"', '{"specversion":"1.0","specversion"')],
      ['bytes after the end', () => `${event(4)}}`],
      ['a type that no standard has', () => event(5, { type: 'uk.justice.nothing.known.v1' })],
      ['the schema of another type', () => event(6, { dataschema: 'https://justice-interchange.example/standards/events/nothing/1.0.0' })],
      ['a byte that is not UTF-8', () => Buffer.concat([Buffer.from(event(7)), Buffer.from([0xff])])],
      [
        'a label below the data of a type that no standard has',
        () => canonical({ report: { label: SECRET } } as never, {}, 'uk.justice.intelligence.reported.v1'),
      ],
      [
        'a label by the name that a newer standard gives it',
        () => event(60, { dataschema: NEWER }, NONE).replace('"case"', `"securityLabel":${JSON.stringify(SECRET)},"case"`),
      ],
      [
        'a known label in a newer standard, which can have another',
        () => event(61, { dataschema: NEWER }, OFFICIAL).replace('"case"', `"securityLabel":${JSON.stringify(SECRET)},"case"`),
      ],
      ['a label of the case', () => event(62, {}, NONE).replace('"urn"', `"label":${JSON.stringify(SECRET)},"urn"`)],
      [
        'portions of the sender’s own',
        () => event(63, {}, OFFICIAL).replace('"case"', `"portions":[{"label":${JSON.stringify(SECRET)}}],"case"`),
      ],
      ['a second marking next to the label', () => event(64, {}, OFFICIAL).replace('"case"', '"protectiveMarking":"SECRET","case"')],
      ['a context attribute that holds an object', () => event(65, { subject: SECRET, specversion: '1.1' }, OFFICIAL)],
      [
        'a label in a list where one object belongs',
        () => event(66, {}, OFFICIAL).replace(/"case":(\{.*?\})/, '"case":[{"label":"SECRET"}]'),
      ],
      [
        'a second marking after more faults than are said',
        () => event(67, {}, OFFICIAL).replace('"defendants":[', `"defendants":[${'{"asn":1},'.repeat(60)}{"marking":"SECRET"},`),
      ],
      ['a label misspelled', () => event(8).replace('"label"', '"lable"')],
      ['a body that ends its worker', () => 'HOSTILE SPIN', '/v1/messages'],
      ['a format that no adapter knows', () => 'SECRET: nobody can read this', '/v1/messages'],
    ];
    it.each<readonly [string, () => string | Uint8Array, string]>(cases.map(([name, body, path = '/v1/events']) => [name, body, path]))(
      '%s',
      async (_, body, path) => {
        const answer = await send(body(), path);
        expect([answer.status, answer.body.type]).toEqual([422, problem('quarantined')]);
        const id = answer.body.receipt as string;
        expect((await gateway.call(`/v1/quarantine/${id}`, {}, LOW_ID)).status).toBe(404);
        const listed = await gateway.call('/v1/quarantine?limit=1000', {}, LOW_ID);
        expect(listed.body.items.map((item: { id: string }) => item.id)).not.toContain(id);
        const seen = await gateway.call(`/v1/quarantine/${id}`, {}, 'example.high');
        expect([seen.status, seen.body.classification]).toEqual([200, 'SECRET']);
      },
      20_000,
    );

    it('a label that was read is used, where only values of its standard are wrong', () => {
      const wrong = (label: object) => take(event(9, {}, label).replace('"urn":"52WX3000009"', '"urn":9'), { canonical: true });
      expect(wrong(SECRET)).toMatchObject({ kind: 'refused', origin: SECRET });
      expect(wrong(OFFICIAL)).toMatchObject({ kind: 'refused', origin: OFFICIAL });
      const missing = take(event(9, {}, OFFICIAL).replace(/"case":\{.*?\},/, ''), { canonical: true });
      expect(missing).toMatchObject({ kind: 'refused', origin: OFFICIAL });
    });

    // An unknown context attribute can be a marking: the label is then not all that the sender stated.
    it('a label next to an invalid context attribute is joined with the highest label', () => {
      const refused = take(event(9, { extra: 'x' }, OFFICIAL), { canonical: true });
      expect(refused).toMatchObject({ kind: 'refused', label: { classification: 'SECRET' }, origin: { classification: 'SECRET' } });
    });

    it('a format without markings waits at the label of its source and of everything that its events can contain', () => {
      const refused = take(sampleCase.replace('</Case>', ''));
      if (refused.kind !== 'refused') throw new Error('It was accepted');
      expect(refused.origin).toEqual({ policy: POLICY, classification: 'OFFICIAL' });
      expect(refused.label).toMatchObject({ classification: 'OFFICIAL', sensitive: true, restrictions: [...ALL] });
    });

    it('a message with an unknown marking that an adapter found also waits at the highest label', () => {
      const marked: Adapter = {
        id: 'marked',
        version: '1.0.0',
        title: 'Marked',
        mediaTypes: ['text/x-marked'],
        standards: ['case.registered'],
        detect: () => true,
        decode: () =>
          success({
            events: [
              {
                standard: 'case.registered',
                data: { case: { urn: '52WX1000999' }, defendants: [{}] },
                warnings: [],
                marking: 'CONFIDENTIAL',
              },
            ],
          }),
      };
      expect(take('x', {}, withAdapter(marked))).toMatchObject({ kind: 'refused', origin: { classification: 'SECRET' } });
    });
  });

  describe('T52 a resubmission joins the label of its original, and lowering takes two persons', () => {
    const quarantined = async (n: number): Promise<string> => (await send(event(n, { extra: 'x' }))).body.receipt as string;
    const resubmit = (id: string, body: string, persona: string): Promise<Answer> =>
      gateway.post(`/v1/quarantine/${id}/resubmission`, body, persona, { 'Content-Type': 'application/cloudevents+json' });
    const plain = (n: number) => event(n, {}, { policy: POLICY, classification: 'OFFICIAL' });
    const label = { policy: POLICY, classification: 'OFFICIAL', sensitive: true };
    const ask = (id: string, body: string, persona = 'example.high', more: object = {}): Promise<Answer> =>
      gateway.post(
        `/v1/quarantine/${id}/label-requests`,
        JSON.stringify({
          label,
          sha256: createHash('sha256').update(body).digest('hex'),
          because: 'Its label was read by a person.',
          ...more,
        }),
        persona,
        JSON_TYPE,
      );
    const approve = (id: string, request: string, persona: string): Promise<Answer> =>
      gateway.post(`/v1/quarantine/${id}/label-requests/${request}/approval`, '', persona);
    const classificationOf = async (answer: Answer): Promise<string> =>
      (await gateway.call(`/v1/events/${answer.body.events[0].id as string}`, {}, 'example.high')).body.classification as string;

    it('without its label it is published at the label of the original', async () => {
      const id = await quarantined(20);
      expect((await resubmit(id, plain(20), LOW_ID)).status).toBe(404);
      const answer = await resubmit(id, plain(20), 'example.high');
      expect([answer.status, await classificationOf(answer)]).toEqual([202, 'SECRET']);
      expect((await gateway.call(`/v1/events/${answer.body.events[0].id as string}`, {}, LOW_ID)).status).toBe(404);
    });

    it('a lower label needs the approval of a second person who may see the message, for exactly these bytes', async () => {
      const id = await quarantined(21);
      const request = await ask(id, plain(21));
      expect([request.status, request.body.by]).toEqual([201, 'example.high']);
      expect((await ask(id, plain(21), LOW_ID)).status).toBe(404);
      expect((await approve(id, request.body.id, 'example.high')).status).toBe(403);
      expect((await approve(id, request.body.id, LOW_ID)).status).toBe(404);
      const approved = await approve(id, request.body.id, 'example.second');
      expect([approved.status, approved.body.approval.by]).toEqual([200, 'example.second']);
      const other = await resubmit(id, plain(22), 'example.high');
      expect(await classificationOf(other)).toBe('SECRET');
      const second = await quarantined(23);
      const asked = await ask(second, plain(23));
      await approve(second, asked.body.id, 'example.second');
      const lowered = await resubmit(second, plain(23), 'example.high');
      expect([lowered.status, await classificationOf(lowered)]).toEqual([202, 'OFFICIAL-SENSITIVE']);
      const listed = await gateway.call(`/v1/quarantine/${second}/label-requests`, {}, 'example.high');
      expect(listed.body.requests).toMatchObject([{ by: 'example.high', approval: { by: 'example.second' } }]);
    });

    it('one person with two clients cannot approve', async () => {
      const tokenOf = (client_id: string, sub: string) =>
        gateway.forge({ client_id, sub, scope: 'quarantine:read quarantine:write quarantine:approve' });
      const as = async (client: string, sub: string, path: string, body = ''): Promise<Answer> =>
        gateway.call(path, { method: 'POST', body, headers: { ...JSON_TYPE, Authorization: `Bearer ${await tokenOf(client, sub)}` } });
      const id = await quarantined(27);
      const path = `/v1/quarantine/${id}/label-requests`;
      const sha256 = createHash('sha256').update(plain(27)).digest('hex');
      const request = await as('example.high', 'alice', path, JSON.stringify({ label, sha256, because: 'Read by a person.' }));
      expect(request.status).toBe(201);
      const approval = `${path}/${request.body.id as string}/approval`;
      expect((await as('example.second', 'alice', approval)).status).toBe(403);
      expect((await as('example.high', 'bob', approval)).status).toBe(403);
      const approved = await as('example.second', 'bob', approval);
      expect(approved.status).toBe(200);
      expect(approved.text).not.toMatch(/alice|bob/);
    });

    it('an item of an earlier version, whose receipt has no origin, counts as not read', async () => {
      const taken: Submission[] = [];
      const receiptOf = (more: object) => ({
        id: 'old',
        status: 'quarantined',
        source: 'test.source',
        label: OFFICIAL,
        mediaType: 'text/plain',
        ...more,
      });
      const clients = compileClients(policy, [high('example.high', []), operator(LOW_ID, LOW as never, [])]);
      const domain = must(compileClearance(policy, EVERYTHING));
      const quarantineOf = (receipt: object) =>
        new Quarantine({
          view: {
            receipt: () => receipt,
            quarantine: { resubmittedAs: () => undefined },
            work: { get: () => NO_WORK },
            caughtUp: async () => undefined,
          },
          now: Date.now,
          labelling: () => labelling,
          domain: () => domain,
        } as never);
      const old = quarantineOf(receiptOf({}));
      const [reader, low] = ['example.high', LOW_ID].map((id) => clients.get(id) as Client) as [Client, Client];
      expect(await old.find(low, 'old')).toBeUndefined();
      expect(await old.find(reader, 'old')).toBeDefined();
      const resubmitter = new Resubmitter({
        quarantine: old,
        view: { quarantine: { resubmittedAs: () => undefined }, caughtUp: async () => undefined },
        log: { latest: async () => NO_WORK, lockOfOther: () => undefined },
        intake: { take: async ({ submission }: { submission: Submission }) => void taken.push(submission) },
        requests: { approved: async () => undefined },
        client: () => ({ source: source() }),
        labelling: () => labelling,
        domain: () => domain,
      } as never);
      await resubmitter.resubmit({ client: reader, subject: reader.id }, 'old', Buffer.from('x'));
      expect(taken).toMatchObject([{ original: { classification: 'SECRET' } }]);
      expect(await quarantineOf(receiptOf({ origin: OFFICIAL })).find(low, 'old')).toBeDefined();
    });

    it('a request without approval, or for a policy that is no longer in force, has no effect', async () => {
      const id = await quarantined(24);
      await ask(id, plain(24));
      expect(await classificationOf(await resubmit(id, plain(24), 'example.high'))).toBe('SECRET');
      expect((await ask(await quarantined(25), plain(25), 'example.high', { label: { ...label, classification: 'SEECRET' } })).status).toBe(
        400,
      );
      expect((await ask(await quarantined(26), plain(26), 'example.high', { label: { ...SECRET, sensitive: true } })).status).toBe(400);
    });
  });

  describe('T48 a correction is only of an event that its sender sent and may read', () => {
    const correction = (corrects: string, more: JsonObject = {}) =>
      canonical({ corrects, kind: 'erased', ...more }, {}, 'uk.justice.correction.issued.v1');
    it('an event of another source, a SECRET event and an absent event get the same refusal, and nothing is published', async () => {
      const theirs = (await gateway.post('/v1/messages', resultOf(30), 'court')).body.events[0].id as string;
      const secret = (await send(event(31))).body.events[0].id as string;
      const bodies = [];
      for (const [id, persona] of [
        [theirs, 'force'],
        ['A'.repeat(43), 'force'],
        [secret, 'court'],
      ] as const) {
        const answer = await gateway.post('/v1/events', correction(id), persona);
        const { receipt: _, ...body } = answer.body;
        bodies.push(body);
      }
      expect(bodies[0]).toMatchObject({ status: 422, reasons: [{ code: 'reference-unknown', at: '/corrects' }] });
      for (const body of bodies) expect(body).toEqual(bodies[0]);
    });
    it('an event of the sender that the sender may not read gets the same refusal', async () => {
      const hearing = { date: '2026-11-16', courtHouse: { ouCode: 'B01EF01' } };
      const data = { label: SECRET, hearing, case: { urn: '52WX3000035' }, defendants: [person('Quarrel', '1980-02-03')] } as never;
      const sent = await gateway.post('/v1/events', canonical(data, {}, 'uk.justice.hearing.resulted.v1'), 'court');
      expect(sent.status).toBe(202);
      const answer = await gateway.post('/v1/events', correction(sent.body.events[0].id), 'court');
      expect(answer.body).toMatchObject({ status: 422, reasons: [{ code: 'reference-unknown', at: '/corrects' }] });
    });
    it('a correction cannot be replaced by itself, or by an event that its sender did not send', async () => {
      const mine = (await gateway.post('/v1/messages', caseOf(32), 'force')).body.events[0].id as string;
      const theirs = (await gateway.post('/v1/messages', resultOf(32), 'court')).body.events[0].id as string;
      for (const replacedBy of [mine, theirs, 'A'.repeat(43)]) {
        const answer = await send(correction(mine, { kind: 'rectified', replacedBy }));
        expect(answer.body).toMatchObject({ status: 422, reasons: [{ code: 'reference-unknown', at: '/replacedBy' }] });
      }
    });
    it('a correction inherits the label of its event, and its case', async () => {
      const secret = await send(event(33));
      const id = secret.body.events[0].id as string;
      const answer = await send(correction(id, { detail: 'The name of Quarrel was wrong.' }));
      expect(answer.status).toBe(202);
      const corrected = answer.body.events[0].id as string;
      const read = async (of: string) => (await gateway.call(`/v1/events/${of}`, {}, 'example.high')).body as SealedEvent;
      expect((await read(corrected)).subject).toBe((await read(id)).subject);
      expect((await read(corrected)).classification).toBe('SECRET');
      expect((await gateway.call(`/v1/events/${corrected}`, {}, LOW_ID)).status).toBe(404);
      expect(JSON.stringify(await gateway.events('supplier'))).not.toContain(id);
    });
    it('a correction also inherits the label of the replacement', async () => {
      const open = (await gateway.post('/v1/messages', caseOf(36), 'force')).body.events[0].id as string;
      const secret = (await send(event(36))).body.events[0].id as string;
      const answer = await send(correction(open, { kind: 'rectified', replacedBy: secret }));
      expect(answer.status).toBe(202);
      const corrected = await gateway.call(`/v1/events/${answer.body.events[0].id as string}`, {}, 'example.high');
      expect(corrected.body.classification).toBe('SECRET');
      expect(JSON.stringify(await gateway.events('supplier'))).not.toContain(secret);
    });
    it('a correction is labelled by the register’s current protections of its case', async () => {
      const open = (await gateway.post('/v1/messages', caseOf(37), 'force')).body.events[0].id as string;
      const youth = court(person('Maddox', '2012-02-03'), person('Oakes', '1980-02-03')).replace('52WX1000777', '52WX2000037');
      expect((await gateway.post('/v1/events', youth, 'court')).status).toBe(202);
      const answer = await send(correction(open, { detail: 'The boy was Kai Maddox.' }));
      expect(answer.status).toBe(202);
      const id = answer.body.events[0].id as string;
      const { data } = (await gateway.call(`/v1/events/${id}`, {}, 'example.high')).body as SealedEvent;
      const [portion] = data.portions.filter(({ at }) => at.includes('/detail'));
      expect(portion?.label.restrictions).toContain('CYPA1933_s49');
    });
    it('a correction’s free text gets the label of everything in its event', async () => {
      const rape = await gateway.post('/v1/messages', caseOf(34).replace('CJ88116', 'SX03001'), 'force');
      const answer = await send(correction(rape.body.events[0].id, { detail: 'Ffion Prosser was spelled wrong.' }));
      const [portion] = (
        (await gateway.call(`/v1/events/${answer.body.events[0].id as string}`, {}, 'example.high')).body as SealedEvent
      ).data.portions.filter(({ at }) => at.includes('/detail'));
      expect(portion?.label).toMatchObject({ restrictions: ['SOAA1992_s1'], releasableTo: ['POLICE', 'CPS', 'COURTS'] });
    });
  });
});

/** Two defendants, of whom one can be changed, and text that names a person. */
const court = (first: JsonObject, second: JsonObject, more: JsonObject = {}) =>
  canonical(
    {
      hearing: { date: '2026-11-16', courtHouse: { ouCode: 'B01EF01' } },
      case: { urn: '52WX1000777' },
      defendants: [first, second],
      ...more,
    },
    {},
    'uk.justice.hearing.resulted.v1',
  );
/** Named Kai, or after the first letter of the family name where an adult. */
const person = (familyName: string, dateOfBirth: string, more: JsonObject = {}): JsonObject => ({
  person: { name: { givenNames: [dateOfBirth < '2000' ? `${familyName.slice(0, 3)}is` : 'Kai'], familyName }, dateOfBirth },
  ...more,
});
const offence = (wording: string, more: JsonObject = {}): JsonObject => ({ code: 'CJ88116', wording, ...more });
const CANONICAL = { canonical: true };

describe('T55 a protected person is not named elsewhere', () => {
  const adult = person('Marrable', '1980-02-03', { offences: [offence('Marrable and Kai Yarrow took a bicycle.')] });
  const youth = person('Yarrow', '2012-02-03', { offences: [offence('Took a bicycle.')] });
  it('in the wording of an adult co-defendant, for a youth', async () => {
    const text = await given(court(adult, youth), CANONICAL);
    expect(text).toContain('Marrable');
    expect(text).not.toContain('Yarrow');
    expect(await given(court(adult, person('Yarrow', '1990-02-03')), CANONICAL)).toContain('Yarrow took a bicycle');
  });
  it.each([
    ['a title', { offences: [offence('x', { title: 'Theft with Yarrow' })] }],
    ['bail conditions', { bailConditions: 'Not to meet Kai Yarrow.' }],
    ['an occupation', { occupation: { text: 'Teacher of K. Yarrow' } }],
    ['a parent', { parentGuardian: { name: { givenNames: ['Ann'], familyName: 'Yarrow' } } }],
    ['an address', { address: { lines: ['c/o Yarrow', '1 Quay Street'] } }],
    ['an alias', { aliases: [{ givenNames: ['Kai'], familyName: 'Yarrow' }] }],
    ['a code', { custodyStatus: 'see Yarrow' }],
    ['a victim', { offences: [offence('x', { victims: [{ name: { familyName: 'Yarrow' } }] })] }],
    ['decomposed letters', { bailConditions: 'Not to meet Y\u0061\u0301rrow.' }],
  ])('in %s of an adult', async (_, more) => {
    expect(await given(court({ ...adult, ...more } as JsonObject, youth), CANONICAL)).not.toMatch(/y.{0,2}rrow/i);
  });
  it('under another offence with another spelling, for a complainant', async () => {
    const victim = (name: JsonObject): JsonObject => ({ name, dateOfBirth: '1990-05-06' });
    const offences = [
      { code: 'SX03001', victims: [victim({ givenNames: ['Ffion'], familyName: 'Prosser' })] },
      offence('x', { victims: [victim({ title: 'Ms', givenNames: ['F.'], familyName: 'PROSSER' })] }),
      offence('x', { victims: [victim({ givenNames: ['Ffion'], familyName: 'Proser' })] }),
    ];
    expect(await given(court(person('Marrable', '1980-02-03', { offences }), youth), CANONICAL)).not.toMatch(/pross?er/i);
  });
  it('in any victim of an event whose sexual offence names none', async () => {
    const offences = [{ code: 'SX03001' }, offence('x', { victims: [{ name: { familyName: 'Prosser' } }] })];
    expect(await given(court(person('Marrable', '1980-02-03', { offences }), person('Oakes', '1990-02-03')), CANONICAL)).not.toContain(
      'Prosser',
    );
  });
  it('as the victim in the proceedings of a youth (s.49(4)), for a child', async () => {
    const victims = [
      { name: { familyName: 'Tansy' }, dateOfBirth: '2014-01-02' },
      { name: { familyName: 'Grownup' }, dateOfBirth: '1970-03-04' },
    ];
    const of = (defendant: JsonObject) =>
      given(court(adult, { ...defendant, offences: [offence('x', { victims: victims as never })] }), CANONICAL);
    expect(await of(person('Yarrow', '2012-02-03'))).not.toContain('Tansy');
    expect(await of(person('Older', '1990-02-03'))).toContain('Tansy');
  });
  it('and a case without protected persons has no restriction', () => {
    const outcome = take(court(adult, person('Oakes', '1990-02-03', { offences: [offence('x')] })), CANONICAL);
    expect(outcome.label.restrictions).toBeUndefined();
  });
});

describe('T56 whose age is not known is protected, and the reason says so', () => {
  const reasonFor = (defendant: JsonObject, hearing: JsonObject = { date: '2026-11-16' }) => {
    const outcome = take(
      canonical({ case: { urn: '52WX1000778' }, hearing, defendants: [defendant] }, {}, 'uk.justice.hearing.resulted.v1'),
      CANONICAL,
    );
    if (outcome.kind !== 'accepted') throw new Error(JSON.stringify(outcome.refusals));
    return outcome.protections.map(({ reason }) => reason);
  };
  const born = (dateOfBirth: string, more: JsonObject = {}): JsonObject => ({
    person: { name: { familyName: 'Tern' }, dateOfBirth, ...more },
  });
  it.each([
    ['an adult', born('1980-04-05'), []],
    ['under 18', born('2010-04-05'), ['under-18']],
    ['no date', { person: { name: { familyName: 'Tern' } } }, ['age-not-known']],
    ...['0001-01-01', '1900-01-01', '1899-12-30', '1970-01-01', '9999-12-31'].map(
      (date) => [`the sentinel ${date}`, born(date), ['age-not-known']] as const,
    ),
    ['110 years and more', born('1905-04-05'), ['age-not-known']],
    ['less than 8 years', born('2020-04-05'), ['age-not-known']],
    ['born in the year 0001 as an officer judged it', born('1980-04-05', { perceivedBirthYear: '0001' }), ['age-not-known']],
    ['two dates that disagree', born('1980-04-05', { perceivedBirthYear: '2012' }), ['age-not-known']],
    ['a person with an organisation', { ...born('2010-04-05'), organisation: { name: 'Tern Boats Limited' } }, ['under-18']],
    ['a person with an empty organisation', { ...born('2010-04-05'), organisation: {} }, ['under-18']],
    ['an organisation', { organisation: { name: 'Tern Boats Limited' } }, []],
    ['neither', {}, ['age-not-known']],
  ] as const)('%s', (_, defendant, reasons) => {
    expect(reasonFor(defendant as JsonObject)).toEqual(reasons);
  });
  it.each(['9999-12-31', '0001-01-01', '2040-01-01', '2010-01-01'])('with a hearing on %s', (date) => {
    expect(reasonFor(born('1980-04-05'), { date })).toEqual(['age-not-known']);
  });
  it('with a hearing without a date', () => {
    const outcome = take(canonical({ case: { urn: '52WX1000778' }, defendants: [born('1980-04-05')] }), CANONICAL);
    expect(outcome).toMatchObject({ kind: 'accepted', protections: [{ reason: 'age-not-known' }] });
  });
  it('with another date of birth in another entry of the same person', () => {
    const outcome = take(
      court(person('Tern', '1980-04-05', { pncId: '2019/0088012E' }), person('Tern', '2011-04-05', { pncId: '2019/0088012E' })),
      CANONICAL,
    );
    expect(outcome.kind === 'accepted' && outcome.protections.map(({ reason }) => reason)).toEqual(['age-not-known', 'age-not-known']);
  });
  it('with a message that gives the date of birth twice', async () => {
    const twice = sampleCase.replace(
      '<Birthdate>1991-04-17</Birthdate>',
      '<Birthdate>1991-04-17</Birthdate><Birthdate>2012-04-17</Birthdate>',
    );
    expect(take(twice)).toMatchObject({ kind: 'accepted', protections: [{ at: '/defendants/0', reason: 'age-not-known' }] });
    expect(await given(twice)).not.toMatch(/tremayne/i);
    const alike = sampleCase.replace(
      '<Birthdate>1991-04-17</Birthdate>',
      '<Birthdate>1991-04-17</Birthdate><Birthdate> 1991-04-17 </Birthdate>',
    );
    expect(take(alike)).toMatchObject({ kind: 'accepted', protections: [] });
  });
  it('in the event, for readers who may read it', async () => {
    const { event } = await eventOf(sampleCase.replace('<Birthdate>1991-04-17</Birthdate>', ''));
    expect(event.data.protections).toEqual([{ at: '/defendants/0', restrictions: ['CYPA1933_s49'], reason: 'age-not-known' }]);
  });
});

describe('T59 text without a portion and a code that is not in its list carry the label of the event', () => {
  const SUPPLIER = { classifications: ['OFFICIAL'], releasableTo: ['SUPPLIERS'] };
  it.each([
    [
      'an offence title',
      (text: string) => ({ defendants: [person('Oakes', '1980-02-03', { offences: [offence('x', { title: text })] })] }),
    ],
    ['a case marker', (text: string) => ({ case: { urn: '52WX1000779', marker: text } })],
    ['the name of a court', (text: string) => ({ hearing: { date: '2026-11-16', courtHouse: { name: text } } })],
    ['the reference of a message', (text: string) => ({ message: { reference: text } })],
    ['a plea', (text: string) => ({ defendants: [person('Oakes', '1980-02-03', { offences: [offence('x', { plea: text })] })] })],
    ['a URN', (text: string) => ({ case: { urn: text } })],
    ['an offence code', (text: string) => ({ defendants: [person('Oakes', '1980-02-03', { offences: [{ code: text }] })] })],
    ['a bail status', (text: string) => ({ defendants: [person('Oakes', '1980-02-03', { bailStatus: text })] })],
    [
      'a qualifier',
      (text: string) => ({
        defendants: [person('Oakes', '1980-02-03', { offences: [offence('x', { results: [{ code: '1015', qualifiers: [text] }] })] })],
      }),
    ],
  ])('%s', async (_, more) => {
    const data = { case: { urn: '52WX1000779' }, hearing: { date: '2026-11-16' }, defendants: [person('Oakes', '1980-02-03')] };
    const of = (text: string) => canonical({ ...data, ...more(text) } as JsonObject, {}, 'uk.justice.hearing.resulted.v1');
    const low = await given(of('Zillah Quern'), CANONICAL, SUPPLIER);
    expect(low).toContain('Oakes');
    expect(low).not.toContain('Zillah');
    expect(await given(of('Zillah Quern'), CANONICAL, { ...WIDE, releasableTo: ['POLICE'], restrictions: [...ALL] })).toContain(
      'Zillah Quern',
    );
  });
  it.each(['04510', '+4510', ' +04510 ', '４５１０', '＋４５１０'])('but a code in another spelling is listed: %s', async (code) => {
    const results = [{ code }];
    const outcome = take(
      court(person('Oakes', '1980-02-03', { offences: [offence('x', { results })] }), person('Elm', '1980-02-03')),
      CANONICAL,
    );
    expect(outcome.kind === 'accepted' && outcome.protections.map(({ reason }) => reason)).toContain('order');
    const { event } = await eventOf(
      court(person('Oakes', '1980-02-03', { offences: [offence('x', { results: [{ code: '01015' }] })] }), person('Elm', '1980-02-03')),
      CANONICAL,
    );
    expect(event.data.portions.flatMap(({ at }) => at)).not.toContain('/defendants/0/offences/0/results/0/code');
  });
  it('so that every reader of it dominates the event', async () => {
    const { event } = await eventOf(court(person('Oakes', '1980-02-03', { bailStatus: 'Zillah' }), person('Elm', '1980-02-03')), CANONICAL);
    const [portion] = event.data.portions.filter(({ at }) => at.includes('/defendants/0/bailStatus'));
    expect(portion?.label).toEqual(event.data.label);
    const reader = clearanceFor({ classifications: ['OFFICIAL'] });
    expect(dominates(policy, reader, must(compileLabel(policy, event.data.label)))).toBe(false);
  });
});
