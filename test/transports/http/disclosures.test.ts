/** Who was told about a case or a person, as far as the person who asks may know (T64). */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClientConfig } from '../../../gateway/rules/clients.ts';
import { type Answer, caseOf, openGateway, problem, type TestGateway } from '../../support/gateway.ts';
import { POLICY } from '../../support/rules-in-force.ts';

/** Somebody who may ask, and read nothing. */
const BLIND: ClientConfig = {
  id: 'wessex.blind.owner',
  title: 'An owner without clearance (invented)',
  scopes: ['pseudonyms:read', 'disclosures:read'],
  clearance: { policy: POLICY, classifications: [] },
};
const ONLY_FOR_TASK: ClientConfig = { ...BLIND, id: 'wessex.task.owner', tasks: ['roadside-stop'] };
/** Somebody who may ask, and reads a redacted copy. */
const REDACTED: ClientConfig = { ...BLIND, id: 'wessex.low.owner', clearance: { policy: POLICY, classifications: ['OFFICIAL'] } };
const UNKNOWN = 'A'.repeat(22);

interface Row {
  readonly who: string;
  readonly event: string;
  readonly decision: string;
  readonly marking?: string;
  readonly corrections: readonly { readonly id: string; readonly told: boolean }[];
}

describe('who was told', () => {
  let gateway: TestGateway;
  let registered: string;
  let subject: string;
  const idOf = (persona: string): string => gateway.config.clients.find((client) => client.persona === persona)?.id ?? '';
  const ask = (about: string, persona = 'owner', more = ''): Promise<Answer> =>
    gateway.call(`/v1/disclosures?about=${about}${more}`, { headers: { 'Interchange-Reason': 'subject-access' } }, persona);
  const pseudonym = async (request: object): Promise<string> =>
    (await gateway.post('/v1/pseudonyms', JSON.stringify(request), 'owner', { 'Content-Type': 'application/json' })).body.pseudonym;

  beforeAll(async () => {
    gateway = await openGateway({ clients: [BLIND, ONLY_FOR_TASK, REDACTED] });
    registered = (await gateway.post('/v1/messages', caseOf(1), 'force')).body.events[0].id;
    await gateway.post('/v1/messages', caseOf(2), 'force');
    for (const persona of ['cps', 'supplier', 'cps']) await gateway.events(persona);
    subject = await pseudonym({ urn: '52WX2000001' });
  }, 60_000);
  afterAll(() => gateway.close());

  it('about a case says which reader, of which event, and whether all of it', async () => {
    const { body } = await ask(subject);
    expect(body.disclosures.map(({ who, event, decision }: Row) => [who, event, decision])).toEqual([
      [idOf('cps'), registered, 'complete'],
      [idOf('supplier'), registered, 'redacted'],
      [idOf('cps'), registered, 'complete'],
    ]);
    expect(body.disclosures[0]).toMatchObject({ type: 'uk.justice.case.registered.v1', corrections: [] });
    expect(body.more).toBe(false);
  });
  it('about a person says the same', async () => {
    const about = await pseudonym({ asn: '2652WX0100000000421C' });
    const events = (await ask(about)).body.disclosures.map(({ event }: Row) => event);
    expect(events).toContain(registered);
  });
  it('says which corrections reached each of them', async () => {
    const data = { corrects: registered, kind: 'rectified', detail: 'The address was wrong.', case: { urn: '52WX2000001' } };
    const correction = JSON.stringify({ specversion: '1.0', type: 'uk.justice.correction.issued.v1', data });
    const issued = (await gateway.post('/v1/events', correction, 'force')).body.events[0].id;
    await gateway.events('cps');
    const rows = (await ask(subject)).body.disclosures.filter(({ event }: Row) => event === registered) as Row[];
    const told = rows.map(({ who, corrections }) => [who, corrections.filter(({ id }) => id === issued).map((notice) => notice.told)]);
    expect(told).toEqual([
      [idOf('cps'), [true]],
      [idOf('supplier'), [false]],
      [idOf('cps'), [true]],
      [idOf('cps'), [true]],
    ]);
  });
  it('comes in pages that together have everything, whatever their size', async () => {
    const expected = (await ask(subject)).body.disclosures;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: expected.length + 1 }), async (limit) => {
        const all: unknown[] = [];
        for (let cursor = ''; ; ) {
          const { body } = await ask(subject, 'owner', `&limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`);
          all.push(...body.disclosures);
          expect(body.disclosures.length === limit || !body.more).toBe(true);
          if (!body.more) break;
          cursor = body.cursor;
        }
        expect(all).toEqual(expected);
      }),
      { numRuns: 6 },
    );
  });
  it('T64 hints at no event that the person who asks may not read', async () => {
    const [hidden, absent] = [await ask(subject, BLIND.id), await ask(UNKNOWN, BLIND.id)];
    expect({ ...hidden.body, cursor: '' }).toEqual({ disclosures: [], cursor: '', more: false });
    expect({ ...absent.body, cursor: hidden.body.cursor.length }).toEqual({ ...hidden.body, cursor: absent.body.cursor.length });
  });
  it('T64 confirms nobody who is not in the copy of the person who asks', async () => {
    const person = await pseudonym({ asn: '2652WX0100000000421C' });
    expect((await ask(person)).body.disclosures).not.toEqual([]);
    expect((await ask(subject, REDACTED.id)).body.disclosures).not.toEqual([]);
    expect((await ask(person, REDACTED.id)).body).toMatchObject({ disclosures: [], more: false });
  });
  it('T64 says nothing of the level of what is withheld from the person who asks', async () => {
    const markings = async (persona: string) => (await ask(subject, persona)).body.disclosures.map(({ marking }: Row) => marking);
    expect(await markings('owner')).toContain('OFFICIAL-SENSITIVE');
    expect((await markings(REDACTED.id)).filter((marking: unknown) => marking !== undefined)).toEqual([]);
  });
  it('is for those with the scope, and for no task', async () => {
    expect((await ask(subject, 'operator')).body.type).toBe(problem('forbidden'));
    expect((await ask(subject, ONLY_FOR_TASK.id)).status).toBe(403);
    expect((await ask('nobody')).status).toBe(400);
  });
  it('is in the audit log with the reason and everybody who was asked about', async () => {
    await ask(`${UNKNOWN},${subject}`);
    const asked = (await gateway.audit()).filter(({ change }) => change === 'list disclosures').slice(-2);
    const entry = { action: 'consultation', who: idOf('owner'), reasons: ['subject-access'] };
    expect(asked).toMatchObject([
      { ...entry, subject: UNKNOWN },
      { ...entry, subject },
    ]);
  });
  it('is not without a reason', async () => {
    expect((await gateway.call(`/v1/disclosures?about=${subject}`, {}, 'owner')).status).toBe(400);
  });
});
