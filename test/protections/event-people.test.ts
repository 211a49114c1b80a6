import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../adapters/adapter.ts';
import { EventPeople } from '../../gateway/protections/event-people.ts';
import { type Defendant, defendantsOf, Offence, Person } from '../../gateway/protections/people.ts';
import { ADULT_BORN, defendantOf, hearing, named, victim, YOUTH_BORN } from './invented-court.ts';

const PNC = { pncId: '2019/0088012E' };
function peopleOf(defendants: readonly object[], more: object = {}): EventPeople {
  const event = hearing(defendants, more);
  return new EventPeople(event, defendantsOf(event.data));
}
const withVictims = (...victims: readonly object[]) => ({ offences: [{ victims }] });
const adult = (family: string, given = 'Kai', more: object = {}) => defendantOf(family, given, ADULT_BORN, more);
const youth = (family: string, given = 'Kai', more: object = {}) => defendantOf(family, given, YOUTH_BORN, more);
const at = (people: EventPeople, pointer: string): Person => {
  const found = people.people.find((person) => person.pointer === pointer);
  if (found === undefined) throw new Error(`Nobody at ${pointer}`);
  return found;
};
const first = (people: EventPeople): Person => at(people, '/defendants/0');
const pointers = (people: readonly Person[]): readonly string[] => people.map(({ pointer }) => pointer);

describe('the people of an event', () => {
  const company = { organisation: { name: 'Mole Boats' }, ...withVictims(victim('Oakes', 'Gethin')) };
  const people = peopleOf([adult('Yarrow', 'Kai', withVictims(victim('Prosser', 'Ffion'), victim('Tern', 'Wren', YOUTH_BORN))), company]);
  const VICTIMS = ['/defendants/0/offences/0/victims/0', '/defendants/0/offences/0/victims/1', '/defendants/1/offences/0/victims/0'];
  it('are each defendant who is a person, and all victims', () => {
    expect(pointers(people.people)).toEqual(['/defendants/0', ...VICTIMS]);
    expect(pointers(people.victims)).toEqual(VICTIMS);
  });
  it('are also the victims of a recorded crime, and of alleged offences without a defendant', () => {
    const recorded = peopleOf([], {
      crime: { classification: 'C1' },
      victims: [victim('Prosser', 'Ffion'), victim('Tern', 'Wren')],
      offences: [{ victims: [victim('Oakes', 'Gethin')] }, 'not an offence', { victims: [victim('Quill', 'Wren')] }],
    });
    const all = ['/offences/0/victims/0', '/offences/2/victims/0', '/victims/0', '/victims/1'];
    expect(pointers(recorded.people)).toEqual(all);
    expect(pointers(recorded.victims)).toEqual(all);
    expect(pointers(peopleOf([], { crime: { classification: 'C1' } }).people)).toEqual([]);
    expect(pointers(peopleOf([], { crime: 'not a crime', offences: [{ victims: [victim('Oakes', 'Gethin')] }] }).people)).toEqual([
      '/offences/0/victims/0',
    ]);
  });
  it('include child victims, and victims of unknown age', () => {
    expect(pointers(people.children)).toEqual(['/defendants/0/offences/0/victims/1']);
    const unknown = peopleOf([adult('Yarrow', 'Kai', withVictims(named('Prosser', 'Ffion'), victim('Oakes', 'Gethin')))]);
    expect(pointers(unknown.children)).toEqual(['/defendants/0/offences/0/victims/0']);
  });
  it('are listed once, however often a rule asks', () => {
    const { people: all, victims, children } = people;
    expect(people.people).toBe(all);
    expect(people.victims).toBe(victims);
    expect(people.children).toBe(children);
  });
});

