/**
 * Numbers in the formats of the criminal justice system, with correct check letters, that should belong to nobody: no force or area has the
 * number 79, PNC and CRO serials are from the top of a year's range, driver numbers end in `ZZ` instead of check digits, and no registration
 * area is `ZZ`.
 */
import { type Reading, readAsn, readCroNumber, readPncId } from '../../adapters/identifiers.ts';
import type { Random } from './random.ts';

/** The invented force. */
export const FORCE = '79';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** A number with its check letter, which the parser of such numbers accepts. */
function lettered(number: string, read: (value: string) => Reading): string {
  for (const letter of ALPHABET) if (read(number + letter).valid) return number + letter;
  throw new Error('No check letter fits the number');
}

const padded = (serial: number, width: number): string => String(serial).padStart(width, '0');
const shortYear = (date: string): string => date.slice(2, 4);

/** The reference of a case of the invented force. */
export interface Reference {
  /** Two letters for the unit of the force. */
  readonly unit: string;
  /** Below {@link SERIALS}. */
  readonly serial: number;
}

const SERIALS = 100_000;

/** How many references there are. */
export const REFERENCES = ALPHABET.length ** 2 * SERIALS;

/** The reference for a number from 0 up to but not including {@link REFERENCES}. Each number has a different reference. */
export function referenceOf(number: number): Reference {
  const unit = Math.floor(number / SERIALS);
  return {
    unit: ALPHABET.charAt(Math.floor(unit / ALPHABET.length)) + ALPHABET.charAt(unit % ALPHABET.length),
    serial: number % SERIALS,
  };
}

export const urnOf = ({ unit, serial }: Reference, date: string): string => `${FORCE}${unit}${padded(serial, 5)}${shortYear(date)}`;

/** The arrest/summons number of a defendant. */
export const asnOf = ({ unit, serial }: Reference, defendant: number, date: string): string =>
  lettered(`${shortYear(date)}${FORCE}${unit}01${padded(serial * 100 + defendant, 11)}`, readAsn);

export const pncId = (random: Random, year: number): string =>
  lettered(`${year}/${padded(random.int(9_000_000, 9_999_999), 7)}`, readPncId);

export const croNumber = (random: Random, year: number): string =>
  lettered(`${padded(random.int(900_000, 999_999), 6)}/${padded(year % 100, 2)}`, readCroNumber);

/** The letters that registration marks use. */
const MARKS = 'ABCDEFGHJKLMNOPRSTUVWXYZ';

/** A registration mark such as ZZ24 KMB, for a vehicle of at most eight years. */
export function registrationMark(random: Random, date: string): string {
  const year = Number(shortYear(date)) - random.int(1, 8);
  const half = random.chance(0.5) ? 50 : 0;
  const letter = (): string => MARKS.charAt(random.int(0, MARKS.length - 1));
  return `ZZ${padded((year + half + 100) % 100, 2)} ${letter()}${letter()}${letter()}`;
}

/** The letters of a name, without accents, spaces and punctuation. */
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
