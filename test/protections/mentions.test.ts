import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../adapters/adapter.ts';
import { SearchedText } from '../../gateway/protections/marks.ts';
import { PlainMatcher, PseudonymMatcher, pseudonymForm, pseudonymsOf, remembering, textsIn } from '../../gateway/protections/mentions.ts';
import { defendantsOf, type Keys, keysOfPerson, NOBODY, type Person, victimOf } from '../../gateway/protections/people.ts';
import { named } from './invented-court.ts';

const object = (value: object): JsonObject => value as JsonObject;
const keysOf = (familyName: string, givenNames: readonly string[] = [], more: object = {}): Keys =>
  keysOfPerson(object({ person: { name: { familyName, givenNames } }, ...more }));
const defendant = (familyName: string, ...givenNames: readonly string[]): Person =>
  defendantsOf(object({ defendants: [{ person: named(familyName, ...givenNames) }] }))[0]?.person as Person;
const victim = (familyName: string, ...givenNames: readonly string[]): Person => victimOf(object(named(familyName, ...givenNames)), '/x');

/** Pseudonyms that contain the hidden text, so that a test can see which text was asked for. */
const hide = (text: string): string => `<${text}>`;
const hidden = (keys: Keys): Keys => pseudonymsOf(keys, hide);
const FORM = pseudonymForm(hide);

const anyFamily = fc.constantFrom('Prosser', 'Proser', 'Oakes', 'Quill-Tern', 'Ng', '');
const anyGiven = fc.subarray(['Ffion', 'F', 'Kai'], { maxLength: 2 });
const anyNumber = fc.constantFrom({}, { pncId: '2019/0088012E' }, { asn: '12ABCD34123456R' });
const anyKeys = fc.tuple(anyFamily, anyGiven, anyNumber).map(([family, given, number]) => keysOf(family, given, number));
const anyPerson = fc.tuple(fc.constantFrom(defendant, victim), anyFamily, anyGiven).map(([make, family, given]) => make(family, ...given));
const anyKind = fc.constantFrom('defendant' as const, 'victim' as const);
const anySentence = fc
  .array(fc.constantFrom('Ffion', 'Prosser', 'PROSER', 'Kai', 'Quill', 'Tern', 'QuillTern', 'took', 'a', '2019/0088012E', '0088012', '7'))
  .map((words) => words.join(' '));

describe('a person of the register', () => {
  it('is recognised in people and texts exactly like a person of the event', () => {
    fc.assert(
      fc.property(
        anyKind,
        anyKeys,
        fc.array(anyKeys, { maxLength: 2 }),
        anyPerson,
        anySentence,
        (kind, keys, relatives, person, sentence) => {
          const plain = new PlainMatcher(kind, keys, relatives);
          const kept = new PseudonymMatcher(kind, hidden(keys), relatives.map(hidden), FORM);
          const text = new SearchedText(sentence);
          expect([kept.canBe(person), kept.is(person), kept.isIn(text)]).toEqual([plain.canBe(person), plain.is(person), plain.isIn(text)]);
        },
      ),
      { numRuns: 500 },
    );
  });
  it('can be anybody in the case, where the kind is not known', () => {
    const matcher = new PseudonymMatcher(undefined, hidden(keysOf('Prosser', ['Ffion'])), [], FORM);
    expect(matcher.kind).toBeUndefined();
    expect(
      [defendant('Prosser', 'F'), victim('Prosser', 'Ffion'), victim('Oakes', 'Ffion')].map((person) => matcher.canBe(person)),
    ).toEqual([true, true, false]);
  });
  it('is not mentioned anywhere where nothing is known, and no pseudonym is made', () => {
    const asked: string[] = [];
    const form = pseudonymForm((text) => {
      asked.push(text);
      return text;
    });
    const matcher = new PseudonymMatcher('victim', NOBODY, [], form);
    expect([matcher.isIn(new SearchedText('Prosser 2019/0088012E')), asked]).toEqual([false, []]);
  });
  it('with one known word and one number is mentioned by either', () => {
    const keys = { ...NOBODY, families: [hide('word:QUERN')], details: [hide('detail:123456')] };
    const matcher = new PseudonymMatcher('victim', keys, [], FORM);
    expect(['see Quern', '12-34-56', 'see Heron'].map((text) => matcher.isIn(new SearchedText(text)))).toEqual([true, true, false]);
  });
});

