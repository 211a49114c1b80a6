import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { join, sameLabel } from '../../gateway/labels/join.ts';
import { labelSlots } from '../../gateway/labels/label-event.ts';
import { compileRaise } from '../../gateway/labels/policy.ts';
import { PROTECTION_REASONS } from '../../gateway/labels/policy-document.ts';
import { keysOfPerson } from '../../gateway/protections/people.ts';
import { type KnownProtections, makeProtect } from '../../gateway/protections/protect.ts';
import type { Protection } from '../../gateway/protections/protection.ts';
import { NOTHING_KNOWN } from '../../gateway/protections/register.ts';
import { compileRules, type Rule } from '../../gateway/protections/rules.ts';
import {
  ADULT_BORN,
  anyDefendant,
  anyHearing,
  CHILD_RULE,
  COMPLAINANT_RULE,
  courtLaw,
  defendantOf,
  HEARING_PLAN,
  hearing,
  named,
  ORDER_RULE,
  PLACE_RULE,
  protectionsIn,
  raisedIn,
  raisedPointers,
  victim,
  WITNESS_RULE,
  YOUTH_BORN,
  YOUTH_RULE,
} from './invented-court.ts';

const adult = (more: object = {}) => defendantOf('Marrable', 'Maris', ADULT_BORN, more);
const youth = (more: object = {}) => defendantOf('Yarrow', 'Kai', YOUTH_BORN, more);
const withVictims = (code: string, ...victims: readonly object[]) => ({ offences: [{ code, wording: 'Took a bicycle.', victims }] });
const ORDERED = { results: [{ code: '4510' }] };
const PLACED = { results: [{ code: '7' }] };

describe('in any case', () => {
  const law = courtLaw();
  it('a place never has a lower label than its portion without protections', () => {
    fc.assert(
      fc.property(anyHearing, (defendants) => {
        const { slots } = labelSlots(law, HEARING_PLAN, hearing(defendants));
        for (const { portion, label } of slots) {
          const least = law.policy.portions.get(portion);
          if (least !== undefined && label !== undefined) expect(sameLabel(join(law.policy, label, least), label)).toBe(true);
        }
      }),
    );
  });
  it('all text is raised where anybody is protected, and nothing is raised otherwise', () => {
    fc.assert(
      fc.property(anyHearing, (defendants) => {
        const event = hearing(defendants, { extensions: { raw: 'x' } });
        const isEmpty = law.protect.find(event).isEmpty;
        for (const [pointer, by] of Object.entries(raisedIn(event, law)))
          if (isEmpty) expect(by).toEqual([]);
          else if (/\/(wording|bail|extensions)$/.test(pointer)) expect([pointer, by]).not.toEqual([pointer, []]);
      }),
    );
  });
  it('the order of the defendants does not affect the raises', () => {
    fc.assert(
      fc.property(anyHearing, (defendants) => {
        const turned = Object.entries(raisedIn(hearing(defendants.toReversed()), law)).map(([pointer, by]) => [
          pointer.replace(/^\/defendants\/(\d)/, (_, n) => `/defendants/${defendants.length - 1 - Number(n)}`),
          by.toSorted(),
        ]);
        const as = Object.entries(raisedIn(hearing(defendants), law)).map(([pointer, by]) => [pointer, by.toSorted()]);
        expect(Object.fromEntries(turned)).toEqual(Object.fromEntries(as));
      }),
    );
  });
  it('an additional protection lowers no label', () => {
    fc.assert(
      fc.property(anyHearing, anyDefendant, (defendants, other) => {
        const { all } = law.protect.find(hearing([other]));
        const event = hearing(defendants);
        const found = law.protect.find(event);
        const more = law.protect.find(event, { isEmpty: all.length === 0, inForce: all, isLifted: () => false });
        const after = raisedIn(event, law, more);
        for (const [pointer, by] of Object.entries(raisedIn(event, law, found)))
          expect(after[pointer]).toEqual(expect.arrayContaining([...by]));
      }),
    );
  });
  it('lifted and ended protections raise nothing', () => {
    fc.assert(
      fc.property(anyHearing, (defendants) => {
        const event = hearing(defendants);
        const lifted = law.protect.find(event, { isEmpty: true, inForce: [], isLifted: () => true });
        expect([lifted.isEmpty, raisedPointers(event, law, lifted)]).toEqual([true, []]);
        const found = law.protect.find(event);
        const later = law.protect.on(found, Date.parse('2060-01-01'));
        expect(later.all).toEqual(found.all.filter(({ until }) => until === undefined));
        expect(later.isEmpty).toBe(later.all.length === 0);
      }),
    );
  });
});

