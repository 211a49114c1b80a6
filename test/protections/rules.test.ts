import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../adapters/adapter.ts';
import { compilePolicy } from '../../gateway/labels/policy.ts';
import type { RuleDocument } from '../../gateway/labels/policy-document.ts';
import { planOf } from '../../gateway/labels/portions.ts';
import { isCalendarDate, yearsBetween } from '../../gateway/protections/age.ts';
import { EventPeople } from '../../gateway/protections/event-people.ts';
import { defendantsOf } from '../../gateway/protections/people.ts';
import { type Codes, compileRules, hearingDate, PlaceRules, reasonOf } from '../../gateway/protections/rules.ts';
import { document } from '../labels/invented.ts';
import { eventOf, sampleCase, take } from '../support/rules-in-force.ts';

const restrictionsAt = async (text: string, pointer: string): Promise<readonly string[]> => {
  const { event } = await eventOf(text);
  return event.data.portions.find(({ at }) => at.includes(pointer))?.label.restrictions ?? [];
};

const rape = sampleCase.replace('CJ88116', 'SX03001');

describe('a complainant of a sexual offence', () => {
  it.each([
    '/defendants/0/offences/0/victims',
    '/defendants/0/offences/0/wording',
    '/defendants/0/offences/0/prosecutionFacts',
    '/defendants/0/bailConditions',
  ])('is anonymous for life in %s (SOAA 1992 s.1)', async (pointer) => {
    expect(await restrictionsAt(rape, pointer)).toContain('SOAA1992_s1');
    expect(await restrictionsAt(sampleCase, pointer)).toEqual([]);
  });

  it('includes the victim of an unknown offence code, so that a typing error reveals nothing', async () => {
    expect(await restrictionsAt(sampleCase.replace('CJ88116', 'SX0300l'), '/defendants/0/offences/0/victims')).toContain('SOAA1992_s1');
  });

  it.each(['TH68006C', 'CJ88116A'])('is not the victim of conspiracy or attempt, %s, at another offence', async (code) => {
    const event = { specversion: '1.0', type: 'uk.justice.case.registered.v1' };
    const offences = [{ code, victims: [{ name: { familyName: 'Prosser' } }] }];
    const data = {
      case: { urn: '52WX1000777' },
      defendants: [{ person: { name: { familyName: 'Oakes' }, dateOfBirth: '1980-02-03' }, offences }],
    };
    const outcome = take(JSON.stringify({ ...event, data }), { canonical: true });
    expect(JSON.stringify(outcome)).not.toContain('SOAA1992_s1');
    expect(outcome.kind).toBe('accepted');
  });

  const offence = /<Offence>[\s\S]*<\/Offence>/.exec(sampleCase)?.[0] ?? '';
  const second = (change: (text: string) => string) => sampleCase.replace(offence, offence + change(offence.replace('CJ88116', 'SX03001')));
  it('is also protected under another offence', async () => {
    const two = second((text) => text);
    for (const n of [0, 1]) expect(await restrictionsAt(two, `/defendants/0/offences/${n}/victims`)).toContain('SOAA1992_s1');
  });
  it('is not the victim of another offence with a different name', async () => {
    const two = second((text) =>
      text
        .replaceAll(/Prosser/gi, 'Quill')
        .replaceAll('Ffion', 'Wren')
        .replaceAll('Larkspur', 'Heron')
        .replaceAll('ZZ1 9XW', 'ZZ1 2BB')
        .replaceAll('900317', '900318'),
    );
    expect(two).toContain('Quill');
    expect(await restrictionsAt(two, '/defendants/0/offences/0/victims')).toEqual([]);
    expect(await restrictionsAt(two, '/defendants/0/offences/1/victims')).toContain('SOAA1992_s1');
  });
});

