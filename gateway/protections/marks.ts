/**
 * The marks of a text: every part of it that can identify a person, in the same form as the keys in `people.ts`. Marks are compared for
 * equality only, so that the comparison also works for pseudonyms.
 */
import { partsOf, squeezed, wordsOf } from './words.ts';

/** The shortest detail: shorter sequences of letters and digits occur in too many texts. */
export const SHORTEST_DETAIL = 6;
/** The most parts of a text that one detail can have: a flat, a house, a street. */
const LONGEST_DETAIL = 6;
/** How many single letters are joined into a word, to find a name that is spelled out. */
const LONGEST_SPELLED = 40;

/** The length of a telephone number without its prefix, which is written as 0 or +44. */
const SUBSCRIBER_DIGITS = 9;
/** The length of a serial's end: systems pad serials with leading zeros. */
const SERIAL_DIGITS = 7;

const PHONE = /^\d{9,14}$/;
const LOCAL = /^\d{6,14}$/;

/** The telephone numbers in a text, without prefix. Other text next to a number does not hide it. */
export function subscribersIn(text: string): readonly string[] {
  const compactText = text.replaceAll(/[\s()+.-]/g, '');
  const runs = [...runsOf(partsOf(text).slice(0, MOST_PARTS))].filter((run) => PHONE.test(run));
  return (LOCAL.test(compactText) ? [...runs, compactText] : runs).map((run) => run.slice(-SUBSCRIBER_DIGITS));
}

/** The serials in a reference number: each identifies the person, however the year and the check letter are written. */
export const serialsOf = (number: string): readonly string[] =>
  (number.match(/\d{6,}/g) ?? []).map((digits) => digits.slice(-SERIAL_DIGITS).padStart(SERIAL_DIGITS, '0'));

/** The start of a driver number: the first five letters of the family name, padded with 9. */
export const driverOf = (family: string): string => `DRIVER${family.slice(0, 5).padEnd(5, '9')}`;

/** How many words of a detail with additional text are checked. */
const MOST_PARTS = 40;

/** Each sequence of one to six words that can be a detail. */
function* runsOf(parts: readonly string[]): Generator<string> {
  for (let first = 0; first < parts.length; first++) {
    let joined = '';
    for (let n = first; n < Math.min(parts.length, first + LONGEST_DETAIL); n++) {
      joined += parts[n];
      yield joined;
    }
  }
}

/** The texts to find for a detail: the detail itself, and, because it can contain additional text, each sequence of two or more of its words. */
export function searchable(detail: string): readonly string[] {
  const parts = partsOf(detail);
  // Keep e-mail addresses complete: too many people share a domain.
  const addresses = (detail.match(/[^\s@]+@[^\s@]+/g) ?? []).map(squeezed);
  if (parts.length <= LONGEST_DETAIL && addresses.length > 0) return [parts.join(''), ...addresses];
  const single = new Set(parts.length === 1 ? [] : parts);
  return [...addresses, ...runsOf(parts.slice(0, MOST_PARTS))].filter((run) => !single.has(run));
}

const DRIVER = /^([A-Z9]{5})\d{6}/;

/** A text of an event, split into marks once for all persons. */
export class SearchedText {
  readonly text: string;
  #marks: ReadonlySet<string> | undefined;

  constructor(text: string) {
    this.text = text;
  }

  get marks(): ReadonlySet<string> {
    this.#marks ??= marksOf(this.text);
    return this.#marks;
  }
}

export const wordMark = (word: string): string => `word:${word}`;
export const detailMark = (detail: string): string => `detail:${detail}`;

/** The words of a text, and each pair of adjacent words joined: systems write `Mac Donald` as `MacDonald`, and `MacDonald` as `Mac Donald`. */
function spelledWords(text: string): readonly string[] {
  const words = wordsOf(text);
  if (words.length < 2) return words;
  const pairs = words.slice(1).map((word, n) => `${words[n]}${word}`);
  const spelled = words.join('');
  return words.length > 2 && spelled.length <= LONGEST_SPELLED ? [...words, ...pairs, spelled] : [...words, ...pairs];
}

function marksOf(text: string): ReadonlySet<string> {
  const marks = new Set<string>();
  const addDetail = (detail: string): void => {
    if (detail.length >= SHORTEST_DETAIL) marks.add(detailMark(detail));
  };
  for (const word of spelledWords(text)) {
    marks.add(wordMark(word));
    addDetail(word);
  }
  const parts = partsOf(text);
  for (const run of runsOf(parts)) addDetail(run);
  for (const part of parts) {
    const driver = DRIVER.exec(part)?.[1];
    if (driver !== undefined) addDetail(`DRIVER${driver}`);
  }
  const joinedParts = parts.join('');
  addDetail(joinedParts);
  for (const serial of serialsOf(joinedParts)) addDetail(serial);
  for (const part of parts) for (const serial of serialsOf(part)) addDetail(serial);
  for (const subscriber of subscribersIn(text)) addDetail(subscriber);
  return marks;
}