describe('a person of the event', () => {
  const matcher = new PlainMatcher('victim', keysOf('Prosser', ['Ffion'], { pncId: '2019/0088012E' }), [keysOf('Ashe', ['Ann'])]);
  it('can be a person of the same kind, and is a person of any kind', () => {
    const can = [victim('Prosser', 'F'), victim(''), defendant('Prosser', 'F'), victim('Oakes')].map((person) => matcher.canBe(person));
    expect([matcher.kind, ...can]).toEqual(['victim', true, true, false, false]);
    const is = [victim('Prosser', 'F'), victim(''), defendant('Prosser', 'F'), defendant('Oakes')].map((person) => matcher.is(person));
    expect(is).toEqual([true, false, true, false]);
  });
  it('is also identified by a relative, but is not the relative', () => {
    expect([matcher.is(defendant('Ashe', 'A')), matcher.canBe(victim('Ashe', 'A'))]).toEqual([true, false]);
  });
  it('without a relative is nobody else', () => {
    expect(new PlainMatcher('victim', keysOf('Prosser', ['Ffion'])).is(defendant('Ashe', 'A'))).toBe(false);
    expect(new PlainMatcher('victim', keysOf('Prosser', ['Ffion'])).relatives).toEqual([]);
  });
  it.each([
    ['the family name', 'with PROSSER took', true],
    ['a given name', 'and Ffion too', true],
    ['the name of a relative', 'her mother Ann', true],
    ['a number within text', 'see 2019/0088012E.', true],
    ['the serial of a number within text', 'PNC 88012/0088012', true],
    ['another number', '2019/0088013E', false],
    ['part of a word', 'Prosserini', false],
    ['nothing of the person', 'took a bicycle', false],
  ])('is mentioned by %s: %j, %s', (_, text, expected) => {
    expect(matcher.isIn(new SearchedText(text))).toBe(expected);
  });
  it('is mentioned by a name that is written as one word or two', () => {
    const double = new PlainMatcher('victim', keysOf('Quilltern'));
    expect(['Quill-Tern', 'Quill Tern', 'Tern Quill'].map((text) => double.isIn(new SearchedText(text)))).toEqual([true, true, false]);
    expect(new PlainMatcher('victim', keysOf('Quill-Tern')).isIn(new SearchedText('quilltern'))).toBe(true);
  });
  it('without known keys is not mentioned anywhere', () => {
    expect(new PlainMatcher('victim', NOBODY, [NOBODY]).isIn(new SearchedText('Prosser'))).toBe(false);
  });
  it('has marks that are computed once', () => {
    expect(matcher.marks).toBe(matcher.marks);
  });
});

describe('the texts in a value', () => {
  const texts = (value: Json) => textsIn(value).map(({ text }) => text);
  it('are every text and number at any depth, and nothing else', () => {
    expect(texts(['a', { b: 'b', c: [7, { d: 'd' }] }, null, true, ''])).toEqual(['a', 'b', '7', 'd']);
    expect([texts('a'), texts(7), texts(null), texts(true), texts('')]).toEqual([['a'], ['7'], [], [], []]);
    fc.assert(
      fc.property(fc.array(anySentence.filter((text) => text !== '')), (sentences) => {
        const nested = sentences.reduce<Json>((value, sentence) => ({ one: sentence, value }), null);
        expect(texts(nested).toSorted()).toEqual(sentences.toSorted());
      }),
    );
  });
});

describe('a pseudonym', () => {
  it('of a key depends on the kind of key, so that a name never matches a number', () => {
    const keys: Keys = { sounds: ['A'], families: ['A'], givens: ['A'], initials: ['A'], singles: ['A'], numbers: ['A'], details: ['A'] };
    expect(pseudonymsOf(keys, hide)).toEqual({
      sounds: ['<sound:A>'],
      families: ['<word:A>'],
      givens: ['<word:A>'],
      initials: ['<initial:A>'],
      singles: ['<initial:A>'],
      numbers: ['<detail:A>'],
      details: ['<detail:A>'],
    });
  });
  it('is made once for each text of a case', () => {
    const asked: string[] = [];
    const once = remembering((text) => {
      asked.push(text);
      return hide(text);
    });
    expect(['a', 'b', 'a', 'a'].map(once)).toEqual(['<a>', '<b>', '<a>', '<a>']);
    expect(asked).toEqual(['a', 'b']);
  });
  it('is dropped from the cache after 20,000 others, to limit the memory of a long case', () => {
    let made = 0;
    const once = remembering((text) => {
      made++;
      return hide(text);
    });
    for (let n = 0; n < 20_000; n++) once(String(n));
    once('0');
    expect(made).toBe(20_000);
    once('another');
    once('0');
    expect(made).toBe(20_002);
  });
  it('is made once for the keys of a person, in all comparisons', () => {
    const keys = keysOf('Prosser', ['Ffion']);
    const form = pseudonymForm(hide);
    expect(form.keysOf(keys)).toBe(form.keysOf(keys));
    expect(form.keysOf(keys).families).toEqual(['<word:PROSSER>']);
  });
});
