import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../adapters/adapter.ts';
import { pseudonymsOf } from '../../gateway/protections/mentions.ts';
import {
  areOne,
  canBeOne,
  defendantsOf,
  isOrganisation,
  type Keys,
  keysOfPerson,
  mergedKeys,
  NOBODY,
  victimOf,
} from '../../gateway/protections/people.ts';

const object = (value: object): JsonObject => value as JsonObject;
const keys = (value: object): Keys => keysOfPerson(object(value));
const nameKeys = (familyName: unknown, ...givenNames: readonly unknown[]): Keys => keys({ person: { name: { familyName, givenNames } } });

const anyFamily = fc.constantFrom('Prosser', 'PROSER', 'Tern', 'Marrable', 'Quill-Tern', 'Quill Tern', 'Ng', 'de la Mole', '', undefined);
const anyGiven = fc.subarray(['Ffion', 'F', 'Kai', 'K.', 'Zillah', 'Émile'], { maxLength: 3 });
const anyNumber = fc.constantFrom('2019/0088012E', '19/88012E', '12ABCD3400000000123R', '', undefined);
const anyPerson = fc
  .record({ family: anyFamily, given: anyGiven, pncId: anyNumber, asn: anyNumber, alias: anyFamily })
  .map(({ family, given, pncId, asn, alias }) => ({
    person: { name: { familyName: family, givenNames: given } },
    pncId,
    asn,
    aliases: alias === undefined ? [] : [{ familyName: alias }],
    address: { lines: ['14 Larkspur Way', 'Aberllyn'] },
  }));
const anyKeys: fc.Arbitrary<Keys> = anyPerson.map(keys);

describe('whether two entries can be one person', () => {
  it('is symmetric, and true for an entry and itself', () => {
    fc.assert(
      fc.property(anyKeys, anyKeys, (one, other) => {
        expect(canBeOne(one, other)).toBe(canBeOne(other, one));
        expect(areOne(one, other)).toBe(areOne(other, one));
        expect(canBeOne(one, one)).toBe(true);
        expect(areOne(one, one)).toBe(one.families.length + one.numbers.length > 0);
      }),
      { numRuns: 1000 },
    );
  });
  it('is the same for pseudonyms and plain keys', () => {
    const pseudonymise = (text: string) => Buffer.from(text).toString('hex');
    fc.assert(
      fc.property(anyKeys, anyKeys, (one, other) => {
        const [hidden, alsoHidden] = [one, other].map((entry) => pseudonymsOf(entry, pseudonymise)) as [Keys, Keys];
        expect(canBeOne(hidden, alsoHidden)).toBe(canBeOne(one, other));
        expect(areOne(hidden, alsoHidden)).toBe(areOne(one, other));
      }),
      { numRuns: 1000 },
    );
  });
  it('is true for all entries that count as one, and where one has no name', () => {
    fc.assert(
      fc.property(anyKeys, anyKeys, (one, other) => {
        if (areOne(one, other)) expect(canBeOne(one, other)).toBe(true);
        expect([canBeOne(one, NOBODY), canBeOne(NOBODY, one), areOne(one, NOBODY), areOne(NOBODY, one)]).toEqual([
          true,
          true,
          false,
          false,
        ]);
      }),
    );
  });
  it('stays true when more is known of one of them under the same name', () => {
    fc.assert(
      fc.property(anyKeys, anyKeys, (one, other) => {
        fc.pre(one.families.length > 0 && other.families.length > 0);
        expect(areOne(mergedKeys([one, other]), one)).toBe(true);
      }),
    );
  });

  const AS_ONE: readonly (readonly [string, Keys, Keys, boolean])[] = [
    ['the same name', nameKeys('Prosser', 'Ffion'), nameKeys('PROSSER', 'ffion'), true],
    ['a misspelled family name', nameKeys('Prosser', 'Ffion'), nameKeys('Proser', 'Ffion'), true],
    ['another family name', nameKeys('Prosser', 'Ffion'), nameKeys('Oakes', 'Ffion'), false],
    ['another given name', nameKeys('Prosser', 'Ffion'), nameKeys('Prosser', 'Zillah'), false],
    ['another given name of the same first letter', nameKeys('Prosser', 'Ffion'), nameKeys('Prosser', 'Fay'), false],
    ['an initial', nameKeys('Prosser', 'Ffion'), nameKeys('Prosser', 'F.'), true],
    ['an initial, the other way round', nameKeys('Prosser', 'F'), nameKeys('Prosser', 'Ffion'), true],
    ['another initial', nameKeys('Prosser', 'Ffion'), nameKeys('Prosser', 'Z'), false],
    ['two initials', nameKeys('Prosser', 'F'), nameKeys('Prosser', 'F'), true],
    ['one given name of several', nameKeys('Prosser', 'Ffion', 'Kai'), nameKeys('Prosser', 'Kai'), true],
    ['no given name', nameKeys('Prosser'), nameKeys('Prosser', 'Ffion'), true],
    ['no given name, the other way round', nameKeys('Prosser', 'Ffion'), nameKeys('Prosser'), true],
    ['no given name, and another family name', nameKeys('Prosser'), nameKeys('Oakes', 'Ffion'), false],
    ['one half of a double name', nameKeys('Quill-Tern', 'Kai'), nameKeys('Tern', 'Kai'), true],
  ];
  it.each(AS_ONE)('by %s: %s and %s, %s', (_, one, other, expected) => {
    expect([canBeOne(one, other), areOne(one, other)]).toEqual([expected, expected]);
  });
  it('is true with the same identifying number, whatever the names', () => {
    const one = keys({ person: { name: { familyName: 'Prosser' } }, pncId: '2019/0088012E' });
    const other = keys({ person: { name: { familyName: 'Oakes' } }, pncId: '2019 0088012e' });
    expect([canBeOne(one, other), areOne(one, other)]).toEqual([true, true]);
    expect(areOne(one, keys({ pncId: '2019/0088012E' }))).toBe(true);
  });
});

