/** Names as they are compared: capitals, accents, spaces and hyphens do not count, and a slip of the pen is still the name. */

export const letters = (text: string): string =>
  text
    .normalize('NFKD')
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
    .toLowerCase();

/** However they are typed. */
export const isSame = (one: string, other = ''): boolean => letters(other) !== '' && letters(one) === letters(other);

/** In how many letters two names differ: one put in, left out or replaced counts one. */
function differences(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, n) => n);
  for (const [i, letter] of [...one].entries()) {
    const row = [i + 1];
    for (const [j, its] of [...other].entries())
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
export function isNear(one: string, other = ''): boolean {
  const [a, b] = [letters(one).slice(0, LONGEST), letters(other).slice(0, LONGEST)];
  const shorter = Math.min(a.length, b.length);
  return shorter >= SHORTEST && differences(a, b) <= (shorter >= LONG ? 2 : 1);
}
