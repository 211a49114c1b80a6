import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLetter, type Reading, readAsn, readCourtReference, readCroNumber, readPncId } from '../../adapters/identifiers.ts';

const LETTERS = 'ZABCDEFGHJKLMNPQRTUVWXY';
/** An independent calculation, over all digits at once. */
const letterOf = (digits: string): string => LETTERS.charAt(Number(BigInt(digits) % 23n));
const digits = (length: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map((all) => all.join(''));
const alphanumeric = fc.constantFrom(...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ');
const pair = fc.tuple(alphanumeric, alphanumeric).map((two) => two.join(''));
const century = fc.constantFrom('19', '20');
const SEPARATORS = ['/', ' ', '-', '.', '_', ' / '];
const separator = fc.constantFrom(...SEPARATORS);

interface Sample {
  readonly written: string;
  /** Where in `written` the digits are that the letter covers. */
  readonly covered: readonly number[];
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);

const pnc = fc.tuple(century, digits(2), digits(7)).map(
  ([first, year, serial]): Sample => ({
    written: `${first}${year}/${serial}${letterOf(year + serial)}`,
    covered: [2, 3, ...range(5, 12)],
  }),
);
const cro = fc
  .tuple(digits(6), digits(2))
  .map(([serial, year]): Sample => ({ written: `${serial}/${year}${letterOf(year + serial)}`, covered: [...range(0, 6), 7, 8] }));
const croFile = fc.tuple(digits(2), fc.integer({ min: 1, max: 999_999 })).map(
  ([year, serial]): Sample => ({
    written: `SF${year}/${serial}${letterOf(`${year}${serial}`)}`,
    covered: [2, 3, ...range(5, 5 + `${serial}`.length)],
  }),
);
const asn = fc.tuple(digits(2), digits(2), pair, digits(2), digits(11)).map(
  ([year, force, unit, system, serial]): Sample => ({
    written: `${year}${force}${unit}${system}${serial}${letterOf(force + system + year + serial)}`,
    covered: [...range(0, 4), ...range(6, 19)],
  }),
);
const court = fc.tuple(digits(2), digits(4), digits(6)).map(
  ([year, house, serial]): Sample => ({
    written: `${year}/${house}/${serial}${letterOf(year + house + serial)}`,
    covered: [0, 1, ...range(3, 7), ...range(8, 14)],
  }),
);

const KINDS: readonly (readonly [name: string, sample: fc.Arbitrary<Sample>, read: (value: string) => Reading])[] = [
  ['a PNC ID', pnc, readPncId],
  ['a CRO number', cro, readCroNumber],
  ['a file-only CRO number', croFile, readCroNumber],
  ['an ASN', asn, readAsn],
  ['a court case reference', court, readCourtReference],
];

const replaced = (text: string, at: number, by: string): string => text.slice(0, at) + by + text.slice(at + 1);

describe('Real identifiers', () => {
  it.each([
    ['2002/0073319Z', readPncId, '2002/0073319Z'],
    ['79/163001B', readPncId, '79/163001B'],
    ['65656/91H', readCroNumber, '065656/91H'],
    ['SF05/482703J', readCroNumber, 'SF05/482703J'],
    ['1101ZD0100000448754K', readAsn, '1101ZD0100000448754K'],
    ['97/1626/008395Q', readCourtReference, '97/1626/008395Q'],
  ] as const)('%s has the correct check letter', (value, read, canonical) => {
    expect(read(value)).toEqual({ valid: true, canonical });
  });
});

describe.each(KINDS)('The check letter of %s', (_name, sample, read) => {
  it('is correct where it was computed from the digits, and the standard form is then the value itself', () => {
    fc.assert(fc.property(sample, ({ written }) => void expect(read(written)).toEqual({ valid: true, canonical: written })));
  });

  it('detects every other letter', () => {
    fc.assert(
      fc.property(sample, fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'), ({ written }, letter) => {
        fc.pre(!written.endsWith(letter));
        expect(read(replaced(written, written.length - 1, letter))).toEqual({
          valid: false,
          canonical: replaced(written, written.length - 1, letter),
        });
      }),
    );
  });

  // The difference is d × 10ⁿ with 0 < |d| < 10. 23 is prime and divides neither, so the remainder always changes.
  it('detects every change of one covered digit, other than a first serial digit that becomes 0', () => {
    fc.assert(
      fc.property(sample, fc.nat(), fc.integer({ min: 1, max: 9 }), ({ written, covered }, choice, by) => {
        const at = covered[choice % covered.length] as number;
        const changed = replaced(written, at, String((Number(written[at]) + by) % 10));
        fc.pre(!/^SF\d\d\/0/.test(changed));
        expect(read(changed).valid).toBe(false);
      }),
    );
  });

  // The difference is d × (10ⁿ − 1) × 10ᵐ. 10 is a primitive root of 23, so 23 divides 10ⁿ − 1 only where 22 divides n: n is less.
  it('detects every exchange of two different digits of its number', () => {
    fc.assert(
      fc.property(sample, fc.nat(), fc.nat(), ({ written, covered }, one, other) => {
        const [from, to] = [covered[one % covered.length] as number, covered[other % covered.length] as number];
        const [a, b] = [written[from] as string, written[to] as string];
        fc.pre(a !== b);
        const changed = replaced(replaced(written, from, b), to, a);
        fc.pre(!/^SF\d\d\/0/.test(changed));
        expect(read(changed).valid).toBe(false);
      }),
    );
  });

  it('is read in lower case and with surrounding spaces', () => {
    fc.assert(fc.property(sample, ({ written }) => void expect(read(`\n  ${written.toLowerCase()} `)).toEqual(read(written))));
  });

  it('gives a standard form that is read as itself, for any value', () => {
    const near = fc.oneof(
      sample.map(({ written }) => written),
      fc.string(),
      fc.stringMatching(/^(SF)?[0-9A-Z]{2,4}[/ -]?[0-9A-Z]{1,12}[/ ]?[0-9]{0,6}[A-Z]$/),
    );
    fc.assert(
      fc.property(near, (value) => {
        const { valid, canonical } = read(value);
        if (canonical === undefined) expect(valid).toBe(false);
        else expect(read(canonical)).toEqual({ valid, canonical });
      }),
    );
  });

  it('takes no time for a long or hostile value', () => {
    for (const value of [
      '',
      ' ',
      '/'.repeat(1e6),
      '1'.repeat(1e6),
      ' '.repeat(1e6),
      '１'.repeat(20),
      'ſf05/482703J',
      '\u0000',
      '2002/0073319Z\u0000',
    ])
      expect(read(value)).toEqual({ valid: false });
  });
});

describe('What a check letter does not cover', () => {
  it('includes the century of a PNC ID', () => expect(readPncId('1902/0073319Z').valid).toBe(true));
  it('includes the unit of an ASN', () => {
    fc.assert(
      fc.property(asn, pair, ({ written }, unit) => void expect(readAsn(written.slice(0, 4) + unit + written.slice(6)).valid).toBe(true)),
    );
  });
  it('includes the top-level letter of an ASN', () => {
    fc.assert(
      fc.property(asn, fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'), ({ written }, top) => {
        const longer = written.slice(0, 2) + top + written.slice(2);
        expect(readAsn(longer)).toEqual({ valid: true, canonical: longer });
      }),
    );
  });
  it('includes a force or system of an ASN with a letter', () => {
    expect(readAsn(`11A1ZD0100000448754${letterOf('011100000448754')}`).valid).toBe(true);
    expect(readAsn(`1101ZDX100000448754${letterOf('011100000448754')}`).valid).toBe(true);
  });
  it('includes the number of leading zeros of a file-only CRO number', () =>
    expect(readCroNumber('SF05/0482703J')).toEqual({ valid: false }));
});

