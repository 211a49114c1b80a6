/**
 * Identifiers with a check letter: arrest/summons number, PNC ID, CRO number, court case reference. The letter is the remainder of the
 * digits divided by 23, so it detects every change of one digit and every exchange of two digits that it covers.
 */

/** The remainder is the index: 0 is Z. There is no I, O or S. */
const LETTERS = 'ZABCDEFGHJKLMNPQRTUVWXY';

/** The check letter of a number. */
export const checkLetter = (digits: number): string => LETTERS.charAt(digits % LETTERS.length);

/** What is to be said of an identifier as received. */
export interface Reading {
  /** It can be read, and its check letter is right. */
  readonly valid: boolean;
  /** The same identifier in its standard written form, with the letter as received; absent where it cannot be read. */
  readonly canonical?: string;
}

const UNREADABLE: Reading = { valid: false };
const LONGEST = 40;

/** Values are written with slashes, dots, dashes, underscores or blanks between their parts, or with nothing. */
const PNC_PARTS = /^(\d{4}|\d{2})[\s/._-]+(\d{1,7})[\s/._-]*([A-Z])$/i;
const PNC_RUN = /^(\d{3,11})\s*([A-Z])$/i;
const CRO_PARTS = /^(\d{1,6})[\s/._-]+(\d{4}|\d{2})[\s/._-]*([A-Z])$/i;
const CRO_RUN = /^(\d{1,6})(\d{2})\s*([A-Z])$/i;
const CRO_FILE = /^SF[\s/._-]*(?:(\d{4}|\d{2})[\s/._-]+|(\d{2}))(\d{1,6})[\s/._-]*([A-Z])$/i;
const ASN_PARTS =
  /^(\d{4}|\d{2})[\s/._-]+([A-Z]?)([0-9A-Z]{2})[\s/._-]*([0-9A-Z]{2})[\s/._-]*([0-9A-Z]{2})[\s/._-]+(\d{1,11})[\s/._-]*([A-Z])$/i;
const ASN_RUN = /^(\d{2})()([0-9A-Z]{2})([0-9A-Z]{2})([0-9A-Z]{2})(\d{1,11})([A-Z])$/i;
const ASN_RUN_WITH_TOP = /^(\d{2})([A-Z])([0-9A-Z]{2})([0-9A-Z]{2})([0-9A-Z]{2})(\d{1,11})([A-Z])$/i;
const TWO_DIGITS = /^\d\d$/;
const SEPARATORS = /[\s/._-]+/g;
const COURT_PARTS = /^(\d{4}|\d{2})[\s/._-]+(\d{4})[\s/._-]+(\d{1,6})[\s/._-]*([A-Z])$/i;
const COURT_RUN = /^(\d{2})(\d{4})(\d{6})\s*([A-Z])$/i;

const match = (pattern: RegExp, value: string): readonly string[] | undefined =>
  value.length > LONGEST ? undefined : (pattern.exec(value.trim()) ?? undefined);

/** A group of a pattern that matched; one that took no part is empty. */
const part = (parts: readonly string[], place: number): string => (parts[place] ?? '').toUpperCase();

const isYear = (year: string): boolean => year.length === 2 || year.startsWith('19') || year.startsWith('20');
const withoutZeros = (serial: string): string => serial.replace(/^0+(?=\d)/, '');

/** The two digits of the year, times a power of ten, and the serial. */
const over = (year: string, serial: string, width: number): string => checkLetter(Number(year.slice(-2)) * 10 ** width + Number(serial));

const PNC_WIDTH = 7;

function pncId(year: string, serial: string, letter: string): Reading {
  if (!isYear(year) || serial.length > PNC_WIDTH) return UNREADABLE;
  const written = year.length === 4 ? serial.padStart(PNC_WIDTH, '0') : withoutZeros(serial);
  return { valid: over(year, serial, PNC_WIDTH) === letter, canonical: `${year}/${written}${letter}` };
}

/** Where nothing divides year and serial, the full widths decide (4 + 7, 2 + 7), else the check letter; else nobody can tell. */
function pncRun(digits: string, letter: string): Reading {
  const readings = [2, 4]
    .filter((width) => digits.length > width)
    .map((width) => pncId(digits.slice(0, width), digits.slice(width), letter))
    .filter(({ canonical }) => canonical !== undefined);
  const full = digits.length === 9 ? readings[0] : undefined;
  return readings.find(({ valid }) => valid) ?? (readings.length === 1 ? readings[0] : full) ?? UNREADABLE;
}

