/**
 * The marks of a text: everything in it that somebody can be known by, in the form in which `people.ts` writes what a person is known by. A
 * mark is compared as a whole, so that the same works for pseudonyms.
 */
import { partsOf, squeezed, wordsOf } from './words.ts';

/** Shorter than this, letters and digits are found in too many texts. */
export const SHORTEST_DETAIL = 6;
/** The most parts of a text that one detail can have: a flat, a house, a street. */
const LONGEST_DETAIL = 6;
/** How many single letters are tried as one word: a name that was spelled out. */
const LONGEST_SPELLED = 40;

/** Without the prefix, which is written as 0 or +44. */
const SUBSCRIBER_DIGITS = 9;
/** The end of a serial, which systems pad with zeros in front. */
const SERIAL_DIGITS = 7;

const PHONE = /^\d{9,14}$/;
const LOCAL = /^\d{6,14}$/;

/** What telephone numbers in a text are known by: whoever wrote more beside a number wrote the number still. */
export function subscribersIn(text: string): readonly string[] {
  const whole = text.replaceAll(/[\s()+.-]/g, '');
  const runs = [...runsOf(partsOf(text).slice(0, MOST_PARTS))].filter((run) => PHONE.test(run));
  return (LOCAL.test(whole) ? [...runs, whole] : runs).map((run) => run.slice(-SUBSCRIBER_DIGITS));
}

/** The serials in a number: each tells who is meant, however year and check letter are written. */
export const serialsOf = (number: string): readonly string[] =>
  (number.match(/\d{6,}/g) ?? []).map((digits) => digits.slice(-SERIAL_DIGITS).padStart(SERIAL_DIGITS, '0'));

/** How a driver number begins for somebody of a family name: its first five letters, filled up with 9. */
export const driverOf = (family: string): string => `DRIVER${family.slice(0, 5).padEnd(5, '9')}`;

/** How many parts of a detail with additional text are checked. */
const MOST_PARTS = 40;

/** Each run of the parts of a text that a detail can be, from one part to six. */
function* runsOf(parts: readonly string[]): Generator<string> {
  for (let first = 0; first < parts.length; first++) {
    let joined = '';
    for (let n = first; n < Math.min(parts.length, first + LONGEST_DETAIL); n++) {
      joined += parts[n];
      yield joined;
    }
  }
}

/** What a detail is searched by: itself, and as somebody can have written more into it, each run of two parts or more that can be the detail. */
export function searchable(detail: string): readonly string[] {
  const parts = partsOf(detail);
  // The end of an e-mail address alone is shared by too many.
  const addresses = (detail.match(/[^\s@]+@[^\s@]+/g) ?? []).map(squeezed);
  if (parts.length <= LONGEST_DETAIL && addresses.length > 0) return [parts.join(''), ...addresses];
  const single = new Set(parts.length === 1 ? [] : parts);
  return [...addresses, ...runsOf(parts.slice(0, MOST_PARTS))].filter((run) => !single.has(run));
}

const DRIVER = /^([A-Z9]{5})\d{6}/;

/** A text of an event, taken apart once for everybody who is looked for in it. */
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

/** Its words, and each two that follow each other as one: a name of two words is often written as one, and the other way round. */
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
  const whole = parts.join('');
  addDetail(whole);
  for (const serial of serialsOf(whole)) addDetail(serial);
  for (const part of parts) for (const serial of serialsOf(part)) addDetail(serial);
  for (const subscriber of subscribersIn(text)) addDetail(subscriber);
  return marks;
}