describe('a defendant under 18 at the hearing (CYPA 1933 s.49)', () => {
  const name = '/defendants/0/person/name';
  it.each([
    ['2008-11-17', true, 'is 17'],
    ['2008-11-16', false, 'turns 18 that day'],
    ['1991-04-17', false, 'is an adult'],
  ])('born %s: restricted %s, because the defendant %s', async (born, isRestricted) => {
    expect((await restrictionsAt(sampleCase.replace('1991-04-17', born), name)).includes('CYPA1933_s49')).toBe(isRestricted);
  });

  it('includes a defendant of unknown age', async () => {
    expect(await restrictionsAt(sampleCase.replace('<Birthdate>1991-04-17</Birthdate>', ''), name)).toContain('CYPA1933_s49');
    expect(await restrictionsAt(sampleCase.replace('1991-04-17', '17/04/1991'), name)).toContain('CYPA1933_s49');
  });

  it('has name, address, numbers, family and free text raised together', async () => {
    const youth = sampleCase.replace('1991-04-17', '2010-01-01');
    for (const pointer of [
      'asn',
      'address',
      'bailConditions',
      'person/name',
      'person/dateOfBirth',
      'person/contact',
      'offences/0/wording',
      'offences/0/location',
    ])
      expect([pointer, await restrictionsAt(youth, `/defendants/0/${pointer}`)]).toEqual([
        pointer,
        expect.arrayContaining(['CYPA1933_s49']),
      ]);
  });

  it('with a birthday on 29 February becomes 18 on 1 March', () => {
    expect([yearsBetween('2008-02-29', '2026-02-28'), yearsBetween('2008-02-29', '2026-03-01')]).toEqual([17, 18]);
  });
});

describe('the plan of a standard', () => {
  it('refuses an unknown reference', () => {
    expect(() => planOf({ $ref: 'urn:none' }, () => undefined)).toThrow(/urn:none/);
  });
});

/** The rules of the invented office, which has these lists of codes. */
function rulesOf(rules: readonly Partial<RuleDocument>[], lists: Readonly<Record<string, Codes>> = {}) {
  const full = rules.map((rule, n) => ({
    id: `rule-${n}`,
    title: 'Invented',
    law: 'Invented',
    of: 'defendant',
    when: {},
    raise: { portions: ['name'], with: { restrictions: ['YOUTH'] } },
    ...rule,
  }));
  return compileRules(compilePolicy({ ...document, rules: full }), (id) => lists[id]);
}
const contextFor = (data: unknown, object: unknown = {}): EventPeople =>
  new EventPeople(
    { data: data as JsonObject, source: 'a.source', recordedtime: '2026-11-23T12:00:00.000Z' },
    defendantsOf({ defendants: [object as JsonObject] }),
  );
const reasonFor = (when: RuleDocument['when'], object: unknown, data: unknown = {}, lists: Readonly<Record<string, Codes>> = {}) => {
  const context = contextFor(data, object);
  return rulesOf([{ when }], lists)[0]?.condition(object as JsonObject, context, context.defendants[0]?.person);
};
const holds = (...given: Parameters<typeof reasonFor>) => reasonFor(...given) !== undefined;