describe('A PNC ID', () => {
  it('has one standard form, however it is divided and padded', () => {
    fc.assert(
      fc.property(century, digits(2), fc.nat({ max: 9_999_999 }), separator, (first, year, serial, divider) => {
        const padded = String(serial).padStart(7, '0');
        const letter = letterOf(year + padded);
        const standard = { valid: true, canonical: `${first}${year}/${padded}${letter}` };
        for (const written of [`${serial}${letter}`, `${padded}${letter}`, `${padded} ${letter}`])
          expect(readPncId(`${first}${year}${divider}${written}`)).toEqual(standard);
        expect(readPncId(`${first}${year}${padded}${letter}`)).toEqual(standard);
      }),
    );
  });
  it('keeps a short year, because its century is not known', () => {
    expect(readPncId('79/0163001B')).toEqual({ valid: true, canonical: '79/163001B' });
    expect(readPncId('790163001B')).toEqual({ valid: true, canonical: '79/163001B' });
    expect(readPncId('79163001B')).toEqual({ valid: true, canonical: '79/163001B' });
  });
  it('without separators and with a wrong letter is read only where its width is unambiguous', () => {
    expect(readPncId('20020073319A')).toEqual({ valid: false, canonical: '2002/0073319A' });
    expect(readPncId('790163001A')).toEqual({ valid: false, canonical: '79/163001A' });
    expect(readPncId('2002733A')).toEqual({ valid: false });
  });
  it('of an impossible year is not read', () => expect(readPncId('1102/0073319Z')).toEqual({ valid: false }));
});

