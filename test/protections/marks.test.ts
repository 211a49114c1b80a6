import { describe, expect, it } from 'vitest';
import { driverOf, SearchedText, searchable, serialsOf, subscribersIn } from '../../gateway/protections/marks.ts';

const marksOf = (text: string): readonly string[] => [...new SearchedText(text).marks];
const startingWith = (prefix: string, text: string): readonly string[] =>
  marksOf(text).flatMap((mark) => (mark.startsWith(prefix) ? [mark.slice(prefix.length)] : []));
const words = (text: string): readonly string[] => startingWith('word:', text);
const details = (text: string): readonly string[] => startingWith('detail:', text);
const lettersOf = (count: number): string => Array.from({ length: count }, (_, n) => String.fromCharCode(65 + (n % 26))).join(' ');

describe('the telephone numbers in a text', () => {
  it.each([
    ['with 0', '07700900318'],
    ['with +44', '+447700900318'],
    ['with 00', '00447700900318'],
    ['with spaces', '07700 900 318'],
    ['with brackets, full stops and hyphens', '(07700) 900.3-18'],
    ['with a word before it', 'mobile 07700 900318'],
    ['with a word after it', '07700 900318 evenings'],
    ['without its first digit', '7700900318'],
    ['without its first two digits', '700900318'],
  ])('are found by their last nine digits: %s', (_, text) => {
    expect(subscribersIn(text)).toContain('700900318');
  });
  it('include local numbers of six digits or more that are separate', () => {
    expect(subscribersIn('496 012')).toEqual(['496012']);
    expect(subscribersIn('49601')).toEqual([]);
    expect(subscribersIn('call 496012')).toEqual([]);
  });
  it('do not include 15 digits, or eight digits next to a word', () => {
    expect(subscribersIn('123456789012345')).toEqual([]);
    expect(subscribersIn('mobile 12345678')).toEqual([]);
    expect(subscribersIn('12345678901234')).toContain('678901234');
  });
  it('do not include letters', () => {
    expect(subscribersIn('A123456789')).toEqual([]);
    expect(subscribersIn('123456789A')).toEqual([]);
  });
  it('are searched in at most 40 parts of a text', () => {
    const behind = (parts: number) => subscribersIn(`${'x '.repeat(parts)}07700900318`);
    expect([behind(39), behind(40)]).toEqual([['700900318'], []]);
  });
  it('are found across at most six parts', () => {
    expect(subscribersIn('tel 07 70 09 00 31 8 home')).toContain('700900318');
    expect(subscribersIn('tel 0 7 7 0 0 900318 home')).toContain('700900318');
    expect(subscribersIn('tel 0 7 7 0 0 9 0 0 318 home')).toEqual([]);
  });
});

describe('the serials in a reference number', () => {
  it('are its digits without year and check letter, padded to seven', () => {
    expect(serialsOf('SF39/654321Y')).toEqual(['0654321']);
    expect(serialsOf('20190088012E')).toEqual(['0088012']);
    expect(serialsOf('12ABCD3400000123456R')).toEqual(['0123456']);
  });
  it('are all returned', () => {
    expect(serialsOf('123456/7654321')).toEqual(['0123456', '7654321']);
  });
  it('have at least six digits', () => {
    expect(serialsOf('12345')).toEqual([]);
    expect(serialsOf('TERN')).toEqual([]);
  });
});

describe('the start of a driver number', () => {
  it.each([
    ['TREMAYNE', 'DRIVERTREMA'],
    ['TERN', 'DRIVERTERN9'],
    ['NG', 'DRIVERNG999'],
  ])('for %s is %s', (family, expected) => {
    expect(driverOf(family)).toBe(expected);
  });
  it('is found in a driver number, and nowhere else', () => {
    expect(details('TERN9704150KA')).toContain('DRIVERTERN9');
    expect(details('see TREMA704150KA99')).toContain('DRIVERTREMA');
    for (const text of ['XTREMA704150KA', 'TERN970415', 'TERN99 704150', 'TER-N9704150'])
      expect(details(text).filter((detail) => detail.startsWith('DRIVER'))).toEqual([]);
  });
});

