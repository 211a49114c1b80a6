import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMixed, partsOf, plain, soundOf, squeezed, wordsOf } from '../../gateway/protections/words.ts';

/** Letters as names have them, and the characters between them. */
const anyText = fc.oneof(
  fc.string({
    unit: fc.constantFrom(...'abcxyzABCXYZ', ...'áÉïôÜñçÅ', ...'øŁđÐæŒþİı', ...'0179', ...' \t\n-.,;/@', ...`'’‘ʼ\`´`, '\u00ad', '\u200b'),
  }),
  fc.string({ unit: 'grapheme' }),
  fc.string(),
);
const FORMS = ['NFC', 'NFD', 'NFKC', 'NFKD'] as const;
const anyWord = fc.string({ unit: fc.constantFrom(...'ABCDEFGHIKLMNOPRSTUWY'), minLength: 1 });

describe('a text in plain form', () => {
  it('is the same in every Unicode form and in either case', () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom(...FORMS), (text, form) => {
        expect(plain(text.normalize(form))).toBe(plain(text));
        expect(wordsOf(text.normalize(form))).toEqual(wordsOf(text));
        expect(squeezed(text.normalize(form))).toBe(squeezed(text));
      }),
    );
    const letters = fc.string({ unit: fc.constantFrom(...'abcxyzáéïôüñçøłđæþ -0179', "'") });
    fc.assert(
      fc.property(letters, (text) => {
        expect([plain(text.toUpperCase()), squeezed(text.toUpperCase())]).toEqual([plain(text), squeezed(text)]);
        expect(wordsOf(text.toUpperCase())).toEqual(wordsOf(text));
      }),
    );
  });
  it('is returned unchanged where it is already plain', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(plain(plain(text))).toBe(plain(text));
        expect(squeezed(squeezed(text))).toBe(squeezed(text));
      }),
    );
  });
  it.each([
    ['Ørsted', 'ORSTED'],
    ['Łukasz', 'LUKASZ'],
    ['Đorđe', 'DORDE'],
    ['Ðóra', 'DORA'],
    ['Ægir', 'AEGIR'],
    ['Œuvre', 'OEUVRE'],
    ['Þór', 'THOR'],
    ['İnci Işık ı', 'INCI ISIK I'],
    ['ß', 'SS'],
    ['~ {tilde} _', '~ {TILDE} _'],
  ])('of %s is %s', (text, expected) => {
    expect(plain(text)).toBe(expected);
  });
});

describe('the words of a text', () => {
  it('are the same with any separators', () => {
    const between = fc.string({ unit: fc.constantFrom(...' -.,;:/@_~{}[]()0179\t\n', '–', '·'), minLength: 1 });
    fc.assert(
      fc.property(fc.array(anyWord), between, (words, separator) => {
        // A word alone has its plain form: Mac is Mc.
        const alone = words.flatMap((word) => wordsOf(word));
        expect(alone).toHaveLength(words.length);
        expect(wordsOf(words.join(separator))).toEqual(alone);
        expect(wordsOf(`${separator}${words.join(separator)}${separator}`)).toEqual(alone);
      }),
    );
  });
  it('contain only letters', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const word of wordsOf(text)) expect(word).toMatch(/^\p{L}+$/u);
      }),
    );
  });
  it('are not split by an invisible character or an accent', () => {
    const unseen = fc.constantFrom('\u00ad', '\u200b', '\u200d', '\ufeff', '\u0301', '\u3164');
    fc.assert(
      fc.property(anyWord, fc.nat(20), unseen, (word, place, mark) => {
        const marked = `${word.slice(0, place)}${mark}${word.slice(place)}`;
        expect([plain(marked), wordsOf(marked), squeezed(marked)]).toEqual([word, wordsOf(word), word]);
      }),
    );
  });
  it('can be in any script', () => {
    expect(wordsOf('Иван Петров-Водкин')).toEqual(['ИВАН', 'ПЕТРОВ', 'ВОДКИН']);
  });
});

