import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../adapters/adapter.ts';
import { defendantsOf, type Person, victimOf } from '../../gateway/protections/people.ts';
import { PeopleIndex } from '../../gateway/protections/same-person.ts';
import { named } from './invented-court.ts';

const victim = (familyName: string, ...givenNames: readonly string[]): Person =>
  victimOf(named(familyName, ...givenNames) as unknown as JsonObject, '/x');
const defendant = (object: object): Person => defendantsOf({ defendants: [object as JsonObject] })[0]?.person as Person;
const ANYBODY_ELSE = victim('Oakes', 'Gethin');

/** How many entries have a family name that sounds the same, each with another given name. */
const prossers = (count: number): readonly Person[] =>
  Array.from({ length: count }, (_, n) => {
    const given = [...String(n)].map((digit) => 'BCDFGKLMNP'[Number(digit)]).join('');
    return victim('Prosser', `A${given}`);
  });

describe('the entries of one person', () => {
  it('are those with the same name in any spelling, and the entry of the person', () => {
    const [first, again, other] = [victim('Prosser', 'Ffion'), victim('PROSER', 'F.'), victim('Prosser', 'Zillah')];
    const index = new PeopleIndex([first, ANYBODY_ELSE, again, other]);
    expect([...index.sameAs(first)]).toEqual([first, again]);
    expect([...index.sameAs(again)]).toEqual([first, again]);
    expect([...index.sameAs(other)]).toEqual([other]);
  });
  it('are those with the same number, whatever the names', () => {
    const [first, other] = ['Prosser', 'Quill'].map((family) => defendant({ person: named(family, 'Wren'), pncId: '2019/0088012E' }));
    const nameless = defendant({ pncId: '2019/0088012E' });
    const index = new PeopleIndex([first, ANYBODY_ELSE, other, nameless].filter((person) => person !== undefined));
    expect([...index.sameAs(nameless)]).toEqual([first, other, nameless]);
    expect([...index.sameAs(first as Person)].length).toBe(3);
  });
  it('are only the entry of the person, where neither name nor number is known', () => {
    const [first, second] = [victim(''), victim('')];
    expect([...new PeopleIndex([first, second]).sameAs(first)]).toEqual([first]);
  });
  it('are one set for all entries with the same keys, so that further results are shared', () => {
    const [first, again, initial] = [victim('Prosser', 'Ffion'), victim('Prosser', 'Ffion'), victim('Prosser', 'F')];
    const index = new PeopleIndex([first, again, initial]);
    expect(index.sameAs(first)).toBe(index.sameAs(again));
    expect(index.sameAs(initial)).not.toBe(index.sameAs(first));
  });
  it('are none for a person who is not in the event', () => {
    const index = new PeopleIndex([ANYBODY_ELSE]);
    expect([...index.sameAs(victim('Prosser', 'Ffion'))]).toEqual([]);
  });
});

describe('an event with very many entries of one family name', () => {
  const again = (people: readonly Person[]): Person => victim('Prosser', people[0]?.keys.givens[0] ?? '');
  it('distinguishes 300 entries', () => {
    const people = prossers(299);
    const [last, index] = [again(people), (more: Person) => new PeopleIndex([...people, more])];
    expect(index(last).isCrowded(last)).toBe(false);
    expect([...index(last).sameAs(last)]).toEqual([people[0], last]);
  });
  it('is ambiguous with more than 300, and then no entries are combined', () => {
    const people = prossers(300);
    const last = again(people);
    const index = new PeopleIndex([...people, last, ANYBODY_ELSE]);
    expect([...people.slice(0, 3), last].map((person) => index.isCrowded(person))).toEqual([true, true, true, true]);
    expect([...index.sameAs(last)]).toEqual([last]);
    expect(index.isCrowded(ANYBODY_ELSE)).toBe(false);
  });
  it('is ambiguous even for an entry with a unique number', () => {
    const numbered = defendant({ person: named('Prosser', 'Ffion'), pncId: '2019/0088012E' });
    expect(new PeopleIndex([...prossers(300), numbered]).isCrowded(numbered)).toBe(true);
  });
});
