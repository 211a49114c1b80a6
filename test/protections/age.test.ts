import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BirthDates,
  birthday,
  isCalendarDate,
  isPlausibleBirth,
  isPlausibleHearing,
  isUnderOn,
  yearsBetween,
} from '../../gateway/protections/age.ts';

const DAY = 86_400_000;
const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);
const dayBefore = (day: string): string => dayOf(Date.parse(day) - DAY);

const anyDay = (from: string, to: string): fc.Arbitrary<string> =>
  fc.integer({ min: Date.parse(from) / DAY, max: Date.parse(to) / DAY }).map((n) => dayOf(n * DAY));
const leapDay = fc.constantFrom('1988-02-29', '2000-02-29', '2008-02-29', '2012-02-29');

const HEARING = '2026-11-16';
const RECEIVED = '2026-11-23T12:00:00.000Z';
/** Dates of people of every age, most of them around 18, and what is not a date of birth. */
const anyBirth = fc.oneof(
  anyDay('1900-01-01', '2027-12-31'),
  anyDay('2007-11-01', '2009-12-31'),
  leapDay,
  fc.constantFrom('1900-01-01', '1970-01-01', '0001-01-01', '9999-12-31', '2008', '16/11/2008', 'not known', ''),
);
const anyYear = fc.oneof(fc.integer({ min: 1900, max: 2026 }).map(String), fc.constantFrom('2007', '2008', '2009', '0001', 'c1991', ''));
const anyStatements: fc.Arbitrary<BirthDates> = fc.record({
  datesOfBirth: fc.array(anyBirth, { maxLength: 3 }),
  birthYears: fc.array(anyYear, { maxLength: 2 }),
});
const answerTo = (statements: BirthDates, on = HEARING) => (isPlausibleHearing(on, RECEIVED) ? isUnderOn(18, statements, on) : 'not-known');

describe('a date', () => {
  it('is valid as a calendar day, and not otherwise', () => {
    const digits = (length: number, max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(length, '0'));
    const year = fc.oneof(digits(4, 9999), fc.constantFrom('1900', '2000', '2004', '2026', '2100'));
    fc.assert(
      fc.property(year, digits(2, 14), digits(2, 33), (birthYear, month, day) => {
        const text = `${birthYear}-${month}-${day}`;
        const time = Date.parse(`${text}T00:00:00Z`);
        expect(isCalendarDate(text)).toBe(!Number.isNaN(time) && dayOf(time) === text);
      }),
      { numRuns: 3000 },
    );
  });
  it.each(['2008-02-30', '2026-02-29', '1900-02-29', '2026-04-31', '2026-06-31', '2026-09-31', '2026-11-31', '2026-01-32', '2026-13-01'])(
    'is invalid as %s, which is not in the calendar',
    (text) => {
      expect(isCalendarDate(text)).toBe(false);
    },
  );
  it.each(['2026-02-00', '2026-01-00', '2026-00-01'])('is invalid as %s, because days and months begin at 1', (text) => {
    expect(isCalendarDate(text)).toBe(false);
  });
  it.each(['12026-01-01', '2026-01-011', '2026-01-01T00:00', 'x2026-01-0', '2026/01/01'])(
    'is invalid as %s, which has other characters',
    (text) => {
      expect(isCalendarDate(text)).toBe(false);
    },
  );
});

describe('a birthday', () => {
  const born = fc.oneof(anyDay('1850-01-01', '2100-12-31'), leapDay);
  const age = fc.integer({ min: 0, max: 120 });
  it('is the first day on which a person has that age', () => {
    fc.assert(
      fc.property(born, age, (day, years) => {
        const on = birthday(day, years);
        expect(isCalendarDate(on)).toBe(true);
        expect([yearsBetween(day, on), yearsBetween(day, dayBefore(on))]).toEqual([years, years - 1]);
      }),
    );
  });
  it('of a person born on 29 February is 1 March, where the year has no such day', () => {
    expect([birthday('2008-02-29', 18), birthday('2008-02-29', 20)]).toEqual(['2026-03-01', '2028-02-29']);
  });
  it('has a year of four digits, so that days can be compared as text', () => {
    expect(birthday('0001-01-01', 18)).toBe('0019-01-01');
  });
  it('is later for a person who was born later', () => {
    fc.assert(
      fc.property(born, born, age, (one, other, years) => {
        const [first, second] = [one, other].toSorted() as [string, string];
        expect(birthday(first, years) <= birthday(second, years)).toBe(true);
      }),
    );
  });
});

describe('the date of a hearing', () => {
  it('is plausible less than ten years from the day of receipt, and not otherwise', () => {
    fc.assert(
      fc.property(anyDay('2010-01-01', '2045-12-31'), (on) => {
        expect(isPlausibleHearing(on, RECEIVED)).toBe(on > '2016-11-23' && on < '2036-11-23');
      }),
    );
  });
  it.each(['2016-11-24', '2026-11-22', '2026-11-23', '2026-11-24', '2036-11-22'])('is plausible as %s', (on) => {
    expect(isPlausibleHearing(on, RECEIVED)).toBe(true);
  });
  it.each(['2016-11-23', '2036-11-23', '2016-01-01', '2036-12-31', '0001-01-01', '9999-12-31', '', '2026', '2026-02-30', '16/11/2026'])(
    'is not plausible as %j',
    (on) => {
      expect(isPlausibleHearing(on, RECEIVED)).toBe(false);
    },
  );
});

