/** Links between cases: they extend protections and searches, keep the order across cases, and give no more rights. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { verb } from '../../../gateway/cli/audit.ts';
import { runVerb } from '../../../gateway/cli/verb.ts';
import type { SealedEvent } from '../../../gateway/labels/event.ts';
import type { ClientConfig } from '../../../gateway/rules/clients.ts';
import { busEnvironment, caseOf, openGateway, resultOf, type TestGateway } from '../../support/gateway.ts';
import { makeIo } from '../../support/io.ts';
import { liftByTwo } from '../../support/lift.ts';
import { POLICY } from '../../support/rules-in-force.ts';

const reader = (id: string, releasableTo: readonly string[] = ['POLICE', 'CPS', 'COURTS']): ClientConfig => ({
  id,
  title: `${id} (invented)`,
  scopes: ['events:read'],
  clearance: { policy: POLICY, classifications: ['OFFICIAL'], sensitive: true, releasableTo },
});
/** Reads everything but what a restriction bars. */
const BARRED = 'example.barred';
/** Reads nothing that is for the police alone. */
const OTHER = 'example.other';
const JSON_TYPE = { 'Content-Type': 'application/json' };
const NAMES = /tremayne|kittiwake/i;
const urnOf = (n: number): string => `52WX2${String(n).padStart(6, '0')}`;

