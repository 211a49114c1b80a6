/** Suggests the word that somebody probably meant. */

/** How many letters may be wrong in a word that has so many. */
const mostWrong = (length: number): number => (length < 5 ? 1 : 2);

/** In how many steps one word becomes another: a letter put in, left out, replaced, or exchanged with the next. */
function steps(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, n) => n)];
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1];
      const [above = [], twoAbove = []] = [rows[i - 1], rows[i - 2]];
      const least = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + (isSame ? 0 : 1));
      const isExchanged = from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      row.push(isExchanged ? Math.min(least, (twoAbove[j - 2] ?? 0) + 1) : least);
    }
    rows.push(row);
  }
  return rows[from.length]?.[to.length] ?? 0;
}

/** The word of a list that is nearest to a mistyped word, or undefined where none is near. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const [best] = words
    .map((candidate) => ({ candidate, steps: steps(word.slice(0, 64), candidate) }))
    .filter((found) => found.steps <= mostWrong(found.candidate.length))
    .toSorted((a, b) => a.steps - b.steps);
  return best?.candidate ?? (word.length < 3 ? undefined : words.find((candidate) => candidate.startsWith(word)));
}

/** A sentence that suggests a word, or nothing. */
export const suggestion = (word: string, words: readonly string[], before = ''): string => {
  const meant = nearest(word, words);
  return meant === undefined ? '' : ` Did you mean ${before}${meant}?`;
};
