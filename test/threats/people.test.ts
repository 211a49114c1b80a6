/** T11, T15, T27 to T30: data that could name a person who must not be named. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Adapter, JsonObject } from '../../adapters/adapter.ts';
import { success } from '../../adapters/result.ts';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import { compileClearance, compilePolicy } from '../../gateway/labels/policy.ts';
import { decide } from '../../gateway/labels/redact.ts';
import { EventPeople } from '../../gateway/protections/event-people.ts';
import { defendantsOf } from '../../gateway/protections/people.ts';
import { compileRules, type Rule } from '../../gateway/protections/rules.ts';
import { compileClients } from '../../gateway/rules/clients.ts';
import { caseOf, openGateway, problem, type TestGateway } from '../support/gateway.ts';
import {
  anyClearance,
  clearanceFor,
  context,
  eventOf,
  labelling,
  must,
  NOW,
  POLICY,
  policy,
  sampleCase,
  sampleResult,
  standards,
  take,
  verifier,
  withAdapter,
} from '../support/rules-in-force.ts';

const sealVerifier = verifier();
const verified = async (text: string) => {
  const { event, topic } = await eventOf(text);
  return must(await sealVerifier.verify(event, topic));
};
const deliveredTo = async (text: string, clearance: Parameters<typeof clearanceFor>[0], now = NOW): Promise<SealedEvent | undefined> => {
  const decision = decide(labelling, await verified(text), clearanceFor(clearance), now);
  return decision.verdict === 'deny' ? undefined : decision.event;
};

/** Reads everything but what a reporting restriction bars. */
const WIDE = {
  classifications: ['OFFICIAL'],
  sensitive: true,
  releasableTo: ['POLICE', 'CPS', 'COURTS', 'PROBATION', 'PRISONS', 'YOUTH JUSTICE'],
} as const;

describe('T11 an old marking is not mapped automatically', () => {
  const marked = (marking: string): Adapter => ({
    id: 'marked',
    version: '1.0.0',
    title: 'Messages with a marking',
    mediaTypes: ['text/x-marked'],
    standards: ['case.registered'],
    detect: () => true,
    decode: () =>
      success({
        events: [{ standard: 'case.registered', data: { case: { urn: '52WX1000999' }, defendants: [{}] }, warnings: [], marking }],
      }),
  });
  it.each(policy.document.legacyMarkings)('and a message marked %s is quarantined for its owner', async (marking) => {
    const outcome = take('x', {}, withAdapter(marked(marking)));
    expect(outcome).toMatchObject({ kind: 'refused', refusals: [{ code: 'legacy-marking' }] });
  });
  it.each(['official', 'OFFICIAL ', 'OFFICIAL - SENSITIVE', 'NOT PROTECTIVELY MARKED', ''])(
    'and so is one marked %j, because only exact letters count',
    (marking) => {
      expect(take('x', {}, withAdapter(marked(marking)))).toMatchObject({ kind: 'refused', refusals: [{ code: 'legacy-marking' }] });
    },
  );
  it('and a marking that the policy has can raise, and never lower', () => {
    const label = (marking: string, floor?: object) => {
      const outcome = take(
        'x',
        floor === undefined ? {} : { assertion: { policy: POLICY, classification: 'SECRET' } },
        withAdapter(marked(marking)),
      );
      return outcome.label;
    };
    expect(label('OFFICIAL')).toMatchObject({ classification: 'OFFICIAL' });
    expect(label('OFFICIAL-SENSITIVE')).toMatchObject({ classification: 'OFFICIAL', sensitive: true });
    expect(label('OFFICIAL', {})).toMatchObject({ classification: 'SECRET' });
  });
  it.each(policy.document.legacyMarkings)('and an asserted %s is quarantined too', async (legacy) => {
    expect(take(sampleCase, { assertion: { policy: POLICY, classification: 'OFFICIAL', legacy } })).toMatchObject({
      kind: 'refused',
      refusals: [{ code: 'legacy-marking' }],
    });
  });
});

