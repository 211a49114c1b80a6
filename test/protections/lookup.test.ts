import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../adapters/adapter.ts';
import { compileRaise } from '../../gateway/labels/policy.ts';
import { Lookup } from '../../gateway/protections/lookup.ts';
import { SearchedText } from '../../gateway/protections/marks.ts';
import { type Form, PlainMatcher, PseudonymMatcher, pseudonymForm, pseudonymsOf } from '../../gateway/protections/mentions.ts';
import { defendantsOf, type Keys, keysOfPerson, NOBODY, type Person } from '../../gateway/protections/people.ts';
import type { Protection } from '../../gateway/protections/protection.ts';
import { courtLaw, named } from './invented-court.ts';

const { policy } = courtLaw();
const keysOf = (familyName: string, given = 'Kai', more: object = {}): Keys =>
  keysOfPerson({ person: named(familyName, given), ...more } as unknown as JsonObject);
const defendant = (object: object): Person => defendantsOf({ defendants: [object as JsonObject] })[0]?.person as Person;
const [YOUTH, LIFE] = [compileRaise(policy, { restrictions: ['YOUTH'] }), compileRaise(policy, { restrictions: ['LIFE'] })];
const PORTIONS: ReadonlySet<string> = new Set(['name', 'home']);

const protectionOf = (keys: Keys, more: Partial<Protection> = {}): Protection => ({
  id: 'youth',
  title: 'Youth',
  law: 'Youth Act',
  reason: 'under-18',
  restrictions: ['YOUTH'],
  kind: 'defendant',
  raise: YOUTH,
  portions: PORTIONS,
  keys,
  relatives: [],
  matcher: new PlainMatcher('defendant', keys),
  ...more,
});
/** A protection that no other is grouped with. */
const apart = (title: string, keys: Keys): Protection => protectionOf(keys, { title });
const registered = (title: string, keys: Keys, form: Form): Protection =>
  protectionOf(keys, { title, matcher: new PseudonymMatcher('defendant', pseudonymsOf(keys, hide), [], form) });
const hide = (text: string): string => `<${text}>`;

const mentionedIn = (lookup: Lookup, text: string, found: readonly number[] = []): readonly number[] => {
  const all = new Set(found);
  lookup.addMentioned(new SearchedText(text), all);
  return [...all];
};

describe('groups of protections', () => {
  const [first, second] = [protectionOf(keysOf('Yarrow')), protectionOf(keysOf('Quill'))];
  it('contain those with the same raise and reason, for any number of people', () => {
    expect(new Lookup([first, second]).groups).toEqual([first]);
  });
  it.each<readonly [string, Partial<Protection>]>([
    ['title', { title: 'Order' }],
    ['law', { law: 'Order Act' }],
    ['reason', { reason: 'age-not-known' }],
    ['restriction', { raise: LIFE }],
    ['classification', { raise: { ...YOUTH, classification: 1 } }],
    ['set of portions', { portions: new Set(['home']) }],
  ])('are separate for another %s', (_, more) => {
    const other = protectionOf(keysOf('Quill'), more);
    expect(new Lookup([first, other]).groups).toEqual([first, other]);
  });
  it('are three for three sets of portions', () => {
    const others = ['home', 'family'].map((name) => protectionOf(keysOf('Quill'), { portions: new Set([name]) }));
    expect(new Lookup([first, ...others, second]).groups).toEqual([first, ...others]);
  });
  it('are none without protections', () => {
    const lookup = new Lookup([]);
    expect([lookup.groups, mentionedIn(lookup, 'Yarrow')]).toEqual([[], []]);
  });
});