describe('the protected persons', () => {
  it('are none in an event without defendants, without people, or with adults only', () => {
    const law = courtLaw();
    for (const defendants of [[], ['Marrable'], [adult()], [{ organisation: { name: 'Mole Boats' } }]])
      expect(law.protect.find(hearing(defendants))).toEqual({ isEmpty: true, fromEvent: [], all: [] });
  });
  it('include a youth, until the 18th birthday', () => {
    expect(protectionsIn(hearing([adult(), youth()]))).toEqual(['youth /defendants/1 under-18 2030-02-03']);
  });
  it('include a victim who may be a child, in the proceedings of a youth', () => {
    const offences = withVictims('TH1', victim('Tansy', 'Ivy', '2014-01-02'), victim('Oakes', 'Gethin'), named('Quern', 'Zillah'));
    expect(protectionsIn(hearing([youth(offences)]))).toEqual([
      'youth /defendants/0 under-18 2030-02-03',
      'child /defendants/0/offences/0/victims/0 child-in-proceedings 2032-01-02',
      'child /defendants/0/offences/0/victims/2 child-in-proceedings',
    ]);
    expect(protectionsIn(hearing([adult(offences)]))).toEqual([]);
  });
  it('include a victim of 17, and not a victim who is 18 on the day', () => {
    const offences = withVictims('TH1', victim('Tansy', 'Ivy', '2008-11-17'), victim('Oakes', 'Gethin', '2008-11-16'));
    expect(protectionsIn(hearing([youth(offences)])).slice(1)).toEqual([
      'child /defendants/0/offences/0/victims/0 child-in-proceedings 2026-11-17',
    ]);
  });
  it('include the victim of a sexual offence for life, and not the victim of another offence', () => {
    const offences = [
      ...withVictims('SX1', victim('Prosser', 'Ffion')).offences,
      ...withVictims('TH1', victim('Oakes', 'Gethin')).offences,
    ];
    expect(protectionsIn(hearing([adult({ offences })]))).toEqual(['complainant /defendants/0/offences/0/victims/0 sexual-offence']);
  });
  it('include every victim of the event, where a sexual offence names none', () => {
    const two = adult({ offences: [{ code: 'SX1' }, ...withVictims('TH1', victim('Oakes', 'Gethin')).offences] });
    const other = defendantOf('Quern', 'Zillah', ADULT_BORN, withVictims('TH1', victim('Prosser', 'Ffion')));
    expect(protectionsIn(hearing([two, other]))).toEqual([
      'complainant /defendants/0/offences/1/victims/0 sexual-offence',
      'complainant /defendants/1/offences/0/victims/0 sexual-offence',
    ]);
  });
  it('include an unknown person, where there is no victim', () => {
    const event = hearing([adult({ offences: [{ code: 'SX1' }] })]);
    expect(protectionsIn(event)).toEqual(['complainant somebody sexual-offence']);
    const [protection] = courtLaw().protect.find(event).all;
    expect(protection).toMatchObject({ kind: 'victim', keys: { families: [], numbers: [] }, relatives: [] });
  });
  it('include the defendant and every victim, where a result restricts reporting', () => {
    const event = hearing([adult({ ...ORDERED, ...withVictims('TH1', victim('Oakes', 'Gethin')) })]);
    expect(protectionsIn(event)).toEqual(['order /defendants/0 order', 'witness /defendants/0/offences/0/victims/0 order']);
    expect(protectionsIn(hearing([youth(ORDERED)]))).toContain('order /defendants/0 order 2030-02-03');
  });
  it('do not include a company, but include its victims', () => {
    const company = { organisation: { name: 'Mole Boats' }, ...ORDERED, ...withVictims('TH1', victim('Oakes', 'Gethin')) };
    expect(protectionsIn(hearing([company]))).toEqual(['witness /defendants/0/offences/0/victims/0 order']);
  });
  it('include every victim, by a rule about victims that examines defendants', () => {
    const rule = { ...COMPLAINANT_RULE, of: 'defendant' };
    const offences = [
      ...withVictims('SX1', victim('Prosser', 'Ffion')).offences,
      ...withVictims('TH1', victim('Oakes', 'Gethin')).offences,
    ];
    expect(protectionsIn(hearing([adult({ offences })]), courtLaw({ rules: [rule] }))).toHaveLength(2);
  });
  it('include every victim of the event, by a rule about every victim that examines offences', () => {
    const rules = [{ ...WITNESS_RULE, of: 'offence' }];
    const offences = [{ ...ORDERED, victims: [victim('Prosser', 'Ffion')] }, { victims: [victim('Oakes', 'Gethin')] }];
    expect(protectionsIn(hearing([adult({ offences })]), courtLaw({ rules }))).toHaveLength(2);
  });
  it('are protected for life by a rule for life, at any age', () => {
    const child = adult(withVictims('SX1', victim('Tansy', 'Ivy', YOUTH_BORN)));
    expect(protectionsIn(hearing([child]))).toEqual(['complainant /defendants/0/offences/0/victims/0 sexual-offence']);
  });
  it('include a person without a known end, where there is no victim and the rule ends at 18', () => {
    const rules = [{ ...WITNESS_RULE, protects: { who: 'every-victim', reason: 'order', until: 'at 18' } as const }];
    expect(protectionsIn(hearing([adult(ORDERED)]), courtLaw({ rules }))).toEqual(['witness somebody order']);
  });
  it('are none by a rule that examines neither defendants nor offences', () => {
    const rules = [{ ...WITNESS_RULE, of: 'hearing' }];
    const ordered = { offences: [{ ...ORDERED, victims: [victim('Oakes', 'Gethin')] }] };
    expect(protectionsIn(hearing([adult({ ...ORDERED, ...ordered })]), courtLaw({ rules }))).toEqual([]);
  });
  it('are listed once for each rule and person, however many defendants give the reason', () => {
    const offences = withVictims('TH1', victim('Tansy', 'Ivy', '2014-01-02'));
    expect(protectionsIn(hearing([youth(offences), defendantOf('Quill', 'Wren', undefined)]))).toEqual([
      'youth /defendants/0 under-18 2030-02-03',
      // The first reason is kept: that of a defendant whose age is known.
      'child /defendants/0/offences/0/victims/0 child-in-proceedings 2032-01-02',
      'youth /defendants/1 age-not-known',
    ]);
  });
  it('are listed with the first reason, where two offences give two', () => {
    const rules = [{ ...COMPLAINANT_RULE, when: { offenceCodeIn: 'sexual', orNotIn: 'sexual' } }];
    const offences = [...withVictims('SX1', victim('Prosser', 'Ffion')).offences, { code: 'TH1' }];
    expect(protectionsIn(hearing([adult({ offences })]), courtLaw({ rules }))).toEqual([
      'complainant /defendants/0/offences/0/victims/0 sexual-offence',
    ]);
  });
  it('depend on what a rule examines, even where another rule has the same condition for something else', () => {
    const rules = [ORDER_RULE, { ...WITNESS_RULE, of: 'offence' }];
    const ordered = adult({ ...ORDERED, ...withVictims('TH1', victim('Prosser', 'Ffion')) });
    expect(protectionsIn(hearing([ordered]), courtLaw({ rules }))).toEqual(['order /defendants/0 order']);
  });
  it('are found with one evaluation of each condition for each defendant', () => {
    const { policy } = courtLaw();
    let asked = 0;
    const rules = compileRules(policy, () => new Set<string>());
    const [youthRule, childRule] = rules;
    const condition: Rule['condition'] = (...given) => {
      asked++;
      return youthRule?.condition(...given);
    };
    const counted = [youthRule, childRule].map((rule) => ({ ...(rule as Rule), condition }));
    const { fromEvent } = makeProtect(policy, counted).find(
      hearing([youth(withVictims('TH1', victim('Tansy', 'Ivy', '2014-01-02'))), adult()]),
    );
    expect([fromEvent.map(({ id }) => id), asked]).toEqual([['youth', 'child'], 2]);
  });
  it('are separate from the register’s protections of the case', () => {
    const law = courtLaw();
    const { all: inForce } = law.protect.find(hearing([youth()]));
    const known: KnownProtections = { isEmpty: false, inForce, isLifted: () => false };
    const found = law.protect.find(hearing([defendantOf('Quill', 'Wren', YOUTH_BORN)]), known);
    expect([found.isEmpty, found.fromEvent.map(({ at }) => at), found.all.slice(1)]).toEqual([false, ['/defendants/0'], inForce]);
    expect(law.protect.find(hearing([adult()]), known)).toEqual({ isEmpty: false, fromEvent: [], all: inForce });
    expect(law.protect.registered(known)).toEqual({ isEmpty: false, fromEvent: [], all: inForce });
    expect(law.protect.registered(NOTHING_KNOWN)).toEqual({ isEmpty: true, fromEvent: [], all: [] });
  });
  it('do not include a person whose protection was lifted, but include all others', () => {
    const known = (isLifted: KnownProtections['isLifted']) => ({ isEmpty: true, inForce: [], isLifted });
    const event = hearing([youth(), defendantOf('Quill', 'Wren', YOUTH_BORN)]);
    const isFirst = ({ at }: Protection) => at === '/defendants/0';
    expect(protectionsIn(event, courtLaw(), known(isFirst))).toEqual(['youth /defendants/1 under-18 2030-02-03']);
  });
  it('have the law, the raises and the restriction', () => {
    const law = courtLaw();
    const [protection] = law.protect.find(hearing([youth()])).all;
    expect(protection).toMatchObject({
      id: 'youth',
      title: 'Youth',
      law: 'Youth Act',
      kind: 'defendant',
      restrictions: ['YOUTH'],
      raise: compileRaise(law.policy, { restrictions: ['YOUTH'] }),
      portions: new Set(['name', 'home', 'family', 'note']),
    });
  });
  it('have no place and no end where there are none', () => {
    const [somebody] = courtLaw().protect.find(hearing([adult({ offences: [{ code: 'SX1' }] })])).all;
    expect([somebody && 'at' in somebody, somebody && 'until' in somebody]).toEqual([false, false]);
  });
  it('have no restriction where the rule raises something else', () => {
    const law = courtLaw({ rules: [{ ...YOUTH_RULE, raise: { portions: ['name'], with: { releasableTo: ['OFFICE'] } } }] });
    expect(law.protect.find(hearing([youth()])).all[0]?.restrictions).toEqual([]);
  });
});