describe('the keys of one person from several entries', () => {
  it('are those of the entry, where there is one', () => {
    const entry = nameKeys('Prosser', 'Ffion');
    expect(mergedKeys([entry])).toBe(entry);
  });
  it('are those of each entry, once, in any order', () => {
    fc.assert(
      fc.property(fc.array(anyKeys), (all) => {
        const merged = mergedKeys(all);
        for (const name of Object.keys(NOBODY) as (keyof Keys)[]) {
          expect(new Set(merged[name])).toEqual(new Set(all.flatMap((person) => person[name])));
          expect(new Set(merged[name]).size).toBe(merged[name].length);
        }
      }),
    );
  });
});

describe('the keys of a person', () => {
  it('are the words of the family name, the given names and their initials', () => {
    const { details, ...words } = nameKeys('Prosser', 'Ffion', 'M.');
    expect(words).toEqual({
      families: ['PROSSER'],
      sounds: ['PRSR'],
      givens: ['FFION'],
      initials: ['F', 'M'],
      singles: ['M'],
      numbers: [],
    });
    expect(details).toEqual(expect.arrayContaining(['FFIONPROSSER', 'PROSSERFFION', 'FPROSSER', 'PROSSERS', 'PROSSERES', 'DRIVERPROSS']));
  });
  it('include each word of a double name, and both joined', () => {
    expect(nameKeys('Quill-Tern').families).toEqual(['QUILL', 'TERN', 'QUILLTERN']);
  });
  it('do not include details that are too short to identify anybody', () => {
    expect(nameKeys('Ng').details).toEqual(['DRIVERNG999']);
    expect(keys({ address: { postcode: 'ZZ1', uprn: '12345' } }).details).toEqual([]);
  });
  it('do not include numbers that are too short to identify anybody', () => {
    expect(keys({ asn: '12345' })).toEqual(NOBODY);
    expect(keys({ asn: '123456' }).numbers).toEqual(['123456']);
    expect(keys({ asn: 'AB12345C' }).details).toEqual(['AB12345C']);
    expect(keys({ asn: 'AB123456C' }).details).toEqual(['AB123456C', '0123456']);
    expect(keys({ asn: 1234567 })).toEqual(NOBODY);
  });
  it('include the first line of an address, and lines with a number, but not a town, which too many share', () => {
    const { details } = keys({
      address: { lines: ['Larkspur House', '14 Quay Street', 'Aberllyn', 7], postcode: 'ZZ1 9XW', uprn: '10023456' },
    });
    expect(details).toEqual(['LARKSPURHOUSE', '14QUAY', '14QUAYSTREET', 'QUAYSTREET', 'ZZ19XW', '10023456']);
    expect(keys({ address: { lines: ['Aberllyn'] } }).details).toEqual(['ABERLLYN']);
    expect(keys({ address: { lines: ['', 'Aberllyn'] } }).details).toEqual([]);
  });
  it.each([
    ['14 Broadway', true],
    ['7 Broadway', true],
    ['14a Broadway', true],
    ['(14) Broadway', true],
    ['114 - Broadway', true],
    ['14Broadway', false],
    ['No 14 Broadway', false],
    ['14abc Broadway', false],
    ['14', false],
    ['Broadway 14', false],
  ])('include a street of one word without the house number: %s, %s', (line, expected) => {
    expect(keys({ address: { lines: [line] } }).details.includes('BROADWAY')).toBe(expected);
  });
  it('include a short word of a name only where the name has no longer word', () => {
    expect(nameKeys('de la Mole').families).toEqual(['MOLE', 'DELAMOLE']);
    expect(nameKeys('Ng').families).toEqual(['NG']);
    expect(nameKeys('Lee').families).toEqual(['LEE']);
    expect(nameKeys('Lee Ng').families).toEqual(['LEE', 'LEENG']);
  });
  it('include given names where there is no family name', () => {
    expect(nameKeys('', 'Zillah', 'Quern').families).toEqual(['ZILLAH', 'QUERN', 'ZILLAHQUERN']);
    expect(nameKeys('-', 'Zillah').families).toEqual(['ZILLAH']);
    expect(nameKeys(undefined).families).toEqual([]);
  });
  it('include every alias', () => {
    const found = keys({
      person: { name: { familyName: 'Prosser' } },
      aliases: [{ familyName: 'Quill', givenNames: ['Wren'] }, null, 'Alias'],
    });
    expect([found.families, found.givens]).toEqual([['PROSSER', 'QUILL'], ['WREN']]);
  });
  it('have each word once', () => {
    const found = keys({
      person: { name: { familyName: 'Prosser', givenNames: ['Ffion', 'F', 'F'] } },
      aliases: [{ familyName: 'Proser', givenNames: ['Ffion'] }],
      asn: '2019/0088012E',
      pncId: '2019/0088012E',
    });
    expect([found.sounds, found.givens, found.initials, found.singles, found.numbers]).toEqual([
      ['PRSR'],
      ['FFION'],
      ['F'],
      ['F'],
      ['20190088012E'],
    ]);
  });
  it('are empty where no name is text and no list is a list', () => {
    expect(nameKeys(7, 7, null, {})).toEqual(NOBODY);
    expect(keys({ person: null, aliases: 'Alias', address: 'here', driver: 7 })).toEqual(NOBODY);
    expect(keys({ person: { name: ['Prosser'], contact: [] }, address: { lines: 'here' } })).toEqual(NOBODY);
    expect(keys({ person: { name: { familyName: 'Tern', givenNames: 'Kai' } } }).givens).toEqual([]);
  });

  it('include every number, and its serial without year and check letter', () => {
    const found = keys({
      asn: '12/ABCD/34/123456R',
      pncId: '2019/0088012E',
      croNumber: 'SF39/654321Y',
      driver: { number: 'TERN9704150KA' },
    });
    expect(found.numbers).toEqual(['12ABCD34123456R', '20190088012E', 'SF39654321Y', 'TERN9704150KA']);
    expect(found.details).toEqual([...found.numbers, '4123456', '0088012', '9654321', '9704150']);
  });
  it('include house and street of an address, but no house without a street', () => {
    const address = { saon: 'Flat 2', paon: '14', street: 'Quay Street' };
    expect(keys({ address }).details).toEqual(['FLAT214QUAY', 'FLAT214QUAYSTREET', '214QUAYSTREET', 'QUAYSTREET']);
    expect(keys({ address: { ...address, street: '' } }).details).toEqual([]);
    expect(keys({ address: { ...address, street: undefined, paon: 'Larkspur House' } }).details).toEqual([]);
  });
  it('include the last nine digits of a telephone or fax number, and every other address', () => {
    const contact = {
      phones: { home: '07700 900318', mobile: '+44 7700 900319', work: '999' },
      fax: '(07700) 900-320',
      emails: ['ffion@mole.example', 7],
      dx: 'DX 12345 Aberllyn',
    };
    const dx = ['DX12345', 'DX12345ABERLLYN', '12345ABERLLYN'];
    expect(keys({ person: { contact } }).details).toEqual(['700900318', '700900319', '700900320', 'FFIONMOLEEXAMPLE', ...dx]);
  });
  it('include an address without text that follows it', () => {
    expect(keys({ address: { street: 'Quay Lane see Ffion' } }).details).toContain('QUAYLANE');
    const { details } = keys({ person: { contact: { emails: ['ffion@mole.example Ffion Tern'] } } });
    expect(details).toContain('FFIONMOLEEXAMPLE');
    expect(details).not.toContain('MOLEEXAMPLE');
  });
});