describe('a search in a text', () => {
  it('finds the groups of everybody whom it mentions', () => {
    const lookup = new Lookup([
      apart('first', keysOf('Yarrow')),
      apart('second', keysOf('Quill', 'Wren')),
      apart('third', keysOf('Oakes', 'Maris')),
    ]);
    expect(mentionedIn(lookup, 'Kai saw Wren Quill')).toEqual([0, 1]);
    expect(mentionedIn(lookup, 'a bicycle')).toEqual([]);
    expect(mentionedIn(lookup, 'a bicycle', [2])).toEqual([2]);
  });
  it('finds two groups by a word that they share', () => {
    expect(mentionedIn(new Lookup([apart('first', keysOf('Yarrow')), apart('second', keysOf('Yarrow', 'Wren'))]), 'Yarrow')).toEqual([
      0, 1,
    ]);
  });
  it('finds people of the event and of the register together', () => {
    const lookup = new Lookup([apart('event', keysOf('Yarrow')), registered('register', keysOf('Quill', 'Wren'), pseudonymForm(hide))]);
    expect(mentionedIn(lookup, 'Quill')).toEqual([1]);
    expect(mentionedIn(lookup, 'Quill and Yarrow')).toEqual([0, 1]);
  });
  it('also finds relatives', () => {
    const keys = keysOf('Yarrow');
    const lookup = new Lookup([protectionOf(keys, { matcher: new PlainMatcher('defendant', keys, [keysOf('Ashe', 'Ann')]) })]);
    expect(mentionedIn(lookup, 'her mother Ann')).toEqual([0]);
  });

  const counting = () => {
    const asked: string[] = [];
    const form: Form = {
      keysOf: (keys) => pseudonymsOf(keys, hide),
      markOf: (mark) => {
        asked.push(mark);
        return hide(mark);
      },
    };
    return { asked, form };
  };
  it('ends when everybody is found, because pseudonyms are costly', () => {
    const { asked, form } = counting();
    const lookup = new Lookup([registered('register', keysOf('Quill'), form)]);
    expect(mentionedIn(lookup, 'Quill saw a bicycle')).toEqual([0]);
    expect(asked).toEqual(['word:QUILL']);
    expect([mentionedIn(lookup, 'Quill', [0]), asked]).toEqual([[0], ['word:QUILL']]);
  });
  it('makes no pseudonyms where no person is protected', () => {
    const { asked, form } = counting();
    const lookup = new Lookup([registered('register', NOBODY, form), apart('event', keysOf('Yarrow'))]);
    expect([mentionedIn(lookup, 'Quill'), asked]).toEqual([[], []]);
  });
});

describe('a search for a person', () => {
  const described = (lookup: Lookup, person: Person, isMeant = (_: Protection) => true, known: readonly number[] = []) => {
    const asked: string[] = [];
    const found = new Set(known);
    lookup.addDescribed(person, found, (protection) => {
      asked.push(protection.title);
      return isMeant(protection);
    });
    return { found: [...found], asked };
  };
  const yarrow = defendant({ person: named('Yarrow', 'Kai'), pncId: '2019/0088012E' });
  const all = [
    apart('another sound', keysOf('Yarow')),
    apart('other name', keysOf('Quill')),
    apart('same number', keysOf('Oakes', 'Maris', { pncId: '2019/0088012E' })),
    apart('no name', NOBODY),
  ];
  it('compares only persons with the same number or sound, or without a name', () => {
    const lookup = new Lookup([apart('same name', keysOf('Yarrow')), ...all]);
    const { asked, found } = described(lookup, yarrow);
    expect(asked.toSorted()).toEqual(['no name', 'same name', 'same number']);
    expect(found.toSorted()).toEqual([0, 3, 4]);
  });
  it('finds only the groups of persons whom this can be', () => {
    const lookup = new Lookup([apart('same name', keysOf('Yarrow')), ...all]);
    expect(described(lookup, yarrow, ({ title }) => title === 'same number').found).toEqual([3]);
    expect(described(lookup, yarrow, () => false).found).toEqual([]);
  });
  it('without a name finds everybody, and compares each once', () => {
    const { asked, found } = described(new Lookup(all), defendant({ pncId: '2019/0088012E' }), ({ title }) => title !== 'same number');
    expect(asked).toEqual(['another sound', 'other name', 'same number', 'no name']);
    expect(found).toEqual([0, 1, 3]);
  });
  it('does not compare further persons of a group that is found', () => {
    const twice = [protectionOf(keysOf('Yarrow')), protectionOf(keysOf('Yarrow', 'Wren'))];
    expect(described(new Lookup(twice), yarrow)).toEqual({ found: [0], asked: ['Youth'] });
    expect(described(new Lookup(twice), yarrow, undefined, [0])).toEqual({ found: [0], asked: [] });
  });
  it('finds relatives by name', () => {
    const keys = keysOf('Quill');
    const lookup = new Lookup([protectionOf(keys, { matcher: new PlainMatcher('defendant', keys, [keysOf('Yarrow', 'Ann')]) })]);
    expect(described(lookup, yarrow).found).toEqual([0]);
  });
  it('finds persons of the event and of the register', () => {
    const lookup = new Lookup([registered('register', keysOf('Yarrow'), pseudonymForm(hide)), apart('event', keysOf('Yarrow', 'Wren'))]);
    expect(described(lookup, yarrow).found.toSorted()).toEqual([0, 1]);
  });
  it('compares 300 persons of the same name, and finds all others', () => {
    const many = (count: number) => new Lookup(Array.from({ length: count }, (_, n) => apart(String(n), keysOf('Yarrow'))));
    expect(described(many(300), yarrow, () => false).found).toEqual([]);
    const { found, asked } = described(many(302), yarrow, () => false);
    expect([found, asked.length]).toEqual([[300, 301], 300]);
  });
});