describe('the search texts for a detail', () => {
  it('are the detail and each sequence of two to six of its parts, because it can contain additional text', () => {
    expect(searchable('14 Quay Street')).toEqual(['14QUAY', '14QUAYSTREET', 'QUAYSTREET']);
    const runs = searchable('Quay Street and not to contact anybody');
    expect(runs).toContain('QUAYSTREET');
    expect(runs).toContain('QUAYSTREETANDNOTTOCONTACT');
    expect(runs).toContain('STREETANDNOTTOCONTACTANYBODY');
    expect(runs).not.toContain('QUAYSTREETANDNOTTOCONTACTANYBODY');
    for (const part of ['QUAY', 'STREET', 'ANYBODY']) expect(runs).not.toContain(part);
  });
  it('are a single part, where the detail has no other', () => {
    expect(searchable('10023456')).toEqual(['10023456']);
    expect(searchable('')).toEqual([]);
  });
  it('include an e-mail address without the text around it, and never its domain alone', () => {
    expect(new Set(searchable('ffion@mole.example'))).toEqual(new Set(['FFIONMOLEEXAMPLE']));
    expect(searchable('Wren: ffion@mole.example')).toEqual(['WRENFFIONMOLEEXAMPLE', 'FFIONMOLEEXAMPLE']);
    expect(searchable('a@mole.example b@mole.example')).toEqual(['AMOLEEXAMPLEBMOLEEXAMPLE', 'AMOLEEXAMPLE', 'BMOLEEXAMPLE']);
  });
  it('begin with the e-mail address in a longer text', () => {
    expect(searchable('please write to ffion@mole.example and to nobody else')[0]).toBe('FFIONMOLEEXAMPLE');
    expect(searchable('please write to ffion@mole.example and to nobody else')).toContain('PLEASEWRITE');
  });
  it('come from the first 40 parts', () => {
    const long = `${'to '.repeat(38)}Quay Street Aberllyn`;
    expect(searchable(long)).toContain('QUAYSTREET');
    expect(searchable(long)).not.toContain('STREETABERLLYN');
  });
});

describe('the words in a text', () => {
  it('are its words, and each pair of adjacent words joined', () => {
    expect(words('Quill Tern')).toEqual(['QUILL', 'TERN', 'QUILLTERN']);
    expect(words('Quill')).toEqual(['QUILL']);
    expect(words('7')).toEqual([]);
  });
  it('include single letters joined, in case a name is spelled out', () => {
    expect(words('M A D D O X')).toContain('MADDOX');
    expect(words('a b c')).toEqual(['A', 'B', 'C', 'AB', 'BC', 'ABC']);
  });
  it('do not include joined letters in a text with more than 40', () => {
    const [short, long] = [lettersOf(40), lettersOf(41)];
    expect(words(short)).toContain(short.replaceAll(' ', ''));
    expect(words(long)).not.toContain(long.replaceAll(' ', ''));
  });
});

describe('the details in a text', () => {
  it('are its parts and each sequence of up to six parts, of at least six characters', () => {
    expect(details('14 Quay Street')).toEqual(expect.arrayContaining(['STREET', 'QUAYSTREET', '14QUAY', '14QUAYSTREET']));
    expect(details('14 Quay Street')).not.toContain('QUAY');
    expect(details('ab cd')).toEqual([]);
    expect(details('abc def')).toEqual(['ABCDEF']);
    const runs = details('aa bb cc dd ee ff gg hh');
    expect(runs).toContain('BBCCDDEEFFGG');
    expect(runs).not.toContain('AABBCCDDEEFFGG');
  });
  it('include a name that is written as two words in a longer text', () => {
    expect(details('rhodri maddox')).toContain('RHODRIMADDOX');
  });
  it('include a long word as in e-mail addresses, without adjacent digits', () => {
    expect(details('rhodrimaddox12@example.org')).toContain('RHODRIMADDOX');
  });
  it('include the complete text without separators', () => {
    expect(details('12/ABCD/34/00000/12345/6/R')).toContain('12ABCD3400000123456R');
  });
  it('include the serials of the parts and of the complete text', () => {
    expect(details('PNC 2019/0088012E')).toContain('0088012');
    expect(details('CRO 123456')).toContain('0123456');
    expect(details('88 01 23')).toContain('0880123');
    // Together the digits would run on, and the serial of the second part would be lost.
    expect(details('12345678/7654321 and 3')).toContain('7654321');
    expect(details('12345678/7654321 and 3')).toContain('2345678');
  });
  it('include telephone numbers', () => {
    expect(details('ring +44 7700 900318')).toContain('700900318');
  });
});

describe('a searched text', () => {
  it('is split once', () => {
    const text = new SearchedText('Quill Tern');
    expect(text.marks).toBe(text.marks);
    expect(text.text).toBe('Quill Tern');
  });
  it('has no marks where it is empty', () => {
    expect(marksOf('')).toEqual([]);
    expect(marksOf(' - ')).toEqual([]);
  });
});
