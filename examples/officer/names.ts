/** Names as they are compared: capitals, accents, spaces and hyphens do not count, and a slip of the pen is still the name. */

export const letters = (text: string): string =>
  text
    .normalize('NFKD')
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
    .toLowerCase();

/** However they are typed. */
export const isSame = (first: string, second = ''): boolean => letters(second) !== '' && letters(first) === letters(second);

/** In how many letters two names differ: one put in, left out or replaced counts one. */
function differences(first: string, second: string): number {
  let above = Array.from({ length: second.length + 1 }, (_, n) => n);
  for (const [i, letter] of [...first].entries()) {
    const row = [i + 1];
    for (const [j, its] of [...second].entries())
      row.push(Math.min((above[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1, (above[j] ?? 0) + (letter === its ? 0 : 1)));
    above = row;
  }
  return above.at(-1) ?? 0;
}

/** Names shorter than this are near no other: most short names differ in one letter only. */
const SHORTEST = 4;
const LONG = 6;
const LONGEST = 200;

/** Whether two names can be two spellings of one: “Tremain” and “Tremaine”. Only together with a date of birth does it say anything. */
export function isNear(first: string, second = ''): boolean {
  const [a, b] = [letters(first).slice(0, LONGEST), letters(second).slice(0, LONGEST)];
  const shorter = Math.min(a.length, b.length);
  return shorter >= SHORTEST && differences(a, b) <= (shorter >= LONG ? 2 : 1);
}