describe('the facts for rules', () => {
  it('are the source, the area of the court and the day of the hearing', () => {
    const event = hearing([], { hearing: { date: '2026-11-16', courtHouse: { ouCode: 'B52EF01' } } });
    const people = new EventPeople(event, []);
    expect([people.source, people.area, people.hearing]).toEqual(['office.north', '52', '2026-11-16']);
  });
  it('include no age where the day of the hearing is not plausible', () => {
    const on = (date: string) => {
      const people = peopleOf([adult('Yarrow'), youth('Quill')], { hearing: { date } });
      return people.people.map((person) => people.isUnder(18, person));
    };
    expect(on('2026-11-16')).toEqual(['not-under', 'under']);
    for (const date of ['', '0001-01-01', '2099-01-01']) expect(on(date)).toEqual(['not-known', 'not-known']);
  });
});

describe('the dates of birth of a person', () => {
  const birth = (defendants: readonly object[], more: object = {}) => {
    const people = peopleOf(defendants, more);
    return people.birthOf(first(people));
  };
  const twice = (pointer: string) => ({ quality: { issues: [{ code: 'given-more-than-once', at: pointer }] } });
  it('are those of the entry, where there is no other', () => {
    expect(birth([adult('Yarrow')])).toEqual({ datesOfBirth: [ADULT_BORN], birthYears: [], isAmbiguous: false });
    expect(birth([adult('Yarrow')], twice('/defendants/0/person/dateOfBirth')).isAmbiguous).toBe(true);
  });
  it.each<readonly [string, object, object]>([
    ['the same name', adult('Yarrow'), youth('Yarrow')],
    ['a name that sounds the same', adult('Prosser'), youth('Proser')],
    ['one half of a double name', adult('Quill-Tern'), youth('Tern')],
    ['a double name that is written as one word', adult('Quill-Tern'), youth('Quilltern')],
    ['the same number and no name', adult('Yarrow', 'Kai', PNC), { person: { dateOfBirth: YOUTH_BORN }, ...PNC }],
    ['an alias', adult('Yarrow'), youth('Oakes', 'Kai', { aliases: [{ familyName: 'Yarrow' }] })],
    [
      'a victim of the name',
      adult('Yarrow'),
      { organisation: { name: 'Mole Boats' }, ...withVictims(victim('Yarrow', 'Kai', YOUTH_BORN)) },
    ],
    [
      'a victim of the name who has no family name',
      adult('Yarrow'),
      { organisation: { name: 'Mole Boats' }, ...withVictims({ name: { givenNames: ['Kai', 'Yarrow'] }, dateOfBirth: YOUTH_BORN }) },
    ],
  ])('are those of every entry of that person: by %s', (_, one, other) => {
    expect(birth([one, other])).toEqual({ datesOfBirth: [ADULT_BORN, YOUTH_BORN], birthYears: [], isAmbiguous: false });
  });
  it.each<readonly [string, object]>([
    ['of another name', youth('Oakes')],
    ['of another given name', youth('Yarrow', 'Wren')],
    ['who is a victim without any name', { organisation: { name: 'Mole Boats' }, ...withVictims({ dateOfBirth: YOUTH_BORN }) }],
  ])('do not come from an entry %s', (_, other) => {
    expect(birth([adult('Yarrow'), other]).datesOfBirth).toEqual([ADULT_BORN]);
  });
  it('are listed once, from any number of entries', () => {
    const judged = { person: { ...named('Yarrow', 'Kai'), dateOfBirth: ADULT_BORN, perceivedBirthYear: '1980' } };
    expect(birth([judged, judged, adult('Yarrow')])).toEqual({ datesOfBirth: [ADULT_BORN], birthYears: ['1980'], isAmbiguous: false });
  });
  it('are ambiguous where any entry of the person has a date given twice', () => {
    expect(birth([adult('Yarrow'), adult('Yarrow')], twice('/defendants/1/person/dateOfBirth')).isAmbiguous).toBe(true);
    expect(birth([adult('Yarrow'), adult('Oakes')], twice('/defendants/1/person/dateOfBirth')).isAmbiguous).toBe(false);
  });
  it('do not come from another entry where the entry of the person has none, because that could be somebody else', () => {
    const undated = { person: { ...named('Yarrow', 'Kai'), perceivedBirthYear: '1980' } };
    expect(birth([undated, adult('Yarrow')])).toEqual({ datesOfBirth: [], birthYears: ['1980'] });
  });
  it('are ambiguous with more entries of one name than can be compared', () => {
    const many = (count: number) => Array.from({ length: count }, () => adult('Yarrow'));
    expect(birth(many(300)).isAmbiguous).toBe(false);
    expect(birth(many(301)).isAmbiguous).toBe(true);
  });
  it('are collected once for all entries of a person', () => {
    const people = peopleOf([adult('Yarrow'), adult('Yarrow'), youth('Yarrow')]);
    expect(people.birthOf(first(people))).toBe(people.birthOf(at(people, '/defendants/1')));
  });
});