describe('A CRO number', () => {
  it('is read with a long year, or without a separator', () => {
    for (const written of ['65656/91H', '065656/91H', '65656/1991H', '065656-91 H', '6565691H', '06565691h'])
      expect(readCroNumber(written)).toEqual({ valid: true, canonical: '065656/91H' });
  });
  it('of a file is read with a long year, or without a separator', () => {
    for (const written of ['SF05/482703J', 'SF 05/482703J', 'SF2005/482703J', 'SF05482703J', 'sf05-482703-j'])
      expect(readCroNumber(written)).toEqual({ valid: true, canonical: 'SF05/482703J' });
  });
});

describe('An ASN', () => {
  it('has one standard form with and without slashes and padding, with a long or a short year', () => {
    const forms = [
      '1101ZD0100000448754K',
      '11/01ZD/01/448754K',
      '11/01ZD/01/00000448754K',
      '2011/01ZD/01/448754K',
      '11/01/ZD/01/448754/K',
      '11 01ZD 01 448754 K',
      '1101ZD01448754K',
      '1101ZD01 00000448754K',
      '11/01ZD01/448754K',
    ];
    for (const written of forms) expect(readAsn(written)).toEqual({ valid: true, canonical: '1101ZD0100000448754K' });
  });
  it('has one standard form with a top-level letter too', () => {
    for (const written of ['11B01ZD0100000448754K', '11/B01ZD/01/448754K', '11B01ZD01448754K'])
      expect(readAsn(written)).toEqual({ valid: true, canonical: '11B01ZD0100000448754K' });
  });
  it('is checked exactly, although its number is over 2^53', () => {
    const digitsOf = '99999999999999999';
    expect(readAsn(`9999ZZ9999999999999${letterOf(digitsOf)}`).valid).toBe(true);
    expect(Number(digitsOf)).toBeGreaterThan(Number.MAX_SAFE_INTEGER);
  });
  it('with the reference of another prosecutor is not read', () => {
    for (const value of ['TFL', 'E28GC01123537143']) expect(readAsn(value)).toEqual({ valid: false });
  });
});

describe('A court case reference', () => {
  it('has one standard form in any spelling', () => {
    for (const written of ['97/1626/008395Q', '97/1626/8395Q', '1997/1626/8395Q', '971626008395Q', '97 1626 8395 q'])
      expect(readCourtReference(written)).toEqual({ valid: true, canonical: '97/1626/008395Q' });
  });
  it('of the Crown Court has no check letter and is not read', () => expect(readCourtReference('T20237123')).toEqual({ valid: false }));
});

it('check letters leave out I, O and S', () => {
  expect(new Set(range(0, 23).map(checkLetter))).toEqual(new Set('ABCDEFGHJKLMNPQRTUVWXYZ'));
});