describe('several entries of one person', () => {
  const PNC = { pncId: '2019/0088012E' };
  const reasons = (...defendants: readonly object[]) =>
    protectionsIn(hearing(defendants), courtLaw({ rules: [YOUTH_RULE] })).map((protection) => protection.replace('/defendants/', ''));
  it('contradict an age where the same name has another date of birth', () => {
    expect(reasons(adult(), defendantOf('Marrable', 'Maris', YOUTH_BORN))).toEqual(['youth 0 age-not-known', 'youth 1 age-not-known']);
    expect(reasons(adult(), defendantOf('MARRABLE', 'M.', YOUTH_BORN))).toEqual(['youth 0 age-not-known', 'youth 1 age-not-known']);
  });
  it('contradict nothing where the names differ', () => {
    expect(reasons(adult(), defendantOf('Marrable', 'Kai', YOUTH_BORN))).toEqual(['youth 1 under-18 2030-02-03']);
    expect(reasons(adult(), youth())).toEqual(['youth 1 under-18 2030-02-03']);
  });
  it('contradict an age where an entry without a name has the same number', () => {
    const nameless = { person: { dateOfBirth: YOUTH_BORN }, ...PNC };
    expect(reasons(adult(PNC), nameless)).toEqual(['youth 0 age-not-known', 'youth 1 age-not-known']);
    expect(reasons(nameless, adult(PNC))).toEqual(['youth 0 age-not-known', 'youth 1 age-not-known']);
    expect(reasons(adult(), nameless)).toEqual(['youth 1 under-18 2030-02-03']);
  });
  it('include an officer’s estimate of the year of birth', () => {
    const judged = { person: { ...named('Marrable', 'Maris'), perceivedBirthYear: '2012' } };
    expect(reasons(adult(), judged)).toEqual(['youth 0 age-not-known', 'youth 1 age-not-known']);
  });
  it('give no age to an entry without a date of birth', () => {
    expect(reasons(adult(), defendantOf('Marrable', 'Maris', undefined))).toEqual(['youth 1 age-not-known']);
  });
  it('have an end only where all dates are the same', () => {
    expect(reasons(youth(), youth())).toEqual(['youth 0 under-18 2030-02-03', 'youth 1 under-18 2030-02-03']);
    expect(reasons(youth(), defendantOf('Yarrow', 'Kai', '2011-02-03'))).toEqual(['youth 0 under-18', 'youth 1 under-18']);
  });
  it('include a victim of that name', () => {
    expect(reasons(adult(withVictims('TH1', victim('Marrable', 'Maris', YOUTH_BORN))))).toEqual(['youth 0 age-not-known']);
  });
  it('do not include missing names, names of another type, and wrong lists', () => {
    const odd = [
      { person: { name: null, dateOfBirth: ADULT_BORN } },
      { person: { name: { familyName: 7 }, dateOfBirth: ADULT_BORN } },
      { person: { dateOfBirth: ADULT_BORN }, offences: 'none' },
    ];
    expect(reasons(...odd)).toEqual([]);
  });

  const twice = (at: unknown, code = 'given-more-than-once') => ({ quality: { issues: [{ code, at }] } });
  const ambiguous = (more: object, ...defendants: readonly object[]) =>
    protectionsIn(hearing(defendants, more), courtLaw({ rules: [YOUTH_RULE] }));
  it.each([
    ['the date of birth twice', twice('/defendants/0/person/dateOfBirth'), ['youth /defendants/0 age-not-known']],
    ['the year of birth twice', twice('/defendants/0/person/perceivedBirthYear'), ['youth /defendants/0 age-not-known']],
    ['another date twice', twice('/defendants/0/person/name'), []],
    ['the date of birth of somebody else twice', twice('/defendants/10/person/dateOfBirth'), []],
    ['the date of birth once, with another issue', twice('/defendants/0/person/dateOfBirth', 'code-not-listed'), []],
    ['a duplicate at an unknown place', twice(undefined), []],
    ['a duplicate at a place that is not text', twice(['/defendants/0/person/dateOfBirth']), []],
    ['no list of issues', { quality: { issues: 'none' } }, []],
    ['nothing of its quality', { quality: null }, []],
  ])('have no known age where the message gives %s', (_, more, expected) => {
    expect(ambiguous(more, adult())).toEqual(expected);
  });
  it('have no known age where an issue is about the date of birth of any of them', () => {
    const { issues } = twice('/defendants/1/person/dateOfBirth').quality;
    const others = ['/case/urn', '/defendants/7/person/dateOfBirth'].flatMap((at) => twice(at).quality.issues);
    const more = { quality: { issues: [...others, ...issues] } };
    expect(ambiguous(more, adult(), adult())).toEqual(['youth /defendants/0 age-not-known', 'youth /defendants/1 age-not-known']);
    expect(ambiguous(more, adult(), defendantOf('Oakes', 'Gethin', ADULT_BORN))).toEqual(['youth /defendants/1 age-not-known']);
  });
});

