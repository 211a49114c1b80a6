import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { compileRaise } from '../../gateway/labels/policy.ts';
import { makeIdentities } from '../../gateway/pipeline/ids.ts';
import { type Keys, NOBODY } from '../../gateway/protections/people.ts';
import type { Protection } from '../../gateway/protections/protection.ts';
import {
  knownOf,
  NOTHING_KNOWN,
  type ProtectionRecord,
  protectionId,
  pseudonymsFor,
  type RegisterEntry,
  recordsOf,
  versionOf,
  withKeysOf,
} from '../../gateway/protections/register.ts';
import { StreamReader } from '../../gateway/wire/stream-reader.ts';
import { PROTECTIONS } from '../../gateway/wire/streams.ts';
import { ADULT_BORN, courtLaw, defendantOf, hearing, named, protectionsIn, raisedPointers, YOUTH_BORN } from './invented-court.ts';

const law = courtLaw();
const { pseudonym } = makeIdentities(Buffer.alloc(32, 7));
const CASE = 'pseudonym-of-a-case';
const { id, version } = law.policy.document;
const label = { policy: { id, version }, classification: 'OFFICIAL' };
const CONTEXT = { subject: CASE, event: 'an-event', label, by: 'office.north', since: '2026-11-23T12:00:00.000Z' };
const NOW = Date.parse('2026-12-01T00:00:00Z');

const youth = defendantOf('Yarrow', 'Kai', YOUTH_BORN, { parentGuardian: named('Ashe', 'Ann'), asn: '12ABCD34123456R' });
const complaint = { offences: [{ code: 'SX1', victims: [{ ...named('Prosser', 'Ffion'), dateOfBirth: ADULT_BORN }] }] };
const recordsIn = (...defendants: readonly object[]): readonly ProtectionRecord[] =>
  recordsOf(law.protect.find(hearing(defendants)).fromEvent, CONTEXT, pseudonym);
let youthRecord: ProtectionRecord;
beforeEach(() => {
  youthRecord = recordsIn(youth)[0] as ProtectionRecord;
});
const entriesOf = (...records: readonly ProtectionRecord[]): readonly RegisterEntry[] => records.map((protection) => ({ protection }));
const lift = (protection: ProtectionRecord): RegisterEntry => ({
  protection,
  lifted: { id: protection.id, case: protection.case, by: 'office.owner', because: 'Not the person', time: '2026-11-24T00:00:00.000Z' },
});
const known = (entries: readonly RegisterEntry[], now = NOW, subject = CASE) => knownOf(law.policy, subject, entries, pseudonym, now);

describe('a record of the register', () => {
  it('names nobody: it contains no word and no number of the person or the parents', () => {
    const text = JSON.stringify(recordsIn(youth, defendantOf('Marrable', 'Maris', ADULT_BORN, complaint)));
    for (const word of ['YARROW', 'KAI', 'ASHE', 'ANN', 'PROSSER', 'FFION', '123456', 'PRSR'])
      expect(text.toUpperCase()).not.toMatch(new RegExp(`(?<![A-Z0-9_-])${word}(?![A-Z0-9_-])`));
    expect(text).not.toMatch(/(word|given|sound|initial|detail):/);
  });
  it('has the protection, its reason, law, start and end', () => {
    expect(youthRecord).toMatchObject({
      case: CASE,
      kind: 'defendant',
      restrictions: ['YOUTH'],
      reason: 'under-18',
      title: 'Youth',
      law: 'Youth Act',
      event: 'an-event',
      by: 'office.north',
      since: '2026-11-23T12:00:00.000Z',
      until: '2030-02-03',
    });
    expect(youthRecord.id).toMatch(/^[\w-]{22}$/);
    expect(youthRecord.keys.families).toHaveLength(1);
    expect(youthRecord.relatives).toHaveLength(1);
  });
  it('has no end, no kind and no relatives where there are none', () => {
    const [record] = recordsIn(defendantOf('Marrable', 'Maris', ADULT_BORN, complaint));
    expect(record).toBeDefined();
    expect(Object.keys(record ?? {})).not.toEqual(expect.arrayContaining(['until']));
    expect(Object.keys(record ?? {})).not.toContain('relatives');
    const [first] = law.protect.find(hearing([youth])).fromEvent;
    const [anybody] = recordsOf([{ ...(first as Protection), kind: undefined }], CONTEXT, pseudonym);
    expect(Object.keys(anybody ?? {})).not.toContain('kind');
  });
  it('has different pseudonyms in each case', () => {
    const text = 'word:YARROW';
    expect(pseudonymsFor(pseudonym, CASE)(text)).toBe(pseudonymsFor(pseudonym, CASE)(text));
    expect(pseudonymsFor(pseudonym, CASE)(text)).not.toBe(pseudonymsFor(pseudonym, 'another-case')(text));
    const kinds: string[] = [];
    pseudonymsFor((kind, reference) => kinds.push(kind, reference) as unknown as string, CASE)(text);
    expect(kinds).toEqual(['protected', `${CASE}:${text}`]);
  });
});