describe('the keys of a person in an event', () => {
  it('come from every entry, and are computed once', () => {
    const people = peopleOf([adult('Yarrow', 'Kai', PNC), adult('Yarow', 'Kai', PNC), adult('Oakes', 'Gethin')]);
    const keys = people.keysOf(first(people));
    expect([keys.families, keys.numbers]).toEqual([['YARROW', 'YAROW'], ['20190088012E']]);
    const same = peopleOf([adult('Yarrow'), adult('Yarrow')]);
    expect(same.keysOf(first(same))).toBe(same.keysOf(at(same, '/defendants/1')));
  });
  it('of a parent also come from the parent’s own entry in the case', () => {
    const people = peopleOf([youth('Yarrow', 'Kai', { parentGuardian: named('Ashe', 'Ann') }), adult('Ashe', 'Ann', PNC)]);
    expect(people.relativesOf(first(people)).map(({ families, numbers }) => [families, numbers])).toEqual([[['ASHE'], ['20190088012E']]]);
  });
});

describe('the parents of a person', () => {
  const families = (defendants: readonly object[], pointer = '/defendants/0') => {
    const people = peopleOf(defendants);
    return people.relativesOf(at(people, pointer)).map((keys) => keys.families[0]);
  };
  const parent = (family: string) => ({ parentGuardian: named(family, 'Ann') });
  it('come from every entry of the person, and from no other', () => {
    const all = [youth('Yarrow', 'Kai', parent('Ashe')), youth('Yarrow', 'Kai', parent('Birch')), youth('Quill', 'Wren', parent('Cedar'))];
    expect(families(all)).toEqual(['ASHE', 'BIRCH']);
    expect(families(all, '/defendants/2')).toEqual(['CEDAR']);
  });
  it('are none where the event names none', () => {
    expect(families([youth('Yarrow')])).toEqual([]);
    expect(families([youth('Yarrow'), youth('Quill', 'Wren', parent('Cedar'))])).toEqual([]);
  });
  it('are none for a company', () => {
    expect(families([youth('Yarrow'), { organisation: { name: 'Yarrow' }, ...parent('Cedar') }])).toEqual([]);
  });
});

describe('a quality issue of an event', () => {
  const isAmbiguous = (issues: unknown): boolean | undefined => {
    const people = peopleOf([adult('Yarrow')], { quality: { issues } } as unknown as JsonObject);
    return people.birthOf(first(people)).isAmbiguous;
  };
  const issue = (more: object = {}) => ({ code: 'given-more-than-once', at: '/defendants/0/person/dateOfBirth', ...more });
  it('makes a date ambiguous where it reports a date given twice', () => {
    expect(isAmbiguous([issue({ at: '/case/urn' }), issue()])).toBe(true);
    expect(isAmbiguous([issue({ at: '/defendants/0/person/perceivedBirthYear' })])).toBe(true);
  });
  it.each([
    ['another issue', [issue({ code: 'code-not-listed' })]],
    ['another value', [issue({ at: '/defendants/0/person/name' })]],
    ['another person', [issue({ at: '/defendants/00/person/dateOfBirth' })]],
    ['no place', [issue({ at: 7 })]],
    ['nothing', undefined],
    ['a word', 'none'],
  ])('does not make a date ambiguous where it is about %s', (_, issues) => {
    expect(isAmbiguous(issues)).toBe(false);
  });
});