describe('whether a defendant is an organisation', () => {
  const isOne = (value: object) => isOrganisation(object(value));
  it.each([
    ['a name', 'Mole Boats', true],
    ['a name in parts', { full: 'Mole Boats' }, true],
    ['a number for a name', 7, true],
    ['a blank', ' ', false],
    ['parts that are blank', { full: '', short: [null] }, false],
    ['null', null, false],
    ['nothing', undefined, false],
  ])('depends on its name: %s', (_, name, expected) => {
    expect(isOne({ organisation: { name } })).toBe(expected);
  });
  it.each([
    ['who has a name', { name: { familyName: 'Tern' } }, false],
    ['who has a date of birth', { dateOfBirth: '1980-01-01' }, false],
    ['who has a name and a blank date of birth', { name: { familyName: 'Tern', givenNames: [''] }, dateOfBirth: null }, false],
    ['who has a number', { age: 12 }, false],
    ['with a yes or no', { isYouth: false }, false],
    ['of whom all is blank', { name: { familyName: ' ', givenNames: ['', null] }, dateOfBirth: null }, true],
    ['that is null', null, true],
  ])('is false with a person %s', (_, person, expected) => {
    expect(isOne({ organisation: { name: 'Mole Boats' }, person })).toBe(expected);
  });
});