describe('the keys of a protected person', () => {
  const protectionOf = (...defendants: readonly object[]) => courtLaw().protect.find(hearing(defendants)).all[0] as Protection;
  it('come from every entry that counts as that person', () => {
    const again = { person: named('Proser', 'Kai'), asn: '12ABCD3400000000123R' };
    const { keys } = protectionOf(defendantOf('Prosser', 'Kai', YOUTH_BORN), again);
    expect(keys.families).toEqual(['PROSSER', 'PROSER']);
    expect(keys.numbers).toEqual(['12ABCD3400000000123R']);
  });
  it('include everything about the person, and nothing about others', () => {
    const youthDefendant = youth({ address: { lines: ['1 Mole Row'] } });
    expect(protectionOf(youthDefendant, adult({ pncId: '2019/0088012E' })).keys).toEqual(keysOfPerson(youthDefendant as never));
    const nameless = { person: { dateOfBirth: YOUTH_BORN }, asn: '12ABCD3400000000123R' };
    expect(protectionOf(nameless, adult()).keys).toEqual(keysOfPerson(nameless));
  });
  it('include the parents, from every entry of the person', () => {
    const parent = (family: string) => ({ parentGuardian: named(family, 'Ann') });
    const { relatives } = protectionOf(youth(parent('Ashe')), youth(parent('Birch')), adult(parent('Cedar')));
    expect(relatives.map(({ families }) => families)).toEqual([['ASHE'], ['BIRCH']]);
  });
  it('include the parents even where the person has no name', () => {
    const nameless = { person: { dateOfBirth: YOUTH_BORN }, parentGuardian: named('Ashe', 'Ann') };
    expect(protectionOf(nameless, { organisation: { name: 'Mole Boats' }, parentGuardian: named('Cedar', 'Ann') }).relatives).toHaveLength(
      1,
    );
  });
  it('include the keys of a parent who is also a defendant', () => {
    const { relatives } = protectionOf(
      youth({ parentGuardian: named('Ashe', 'Ann') }),
      defendantOf('Ashe', 'Ann', ADULT_BORN, { pncId: '2019/0088012E' }),
    );
    expect(relatives[0]?.numbers).toEqual(['20190088012E']);
  });
  it('include no parents for a victim', () => {
    const event = hearing([adult({ parentGuardian: named('Ashe', 'Ann'), ...withVictims('SX1', victim('Marrable', 'Maris')) })]);
    expect(courtLaw().protect.find(event).all[0]?.relatives).toEqual([]);
  });
});

