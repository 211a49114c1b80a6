/** Decides how old a person was at a hearing, where that can be known. An unknown age protects. */

/** Whether a person was under an age limit, by the person's dates. */
export type AgeAnswer = 'under' | 'not-under' | 'not-known';

/** A message's values for a person's date of birth and age, as received. */
export interface BirthDates {
  readonly datesOfBirth: readonly string[];
  /** Years as an officer judged them. */
  readonly birthYears: readonly string[];
  /** Whether the message gave a date more than once, so that nobody can say which one is meant. */
  readonly isAmbiguous?: boolean;
}

/** Placeholder dates that systems write where they have no date. */
const SENTINELS = new Set([
  '0001-01-01',
  '1753-01-01',
  '1899-12-30',
  '1899-12-31',
  '1900-01-01',
  '1900-01-02',
  '1901-01-01',
  '1970-01-01',
  '9999-12-31',
]);
const YOUNGEST = 8;
const OLDEST = 110;
/** A hearing further from the day on which the gateway was told of it has a wrong date. */
const MOST_YEARS_FROM_RECEIPT = 10;

/** Whether a text is a day of the calendar as `YYYY-MM-DD`. */
export function isCalendarDate(text: string): boolean {
  if (!DATE.test(text)) return false;
  const month = Number(text.slice(5, 7));
  const day = Number(text.slice(8, 10));
  if (month === 2) return day >= 1 && day <= (isLeapYear(Number(text.slice(0, 4))) ? 29 : 28);
  return month >= 1 && month <= 12 && day >= 1 && day <= (SHORT_MONTHS.has(month) ? 30 : 31);
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const SHORT_MONTHS = new Set([4, 6, 9, 11]);
const isLeapYear = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

/** Full years between two ISO dates. A person born on 29 February comes of age on 1 March, as the law of England and Wales has it. */
export function yearsBetween(born: string, on: string): number {
  const years = Number(on.slice(0, 4)) - Number(born.slice(0, 4));
  return on.slice(5, 10) < born.slice(5, 10) ? years - 1 : years;
}

/** The day on which a person reaches an age, as `YYYY-MM-DD`. */
export function birthday(born: string, age: number): string {
  const day = `${String(Number(born.slice(0, 4)) + age).padStart(4, '0')}${born.slice(4, 10)}`;
  return isCalendarDate(day) ? day : `${day.slice(0, 4)}-03-01`;
}

/** Whether the date of a hearing is plausible: a day within ten years of when the gateway received it (ISO 8601). */
export const isPlausibleHearing = (on: string, received: string): boolean =>
  isCalendarDate(on) && (on < received ? yearsBetween(on, received) : yearsBetween(received, on)) < MOST_YEARS_FROM_RECEIPT;

/** Whether a date of birth is plausible for somebody at a hearing: no sentinel, and 8 to 110 years before it. */
export const isPlausibleBirth = (born: string, on: string): boolean => {
  if (!isCalendarDate(born) || SENTINELS.has(born)) return false;
  const age = yearsBetween(born, on);
  return age >= YOUNGEST && age <= OLDEST;
};

/** The answer of one date of birth. */
function fromDate(born: string, on: string, age: number): AgeAnswer {
  if (!isPlausibleBirth(born, on)) return 'not-known';
  return yearsBetween(born, on) < age ? 'under' : 'not-under';
}

/** What one year of birth says: who was born in it may have had the birthday or not. `either` agrees with any date. */
function fromYear(year: string, on: string, age: number): AgeAnswer | 'either' {
  if (!/^\d{4}$/.test(year)) return 'not-known';
  const oldest = Number(on.slice(0, 4)) - Number(year);
  if (oldest < YOUNGEST || oldest > OLDEST) return 'not-known';
  if (oldest < age) return 'under';
  return oldest > age ? 'not-under' : 'either';
}

/**
 * Whether a person was under an age at a hearing on a day whose date is plausible. Known only where there is a date of birth, every date
 * that was given is plausible, and all of them agree (design, "Labels").
 */
export function isUnderOn(age: number, { datesOfBirth, birthYears, isAmbiguous = false }: BirthDates, on: string): AgeAnswer {
  const [first, ...others] = datesOfBirth;
  if (first === undefined || isAmbiguous) return 'not-known';
  const answer = fromDate(first, on, age);
  if (others.some((born) => fromDate(born, on, age) !== answer)) return 'not-known';
  const disagrees = birthYears.some((year) => {
    const ofYear = fromYear(year, on, age);
    return ofYear !== answer && ofYear !== 'either';
  });
  return disagrees ? 'not-known' : answer;
}