describe('the entries of people in an event', () => {
  const data = object({
    defendants: [
      {
        person: { name: { familyName: 'Tern' }, dateOfBirth: ' 2010-01-01 ', perceivedBirthYear: 2010 },
        parentGuardian: { name: { familyName: 'Ashe' } },
        offences: [{ victims: [{ name: { familyName: 'Prosser' }, dateOfBirth: ' ' }, null] }, 'none', { victims: 'none' }],
        asn: '12ABCD34123456R',
      },
      null,
      { organisation: { name: 'Mole Boats' }, parentGuardian: 'none', offences: 'none' },
    ],
  });
  it('are defendants, their parents and the victims of their offences, each with a pointer', () => {
    const defendants = defendantsOf(data);
    expect(defendants.map(({ person }) => person && [person.kind, person.pointer])).toEqual([['defendant', '/defendants/0'], undefined]);
    expect(defendants.map(({ parent }) => parent && [parent.kind, parent.pointer])).toEqual([
      ['parent', '/defendants/0/parentGuardian'],
      undefined,
    ]);
    expect(
      defendants.flatMap(({ offences }) => offences.map(({ victims }) => victims.map(({ kind, pointer }) => [kind, pointer]))),
    ).toEqual([[['victim', '/defendants/0/offences/0/victims/0']], []]);
    expect(defendants.map(({ object: defendant }) => defendant)).toEqual([
      (data.defendants as unknown[])[0],
      (data.defendants as unknown[])[2],
    ]);
  });
  it('have their positions in the list as numbers, whatever else is in it', () => {
    const [, second] = defendantsOf(data)[0]?.offences ?? [];
    expect(second?.object).toEqual({ victims: 'none' });
    const listed = object({ defendants: [null, { offences: [null, { victims: [null, {}] }] }] });
    expect(defendantsOf(listed)[0]?.offences[0]?.victims[0]?.pointer).toBe('/defendants/1/offences/1/victims/1');
    expect(defendantsOf(listed)[0]?.person?.pointer).toBe('/defendants/1');
  });
  it('have dates of birth of any type, and a blank date counts as absent', () => {
    const [defendant] = defendantsOf(data);
    expect([defendant?.person?.datesOfBirth, defendant?.person?.birthYears]).toEqual([['2010-01-01'], ['2010']]);
    expect(defendant?.offences[0]?.victims[0]?.datesOfBirth).toEqual([]);
    expect(victimOf(object({ dateOfBirth: null }), '/x').datesOfBirth).toEqual([]);
    expect(victimOf(object({}), '/x').birthYears).toEqual([]);
  });
  it('are none where no list is a list', () => {
    for (const defendants of [undefined, null, {}, 'Tern']) expect(defendantsOf(object({ defendants }))).toEqual([]);
    expect(defendantsOf(object({ defendants: [[], 'Tern', 7] }))).toEqual([]);
  });
  it('have keys from their own object', () => {
    const [defendant] = defendantsOf(data);
    expect(defendant?.person?.keys).toMatchObject({ families: ['TERN'], numbers: ['12ABCD34123456R'] });
    expect(defendant?.parent?.keys).toMatchObject({ families: ['ASHE'], numbers: [] });
    const person = { name: { familyName: 'Prosser' }, address: { postcode: 'ZZ1 9XW' }, contact: { emails: ['ffion@mole.example'] } };
    const { families, details } = victimOf(object(person), '/x').keys;
    expect(families).toEqual(['PROSSER']);
    expect(details).toEqual(expect.arrayContaining(['ZZ19XW', 'FFIONMOLEEXAMPLE']));
  });
  it('are made once, with the same keys and victims each time', () => {
    const [defendant] = defendantsOf(data);
    expect(defendant?.person?.keys).toBe(defendant?.person?.keys);
    expect(defendant?.offences[0]?.victims).toBe(defendant?.offences[0]?.victims);
  });
});