describe('linked cases', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await openGateway({ clients: [reader(BARRED), reader(OTHER, ['CPS'])] });
  }, 60_000);
  afterAll(() => gateway?.close());

  const publish = async (n: number): Promise<string> =>
    (await gateway.post('/v1/messages', caseOf(n), 'force')).body.events[0].id as string;
  const result = async (n: number): Promise<string> =>
    (await gateway.post('/v1/messages', resultOf(n), 'court')).body.events[0].id as string;
  const send = (type: string, data: object, persona = 'force') =>
    gateway.post('/v1/events', JSON.stringify({ specversion: '1.0', type: `uk.justice.${type}.v1`, data }), persona);
  const link = async (n: number, others: readonly number[], more: object = {}, persona = 'force'): Promise<string> => {
    const data = { case: { urn: urnOf(n) }, kind: 'renamed', linkedCases: others.map((other) => ({ urn: urnOf(other) })), ...more };
    const answer = await send('case.linked', data, persona);
    expect([answer.status, answer.body.reasons]).toEqual([202, []]);
    return answer.body.events[0].id as string;
  };
  const correct = async (id: string, persona = 'force') => {
    const answer = await send('correction.issued', { corrects: id, kind: 'erased' }, persona);
    return answer.status;
  };
  const impose = async (n: number): Promise<string> => {
    const order = {
      case: urnOf(n),
      person: { kind: 'defendant', givenNames: ['Jory'], familyName: 'Tremayne' },
      restrictions: ['YJCEA1999_s45'],
      law: 'Youth Justice and Criminal Evidence Act 1999, s.45',
      title: 'Order of Wessex Magistrates’ Court (invented)',
    };
    const answer = await gateway.post('/v1/protections', JSON.stringify(order), 'owner', JSON_TYPE);
    expect(answer.status).toBe(201);
    return answer.body.id as string;
  };
  const lift = (id: string) => liftByTwo(gateway, id);
  const read = async (id: string): Promise<SealedEvent> => (await gateway.call(`/v1/events/${id}`, {}, BARRED)).body as SealedEvent;
  const names = async (id: string): Promise<boolean> => NAMES.test(JSON.stringify((await read(id)).data.defendants));
  const search = async (subject: string, filter = '&linked=true', persona: string = BARRED): Promise<readonly string[]> => {
    const { body } = await gateway.call(`/v1/events?limit=1000&subject=${subject}${filter}`, {}, persona);
    return (body.events as SealedEvent[]).filter(({ source }) => source !== 'justice-interchange').map(({ id }) => id);
  };

  describe('T57 protections of linked cases', () => {
    it('also apply to a case that is linked later, in both directions, to earlier and later events', async () => {
      const [first, second, third] = [await publish(1), await publish(2), await publish(3)];
      await impose(2);
      expect([await names(first), await names(second), await names(third)]).toEqual([true, false, true]);
      await link(1, [2]);
      await link(2, [3]);
      expect([await names(first), await names(second), await names(third)]).toEqual([false, false, false]);
      expect(await names(await result(1))).toBe(false);
    });

    it('make corrections of earlier disclosures of the linked case', async () => {
      const event = await publish(4);
      expect(await names(event)).toBe(true);
      await impose(5);
      await link(5, [4]);
      await vi.waitFor(
        async () =>
          expect((await gateway.events(BARRED)).filter(({ data }) => data.corrects === event)).toMatchObject([
            { data: { kind: 'restricted' } },
          ]),
        { timeout: 15_000, interval: 100 },
      );
    }, 30_000);

    it('are extended from the time when they are imposed, where the link came first', async () => {
      const event = await publish(6);
      await link(6, [7]);
      expect(await names(event)).toBe(true);
      await impose(7);
      expect(await names(event)).toBe(false);
    });

    it('are not lifted by a link: those of one case stay, whatever was lifted in the other', async () => {
      const event = await publish(8);
      await impose(8);
      const there = await impose(9);
      await link(9, [8, 36]);
      const sealed = await publish(36);
      expect((await lift(there)).status).toBe(200);
      expect([await names(event), await names(sealed)]).toEqual([false, false]);
    });

    it('stay in events that were sealed with them, where they are lifted in the linked case', async () => {
      const there = await impose(40);
      await link(40, [41]);
      const sealed = await publish(41);
      expect(await names(sealed)).toBe(false);
      expect((await lift(there)).status).toBe(200);
      expect(await names(sealed)).toBe(false);
    });

    it('stay after a link is corrected, but later ones are not extended; only its source can correct it', async () => {
      const event = await publish(10);
      const wrong = await link(10, [11]);
      const first = await impose(11);
      expect(await names(event)).toBe(false);
      expect(await correct(wrong, 'court')).toBe(422);
      expect(await correct(wrong)).toBe(202);
      expect(await names(event)).toBe(false);
      expect((await lift(first)).status).toBe(200);
      expect(await names(event)).toBe(true);
      await impose(11);
      expect(await names(event)).toBe(true);
    });

    it('count as every restriction, where more cases are linked than the limit', async () => {
      const event = await publish(12);
      for (let n = 0; n < 51; n++)
        await link(
          12,
          Array.from({ length: 20 }, (_, other) => 10_000 + n * 20 + other),
        );
      expect(await names(event)).toBe(false);
      expect(await names(await publish(13))).toBe(true);
    }, 60_000);
  });

  describe('a search by subject in linked cases', () => {
    it('includes events of linked cases on request, in the one order of all events', async () => {
      const ids = [await publish(20), await publish(21), await result(20)];
      const [{ subject = '' }, { subject: other = '' }] = [await read(ids[0] as string), await read(ids[1] as string)];
      expect(await search(subject)).toEqual([ids[0], ids[2]]);
      ids.push(await link(20, [21]), await result(21));
      expect(await search(subject)).toEqual(ids);
      expect(await search(other)).toEqual(ids);
      expect(await search(subject, '')).toEqual([ids[0], ids[2], ids[3]]);
      // Page by page it is the same.
      const paged: string[] = [];
      for (let cursor = ''; ; ) {
        const { body } = await gateway.call(`/v1/events?limit=1&subject=${subject}&linked=true${cursor}`, {}, BARRED);
        paged.push(...(body.events as SealedEvent[]).filter(({ source }) => source !== 'justice-interchange').map(({ id }) => id));
        if (body.more !== true) break;
        cursor = `&cursor=${body.cursor as string}`;
      }
      expect(paged).toEqual(ids);
    });

    it('stops at a corrected link', async () => {
      const [first, second] = [await publish(22), await publish(23)];
      const wrong = await link(22, [23]);
      const { subject = '' } = await read(first);
      expect(await search(subject)).toEqual([first, second, wrong]);
      await correct(wrong);
      expect(await search(subject)).not.toContain(second);
    });

    it('T25 follows no link that the reader may not read', async () => {
      const second = await publish(25);
      const first = await publish(24);
      const { subject = '' } = await read(first);
      await link(24, [25], { label: { policy: POLICY, classification: 'OFFICIAL', sensitive: true, releasableTo: ['POLICE'] } });
      expect(await search(subject)).toContain(second);
      expect(await search(subject, '', OTHER)).toEqual([first]);
      expect(await search(subject, '&linked=true', OTHER)).toEqual([first]);
    });

    it('gives no more rights: each event is delivered as the reader may read it', async () => {
      const [theirs, mine] = [await result(26), await publish(27)];
      await impose(26);
      await link(27, [26]);
      const { subject = '' } = await read(mine);
      const { body } = await gateway.call(`/v1/events?subject=${subject}&linked=true`, {}, BARRED);
      const found = (body.events as SealedEvent[]).find(({ id }) => id === theirs);
      expect(found?.rendition).toBeDefined();
      expect(JSON.stringify(found?.data)).not.toMatch(NAMES);
    });

    it('must name the subject, and its cursor belongs to it', async () => {
      expect((await gateway.call('/v1/events?linked=true', {}, BARRED)).body.reasons).toMatchObject([{ at: '/query/linked' }]);
      const { subject = '' } = await read(await publish(28));
      const { cursor } = (await gateway.call(`/v1/events?subject=${subject}&linked=true`, {}, BARRED)).body;
      const without = await gateway.call(`/v1/events?subject=${subject}&cursor=${cursor as string}`, {}, BARRED);
      expect([without.status, without.body.reasons[0].at]).toEqual([400, '/query/cursor']);
    });
  });

  it('are included in the audit log: a search for disclosures of a case also finds those of linked cases', async () => {
    const disclosed = async (n: number): Promise<readonly string[]> => {
      const out: string[] = [];
      const io = makeIo({ INTERCHANGE_DATA: gateway.folder, ...busEnvironment(gateway.folder) }, (line) => out.push(line));
      await runVerb(verb, ['disclosures', '--subject', `urn:${urnOf(n)}`, '--json'], io);
      return (JSON.parse(out[0] ?? '') as { events: string[] }).events;
    };
    const [first, second] = [await publish(30), await publish(31)];
    expect(await disclosed(30)).toEqual([first]);
    const said = await link(31, [30]);
    expect((await disclosed(30)).toSorted()).toEqual([first, second, said].toSorted());
    await correct(said);
    expect(await disclosed(30)).toEqual([first]);
  });

  it('are named in no attribute of the link event, which has only references', async () => {
    const { data, ...attributes } = await read(await link(32, [33], { sentTo: { ouCode: 'B01EF01' }, date: '2026-11-20' }));
    expect(JSON.stringify({ ...attributes, seal: '' })).not.toMatch(/52WX/);
    const { label: _, ...said } = data;
    expect(said).toEqual({
      case: { urn: urnOf(32) },
      kind: 'renamed',
      linkedCases: [{ urn: urnOf(33) }],
      sentTo: { ouCode: 'B01EF01' },
      date: '2026-11-20',
      quality: { basis: 'fact' },
      portions: [],
    });
  });

  it('are accepted only from a source whose configuration has the standard', async () => {
    const data = { case: { urn: urnOf(34) }, kind: 'renamed', linkedCases: [{ urn: urnOf(35) }] };
    expect((await send('case.linked', data, 'officer')).body.reasons).toMatchObject([{ code: 'standard-not-allowed' }]);
    for (const wrong of [
      { linkedCases: [] },
      { linkedCases: [{}] },
      { kind: 'copied' },
      { case: { courtReference: 'T20267001' } },
      { reason: 'why' },
    ])
      expect((await send('case.linked', { ...data, ...wrong })).status).toBe(422);
  });
});