describe('the id of a protection', () => {
  const keys: Keys = { ...NOBODY, families: ['a family name'], givens: ['a given name'], numbers: ['a number'] };
  const base = { case: CASE, kind: 'defendant' as const, keys, restrictions: ['YOUTH', 'CHILD'], until: '2030-02-03', rule: 'youth' };
  it('is the same whatever else is known of the person', () => {
    const more = { ...keys, sounds: ['x'], initials: ['x'], numbers: ['x'], details: ['x'] };
    expect(protectionId(pseudonym, { ...base, keys: more })).toBe(protectionId(pseudonym, base));
  });
  it('does not depend on the order of names, restrictions and numbers', () => {
    const [one, other] = [
      { ...base, keys: { ...keys, families: ['b', 'a'], givens: ['d', 'c'], singles: ['y', 'x'] } },
      { ...base, restrictions: ['CHILD', 'YOUTH'], keys: { ...keys, families: ['a', 'b'], givens: ['c', 'd'], singles: ['x', 'y'] } },
    ];
    expect(protectionId(pseudonym, other)).toBe(protectionId(pseudonym, one));
    const numbered = ['1', '2'].map((first, n) => ({ ...base, keys: { ...NOBODY, numbers: n === 0 ? [first, '2'] : [first, '1'] } }));
    expect(new Set(numbered.map((protection) => protectionId(pseudonym, protection))).size).toBe(1);
  });
  it('differs for another number, where no name is known', () => {
    const [one, other] = ['x', 'y'].map((number) => protectionId(pseudonym, { ...base, keys: { ...NOBODY, numbers: [number] } }));
    expect(one).not.toBe(other);
  });
  it('separates its parts, so that two protections never give the same text', () => {
    const madeOf = (protection: Parameters<typeof protectionId>[1]): readonly string[] => {
      const made: string[] = [];
      protectionId((kind, reference) => String(made.push(kind, reference)), protection);
      return made;
    };
    expect(madeOf({ ...base, keys: { ...keys, families: ['a', 'b'], givens: ['c'], numbers: ['e'] } })).toEqual([
      'protection',
      `${CASE};youth;defendant;a,b/c/;CHILD,YOUTH;2030-02-03`,
    ]);
    expect(madeOf({ ...base, keys: { ...NOBODY, families: ['a'] } })[1]).toBe(`${CASE};youth;defendant;a//;CHILD,YOUTH;2030-02-03`);
    expect(madeOf({ case: 'c', keys: { ...NOBODY, numbers: ['2', '1'] }, restrictions: [], rule: 'r' })[1]).toBe('c;r;anybody;1,2;;');
  });
  it.each([
    ['case', { case: 'another-case' }],
    ['rule', { rule: 'order' }],
    ['kind', { kind: 'victim' as const }],
    ['kind, where anybody can be meant', { kind: undefined }],
    ['restriction', { restrictions: ['YOUTH'] }],
    ['end', { until: '2030-02-04' }],
    ['end, where there is none', { until: undefined }],
    ['family name', { keys: { ...keys, families: ['x'] } }],
    ['given name', { keys: { ...keys, givens: ['x'] } }],
    ['second family name', { keys: { ...keys, families: [...keys.families, 'x'] } }],
    ['second given name', { keys: { ...keys, givens: [...keys.givens, 'x'] } }],
    ['initial', { keys: { ...keys, singles: ['x'] } }],
    ['list of names', { keys: { ...keys, families: keys.givens, givens: keys.families } }],
  ])('differs for another %s', (_, more) => {
    const { until: _until, kind: _kind, ...rest } = { ...base, ...more };
    const named = {
      ...rest,
      ...('kind' in more && more.kind === undefined ? {} : { kind: { ...base, ...more }.kind }),
      ...('until' in more && more.until === undefined ? {} : { until: { ...base, ...more }.until }),
    };
    expect(protectionId(pseudonym, named as typeof base)).not.toBe(protectionId(pseudonym, base));
  });
});

