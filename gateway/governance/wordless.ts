/** Whether the `pattern` of a schema keeps words out: whatever it takes has no more than three letters in a row. */
import { isAnchored } from '../labels/anchored.ts';

/** Letters in a row that are not a word: more could be a name. */
const MOST_LETTERS = 3;

/** A part of a pattern that takes one character, or a group of parts. */
const CLASS = /^\[(?!\^)(?:\\.|[^\]\\])+\]/;
const ESCAPE = /^\\(.)/;
const QUANTIFIER = /^(?:([?*+])|\{(\d+)(?:(,)(\d*))?\})/;
const GROUP = /^\((?:\?:)?/;
/** Escapes that take no letter. */
const NO_LETTER = /^[dsnrtfv.+*?()[\]{}|/\\^$-]$/;
/** Escapes that take one letter, among others. */
const ANY_LETTER = /^[wWDS]$/;

const LETTER = /\p{L}/u;

/** Whether a class takes a letter: it names one, has a range that holds one, or an escape that may take one. */
function takesLetter(inner: string): boolean {
  const plain = inner.replaceAll(/\\(.)/g, (_, escaped: string) => (NO_LETTER.test(escaped) ? ' ' : 'a'));
  if (LETTER.test(plain)) return true;
  return [...plain.matchAll(/(.)-(.)/gsu)].some(([, from = '', to = '']) => {
    for (let code = from.codePointAt(0) ?? 0; code <= (to.codePointAt(0) ?? 0); code++)
      if (LETTER.test(String.fromCodePoint(code))) return true;
    return false;
  });
}

/** How many letters in a row a part takes at its start, at its end, anywhere, and whether it may be all letters. */
interface Run {
  readonly start: number;
  readonly end: number;
  readonly most: number;
  readonly isAllLetters: boolean;
}

const EMPTY: Run = { start: 0, end: 0, most: 0, isAllLetters: true };
const OTHER: Run = { start: 0, end: 0, most: 0, isAllLetters: false };
const letters = (count: number): Run => ({ start: count, end: count, most: count, isAllLetters: true });

const after = (first: Run, second: Run): Run => ({
  start: first.isAllLetters ? Math.max(first.start, first.most + second.start) : first.start,
  end: second.isAllLetters ? Math.max(second.end, second.most + first.end) : second.end,
  most: Math.max(first.most, second.most, first.end + second.start),
  isAllLetters: first.isAllLetters && second.isAllLetters,
});

/** Either of two. */
const either = (first: Run, second: Run): Run => ({
  start: Math.max(first.start, second.start),
  end: Math.max(first.end, second.end),
  most: Math.max(first.most, second.most),
  isAllLetters: first.isAllLetters || second.isAllLetters,
});

/** A part as often as its quantifier says. Twice shows what joins; more only lengthens what is all letters. */
function repeated(run: Run, least: number, most: number): Run {
  if (most === 0) return EMPTY;
  const many = severalTimes(run, most);
  return least === 0 ? either(EMPTY, many) : many;
}

function severalTimes(run: Run, most: number): Run {
  if (most === 1) return run;
  return run.isAllLetters && run.most > 0 ? letters(run.most * most) : after(run, run);
}

class Reader {
  #rest: string;

  constructor(pattern: string) {
    this.#rest = pattern;
  }

  get isDone(): boolean {
    return this.#rest === '';
  }

  #take(expression: RegExp): RegExpExecArray | undefined {
    const found = expression.exec(this.#rest) ?? undefined;
    if (found !== undefined) this.#rest = this.#rest.slice(found[0].length);
    return found;
  }

  alternatives(): Run | undefined {
    let all = this.#sequence();
    while (all !== undefined && this.#take(/^\|/) !== undefined) {
      const next = this.#sequence();
      all = next === undefined ? undefined : either(all, next);
    }
    return all;
  }

  #sequence(): Run | undefined {
    let all = EMPTY;
    while (!this.isDone && !/^[|)]/.test(this.#rest)) {
      const part = this.#part();
      if (part === undefined) return undefined;
      const quantifier = this.#take(QUANTIFIER);
      all = after(all, quantifier === undefined ? part : repeated(part, ...timesOf(quantifier)));
    }
    return all;
  }

  #part(): Run | undefined {
    if (this.#rest.startsWith('(')) {
      this.#take(GROUP);
      const inner = this.alternatives();
      return inner === undefined || this.#take(/^\)/) === undefined ? undefined : inner;
    }
    const klass = this.#take(CLASS)?.[0];
    if (klass !== undefined) return takesLetter(klass.slice(1, -1)) ? letters(1) : OTHER;
    const escaped = this.#take(ESCAPE)?.[1];
    if (escaped !== undefined && NO_LETTER.test(escaped)) return OTHER;
    if (escaped !== undefined) return ANY_LETTER.test(escaped) ? letters(1) : undefined;
    // A negated class, a dot, an assertion: nobody can tell.
    if (/^[[.^$?*+{]/.test(this.#rest)) return undefined;
    const literal = this.#take(/^./su)?.[0] ?? '';
    return LETTER.test(literal) ? letters(1) : OTHER;
  }
}

function timesOf([, sign, least, comma, most]: RegExpExecArray): readonly [number, number] {
  if (sign !== undefined) return [sign === '+' ? 1 : 0, sign === '?' ? 1 : Number.POSITIVE_INFINITY];
  const from = Number(least);
  if (comma === undefined) return [from, from];
  return [from, most === '' || most === undefined ? Number.POSITIVE_INFINITY : Number(most)];
}

/** Whether a pattern keeps words out. One that is not anchored, or that this cannot read, does not. */
export function isWordless(pattern: string): boolean {
  if (!isAnchored(pattern)) return false;
  const reader = new Reader(pattern.slice(1, -1));
  const run = reader.alternatives();
  return run !== undefined && reader.isDone && run.most <= MOST_LETTERS;
}