describe('a date of birth', () => {
  it('is plausible from the 8th birthday to the day before the 111th', () => {
    expect(['2018-11-16', '2018-11-17', '2026-11-16', '2030-01-01'].map((born) => isPlausibleBirth(born, HEARING))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(['1915-11-17', '1915-11-16'].map((born) => isPlausibleBirth(born, HEARING))).toEqual([true, false]);
  });
  it.each(['1753-01-01', '1899-12-30', '1899-12-31', '1900-01-01', '1900-01-02', '1901-01-01', '1970-01-01'])(
    'is not plausible as %s, which systems write for an unknown date',
    (born) => {
      expect(isPlausibleBirth(born, `${Number(born.slice(0, 4)) + 40}-06-01`)).toBe(false);
    },
  );
});

describe('whether a person was under an age', () => {
  /** Whether somebody born on one of these days can be under 18, or can be not under it, at the hearing. */
  const can = (born: readonly string[]) => {
    const ages = born.map((day) => yearsBetween(day, HEARING));
    return { beUnder: Math.min(...ages) < 18, beNotUnder: Math.max(...ages) >= 18 };
  };
  it('is never "not under" where any given date allows "under", and never "under" where any allows "not under"', () => {
    fc.assert(
      fc.property(anyStatements, (statements) => {
        const answer = answerTo(statements);
        if (answer === 'not-known') return;
        const days = [
          ...statements.datesOfBirth.map((day) => [day]),
          ...statements.birthYears.map((year) => [`${year}-01-01`, `${year}-12-31`]),
        ];
        for (const dates of days) {
          expect(dates.every((day) => isCalendarDate(day))).toBe(true);
          expect(answer === 'under' ? can(dates).beUnder : can(dates).beNotUnder).toBe(true);
        }
        expect(statements.datesOfBirth.every((day) => isPlausibleBirth(day, HEARING))).toBe(true);
        expect(statements.datesOfBirth.every((day) => yearsBetween(day, HEARING) < 18 === (answer === 'under'))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
  it('is known from any plausible date of birth', () => {
    fc.assert(
      fc.property(anyDay('1916-01-01', '2018-11-16'), (born) => {
        fc.pre(born !== '1970-01-01');
        expect(answerTo({ datesOfBirth: [born], birthYears: [] })).toBe(born > '2008-11-16' ? 'under' : 'not-under');
      }),
    );
  });
  it('is the same or less certain with more information about the birth', () => {
    fc.assert(
      fc.property(anyStatements, anyStatements, (known, more) => {
        fc.pre(known.datesOfBirth.length > 0);
        const both = { datesOfBirth: [...known.datesOfBirth, ...more.datesOfBirth], birthYears: [...known.birthYears, ...more.birthYears] };
        expect([answerTo(known), 'not-known']).toContain(answerTo(both));
      }),
      { numRuns: 1000 },
    );
  });
  it('does not depend on the order in which dates are given', () => {
    fc.assert(
      fc.property(anyStatements, ({ datesOfBirth, birthYears }) => {
        const turned = { datesOfBirth: datesOfBirth.toReversed(), birthYears: birthYears.toReversed() };
        expect(answerTo(turned)).toBe(answerTo({ datesOfBirth, birthYears }));
      }),
    );
  });
  it('is not known without a date of birth, with a date given twice, or without a plausible hearing date', () => {
    fc.assert(
      fc.property(anyStatements, fc.constantFrom('', '2010-01-01', '2040-01-01', '9999-12-31'), (statements, on) => {
        expect(answerTo({ ...statements, datesOfBirth: [] })).toBe('not-known');
        expect(answerTo({ ...statements, isAmbiguous: true })).toBe('not-known');
        expect(answerTo(statements, on)).toBe('not-known');
      }),
    );
  });

  const withYear = (datesOfBirth: string, year: string) => answerTo({ datesOfBirth: [datesOfBirth], birthYears: [year] });
  it.each([
    ['an adult', '1991-04-17', '1991', 'not-under'],
    ['an adult whose year makes 19', '1991-04-17', '2007', 'not-under'],
    ['an adult whose year makes 17 or 18', '1991-04-17', '2008', 'not-under'],
    ['an adult whose year makes 17', '1991-04-17', '2009', 'not-known'],
    ['a youth whose year makes 17 or 18', '2008-12-01', '2008', 'under'],
    ['a youth whose year makes 17', '2010-01-01', '2009', 'under'],
    ['a youth whose year makes 19', '2010-01-01', '2007', 'not-known'],
    ['a youth whose year makes 8', '2010-01-01', '2018', 'under'],
    ['a youth whose year makes 7, which is not plausible', '2010-01-01', '2019', 'not-known'],
    ['an adult whose year makes 110', '1991-04-17', '1916', 'not-under'],
    ['an adult whose year makes 111, which is not plausible', '1991-04-17', '1915', 'not-known'],
    ['an adult whose year has a letter before it', '1991-04-17', 'c1991', 'not-known'],
    ['an adult whose year has a letter after it', '1991-04-17', '1991?', 'not-known'],
    ['an adult whose year is blank', '1991-04-17', '', 'not-known'],
  ])('is answered correctly for %s', (_, born, year, answer) => {
    expect(withYear(born, year)).toBe(answer);
  });
});