describe('people whose names begin alike', () => {
  const complaintOf = (...victims: readonly object[]) => ({
    offences: [{ code: 'SX1', victims: victims.map((victim) => ({ ...victim, dateOfBirth: ADULT_BORN })) }],
  });
  const victims = (...people: readonly object[]) => recordsIn(defendantOf('Marrable', 'Maris', ADULT_BORN, complaintOf(...people)));
  it.each([
    ['after a particle', named('bin Tregoss', 'Piran'), named('bin Prosser', 'Piran')],
    ['in the family name', named('van Dyk', 'Wren'), named('van Dam', 'Wren')],
    ['before an initial', named('Tregoss', 'A'), named('Tregoss', 'B')],
    ['in the given name', named('Tregoss', 'Ann Mary'), named('Tregoss', 'Ann Ruth')],
  ])('%s have a protection each, and lifting one lifts no other', (_, first, second) => {
    const [one, other] = victims(first, second) as [ProtectionRecord, ProtectionRecord];
    expect(one.id).not.toBe(other.id);
    const again = hearing([defendantOf('Marrable', 'Maris', ADULT_BORN, complaintOf(first, second))]);
    const found = (entry: RegisterEntry) => law.protect.find(again, known([entry])).fromEvent.map(({ at }) => at);
    expect(found(lift(one))).toEqual(['/defendants/0/offences/0/victims/1']);
    expect(found(lift(other))).toEqual(['/defendants/0/offences/0/victims/0']);
    // An earlier version gave both the same id: a lift of its time holds for the names of its record alone.
    const [alone] = victims(first) as [ProtectionRecord];
    const { case: subject, kind, keys, restrictions } = alone;
    const person = [keys.families[0], keys.givens[0] ?? ''].join(',');
    const id = pseudonym('protection', [subject, 'complainant', kind, person, restrictions.join(','), ''].join(';'));
    expect(found(lift({ ...alone, id }))).toEqual(['/defendants/0/offences/0/victims/1']);
  });
});

describe('an order that a court makes again after it was lifted', () => {
  const at = (date: string) => {
    const event = hearing([defendantOf('Yarrow', 'Kai', ADULT_BORN, { results: [{ code: '4510' }] })]);
    return { ...event, data: { ...event.data, hearing: { date } } };
  };
  const found = (date: string, entries: readonly RegisterEntry[] = []) =>
    law.protect.find(at(date), known(entries)).fromEvent.filter(({ id: rule }) => rule === 'order');
  const recordAt = (date: string) => recordsOf(found(date), CONTEXT, pseudonym)[0] as ProtectionRecord;
  it('is a protection of its own, and what was lifted stays lifted', () => {
    const [first, again] = ['2026-11-20', '2026-12-04'].map(recordAt) as [ProtectionRecord, ProtectionRecord];
    expect(first.id).not.toBe(again.id);
    expect(found('2026-11-20', [lift(first)])).toEqual([]);
    expect(found('2026-12-04', [lift(first)])).toHaveLength(1);
  });
  it('is not what an earlier version lifted, unless its hearing was before that', () => {
    const { case: subject, kind, keys, restrictions } = recordAt('2026-11-20');
    const person = [keys.families[0], keys.givens[0] ?? ''].join(',');
    const id = pseudonym('protection', [subject, 'order', kind, person, restrictions.join(','), ''].join(';'));
    const lifted = [lift({ ...recordAt('2026-11-20'), id })];
    expect([found('2026-11-20', lifted), found('2026-12-04', lifted)].map(({ length }) => length)).toEqual([0, 1]);
  });
});