describe('the raised places', () => {
  const all = { officer: named('Heron', 'Sorrel'), extensions: { raw: 'x' } };
  const full = (more: object) => ({
    address: { lines: ['1 Mole Row'] },
    aliases: [{ familyName: 'Alias' }],
    parentGuardian: named('Ashe', 'Ann'),
    bail: 'To live at home.',
    asn: '12ABCD3400000000123R',
    ...more,
  });
  const TEXT = ['/defendants/0/bail', '/defendants/1/bail', '/extensions'];
  it('are everything about a youth and the text of the event, and nothing else about an adult', () => {
    const [other, youthDefendant] = [
      adult({ address: { lines: ['2 Quay Street'] }, bail: 'x' }),
      youth(full({ offences: [{ victims: [victim('Oakes', 'Gethin')], wording: 'x', location: { lines: ['3 Quay Street'] } }] })),
    ];
    const company = { organisation: { name: 'Mole Boats' }, address: { lines: ['4 Quay Street'] } };
    expect(raisedPointers(hearing([other, youthDefendant, company], all))).toEqual(
      [
        ...TEXT,
        ...['address', 'aliases', 'asn', 'parentGuardian', 'person/dateOfBirth', 'person/name'].map((name) => `/defendants/1/${name}`),
        ...['location', 'wording'].map((name) => `/defendants/1/offences/0/${name}`),
      ].toSorted(),
    );
  });
  it('include every entry that may be the youth: with the same name, or with none', () => {
    const nameless = { person: { dateOfBirth: ADULT_BORN } };
    const raised = raisedPointers(
      hearing([defendantOf('Prosser', 'Kai', YOUTH_BORN), defendantOf('PROSER', 'K', ADULT_BORN), nameless, adult()]),
    );
    expect(raised).toEqual(
      [0, 1, 2].flatMap((n) => (n === 2 ? ['dateOfBirth'] : ['dateOfBirth', 'name']).map((name) => `/defendants/${n}/person/${name}`)),
    );
  });
  it('include a victim who may be the protected victim, and no other', () => {
    const offences = [
      ...withVictims('SX1', victim('Prosser', 'Ffion')).offences,
      ...withVictims('TH1', victim('PROSSER', 'F.')).offences,
      ...withVictims('TH1', victim('Oakes', 'Gethin')).offences,
      { victims: 'none' },
      { victims: ['Oakes', null, []] },
    ];
    const event = hearing([adult({ offences })]);
    expect(raisedPointers(event)).toEqual(
      ['0/victims', '0/wording', '1/victims', '1/wording', '2/wording'].map((place) => `/defendants/0/offences/${place}`),
    );
  });
  it('include a victim who is the protected defendant, and a defendant who is the protected victim', () => {
    const rules = [{ ...YOUTH_RULE, raise: { ...YOUTH_RULE.raise, portions: ['victim'] } }];
    const misspelled = adult(withVictims('TH1', victim('Proser', 'Kai')));
    expect(raisedPointers(hearing([misspelled, defendantOf('Prosser', 'Kai', YOUTH_BORN)]), courtLaw({ rules }))).toContain(
      '/defendants/0/offences/0/victims',
    );
    const complainant = defendantOf('Prosser', 'Ffion', ADULT_BORN, { address: { lines: ['9 Larkspur Way'] } });
    const raised = raisedPointers(hearing([adult(withVictims('SX1', victim('Proser', 'Ffion'))), complainant]));
    expect(raised).toEqual(expect.arrayContaining(['/defendants/1/person/name', '/defendants/1/address']));
  });
  it('include no defendant without a name, where a victim is protected', () => {
    const event = hearing([
      adult(withVictims('SX1', victim('Prosser', 'Ffion'))),
      { address: { lines: ['9 Larkspur Way'] }, person: { dateOfBirth: ADULT_BORN } },
    ]);
    expect(raisedPointers(event, courtLaw({ rules: [COMPLAINANT_RULE] }))).not.toContain('/defendants/1/address');
  });
  it('include every victim and no defendant, where an unknown person is protected', () => {
    const law = courtLaw({ rules: [{ ...COMPLAINANT_RULE, of: 'offence' }] });
    const { all: inForce } = law.protect.find(hearing([adult({ offences: [{ code: 'SX1' }] })]));
    const event = hearing([adult(withVictims('TH1', victim('Oakes', 'Gethin')))], all);
    const found = law.protect.find(event, { isEmpty: false, inForce, isLifted: () => false });
    expect(raisedPointers(event, law, found)).toEqual([
      '/defendants/0/offences/0/victims',
      '/defendants/0/offences/0/wording',
      '/extensions',
    ]);
  });
  it('include a parent who is also a defendant', () => {
    const event = hearing([
      youth({ parentGuardian: named('Ashe', 'Ann') }),
      defendantOf('Ashe', 'Ann', ADULT_BORN, { address: { lines: ['1 Mole Row'] } }),
    ]);
    expect(raisedPointers(event)).toEqual(expect.arrayContaining(['/defendants/1/person/name', '/defendants/1/address']));
  });
  it('include a portion that the rule does not name only where it mentions the person', () => {
    const rules = [{ ...YOUTH_RULE, raise: { ...YOUTH_RULE.raise, portions: ['home'] } }];
    const youthDefendant = youth({ address: { lines: ['1 Mole Row'] }, asn: '12ABCD3400000000123R', parentGuardian: named('Ashe', 'Ann') });
    expect(raisedPointers(hearing([youthDefendant, adult()], all), courtLaw({ rules }))).toEqual(
      // The parent's name is that of a relative, and the number is the person's own.
      ['/defendants/0/address', '/defendants/0/asn', '/defendants/0/parentGuardian', '/defendants/0/person/name', '/extensions'],
    );
  });
  it('include an unlisted code', () => {
    const law = { ...courtLaw(), listedIn: () => () => false };
    const event = hearing([youth(), adult({ offences: [{ code: 'THEFT' }] })]);
    expect(raisedPointers(event, law)).toContain('/defendants/1/offences/0/code');
  });
  it('include a listed code that can be the number of the person', () => {
    const youthDefendant = youth({ asn: '12ABCD3400000000123R' });
    const event = hearing([youthDefendant, adult({ offences: [{ code: '12ABCD3400000000123R' }, { code: 'TH1' }] })]);
    expect(raisedPointers(event).filter((pointer) => pointer.endsWith('code'))).toEqual(['/defendants/1/offences/0/code']);
  });

  const isRaised = (property: string, value: unknown) =>
    raisedPointers(
      hearing([
        youth(),
        property === 'name' || property === 'contact'
          ? { person: { ...named('Marrable', 'Maris'), dateOfBirth: ADULT_BORN, [property]: value } }
          : adult({ [property]: value }),
      ]),
    ).some((pointer) => pointer.startsWith('/defendants/1') && pointer.endsWith(property));
  it.each([
    ['a name with a digit', 'name', { familyName: 'Marrable', givenNames: ['Maris 07700'] }, true],
    ['a name with an at sign', 'name', { familyName: 'maris@example' }, true],
    ['an alias with a digit', 'aliases', [{ familyName: 'Ring 999' }], true],
    ['an alias', 'aliases', [{ familyName: 'Oakes' }], false],
    ['an address with an at sign', 'address', { lines: ['at@home'] }, true],
    ['an address with a digit', 'address', { lines: ['2 Quay Street'] }, false],
    ['an email address', 'contact', { emails: ['a@b.example'] }, false],
    ['an email address with a space', 'contact', { emails: ['ask for her'] }, true],
    ['a telephone number', 'contact', { phones: { home: '07700 900 318 ext 2' } }, false],
    ['a telephone number with a word', 'contact', { phones: { home: 'ring mother' } }, true],
    ['a telephone number that is a number', 'contact', { phones: { home: 7700900318 } }, false],
    ['nothing', 'contact', { phones: null }, false],
    ['a document', 'contact', { dx: 'ring mother 7' }, false],
  ])('about another person include %s: text where text does not belong', (_, property, value, expected) => {
    expect(isRaised(property, value)).toBe(expected);
  });
});