describe('T15 a client that reads many records', () => {
  let gateway: TestGateway;
  let clock = NOW;
  let wait = 0;
  beforeAll(async () => {
    const reader = {
      id: 'example.reader',
      title: 'A reader (invented)',
      scopes: ['events:read' as const],
      volume: { events: 5, hours: 24 },
    };
    gateway = await openGateway({
      now: () => clock,
      clients: [{ ...reader, clearance: { policy: POLICY, classifications: ['OFFICIAL'] } }],
    });
    for (let n = 0; n < 8; n++) await gateway.post('/v1/messages', caseOf(n), 'force');
  });
  afterAll(() => gateway.close());
  it('and has reached its volume limit gets no more until a review, and the audit log says so', async () => {
    const page = await gateway.call('/v1/events?limit=100', {}, 'example.reader');
    expect(page.body.events).toHaveLength(5);
    expect(page.body.more).toBe(true);
    for (const path of ['/v1/events', `/v1/events/${page.body.events[0].id}`]) {
      const answer = await gateway.call(path, {}, 'example.reader');
      expect([answer.status, answer.body.type]).toEqual([403, problem('under-review')]);
      wait = Number(answer.headers.get('Retry-After'));
    }
    expect((await gateway.audit()).filter(({ who, reasons = [] }) => who === 'example.reader' && reasons.includes('volume'))).toHaveLength(
      2,
    );
    expect((await gateway.call('/v1/events?limit=100', {}, 'supplier')).body.events).toHaveLength(8);
  });
  it('continues where it was after the time has passed', async () => {
    expect(wait).toBeGreaterThan(23 * 3600);
    clock += wait * 1000;
    const token = await gateway.forge({ client_id: 'example.reader', sub: 'example.reader' });
    const { status, body } = await gateway.call('/v1/events?limit=100', { headers: { Authorization: `Bearer ${token}` } });
    expect([status, body.events?.length]).toEqual([200, 5]);
  });
});

describe('T27 encoded content keeps the label of its portion', () => {
  const CANARY = 'Xanthippe Quickthorn';
  const encodings: Readonly<Record<string, string>> = {
    plain: CANARY,
    base64: Buffer.from(CANARY).toString('base64'),
    hex: Buffer.from(CANARY).toString('hex'),
    'JSON in a string': JSON.stringify({ name: CANARY }).replaceAll('"', '&quot;'),
    'XML in a string': `&lt;name&gt;${CANARY}&lt;/name&gt;`,
    'escaped twice': `&amp;lt;${CANARY}&amp;gt;`,
    'percent signs': encodeURIComponent(CANARY),
    backwards: [...CANARY].reverse().join(''),
  };
  it.each(Object.entries(encodings))('%s', async (_, encoded) => {
    const text = sampleCase.replace(/assaulted [^<]*/, `ZQXcanaryZQX-${encoded}`);
    expect(text).not.toBe(sampleCase);
    expect(JSON.stringify(await deliveredTo(text, WIDE))).toContain('ZQXcanaryZQX-');
    const low = JSON.stringify(await deliveredTo(text, { classifications: ['OFFICIAL'] }));
    for (const form of [...Object.values(encodings), 'Quickthorn', 'Xanthippe', 'ZQXcanaryZQX']) expect(low).not.toContain(form);
  });
});

