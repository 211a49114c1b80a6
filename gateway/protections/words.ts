/** Normalises names, so that another spelling, case or Unicode form of a name compares as equal. */

const IS_PLAIN = /^[\x20-\x26\x28-\x5f\x61-\x7e]*$/;
const UNSEEN = /[\p{M}\p{Cf}\p{DI}]/gu;
/** Letters that Unicode does not decompose. */
const LETTERS: Readonly<Record<string, string>> = {
  ...{ Ø: 'O', Ł: 'L', Đ: 'D', Ð: 'D', Æ: 'AE', Œ: 'OE', Þ: 'TH', İ: 'I', ı: 'I', Ħ: 'H', Ŧ: 'T', Ŋ: 'N' },
};
const OTHER_LETTERS = /[ØŁĐÐÆŒÞİıĦŦŊ]/g;

/** A text in upper case, without accents and invisible characters. */
export const plain = (text: string): string =>
  IS_PLAIN.test(text)
    ? text.toUpperCase()
    : text
        .normalize('NFKD')
        .replaceAll(UNSEEN, '')
        .toUpperCase()
        .replaceAll(OTHER_LETTERS, (letter) => LETTERS[letter] ?? letter);

const UMLAUT = /[ÄÖÜäöü]/;
const UMLAUTS = /[ÄÖÜäöü]/g;

/** Treats the prefixes Mac and Mc as equal. */
const alike = (word: string): string => (word.startsWith('MAC') && word.length > 5 ? `MC${word.slice(3)}` : word);

/** The words of a text in plain form, separated by anything but letters. Includes both spellings of a word with an umlaut. */
export function wordsOf(text: string): readonly string[] {
  if (IS_PLAIN.test(text)) return (text.toUpperCase().match(/[A-Z]+/g) ?? []).map(alike);
  const words = (plain(text).match(/\p{L}+/gu) ?? []).map(alike);
  const composed = text.normalize('NFC');
  if (!UMLAUT.test(composed)) return words;
  return [...new Set([...words, ...wordsOf(composed.replaceAll(UMLAUTS, (letter) => `${plain(letter)}E`))])];
}

/** The sequences of letters and digits in a text, in plain form. */
export const partsOf = (text: string): readonly string[] =>
  (IS_PLAIN.test(text) ? text.toUpperCase().match(/[A-Z0-9]+/g) : plain(text).match(/[\p{L}\p{N}]+/gu)) ?? [];

/** The letters and digits of a text, in plain form. */
export const squeezed = (text: string): string => partsOf(text).join('');

const SHORTEST_SOUND = 3;

/** A word without doubled letters, and without vowels after its first letter. A misspelled name often has the same sound. */
export function soundOf(word: string): string {
  let sound = word.slice(0, 1);
  for (const letter of word.slice(1)) if (!'AEIOUYHW'.includes(letter) && letter !== sound.at(-1)) sound += letter;
  return sound.length < SHORTEST_SOUND ? word : sound;
}

/** Letters of two alphabets in one word: different letters that look alike. */
const MIXED = /\p{Script=Latin}\p{M}*[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u;
const MIXED_OTHER = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]\p{M}*\p{Script=Latin}/u;

/** Whether a word of a text is written in two alphabets. */
export const isMixed = (text: string): boolean => !IS_PLAIN.test(text) && (MIXED.test(text) || MIXED_OTHER.test(text));
