/** Searches for disclosures, and the delivery of corrections to every recipient (T44). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verb } from '../../gateway/cli/audit.ts';
import { type ExitCode, runVerb } from '../../gateway/cli/verb.ts';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import { personsOf, referenceOf } from '../../gateway/pipeline/persons.ts';
import type { Disclosure } from '../../gateway/store/disclosures.ts';
import { busEnvironment, caseOf, openGateway, resultOf, type TestGateway } from '../support/gateway.ts';
import { makeIo } from '../support/io.ts';

let gateway: TestGateway;
let registered: string;
let resulted: string;

async function audit(...words: string[]): Promise<{ code: ExitCode; out: string[] }> {
  const out: string[] = [];
  const io = makeIo({ INTERCHANGE_DATA: gateway.folder, ...busEnvironment(gateway.folder) }, (line) => out.push(line));
  return { code: await runVerb(verb, words, io), out };
}
const disclosures = async (subject: string): Promise<{ events: string[]; disclosures: Disclosure[] }> =>
  JSON.parse((await audit('disclosures', '--subject', subject, '--json')).out[0] ?? '') as { events: string[]; disclosures: Disclosure[] };
const idOf = (persona: string): string => gateway.config.clients.find((client) => client.persona === persona)?.id ?? '';

const correction = (data: object): string =>
  JSON.stringify({ specversion: '1.0', type: 'uk.justice.correction.issued.v1', data: { case: { urn: '52WX2000001' }, ...data } });

beforeAll(async () => {
  gateway = await openGateway();
  registered = (await gateway.post('/v1/messages', caseOf(1), 'force')).body.events[0].id as string;
  await gateway.post(
    '/v1/messages',
    caseOf(2)
      .replaceAll('TREMAYNE', 'OTHERMAN')
      .replaceAll(/2652WX0100000000421C/g, '2652WX0100000000422D'),
    'force',
  );
  await gateway.events('cps');
  await gateway.events('supplier');
  resulted = (await gateway.post('/v1/messages', resultOf(1), 'court')).body.events[0].id as string;
});
afterAll(() => gateway.close());

describe('a search for disclosures of a person or a case', () => {
  it('finds by case who was told what and when, and nothing of other cases', async () => {
    const found = await disclosures('urn:52WX2000001');
    expect(found.events.toSorted()).toEqual([registered, resulted].toSorted());
    expect(found.disclosures.map(({ who, event, decision }) => [who, event, decision])).toEqual([
      [idOf('cps'), registered, 'permit'],
      [idOf('supplier'), registered, 'redact'],
    ]);
    expect(found.disclosures[0]?.time).toMatch(/^\d{4}-\d{2}-\d{2}T/);
    expect(await disclosures('urn:52WX2999999')).toEqual({ events: [], disclosures: [] });
  });
  it.each(['asn:2652WX0100000000421C', 'asn:26/52WX/01/00000000421C', 'name:Tremayne/Jory/1991-04-17', 'name:PROSSER/Ffion/1994-09-30'])(
    'finds by %s, in any spelling',
    async (subject) => {
      const { events } = await disclosures(subject);
      expect(events).toContain(registered);
    },
  );
  it('finds no names in the log itself', async () => {
    const log = (await audit('export')).out.join('\n');
    expect(log).toContain(registered);
    for (const text of ['TREMAYNE', 'Prosser', '52WX2000001', '1991-04-17', '421C'])
      expect(log.toLowerCase()).not.toContain(text.toLowerCase());
  });
  it('reports missing arguments', async () => {
    for (const words of [['disclosures'], ['disclosures', '--subject', 'Tremayne'], ['disclosures', '--subject', 'shoe:9'], ['nothing']])
      await expect(audit(...words)).rejects.toThrow(/Name the person|takes|Usage/);
  });
  it('uses one pseudonym for each reference, separate for each kind', () => {
    expect(referenceOf('pnc', ' 2019/0088012e ')).toBe(referenceOf('pnc', '20190088012E'));
    expect(referenceOf('asn', '1')).not.toBe(referenceOf('cro', '1'));
    const pseudonym = (kind: string, text: string) => `${kind} ${text}`;
    const person = { name: { familyName: 'Ash', givenNames: ['Ro', 'Vi'] }, dateOfBirth: '2000-01-01' };
    expect(personsOf({ defendants: [{ person, asn: '', pncId: 'x' }, { person }] }, { pseudonym })).toEqual([
      'person pnc:X',
      'person name:ASH/RO/20000101',
    ]);
  });
});

describe('T44 a correction', () => {
  const TYPE = 'uk.justice.correction.issued.v1';
  const read = async (persona: string, filter = ''): Promise<readonly SealedEvent[]> =>
    (await gateway.call(`/v1/events?limit=1000${filter}`, {}, persona)).body.events as SealedEvent[];
  let issued: string;
  beforeAll(async () => {
    const answer = await gateway.post(
      '/v1/events',
      correction({ corrects: registered, kind: 'rectified', detail: 'The address was that of Wenna Trelawny.' }),
      'force',
    );
    expect(answer.status).toBe(202);
    issued = answer.body.events[0].id as string;
  });

  it('is delivered to everybody who received the event, whatever they filter by', async () => {
    for (const persona of ['cps', 'supplier'])
      for (const filter of ['&type=uk.justice.case.registered.v1', '&type=uk.justice.hearing.resulted.v1', '&subject=somebody-else', ''])
        expect([persona, filter, (await read(persona, filter)).map(({ id }) => id).includes(issued)]).toEqual([persona, filter, true]);
    const found = await disclosures('urn:52WX2000001');
    expect(new Set(found.disclosures.filter(({ event }) => event === issued).map(({ who }) => who))).toEqual(
      new Set([idOf('cps'), idOf('supplier')]),
    );
  });
  it('is not forced on a reader who never received the event', async () => {
    expect((await read('court', '&type=uk.justice.hearing.resulted.v1')).map(({ type }) => type)).not.toContain(TYPE);
  });
  it('contains only what each reader may read', async () => {
    const of = async (persona: string) => (await read(persona)).find(({ id }) => id === issued)?.data;
    expect(await of('cps')).toMatchObject({ corrects: registered, kind: 'rectified', detail: expect.stringContaining('Trelawny') });
    expect(await of('supplier')).toMatchObject({ corrects: registered, kind: 'rectified' });
    expect(JSON.stringify(await of('supplier'))).not.toContain('Trelawny');
  });
  it('from another source is delivered to nobody', async () => {
    const before = (await read('cps')).length;
    const { body } = await gateway.post('/v1/events', correction({ corrects: registered, kind: 'erased' }), 'court');
    expect(body).toMatchObject({ status: 422, reasons: [{ code: 'reference-unknown', at: '/corrects' }] });
    expect(await read('cps')).toHaveLength(before);
  });
  it('must name its event', async () => {
    expect((await gateway.post('/v1/events', correction({ kind: 'erased' }), 'force')).status).toBe(422);
    expect((await gateway.post('/v1/events', correction({ corrects: 'x', kind: 'erased' }), 'force')).status).toBe(422);
  });
});