describe('what another record of a protection adds', () => {
  const anyKeys = fc.record(
    Object.fromEntries(
      Object.keys(NOBODY).map((name) => [name, fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 3 })]),
    ) as {
      [Name in keyof Keys]: fc.Arbitrary<string[]>;
    },
  );
  const anyRecord = fc
    .record({ keys: anyKeys, relatives: fc.array(anyKeys, { maxLength: 2 }) })
    .map(({ keys, relatives }): ProtectionRecord => ({ ...youthRecord, keys, relatives }));
  const isIn = (some: Keys, all: Keys) =>
    Object.entries(some).every(([name, list]) => list.every((key: string) => all[name as keyof Keys].includes(key)));
  it('is kept: every key of both is in the result, and neither adds anything more', () => {
    fc.assert(
      fc.property(anyRecord, anyRecord, (known, other) => {
        const merged = withKeysOf(known, other) ?? known;
        for (const { keys, relatives = [] } of [known, other]) {
          expect(isIn(keys, merged.keys)).toBe(true);
          for (const relative of relatives) expect(merged.relatives?.some((each) => isIn(relative, each))).toBe(true);
        }
        expect([withKeysOf(merged, known), withKeysOf(merged, other)]).toEqual([undefined, undefined]);
        expect(merged).toMatchObject({ id: known.id, restrictions: known.restrictions, kind: known.kind });
      }),
    );
  });
  it('makes it a protection of anybody in the case, where it has too many keys or the other is one', () => {
    const many = (name: string) => Array.from({ length: 600 }, (_, n) => `${name}${n}`);
    const [some, more] = ['a', 'b'].map((name) => ({ ...youthRecord, keys: { ...youthRecord.keys, details: many(name) } }));
    const { kind: _, relatives: __, ...rest } = youthRecord;
    const anybody = { ...rest, keys: NOBODY };
    expect(withKeysOf(some as ProtectionRecord, more as ProtectionRecord)).toEqual(anybody);
    expect(withKeysOf(youthRecord, anybody)).toEqual(anybody);
    expect(withKeysOf(anybody, youthRecord)).toBeUndefined();
    expect(versionOf(youthRecord)).not.toBe(versionOf(anybody));
  });
});

describe('a person with very many names', () => {
  const wordOf = (n: number) => String(n).replaceAll(/./g, (digit) => 'abcdefghij'[Number(digit)] as string);
  const aliases = (count: number) => Array.from({ length: count }, (_, n) => named(`Tregoss${wordOf(n)}`, `Piran${wordOf(n)}`).name);
  it.each([30, 5000])('%i of them: counts as anybody in the case, in a record that the register can read', (count) => {
    const event = hearing([{ ...youth, aliases: aliases(count) }, defendantOf('Quill', 'Wren', ADULT_BORN)]);
    const found = law.protect.find(event);
    expect(found.fromEvent[0]).toMatchObject({ kind: undefined, keys: NOBODY, relatives: [] });
    expect(raisedPointers(event, law, found)).toContain('/defendants/1/person/name');
    const [protection] = recordsOf(found.fromEvent, { ...CONTEXT, event: 'A'.repeat(43) }, pseudonym);
    const value = Buffer.from(JSON.stringify({ protection: { ...protection, case: 'c' } }));
    const reader = new StreamReader({ authenticator: { check: () => 'authentic' } as never, onBad: (_, code) => expect(code).toBe('') });
    const at = { topic: PROTECTIONS, partition: 0, offset: 0, key: 'c', time: 0, headers: {}, value };
    expect(reader.read(at)).toMatchObject({ protection: { keys: NOBODY } });
  });
  it('few enough are kept, each of them', () => {
    const [protection] = law.protect.find(hearing([{ ...youth, aliases: aliases(10) }])).fromEvent;
    expect(protection?.kind).toBe('defendant');
    expect(protection?.keys.families.length).toBeGreaterThan(10);
  });
});