describe('a raised place', () => {
  it('says who is protected, by which law and why', () => {
    const law = courtLaw();
    const event = hearing([youth(ORDERED)]);
    const { slots } = labelSlots(law, HEARING_PLAN, event);
    expect(slots.find(({ pointer }) => pointer === '/defendants/0/person/name')?.raisedBy).toEqual([
      { id: 'youth', title: 'Youth', law: 'Youth Act', reason: PROTECTION_REASONS['under-18'] },
      { id: 'order', title: 'Order', law: 'Order Act', reason: PROTECTION_REASONS.order },
    ]);
  });
  it('has the restrictions of everybody who is protected there, and of nobody else', () => {
    const law = courtLaw();
    const event = hearing([youth({ bail: 'x' }), adult(withVictims('SX1', victim('Prosser', 'Ffion')))]);
    const { slots } = labelSlots(law, HEARING_PLAN, event);
    const restrictions = (pointer: string) => {
      const bits = slots.find((slot) => slot.pointer === pointer)?.label?.bits[0] ?? 0;
      return law.policy.categories[0]?.values.filter((_, n) => (bits & (1 << n)) !== 0).map(({ id }) => id);
    };
    expect(restrictions('/defendants/0/person/name')).toEqual(['YOUTH']);
    expect(restrictions('/defendants/1/offences/0/victims')).toEqual(['LIFE']);
    expect(restrictions('/defendants/0/bail')).toEqual(['YOUTH', 'LIFE']);
    expect(restrictions('/defendants/1/person/name')).toEqual([]);
  });
  it('raised by a rule that protects nobody names only the rule', () => {
    const law = courtLaw({ rules: [PLACE_RULE] });
    const event = hearing([adult({ ...PLACED, address: { lines: ['1 Mole Row'] } }), adult()]);
    expect(law.protect.hasPlaceRules).toBe(true);
    expect(courtLaw().protect.hasPlaceRules).toBe(false);
    expect(raisedPointers(event, law)).toEqual(['/defendants/0/person/dateOfBirth', '/defendants/0/person/name']);
    const { slots } = labelSlots(law, HEARING_PLAN, event);
    expect(slots.find(({ pointer }) => pointer === '/defendants/0/person/name')?.raisedBy).toStrictEqual([
      { id: 'place', title: 'Place', law: 'Place Act' },
    ]);
  });
  it('raised by both kinds of rule has both labels, and names both', () => {
    const law = courtLaw({ rules: [PLACE_RULE, YOUTH_RULE] });
    const event = hearing([youth(PLACED), adult(PLACED), defendantOf('Quill', 'Wren', YOUTH_BORN)]);
    const raised = raisedIn(event, law);
    expect(['0', '1', '2'].map((n) => raised[`/defendants/${n}/person/name`])).toEqual([['place', 'youth'], ['place'], ['youth']]);
    const { slots } = labelSlots(law, HEARING_PLAN, event);
    expect(slots.find(({ pointer }) => pointer === '/defendants/0/person/name')?.label).toEqual(
      compileRaise(law.policy, { restrictions: ['PLACE', 'YOUTH'] }),
    );
  });
});

