/**
 * Numbers that look like those of the criminal justice system, with right check letters, and that are meant to be nobody's: 79 is the
 * number of no force and no area, PNC and CRO serials are from the very top of what a year can have, driver numbers end in `ZZ` in place
 * of their check digits, and `ZZ` is no area of a registration mark.
 */
import { type Reading, readAsn, readCroNumber, readPncId } from '../../adapters/identifiers.ts';
import type { Random } from './random.ts';

/** The invented force. */
export const FORCE = '79';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** The number with its check letter: the one that the reading side says is right. */
function lettered(number: string, read: (value: string) => Reading): string {
  for (const letter of ALPHABET) if (read(number + letter).valid) return number + letter;
  throw new Error('No check letter fits the number');
}

const padded = (serial: number, width: number): string => String(serial).padStart(width, '0');
const shortYear = (date: string): string => date.slice(2, 4);

/** The place of a case among all that the invented force can have. */
export interface Reference {
  /** Two letters: the unit of the force that has the case. */
  readonly unit: string;
  /** Below {@link SERIALS}. */
  readonly serial: number;
}

const SERIALS = 100_000;

/** How many references there are. */
export const REFERENCES = ALPHABET.length ** 2 * SERIALS;

/** The reference with a number from 0 to {@link REFERENCES}, not included. No two numbers have the same. */
export function referenceOf(number: number): Reference {
  const unit = Math.floor(number / SERIALS);
  return {
    unit: ALPHABET.charAt(Math.floor(unit / ALPHABET.length)) + ALPHABET.charAt(unit % ALPHABET.length),
    serial: number % SERIALS,
  };
}

export const urnOf = ({ unit, serial }: Reference, date: string): string => `${FORCE}${unit}${padded(serial, 5)}${shortYear(date)}`;

/** The arrest/summons number of one of the defendants of a case. */
export const asnOf = ({ unit, serial }: Reference, defendant: number, date: string): string =>
  lettered(`${shortYear(date)}${FORCE}${unit}01${padded(serial * 100 + defendant, 11)}`, readAsn);

export const pncId = (random: Random, year: number): string =>
  lettered(`${year}/${padded(random.int(9_000_000, 9_999_999), 7)}`, readPncId);

export const croNumber = (random: Random, year: number): string =>
  lettered(`${padded(random.int(900_000, 999_999), 6)}/${padded(year % 100, 2)}`, readCroNumber);

/** Letters that registration marks have. */
const MARKS = 'ABCDEFGHJKLMNOPRSTUVWXYZ';

/** A registration mark such as ZZ24 KMB, of a vehicle that is at most eight years old. */
export function registrationMark(random: Random, date: string): string {
  const year = Number(shortYear(date)) - random.int(1, 8);
  const half = random.chance(0.5) ? 50 : 0;
  const letter = (): string => MARKS.charAt(random.int(0, MARKS.length - 1));
  return `ZZ${padded((year + half + 100) % 100, 2)} ${letter()}${letter()}${letter()}`;
}

/** The letters of a name without marks, blanks and signs. */
export const plain = (name: string): string =>
  name
    .normalize('NFD')
    .replaceAll(/[łŁ]/g, 'l')
    .replaceAll(/[^A-Za-z]/g, '');

/** The number on a driving licence: family name, date of birth, a 5 added to the month for a woman, initials. */
export function driverNumber(givenNames: readonly string[], familyName: string, dateOfBirth: string, gender: string): string {
  const family = plain(familyName).toUpperCase().slice(0, 5).padEnd(5, '9');
  const initials = givenNames.map((name) => plain(name).charAt(0).toUpperCase()).join('');
  const [year, month, day] = [dateOfBirth.slice(0, 4), dateOfBirth.slice(5, 7), dateOfBirth.slice(8)];
  const tens = Number(month.charAt(0)) + (gender === '2' ? 5 : 0);
  return `${family}${year.charAt(2)}${tens}${month.charAt(1)}${day}${year.charAt(3)}${initials.slice(0, 2).padEnd(2, '9')}9ZZ`;
}