describe('names are compared for an age', () => {
  /** The same people, and a list of those whose names were taken apart. */
  function watched(defendants: readonly object[]): { readonly people: EventPeople; readonly taken: readonly string[] } {
    const taken: string[] = [];
    const watch = (person: Person): Person =>
      new Person(person.kind, person.pointer, person.object, () => {
        taken.push(person.pointer);
        return person.keys;
      });
    const event = hearing(defendants);
    const all = defendantsOf(event.data).map(
      ({ person, parent, offences, object }): Defendant => ({
        object,
        person: person && watch(person),
        parent: parent && watch(parent),
        offences: offences.map((offence) =>
          Object.defineProperty(new Offence(offence.object, ''), 'victims', { value: offence.victims.map(watch) }),
        ),
      }),
    );
    return { people: new EventPeople(event, all), taken };
  }
  const company = (...victims: readonly object[]) => ({ organisation: { name: 'Mole Boats' }, ...withVictims(...victims) });
  it.each<readonly [string, readonly object[], boolean]>([
    ['somebody who is alone in it', [adult('Yarrow', 'Kai', { aliases: [{ familyName: 'Oakes' }] })], false],
    ['two of other family names', [adult('Yarrow'), youth('Oakes')], false],
    ['two of family names that sound alike', [adult('Prosser'), youth('Proser')], true],
    ['two who share one half of a double name', [adult('Quill-Tern'), youth('Tern')], true],
    ['two who share a double name, which one writes as one', [adult('Quill-Tern'), youth('Quilltern')], true],
    ['somebody next to an alias', [adult('Yarrow'), youth('Oakes', 'Wren', { aliases: [{ familyName: 'Tern' }] })], true],
    ['somebody next to a defendant without a name', [adult('Yarrow'), { person: { dateOfBirth: YOUTH_BORN } }], true],
    ['somebody next to a defendant whose name is not text', [adult('Yarrow'), { person: { name: { familyName: 7 } } }], true],
    ['somebody next to a victim with given names alone', [adult('Yarrow'), company({ name: { givenNames: ['Kai', 'Yarrow'] } })], true],
    ['somebody next to a victim without a name', [adult('Yarrow'), company({ dateOfBirth: YOUTH_BORN })], false],
    ['somebody next to a victim with an empty list of names', [adult('Yarrow'), company({ name: { givenNames: [] } })], false],
    ['somebody next to a victim whose given names are not a list', [adult('Yarrow'), company({ name: { givenNames: 'Kai' } })], false],
  ])('only where there can be a second entry: %s', (_, defendants, expected) => {
    const { people, taken } = watched(defendants);
    people.birthOf(first(people));
    expect(taken.length > 0).toBe(expected);
  });
  it('not for victims without a name, and not for persons whose name nobody shares', () => {
    const nameless = watched([adult('Yarrow'), company({ dateOfBirth: YOUTH_BORN }, { dateOfBirth: ADULT_BORN })]);
    nameless.people.birthOf(at(nameless.people, '/defendants/1/offences/0/victims/0'));
    expect(nameless.taken).toEqual([]);
    const others = watched([adult('Yarrow'), adult('Prosser'), adult('Proser')]);
    others.people.birthOf(first(others.people));
    expect(others.taken).toEqual([]);
  });
  it('not for parents, where the event names no parent', () => {
    const { people, taken } = watched([youth('Yarrow'), { organisation: { name: 'Mole Boats' }, parentGuardian: named('Cedar', 'Ann') }]);
    expect([people.relativesOf(first(people)), taken]).toEqual([[], []]);
  });
});