describe('an age at the hearing', () => {
  const hearing = { hearing: { date: '2026-11-16' } };
  const isUnder = (defendant: unknown, data: unknown = hearing) => holds({ ageAtHearingUnder: 18 }, defendant, data);
  it.each<readonly [object, boolean]>([
    [{}, true],
    [{ person: null }, true],
    [{ person: { dateOfBirth: '' } }, true],
    [{ person: { dateOfBirth: 19910417 } }, true],
    [{ person: { dateOfBirth: '1991-04-17' } }, false],
    // A year that an officer judged is not a date of birth.
    [{ person: { perceivedBirthYear: '1991' } }, true],
    [{ person: { perceivedBirthYear: '2010' } }, true],
    [{ person: { dateOfBirth: '', perceivedBirthYear: '1991' } }, true],
    [{ person: { dateOfBirth: '1991-04-17', perceivedBirthYear: '1990' } }, false],
    // A person who appears to be born in 2008 can be 17 or 18: that contradicts no date.
    [{ person: { dateOfBirth: '2008-03-01', perceivedBirthYear: '2008' } }, false],
    [{ person: { dateOfBirth: '1991-04-17', perceivedBirthYear: '0001' } }, true],
    [{ person: { dateOfBirth: '2010-01-01', perceivedBirthYear: '1991' } }, true],
    [{ person: { dateOfBirth: '1991-01-01', perceivedBirthYear: '2010' } }, true],
    ...['c1991', '1991?', '199', '19911', '199x', ''].map((perceivedBirthYear) => [{ person: { perceivedBirthYear } }, true] as const),
  ])('of %j is under 18: %s', (defendant, expected) => {
    expect(isUnder(defendant)).toBe(expected);
  });
  it.each([{}, { hearing: null }, { hearing: [] }, { hearing: { date: '' } }, { hearing: { date: 2026 } }])(
    'is under 18 for any date of birth where the hearing has no date: %j',
    (data) => {
      expect(isUnder({ person: { dateOfBirth: '1940-01-01' } }, data)).toBe(true);
    },
  );
  it('is not asked of an organisation, but of a person with an organisation', () => {
    expect(isUnder({ organisation: { name: 'Mole Boats' } })).toBe(false);
    expect(isUnder({ organisation: { name: 'Mole Boats' }, person: { name: { familyName: ' ' } } })).toBe(false);
    expect(isUnder({ organisation: {} })).toBe(true);
    expect(isUnder({ organisation: { name: 'Mole Boats' }, person: { dateOfBirth: '2015-01-01' } })).toBe(true);
  });
  it.each([null, [], 'Mole Boats', 1, undefined])('is asked where the organisation is %j, which is not one', (organisation) => {
    expect(isUnder({ organisation })).toBe(true);
  });
  it('can be asked of a person without offences', () => {
    expect(isUnder({ offences: [] })).toBe(true);
  });
});

describe('the codes of a rule', () => {
  const listed = new Set(['AB1']);
  const lists = { asked: listed, all: new Set(['AB1', 'CD2']) };
  const isMeant = (object: unknown, more: object = {}) => holds({ offenceCodeIn: 'asked', ...more }, object, {}, lists);
  it.each([
    [{ code: 'AB1' }, true],
    [{ code: ' ab1 ' }, true],
    [{ code: 'CD2' }, false],
    [{ code: 'XX9' }, false],
    [{}, false],
    [{ offences: [{ code: 'CD2' }, { code: 'AB1' }] }, true],
    [{ offences: [{ code: 'CD2' }] }, false],
    [{ offences: [], code: 'AB1' }, false],
  ])('are those of %j: %s', (object, expected) => {
    expect(isMeant(object)).toBe(expected);
  });
  it.each([
    ['AB1', true],
    ['CD2', false],
    ['XX9', true],
    ['', true],
  ])('include unknown codes where the rule says so: %j, %s', (code, expected) => {
    expect(isMeant({ code }, { orNotIn: 'all' })).toBe(expected);
  });
  it.each([
    ['AB10001C', 'conspiracy to a listed offence', false],
    ['AB10001Z', 'a letter that stands for nothing', true],
    ['LL26001', 'a local code of the area of the court', false],
    ['LL26002', 'a local code of another area', true],
    ['CD10001A', 'an attempt at one that is asked for', true],
  ])('are compared like codes in lists: %s, %s', (code, _, expected) => {
    const some = { asked: new Set(['CD10001']), all: new Set(['AB10001', 'CD10001', '52LL26001', '10LL26002']) };
    const data = { hearing: { courtHouse: { ouCode: 'B52EF01' } } };
    expect(holds({ offenceCodeIn: 'asked', orNotIn: 'all' }, { code }, data, some)).toBe(expected);
  });
  it('are looked up in their listed form, and an absent code as an empty one', () => {
    const asked: string[] = [];
    const has = (code: string) => {
      asked.push(code);
      return false;
    };
    holds({ offenceCodeIn: 'asked' }, { offences: [{ code: ' sx1' }, {}, { code: 7 }] }, {}, { asked: { has } });
    expect(asked).toEqual(['SX1', '']);
  });
  it.each([
    [{ results: [{ code: '4510' }] }, true],
    [{ results: [{ code: ' 4510 ' }] }, true],
    [{ results: [{ code: '1' }, {}] }, false],
    [{ offences: [{ results: [{ code: '1' }] }, { results: [{ code: '4510' }] }] }, true],
    [{ offences: [{ code: '4510' }] }, false],
    [{}, false],
  ])('are results of %j: %s', (object, expected) => {
    expect(holds({ resultCodes: ['4510'] }, object)).toBe(expected);
  });
  it('are one of several conditions, which must all hold', () => {
    const when = { offenceCodeIn: 'asked', resultCodes: ['4510'] };
    expect(holds(when, { code: 'AB1', results: [{ code: '4510' }] }, {}, lists)).toBe(true);
    expect(holds(when, { code: 'AB1', results: [{ code: '1' }] }, {}, lists)).toBe(false);
    expect(holds(when, { code: 'CD2', results: [{ code: '4510' }] }, {}, lists)).toBe(false);
  });
});

