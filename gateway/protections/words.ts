/** Names as they are compared: the same name in another spelling, case or Unicode form is the same name. */

const IS_PLAIN = /^[\x20-\x26\x28-\x5f\x61-\x7e]*$/;
const MARKS = /[\p{M}\p{Cf}]/gu;
const APOSTROPHES = /['’‘ʼ`´]/g;
/** Letters that Unicode does not take apart. */
const LETTERS: Readonly<Record<string, string>> = { Ø: 'O', Ł: 'L', Đ: 'D', Ð: 'D', Æ: 'AE', Œ: 'OE', Þ: 'TH', İ: 'I', ı: 'I' };
const OTHER_LETTERS = /[ØŁĐÐÆŒÞİı]/g;

/** A text in upper case, without marks over letters, apostrophes and characters that nobody sees. */
export const plain = (text: string): string =>
  IS_PLAIN.test(text)
    ? text.toUpperCase()
    : text
        .normalize('NFKD')
        .replaceAll(MARKS, '')
        .replaceAll(APOSTROPHES, '')
        .toUpperCase()
        .replaceAll(OTHER_LETTERS, (letter) => LETTERS[letter] ?? letter);

/** The words of a text, in plain form: what stands between anything that is no letter. */
export const wordsOf = (text: string): readonly string[] =>
  (IS_PLAIN.test(text) ? text.toUpperCase().match(/[A-Z]+/g) : plain(text).match(/\p{L}+/gu)) ?? [];

/** A text in plain form without anything but letters and digits. */
export const squeezed = (text: string): string =>
  IS_PLAIN.test(text) ? text.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '') : plain(text).replaceAll(/[^\p{L}\p{N}]+/gu, '');

const SHORTEST_SOUND = 3;

/** A word without vowels after its first letter and without doubled letters: a name that was misspelled often has the same. */
export function soundOf(word: string): string {
  let sound = word.slice(0, 1);
  for (const letter of word.slice(1)) if (!'AEIOUYHW'.includes(letter) && letter !== sound.at(-1)) sound += letter;
  return sound.length < SHORTEST_SOUND ? word : sound;
}