describe('the register’s protections of a case', () => {
  it('are none where it has none', () => {
    expect(known([])).toBe(NOTHING_KNOWN);
    expect(NOTHING_KNOWN.isLifted({} as Protection)).toBe(false);
    expect([NOTHING_KNOWN.isEmpty, NOTHING_KNOWN.inForce]).toEqual([true, []]);
  });
  it('protect a person in a later event that no longer has the reason', () => {
    const later = hearing([
      defendantOf('Yarrow', 'Kai', ADULT_BORN, { bail: 'x' }),
      defendantOf('Marrable', 'Maris', ADULT_BORN, { bail: 'x' }),
    ]);
    const found = law.protect.find(later, known(entriesOf(youthRecord)));
    expect(found.fromEvent).toEqual([]);
    expect(raisedPointers(later, law, found)).toEqual(
      ['0/bail', '0/person/dateOfBirth', '0/person/name', '1/bail'].map((place) => `/defendants/${place}`),
    );
    expect(known(entriesOf(youthRecord)).isEmpty).toBe(false);
  });
  it('recognise the parents of a protected person', () => {
    const later = hearing([defendantOf('Ashe', 'Ann', ADULT_BORN)]);
    expect(raisedPointers(later, law, law.protect.find(later, known(entriesOf(youthRecord))))).toContain('/defendants/0/person/name');
  });
  it('raise every group of the policy, because the rule is no longer known', () => {
    const groups = { who: { title: 'Who', portions: ['name', 'home'] }, what: { title: 'What', portions: ['family'] } };
    const grouped = courtLaw({ groups });
    const protections = knownOf(grouped.policy, CASE, entriesOf(youthRecord), pseudonym, NOW);
    expect(protections.inForce[0]?.portions).toEqual(new Set(['name', 'home', 'family']));
    const without = courtLaw({ groups: undefined as never });
    expect(knownOf(without.policy, CASE, entriesOf(youthRecord), pseudonym, NOW).inForce[0]?.portions).toEqual(new Set());
  });
  it('have the details of the record, and raise with its restrictions', () => {
    const [protection] = known(entriesOf(youthRecord)).inForce;
    const { id, title, law: act, reason, restrictions, kind, until, keys, relatives } = youthRecord;
    expect(protection).toMatchObject({ id, title, law: act, reason, restrictions, kind, until, keys, relatives });
    expect(protection?.raise).toEqual(compileRaise(law.policy, { restrictions: ['YOUTH'] }));
    const { relatives: _, until: __, ...bare } = youthRecord;
    const [without] = known(entriesOf(bare)).inForce;
    expect(without?.relatives).toEqual([]);
    expect(Object.keys(without ?? {})).not.toContain('until');
  });
  it('hold until the day before they end, or for life', () => {
    const at = (day: string) => known(entriesOf(youthRecord), Date.parse(`${day}T00:00:00Z`)).inForce.length;
    expect([at('2030-02-02'), at('2030-02-03'), at('2060-01-01')]).toEqual([1, 0, 0]);
    expect(known(entriesOf(youthRecord), Date.parse('2030-02-02T23:59:59Z')).isEmpty).toBe(false);
    const { until: _, ...forLife } = youthRecord;
    expect(known(entriesOf(forLife), Date.parse('2060-01-01')).isEmpty).toBe(false);
    expect(known(entriesOf(youthRecord), Date.parse('2060-01-01')).isEmpty).toBe(true);
  });
});

describe('a reader who learns of a protection', () => {
  const fromOf = (more: Partial<ProtectionRecord>) => known(entriesOf({ ...youthRecord, ...more })).inForce[0]?.from;
  const without = (name: 'event' | 'label') => {
    const { [name]: _, ...rest } = youthRecord;
    return known(entriesOf(rest)).inForce[0]?.from;
  };
  const open = { policy: { id, version }, classification: 'OPEN', restrictions: ['LIFE'] };
  it('may read the source event outside its portions', () => {
    expect(fromOf({ label: open })).toEqual(compileRaise(law.policy, { restrictions: ['LIFE'] }));
  });
  it('does not exist, where the policy does not know the label of that event', () => {
    expect(fromOf({ label: { ...open, classification: 'BURIED' } })).toBeUndefined();
  });
  it('is anybody where a person imposed it, and only a reader of everything where the record has no label', () => {
    expect(without('event')).toEqual(law.policy.lowest);
    const everything = ['YOUTH', 'CHILD', 'ORDER', 'LIFE', 'WITNESS', 'PLACE'];
    expect(without('label')).toEqual(compileRaise(law.policy, { restrictions: everything }));
  });
});

describe('a protection that has ended', () => {
  const bits = (restrictions: readonly string[]) => compileRaise(law.policy, { restrictions }).bits[0];
  const [before, after] = [Date.parse('2030-02-02'), Date.parse('2030-02-03')];
  it('says which restrictions can be removed from published events, from its last day on', () => {
    expect(known(entriesOf(youthRecord), before).ended).toBeUndefined();
    expect(known(entriesOf(youthRecord), after).ended).toEqual([bits(['YOUTH']), 0]);
  });
  it('says nothing where it was lifted or has no end', () => {
    expect(known([lift(youthRecord)], after).ended).toBeUndefined();
    const [forLife] = recordsIn(defendantOf('Marrable', 'Maris', ADULT_BORN, complaint));
    expect(known(entriesOf(youthRecord, forLife as ProtectionRecord), after).ended).toEqual([bits(['YOUTH']), 0]);
    expect(known(entriesOf(forLife as ProtectionRecord), after).ended).toBeUndefined();
  });
});