describe('the rules in force', () => {
  it('list all their raises, and whether each applies everywhere or inside a place', () => {
    const law = courtLaw({ rules: [PLACE_RULE, CHILD_RULE] });
    expect(law.protect.raises).toEqual([
      { portions: new Set(['name']), label: compileRaise(law.policy, { restrictions: ['PLACE'] }), isEverywhere: false },
      {
        portions: new Set(['victim', 'note', 'name', 'home', 'family']),
        label: compileRaise(law.policy, { restrictions: ['CHILD'] }),
        isEverywhere: true,
      },
    ]);
  });
  it('raise a place that can hold anything with the join of all protections, and with nothing where there are none', () => {
    const law = courtLaw({ rules: [YOUTH_RULE, ORDER_RULE] });
    expect(law.protect.joinedRaise(law.protect.find(hearing([youth(ORDERED)])))).toEqual(
      compileRaise(law.policy, { restrictions: ['YOUTH', 'ORDER'] }),
    );
    expect(law.protect.joinedRaise(law.protect.find(hearing([adult()])))).toBeUndefined();
  });
  it('find a mention of any protected person, and of nobody else', () => {
    const law = courtLaw();
    const found = law.protect.find(hearing([youth(), defendantOf('Quill', 'Wren', YOUTH_BORN), adult()]));
    const mentioned = ['see Quill', 'see Yarrow', 'see Marrable', ''].map((text) => law.protect.isMentionedIn(found, text));
    expect(mentioned).toEqual([true, true, false, false]);
  });
});

describe('a protection with an end', () => {
  const law = courtLaw({ rules: [YOUTH_RULE, WITNESS_RULE] });
  const at = (day: string) => Date.parse(`${day}T00:00:00Z`);
  it('ends on its last day and not before, and is not recomputed until then', () => {
    const found = law.protect.find(hearing([youth(ORDERED)]));
    expect(law.protect.on(found, at('2030-02-03') - 1)).toBe(found);
    expect(law.protect.on(found, at('2030-02-03')).all.map(({ id }) => id)).toEqual(['witness']);
    expect(law.protect.on(found, at('2030-02-03')).fromEvent.map(({ id }) => id)).toEqual(['witness']);
    expect(law.protect.on(found, at('2030-02-03')).isEmpty).toBe(false);
  });
  it('leaves no protected persons where it was the last', () => {
    const found = law.protect.find(hearing([youth()]));
    expect(law.protect.on(found, at('2031-01-01'))).toEqual({ isEmpty: true, fromEvent: [], all: [] });
  });
});