describe('a name with more than one spelling', () => {
  it.each([
    ['Müller', ['MULLER', 'MUELLER']],
    ['MÜLLER', ['MULLER', 'MUELLER']],
    ['Kai Größe-Jäger', ['KAI', 'GROSSE', 'JAGER', 'GROESSE', 'JAEGER']],
    ['Zoë', ['ZOE']],
    ['Mueller', ['MUELLER']],
  ])('with an umlaut is returned in both: %s', (text, expected) => {
    expect(wordsOf(text)).toEqual(expected);
    expect(wordsOf(text.normalize('NFD'))).toEqual(expected);
  });
  it('with Mac equals the one with Mc', () => {
    expect(wordsOf('MacDonald, McDonald and Mackay')).toEqual(['MCDONALD', 'MCDONALD', 'AND', 'MCKAY']);
    expect(wordsOf('MacÍntyre')).toEqual(['MCINTYRE']);
  });
  it('with Mac in a short word or inside a word is unchanged', () => {
    expect(wordsOf('Mac Macey Tarmacker')).toEqual(['MAC', 'MACEY', 'TARMACKER']);
  });
});

describe('the parts of a text', () => {
  it('are its words and numbers, with letters and digits together', () => {
    expect(partsOf('Flat 3b, 14 Quay-Street')).toEqual(['FLAT', '3B', '14', 'QUAY', 'STREET']);
    expect(partsOf('Käthe 7, дом ٣')).toEqual(['KATHE', '7', 'ДОМ', '٣']);
    expect(partsOf(' - ')).toEqual([]);
    expect(partsOf(' – ')).toEqual([]);
    expect(partsOf('')).toEqual([]);
  });
});

describe('a word of two alphabets', () => {
  it.each([
    ['a Cyrillic letter after a Latin one', 'Mаddox', true],
    ['a Cyrillic letter at the beginning', 'Оakes', true],
    ['a Greek letter', 'Oαkes', true],
    ['a Cyrillic letter after a letter with a mark', 'e\u0301а', true],
    ['a Latin letter after a Cyrillic one with a mark', 'а\u0301e', true],
    ['one alphabet', 'Maddox', false],
    ['letters with marks', 'Zoë', false],
    ['another alphabet', 'Окс', false],
    ['two words of two alphabets', 'Maddox Окс', false],
  ])('is recognised: %s', (_, text, expected) => {
    expect(isMixed(text)).toBe(expected);
  });
});

describe('a squeezed text', () => {
  it('is its letters and digits, with any separators removed', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(squeezed(text)).toBe(plain(text).replaceAll(/[^\p{L}\p{N}]/gu, ''));
        expect(squeezed(`${text} - ${text}`)).toBe(`${squeezed(text)}${squeezed(text)}`);
      }),
    );
  });
  it('is the same for a number in any spelling', () => {
    expect(['2019/0088012E', ' 2019 / 0088012e', '2019–0088012E'].map(squeezed)).toEqual(Array(3).fill('20190088012E'));
  });
});

describe('the sound of a word', () => {
  it('begins like the word, and has no other letters', () => {
    fc.assert(
      fc.property(anyWord, (word) => {
        const sound = soundOf(word);
        expect(sound[0]).toBe(word[0]);
        expect([...word]).toEqual(expect.arrayContaining([...sound]));
      }),
    );
  });
  it('is the same for a doubled letter or another vowel, from three letters on', () => {
    fc.assert(
      fc.property(anyWord, fc.nat(20), fc.constantFrom(...'AEIOUYHW'), (word, place, vowel) => {
        const at = 1 + (place % word.length);
        fc.pre(soundOf(word) !== word && soundOf(word).length >= 3);
        const doubled = `${word.slice(0, at)}${word[at - 1]}${word.slice(at)}`;
        fc.pre(at > 1 || !'AEIOUYHW'.includes(word[0] ?? ''));
        expect(soundOf(doubled)).toBe(soundOf(word));
        expect(soundOf(`${word}${vowel}`)).toBe(soundOf(word));
      }),
    );
  });
  it.each([
    ['PROSSER', 'PRSR'],
    ['PROSER', 'PRSR'],
    ['PRASHER', 'PRSR'],
    ['TREMAYNE', 'TRMN'],
    ['AARON', 'ARN'],
    ['OAKES', 'OKS'],
    // Letters of two code units each.
    ['𐐀𐐁𐐂', '𐐀𐐁𐐂'],
  ])('of %s is %s', (word, sound) => {
    expect(soundOf(word)).toBe(sound);
  });
  it.each(['LEE', 'YARROW', 'KAI', 'A', ''])('of %j is the word itself, because too many words would share the rest', (word) => {
    expect(soundOf(word)).toBe(word);
  });
});