describe('a lifted protection in the register', () => {
  it('raises nothing, and does not affect others', () => {
    const [other] = recordsIn(defendantOf('Quill', 'Wren', YOUTH_BORN));
    const protections = known([lift(youthRecord), ...entriesOf(other as ProtectionRecord)]);
    expect(protections.inForce.map(({ id }) => id)).toEqual([other?.id]);
    expect(known([lift(youthRecord)])).toMatchObject({ isEmpty: true, inForce: [] });
  });
  it('stays lifted, whichever of its entries says so', () => {
    expect(known([lift(youthRecord), ...entriesOf(youthRecord)]).inForce).toEqual([]);
    expect(known([...entriesOf(youthRecord), lift(youthRecord)]).inForce).toEqual([]);
  });
  it('is not found again by the rules for that person, but for others', () => {
    const again = hearing([youth, defendantOf('Quill', 'Wren', YOUTH_BORN)]);
    expect(protectionsIn(again, law, known([lift(youthRecord)]))).toEqual(['youth /defendants/1 under-18 2030-02-03']);
    expect(protectionsIn(again, law, known(entriesOf(youthRecord))).filter((line) => line.startsWith('youth /defendants'))).toHaveLength(2);
  });
  it('is not found again without an end or for a victim either', () => {
    const unknown = defendantOf('Tern', 'Kai', undefined);
    const complainant = defendantOf('Marrable', 'Maris', ADULT_BORN, complaint);
    for (const defendant of [unknown, complainant]) {
      const [record] = recordsIn(defendant);
      expect(protectionsIn(hearing([defendant]), law, known([lift(record as ProtectionRecord)]))).toEqual([]);
    }
  });
  it('of another case still protects in this case', () => {
    const others = recordsOf(law.protect.find(hearing([youth])).fromEvent, { ...CONTEXT, subject: 'another-case' }, pseudonym);
    expect(protectionsIn(hearing([youth]), law, known([lift(others[0] as ProtectionRecord)]))).toHaveLength(1);
  });
  it('of a linked case removes nothing from the published events of this case, and neither does its end', () => {
    const [linked] = recordsOf(law.protect.find(hearing([youth])).fromEvent, { ...CONTEXT, subject: 'a-linked-case' }, pseudonym);
    const entries = [lift(linked as ProtectionRecord), ...entriesOf({ ...(linked as ProtectionRecord), id: 'another' })];
    expect(Object.keys(known(entries, Date.parse('2030-02-03')))).toEqual(['isEmpty', 'inForce', 'isLifted']);
  });
  it('of an unknown person is recognised as that', () => {
    const [first] = law.protect.find(hearing([youth])).fromEvent;
    const anybody: Protection = { ...(first as Protection), kind: undefined };
    const [record] = recordsOf([anybody], CONTEXT, pseudonym);
    const protections = known([lift(record as ProtectionRecord)]);
    expect([protections.isLifted(anybody), protections.isLifted(first as Protection)]).toEqual([true, false]);
  });
  it('of a person without a name or number is found again, because such persons cannot be recognised', () => {
    const liftedFor = (person: object): boolean => {
      const [protection] = law.protect.find(hearing([person])).fromEvent;
      const [record] = recordsOf([protection as Protection], CONTEXT, pseudonym);
      return known([lift(record as ProtectionRecord)]).isLifted(protection as Protection);
    };
    const nameless = { person: { dateOfBirth: YOUTH_BORN } };
    expect(liftedFor(nameless)).toBe(false);
    expect(liftedFor({ ...nameless, asn: '12ABCD34123456R' })).toBe(true);
    expect(liftedFor(defendantOf('Yarrow', 'Kai', YOUTH_BORN, { asn: '12ABCD34123456R' }))).toBe(true);
    expect(liftedFor(defendantOf('Yarrow', 'Kai', YOUTH_BORN))).toBe(true);
  });
  it('says which restrictions can be removed from published events, and only where one was lifted', () => {
    const [order] = recordsIn(defendantOf('Marrable', 'Maris', ADULT_BORN, complaint));
    const bits = (restrictions: readonly string[]) => compileRaise(law.policy, { restrictions }).bits[0];
    expect(known(entriesOf(youthRecord)).lifted).toBeUndefined();
    expect(known([lift(youthRecord), ...entriesOf(order as ProtectionRecord)]).lifted).toEqual([bits(['YOUTH']), 0]);
    expect(known([lift(youthRecord), lift(order as ProtectionRecord)]).lifted).toEqual([bits(['YOUTH', 'LIFE']), 0]);
  });
});