describe('T28 free text is never released to the public by machine', () => {
  const freeText = Object.entries(policy.document.portions).filter(([, portion]) => portion.freeText === true);
  it('because the policy has free text, and withholds every portion of it from publishers', () => {
    expect(freeText.map(([name]) => name)).toEqual([
      'encounter',
      'suspect',
      'safeguard',
      'crime',
      'custody',
      'narrative',
      'text',
      'handling',
    ]);
    for (const [, { label }] of freeText)
      expect(label === 'event' ? [] : label.releasableTo).not.toEqual(expect.arrayContaining(['PUBLIC']));
  });
  it('to a client that publishes, whatever else it holds', async () => {
    const [event] = [await verified(sampleCase)];
    const places = event.event.data.portions
      .flatMap(({ at }) => at)
      .filter((at) => /wording|bailConditions|prosecutionFacts|location/.test(at));
    expect(places.length).toBeGreaterThan(1);
    fc.assert(
      fc.property(anyClearance, fc.constantFrom('PUBLIC', 'MEDIA'), (clearance, recipient) => {
        const { restrictions: _, ...rest } = clearance;
        const publisher = must(compileClearance(policy, { ...rest, classifications: ['OFFICIAL'], releasableTo: [recipient] }));
        const decision = decide(labelling, event, publisher, NOW);
        if (decision.verdict === 'deny') return;
        const left = decision.event.data.portions.flatMap(({ at }) => at);
        expect(left.filter((at) => places.includes(at))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
  it('and a policy that releases free text to publishers does not load', () => {
    for (const open of [
      { classification: 'OFFICIAL' },
      { classification: 'OFFICIAL', releasableTo: ['POLICE', 'MEDIA'] },
      'event' as const,
    ]) {
      const portions = { ...policy.document.portions, narrative: { title: 'Free text', freeText: true, label: open } };
      expect(() => compilePolicy({ ...policy.document, portions })).toThrow(/free text/);
    }
  });
  it('and a client that publishes cannot be configured to pass a reporting restriction', () => {
    const client = (releasableTo: string[]) => ({
      id: 'paper',
      title: 'A newspaper (invented)',
      scopes: ['events:read' as const],
      clearance: { policy: POLICY, classifications: ['OFFICIAL'], releasableTo, restrictions: ['CYPA1933_s49'] },
    });
    expect(() => compileClients(policy, [client(['MEDIA'])])).toThrow(/publishes/);
    expect(compileClients(policy, [client(['CPS'])]).size).toBe(1);
  });
});

describe('T29 what ends at 18 ends then, and what is for life never does', () => {
  const youth = sampleCase.replace('1991-04-17', '2009-05-20');
  const birthday = Date.parse('2027-05-20T00:00:00Z');
  const name = async (text: string, now: number) =>
    (await deliveredTo(text, { classifications: ['OFFICIAL'] }, now))?.data.defendants as { person?: { name?: object } }[];
  it('for a youth, who is not named on the last day at 17, and is named from 18 on', async () => {
    expect((await name(youth, birthday - 1))[0]?.person?.name).toBeUndefined();
    expect((await name(youth, birthday))[0]?.person?.name).toBeDefined();
  });
  it('but free text is not released then, because it can name a younger person', async () => {
    const later = await deliveredTo(youth, WIDE, birthday + 1e12);
    expect(JSON.stringify(later?.data.defendants)).not.toMatch(/wording|bailConditions/);
  });
  it('but nothing ends for a defendant of unknown age', async () => {
    const unknown = sampleCase.replace('<Birthdate>1991-04-17</Birthdate>', '');
    expect((await name(unknown, birthday + 1e12))[0]?.person?.name).toBeUndefined();
  });
  it('and an event that was delivered then verifies', async () => {
    const event = (await deliveredTo(youth, { classifications: ['OFFICIAL'] }, birthday)) as SealedEvent;
    expect(await sealVerifier.verify(event)).toMatchObject({ ok: true });
  });
  it('and the complainant of a sexual offence is anonymous for life', async () => {
    const rape = sampleCase.replace('CJ88116', 'SX03001');
    for (const years of [0, 18, 50, 100]) {
      const event = await deliveredTo(rape, WIDE, NOW + years * 365.25 * 86_400_000);
      expect(JSON.stringify(event)).not.toMatch(/PROSSER|Larkspur/i);
    }
  });
});

describe('T30 the whole group of an identification restriction goes together', () => {
  it.each([
    ['a youth', sampleCase.replace('1991-04-17', '2010-01-01'), ['TREMAYNE', '2010-01-01', 'Kittiwake', '1991']],
    ['a complainant', sampleCase.replace('CJ88116', 'SX03001'), ['PROSSER', 'Ffion', 'Larkspur']],
    [
      'whoever an order of the court means',
      sampleResult.replace(/(<(?:\w+:)?ResultCode>)\d+/, (_, tag: string) => `${tag}4510`),
      ['Prosser', 'beating', 'Fined 250'],
    ],
  ])('for %s, whatever else the reader may read', async (_, text, names) => {
    expect(text === sampleCase || text === sampleResult).toBe(false);
    const event = JSON.stringify(await deliveredTo(text, WIDE));
    for (const name of names) expect(event.toLowerCase()).not.toContain(name.toLowerCase());
  });
  it('by every rule that restricts identification', () => {
    const compiled = compileRules(policy, (id) => standards.codeLists.get(id));
    const groups = Object.values(policy.document.groups ?? {});
    for (const { document, portions } of compiled) {
      if (document.raise.with.restrictions === undefined) continue;
      expect([document.id, groups.some((group) => group.portions.every((name) => portions.has(name)))]).toEqual([document.id, true]);
    }
  });
});

/** Whether a rule holds for the first defendant of an event. */
function holdsIn(rule: Rule, data: JsonObject, source = 'a.source'): boolean {
  const people = new EventPeople({ data, source, recordedtime: new Date(NOW).toISOString() }, defendantsOf(data));
  const [first] = people.defendants;
  return rule.condition(first?.object ?? {}, people, first?.person) !== undefined;
}

describe('the rules of the policy', () => {
  const compiled = compileRules(policy, (id) => standards.codeLists.get(id));
  const cases = compiled.flatMap((rule) =>
    (rule.document.examples ?? []).map((example) => [rule.document.id, example.title, example, rule] as const),
  );
  it.each(cases)('%s: %s', (_id, _title, { given, raises }, rule) => {
    const { offenceCodes = [], resultCodes = [], bornOn, birthYear, hearingOn = '2026-11-16', source } = given;
    const results = resultCodes.map((code) => ({ code }));
    const offences = offenceCodes.map((code) => ({ code, results }));
    const person = {
      ...(bornOn === undefined ? {} : { dateOfBirth: bornOn }),
      ...(birthYear === undefined ? {} : { perceivedBirthYear: birthYear }),
    };
    const defendant = { person, offences: offences.length === 0 ? [{ results }] : offences };
    const data = { hearing: { date: hearingOn }, defendants: [defendant] };
    expect(holdsIn(rule, data, source)).toBe(raises);
  });
  it('each cite their law, and have examples of when they raise and when they do not', () => {
    for (const { document } of compiled) {
      expect(document.law).not.toBe('');
      expect(new Set(document.examples?.map(({ raises }) => raises))).toEqual(new Set([true, false]));
    }
  });
  it('can depend on the source', () => {
    const rule = {
      id: 'by-source',
      title: 'x',
      law: 'x',
      of: 'defendant',
      when: { sources: ['a.force'] },
      raise: { portions: ['identity'], with: { restrictions: ['CYPA1933_s49'] } },
    };
    const [only] = compileRules({ ...policy, document: { ...policy.document, rules: [rule] } }, () => undefined);
    const holds = (source: string) => only !== undefined && holdsIn(only, { defendants: [{}] }, source);
    expect([holds('a.force'), holds('b.force')]).toEqual([true, false]);
  });
  it('with an unknown condition or group stop the start', () => {
    const rules = (when: object, raise: object) => () =>
      compileRules(
        {
          ...policy,
          document: {
            ...policy.document,
            rules: [{ id: 'x', title: 'x', law: 'x', of: 'offence', when, raise: { with: {}, ...raise } } as never],
          },
        },
        () => undefined,
      );
    expect(rules({}, { portions: ['identity'] })).toThrow(/no known condition/);
    expect(rules({ sources: ['a'] }, { groups: ['nobody'] })).toThrow(/group/);
    expect(rules({ sources: ['a'] }, { portions: ['nothing'] })).toThrow(/portion/);
    expect(rules({ offenceCodeIn: 'none' }, { portions: ['identity'] })).toThrow(/code list/);
  });
});

it('the tests above would find a name', async () => {
  expect(JSON.stringify(await deliveredTo(sampleCase, WIDE))).toMatch(/PROSSER/);
  expect(context.standards).toBe(standards);
});