describe('a rule for some sources', () => {
  const [rule] = rulesOf([{ when: { sources: ['office.north', 'office.south'] } }]);
  const { source: _, ...withoutSource } = { area: '', isUnder: () => 'not-known' as const, source: '' };
  it.each([
    ['one of them', { source: 'office.north' }, 'as-stated'],
    ['another of them', { source: 'office.south' }, 'as-stated'],
    ['any other', { source: 'office.west' }, undefined],
    ['none', {}, undefined],
  ])('holds for events of %s: %j, %s', (_title, more, expected) => {
    expect(rule?.condition({}, { ...withoutSource, ...more })).toBe(expected);
  });
});

describe('why a rule holds', () => {
  const lists = { asked: new Set(['AB1']), all: new Set(['AB1', 'CD2']) };
  const hearing = { hearing: { date: '2026-11-16' } };
  const protects = (reason: 'under-18' | 'sexual-offence') => ({ protects: { who: 'self', reason, until: 'never' } as const });
  const reasonIn = (document: Partial<RuleDocument>, object: unknown) => {
    const context = contextFor(hearing, object);
    const [rule] = rulesOf([document], lists);
    const held = rule?.condition(object as JsonObject, context, context.defendants[0]?.person);
    return rule === undefined || held === undefined ? undefined : reasonOf(rule, held);
  };
  it('is the rule’s own reason where all facts are known, and otherwise names the unknown fact', () => {
    const age = { when: { ageAtHearingUnder: 18 }, ...protects('under-18') };
    expect([reasonIn(age, { person: { dateOfBirth: '2010-01-01' } }), reasonIn(age, {})]).toEqual(['under-18', 'age-not-known']);
    const offence = { when: { offenceCodeIn: 'asked', orNotIn: 'all' }, ...protects('sexual-offence') };
    expect([reasonIn(offence, { code: 'AB1' }), reasonIn(offence, { code: 'XX9' })]).toEqual(['sexual-offence', 'offence-not-known']);
    expect(reasonIn(offence, { offences: [{ code: 'XX9' }, { code: 'AB1' }] })).toBe('sexual-offence');
    expect(reasonIn(offence, { offences: [{ code: 'CD2' }, { code: 'XX9' }, { code: 'CD2' }] })).toBe('offence-not-known');
  });
  it('is an order where the rule gives no reason', () => {
    expect(reasonIn({ when: { resultCodes: ['1'] } }, { results: [{ code: '1' }] })).toBe('order');
  });
  it('is the unknown age where neither age nor offence is known', () => {
    const both = { when: { offenceCodeIn: 'asked', orNotIn: 'all', ageAtHearingUnder: 18 }, ...protects('under-18') };
    expect(reasonIn(both, { code: 'XX9' })).toBe('age-not-known');
    expect(reasonIn(both, { code: 'XX9', person: { dateOfBirth: '2010-01-01' } })).toBe('offence-not-known');
    expect(reasonIn(both, { code: 'CD2' })).toBeUndefined();
  });
  it('is the same for codes in any spelling, in the rule and in the event', () => {
    const rule = { when: { resultCodes: [' 04510'] } };
    expect([reasonIn(rule, { results: [{ code: '4510 ' }] }), reasonIn(rule, { results: [{ code: '14510' }] })]).toEqual([
      'order',
      undefined,
    ]);
  });
  it('ignores entries that are not objects', () => {
    const offence = { when: { offenceCodeIn: 'asked', orNotIn: 'all' } };
    expect([reasonIn(offence, { offences: [null] }), reasonIn(offence, { offences: 'x', code: 'CD2' })]).toEqual([
      'offence-not-known',
      undefined,
    ]);
    const result = { when: { resultCodes: ['1'] } };
    expect([reasonIn(result, { results: [null], offences: [null] }), reasonIn(result, { results: 'x', offences: 'x' })]).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe('the cached codes of a rule', () => {
  const counting = (listed: readonly string[] = []) => {
    const asked: string[] = [];
    const has = (code: string): boolean => {
      asked.push(code);
      return listed.includes(code);
    };
    const [rule] = rulesOf([{ when: { offenceCodeIn: 'asked' } }], { asked: { has } });
    const ask = (code: string, area = '') => rule?.condition({ code }, { area, isUnder: () => 'not-known' });
    return { asked, ask };
  };
  it('are looked up once, whatever the answer', () => {
    const { asked, ask } = counting(['AB1']);
    expect(['AB1', 'CD2', 'AB1', 'CD2'].map((code) => ask(code))).toEqual(['as-stated', undefined, 'as-stated', undefined]);
    expect(asked).toEqual(['AB1', 'CD2']);
  });
  it('are separate for each area, where a local code has another meaning', () => {
    const { ask } = counting(['52LL26001']);
    expect([ask('LL26001', '52'), ask('LL26001', '10'), ask('LL26001', '52')]).toEqual(['as-stated', undefined, 'as-stated']);
  });
  it('are at most 5,000, after which the cache is emptied', () => {
    const { asked, ask } = counting();
    for (let n = 0; n < 5000; n++) ask(`X${n}`);
    ask('X0');
    expect(asked).toHaveLength(5000);
    ask('another');
    ask('X0');
    expect(asked.slice(5000)).toEqual(['ANOTHER', 'X0']);
  });
});

describe('rules with equal conditions', () => {
  it('share one function, and other rules do not', () => {
    const [one, same, other] = rulesOf([
      { when: { resultCodes: ['1'] } },
      { when: { resultCodes: ['1'] } },
      { when: { resultCodes: ['2'] } },
    ]);
    expect(same?.condition).toBe(one?.condition);
    expect(other?.condition).not.toBe(one?.condition);
  });
});

describe('the raises of a rule', () => {
  it('are the portions that it names and those of its groups', () => {
    const groups = { who: { title: 'Who', portions: ['name', 'home'] }, what: { title: 'What', portions: ['home', 'text'] } };
    const portionsOf = (raise: RuleDocument['raise']) => {
      const rule = { ...(document.rules[0] as RuleDocument), raise };
      return compileRules(compilePolicy({ ...document, groups, rules: [rule] }), () => undefined)[0]?.portions;
    };
    expect(portionsOf({ groups: ['who', 'what'], portions: ['note'], with: {} })).toEqual(new Set(['note', 'name', 'home', 'text']));
    expect(portionsOf({ with: {} })).toEqual(new Set());
    expect(portionsOf({ portions: ['note'], with: {} })).toEqual(new Set(['note']));
  });
});

describe('the date of a hearing', () => {
  it('is as stated, or an empty text', () => {
    const events = [{ hearing: { date: '2026-11-16' } }, { hearing: { date: 7 } }, { hearing: null }, {}];
    expect(events.map((data) => hearingDate(data as unknown as JsonObject))).toEqual(['2026-11-16', '', '', '']);
  });
});

describe('an invalid rule', () => {
  const when = { ageAtHearingUnder: 18 };
  it.each([
    ['an unknown list', { when: { offenceCodeIn: 'none' } }, 'Rule rule-0: there is no code list none'],
    ['an unknown list of known codes', { when: { ...when, orNotIn: 'none' } }, 'Rule rule-0: there is no code list none'],
    ['no condition', { when: {} }, 'Rule rule-0 has no known condition'],
    ['a group, where the policy has none', { when, raise: { groups: ['who'], with: {} } }, 'Rule rule-0: the policy has no group who'],
    ['an unknown portion', { when, raise: { portions: ['nose'], with: {} } }, 'Rule rule-0: the policy has no portion nose'],
  ])('is refused for %s', (_, rule, reason) => {
    expect(() => rulesOf([rule])).toThrow(reason);
  });
});

describe('the rules of a place', () => {
  const raise = { portions: ['name'], with: { restrictions: ['YOUTH'] } };
  const [OF_DEFENDANT, OF_OFFENCE] = ['defendant', 'offence'].map((of) => ({ of, when: { resultCodes: ['1'] }, raise }));
  const place = (component: string, object: object) => ({ component, pointer: '', object: object as JsonObject });
  it('are those of every object around a portion that raise it', () => {
    const rules = rulesOf([OF_DEFENDANT as never, OF_OFFENCE as never, { ...OF_DEFENDANT, raise: { ...raise, portions: ['note'] } }]);
    const placeRules = new PlaceRules(rules, contextFor({}));
    const [open, shut] = [{ results: [{ code: '2' }] }, { results: [{ code: '1' }] }];
    const found = (portion: string, ...within: ReturnType<typeof place>[]) =>
      placeRules.rulesFor(portion, within).map(({ document: { id } }) => id);
    expect(found('name', place('defendant', { ...shut }), place('offence', { ...shut }))).toEqual(['rule-0', 'rule-1']);
    expect(found('name', place('defendant', { ...open }), place('offence', { ...shut }))).toEqual(['rule-1']);
    expect(found('name', place('defendant', { ...shut }), place('offence', { ...open }))).toEqual(['rule-0']);
    expect(found('note', place('defendant', { ...shut }), place('offence', { ...shut }))).toEqual(['rule-2']);
    expect(found('home', place('defendant', { ...shut }))).toEqual([]);
    expect(found('name', place('victim', { ...shut }))).toEqual([]);
    expect(found('name')).toEqual([]);
  });
  it('are evaluated once for each object', () => {
    let asked = 0;
    const [rule] = rulesOf([OF_DEFENDANT as never]);
    const counting = { ...(rule as NonNullable<typeof rule>), condition: () => (++asked > 0 ? ('as-stated' as const) : undefined) };
    const placeRules = new PlaceRules([counting], contextFor({}));
    const at = place('defendant', {});
    for (const portion of ['name', 'home', 'name']) placeRules.rulesFor(portion, [at]);
    expect(asked).toBe(1);
  });
});

describe('a calendar date', () => {
  it.each(['2001-04-17', '0001-01-01'])('can be %s', (text) => {
    expect(isCalendarDate(text)).toBe(true);
  });
  it.each(['2001', '2001-4-17', '12001-04-17', '2001-04-170', '2001-04-17T00:00', ' 2001-04-17', '17/04/2001', ''])(
    'cannot be %j',
    (text) => {
      expect(isCalendarDate(text)).toBe(false);
    },
  );
});
