/** T44, T48: who receives a correction, whatever happened to labels since, and which events it may refer to. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { SealedEvent } from '../../../gateway/labels/event.ts';
import type { ClientConfig } from '../../../gateway/rules/clients.ts';
import { caseOf, openGateway, resultOf, type TestGateway } from '../../support/gateway.ts';
import { POLICY } from '../../support/rules-in-force.ts';

const reader = (id: string): ClientConfig => ({
  id,
  title: `${id} (invented)`,
  scopes: ['events:read'],
  clearance: { policy: POLICY, classifications: ['OFFICIAL'], sensitive: true, releasableTo: ['POLICE', 'CPS', 'COURTS'] },
});
const [TOLD, UNTOLD] = ['example.told', 'example.untold'] as const;
const JSON_TYPE = { 'Content-Type': 'application/json' };
const urnOf = (n: number): string => `52WX2${String(n).padStart(6, '0')}`;

describe('a correction', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await openGateway({ clients: [reader(TOLD), reader(UNTOLD)] });
  }, 60_000);
  afterAll(() => gateway?.close());

  const publish = async (n: number): Promise<string> =>
    (await gateway.post('/v1/messages', caseOf(n), 'force')).body.events[0].id as string;
  const correct = (corrects: string, more: object = {}, persona = 'force') => {
    const data = { corrects, kind: 'rectified', ...more };
    return gateway.post('/v1/events', JSON.stringify({ specversion: '1.0', type: 'uk.justice.correction.issued.v1', data }), persona);
  };
  const correctionsOf = async (id: string, persona: string = TOLD): Promise<readonly SealedEvent[]> =>
    (await gateway.events(persona)).filter(({ data }) => data.corrects === id);
  /** Protects a number that is also the URN, which is in no portion: the complete event is hidden. */
  const hide = async (n: number): Promise<void> => {
    const order = {
      case: urnOf(n),
      person: { kind: 'defendant', familyName: 'Tremayne', pncId: urnOf(n) },
      restrictions: ['YJCEA1999_s45'],
      law: 'Youth Justice and Criminal Evidence Act 1999, s.45',
      title: 'Order of Wessex Magistrates’ Court (invented)',
    };
    expect((await gateway.post('/v1/protections', JSON.stringify(order), 'owner', JSON_TYPE)).status).toBe(201);
  };
  const kindsOf = async (id: string, persona: string = TOLD) => (await correctionsOf(id, persona)).map(({ data }) => data.kind);
  const mayRead = async (id: string, persona: string = TOLD) => (await gateway.call(`/v1/events/${id}`, {}, persona)).status === 200;
  /** What a notice says: no more than that. */
  const says = ({ data: { label: _, portions, ...data } }: SealedEvent) => ({ ...data, portions });
  const notice = (corrects: string, kind: string) => ({ corrects, kind, quality: { basis: 'fact' }, portions: [] });

  it('is delivered as a notice to recipients of an event that a protection has hidden since, and to nobody else', async () => {
    const id = await publish(1);
    expect(await mayRead(id)).toBe(true);
    await hide(1);
    expect(await mayRead(id)).toBe(false);
    await vi.waitFor(async () => expect(await kindsOf(id)).toEqual(['restricted']), { timeout: 15_000, interval: 100 });
    const answer = await correct(id, { case: { urn: urnOf(1) }, detail: 'The defendant was Jory Tremayne of Wessex.' });
    expect(answer.status).toBe(202);
    expect(await mayRead(answer.body.events[0].id)).toBe(false);
    const got = await correctionsOf(id);
    expect(got.map(says)).toEqual([notice(id, 'restricted'), notice(id, 'rectified')]);
    for (const { source, id: noticeId } of got)
      expect([source, noticeId === answer.body.events[0].id]).toEqual(['justice-interchange', false]);
    expect(await correctionsOf(id, UNTOLD)).toEqual([]);
    expect(JSON.stringify(await gateway.events(UNTOLD))).not.toContain(id);
  }, 30_000);

  it('that is hidden after publication is also delivered to recipients as a notice', async () => {
    const id = await publish(2);
    await mayRead(id);
    const answer = await correct(id, { case: { urn: urnOf(2) }, kind: 'erased' });
    await hide(2);
    expect(await mayRead(answer.body.events[0].id)).toBe(false);
    await vi.waitFor(async () => expect((await kindsOf(id)).toSorted()).toEqual(['erased', 'restricted']), {
      timeout: 15_000,
      interval: 100,
    });
    expect((await correctionsOf(id)).map(says)).toContainEqual(notice(id, 'erased'));
    expect(await correctionsOf(id, UNTOLD)).toEqual([]);
  }, 30_000);

  it('that a later floor of its source hides is delivered to recipients as a notice', async () => {
    const id = await publish(3);
    await mayRead(id);
    const raised = gateway.config.clients.map((client) =>
      client.persona === 'force' && client.submits !== undefined
        ? { ...client, submits: { ...client.submits, floor: { ...client.submits.floor, sensitive: true, handling: ['POLICE USE ONLY'] } } }
        : client,
    );
    gateway.gateway.reload({ ...gateway.config, clients: raised });
    const answer = await correct(id, { kind: 'erased' });
    gateway.gateway.reload(gateway.config);
    expect(answer.status).toBe(202);
    expect(await mayRead(answer.body.events[0].id)).toBe(false);
    expect((await correctionsOf(id)).map(says)).toEqual([notice(id, 'erased')]);
    const { body } = await gateway.call('/v1/events?limit=1000&type=uk.justice.correction.issued.v1', {}, UNTOLD);
    expect((body.events as SealedEvent[]).filter(({ data }) => data.corrects === id)).toEqual([]);
  });

  it('that all recipients may read has no notice', async () => {
    const id = await publish(4);
    await mayRead(id);
    const answer = await correct(id);
    expect((await correctionsOf(id)).map((correction) => correction.id)).toEqual([answer.body.events[0].id]);
  });

  it('can correct a correction, and an erased event', async () => {
    const id = await publish(5);
    await mayRead(id);
    const first = (await correct(id, { kind: 'erased' })).body.events[0].id as string;
    expect(await kindsOf(id)).toEqual(['erased']);
    expect((await correct(first, { kind: 'rectified', detail: 'It was another one.' })).status).toBe(202);
    expect((await correct(id, { kind: 'restricted' })).status).toBe(202);
    expect(await kindsOf(first)).toEqual(['rectified']);
    expect(await kindsOf(id)).toEqual(['erased', 'restricted']);
  });

  it('can name an event of another case as the replacement of one with the wrong reference', async () => {
    const [wrong, right] = [await publish(6), await publish(7)];
    const answer = await correct(wrong, { replacedBy: right });
    expect(answer.status).toBe(202);
    const [corrected, of] = await Promise.all(
      [answer.body.events[0].id as string, wrong].map((event) => gateway.call(`/v1/events/${event}`, {}, TOLD)),
    );
    expect(corrected?.body.subject).toBe(of?.body.subject);
  });

  it('is refused for an absent event, for itself as its replacement, and for events of another source', async () => {
    const mine = await publish(8);
    const theirs = (await gateway.post('/v1/messages', resultOf(8), 'court')).body.events[0].id as string;
    const correction = (await correct(mine)).body.events[0].id as string;
    const cases: readonly (readonly [string, object, string])[] = [
      ['A'.repeat(43), {}, '/corrects'],
      [theirs, {}, '/corrects'],
      [mine, { replacedBy: mine }, '/replacedBy'],
      [mine, { replacedBy: theirs }, '/replacedBy'],
      [mine, { replacedBy: 'A'.repeat(43) }, '/replacedBy'],
    ];
    for (const [corrects, more, at] of cases)
      expect((await correct(corrects, more)).body).toMatchObject({ status: 422, reasons: [{ code: 'reference-unknown', at }] });
    expect((await correct(correction, {}, 'court')).body).toMatchObject({ reasons: [{ code: 'reference-unknown', at: '/corrects' }] });
    for (const data of [{ corrects: undefined }, { corrects: '' }, { corrects: 7 }]) expect((await correct(mine, data)).status).toBe(422);
  });
});