/**
 * Reads a PNC ID: `2002/0073319Z`. Canonical: the year, a slash, the serial in seven digits, the letter. A short one (`79/163001B`) stays
 * short and unpadded: its century would be a guess.
 */
export function readPncId(value: string): Reading {
  const parts = match(PNC_PARTS, value);
  if (parts !== undefined) return pncId(part(parts, 1), part(parts, 2), part(parts, 3));
  const run = match(PNC_RUN, value);
  return run === undefined ? UNREADABLE : pncRun(part(run, 1), part(run, 2));
}

const CRO_WIDTH = 6;

/**
 * Reads a CRO number: `65656/91H`, or `SF05/482703J` for a file without fingerprints. Canonical: the serial in six digits, a slash, the
 * year in two, the letter; for a file the year first and the serial unpadded, as the letter is over the digits as they then stand.
 */
export function readCroNumber(value: string): Reading {
  const file = match(CRO_FILE, value);
  if (file !== undefined) {
    const long = part(file, 1) || part(file, 2);
    const serial = withoutZeros(part(file, 3));
    const letter = part(file, 4);
    return isYear(long)
      ? { valid: over(long, serial, serial.length) === letter, canonical: `SF${long.slice(-2)}/${serial}${letter}` }
      : UNREADABLE;
  }
  const parts = match(CRO_PARTS, value) ?? match(CRO_RUN, value);
  if (parts === undefined || !isYear(part(parts, 2))) return UNREADABLE;
  const serial = part(parts, 1);
  const year = part(parts, 2);
  const letter = part(parts, 3);
  return { valid: over(year, serial, CRO_WIDTH) === letter, canonical: `${serial.padStart(CRO_WIDTH, '0')}/${year.slice(-2)}${letter}` };
}

const ASN_WIDTH = 11;
const ASN_LENGTH = 20;
/** 10 to the 11th, modulo 23: the whole number is over 2^53, its parts are not. */
const ASN_SHIFT = 10 ** ASN_WIDTH % LETTERS.length;

function asnParts(value: string): readonly string[] | undefined {
  // Nearly all come like this.
  const plain = value.length === ASN_LENGTH ? ASN_RUN.exec(value) : null;
  if (plain !== null) return plain;
  const parts = match(ASN_PARTS, value);
  if (parts !== undefined) return isYear(part(parts, 1)) ? parts : undefined;
  if (value.length > LONGEST) return undefined;
  const run = value.replace(SEPARATORS, '');
  if (run.length === ASN_LENGTH) return match(ASN_RUN, run);
  // An unpadded serial leaves the length open: two digits after a letter are then a force with a top-level letter before it.
  return match(run.length > ASN_LENGTH || /^\d{2}[A-Z]\d\d/i.test(run) ? ASN_RUN_WITH_TOP : ASN_RUN, run);
}

/**
 * Reads an arrest/summons number: `1101ZD0100000448754K`, written with slashes `11/01ZD/01/448754K`. Its parts are year, force, unit,
 * system, serial and letter; a top-level letter may stand after the year. Canonical: no slashes, the serial in eleven digits. The letter
 * is over force and system (where they are digits), year and serial; it says nothing of the unit and the top-level letter.
 */
export function readAsn(value: string): Reading {
  const parts = asnParts(value);
  if (parts === undefined) return UNREADABLE;
  const year = part(parts, 1).slice(-2);
  const force = part(parts, 3);
  const system = part(parts, 5);
  const serial = part(parts, 6);
  const letter = part(parts, 7);
  const lead = Number((TWO_DIGITS.test(force) ? force : '') + (TWO_DIGITS.test(system) ? system : '') + year);
  const valid = checkLetter((lead % LETTERS.length) * ASN_SHIFT + (Number(serial) % LETTERS.length)) === letter;
  return { valid, canonical: `${year}${part(parts, 2)}${force}${part(parts, 4)}${system}${serial.padStart(ASN_WIDTH, '0')}${letter}` };
}

const COURT_WIDTH = 6;

/** Reads a court case reference: `97/1626/008395Q`. Canonical: the year in two digits, the court, the serial in six, the letter. */
export function readCourtReference(value: string): Reading {
  const parts = match(COURT_PARTS, value) ?? match(COURT_RUN, value);
  if (parts === undefined || !isYear(part(parts, 1))) return UNREADABLE;
  const year = part(parts, 1).slice(-2);
  const court = part(parts, 2);
  const serial = part(parts, 3).padStart(COURT_WIDTH, '0');
  const letter = part(parts, 4);
  return { valid: checkLetter(Number(year + court + serial)) === letter, canonical: `${year}/${court}/${serial}${letter}` };
}
