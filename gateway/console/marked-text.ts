/** The text of a message with the place of each refusal marked. The template escapes every part. */
import type { Schemas } from './answers.ts';

type Reason = Schemas['Reason'];

export interface Part {
  readonly text: string;
  /** What is wrong here. */
  readonly reasons?: readonly string[];
}

export interface Line {
  readonly number: number;
  readonly parts: readonly Part[];
}

/** Lines that belong together: those between them are left out. */
export interface MarkedText {
  readonly excerpts: readonly (readonly Line[])[];
  readonly isWhole: boolean;
  /** Reasons that name no line. */
  readonly elsewhere: readonly Reason[];
}

/** A text of so many lines is shown completely. Of a longer text, only the lines around each place are shown. */
const MOST_LINES = 400;
const AROUND = 5;
/** How much of a line is shown. */
const MOST_IN_LINE = 2000;
/** The longest mark: the place is where something begins. */
const MOST_MARKED = 40;

/** Where a mark that begins at a character ends: with the word or the tag. */
const endOfMark = (line: string, start: number): number => {
  const word = /^(?:<[^<>]*>?|[^\s<>]+)/.exec(line.slice(start))?.[0].length ?? 1;
  return start + Math.max(1, Math.min(word, MOST_MARKED));
};

/** A line with the places of its reasons marked. A reason without a character marks the line. */
function partsOf(line: string, reasons: readonly Reason[]): readonly Part[] {
  const shown = line.length > MOST_IN_LINE ? `${line.slice(0, MOST_IN_LINE)}…` : line;
  const starts = [...Map.groupBy(reasons, ({ column }) => (column === undefined ? -1 : Math.min(Math.max(0, column - 1), shown.length)))];
  const parts: Part[] = [];
  let at = 0;
  for (const [start, same] of starts.toSorted(([a], [b]) => a - b)) {
    const texts = same.map(({ reason }) => reason);
    // A place inside the mark before it, or none: its reason is next to the text.
    const from = Math.max(at, start);
    const end = start < 0 ? shown.length : Math.max(from, Math.min(shown.length, endOfMark(shown, from)));
    if (from > at) parts.push({ text: shown.slice(at, from) });
    parts.push({ text: shown.slice(from, end), reasons: texts });
    at = end;
  }
  if (at < shown.length) parts.push({ text: shown.slice(at) });
  return parts;
}

/** The lines of a text to show, with the places of some reasons. */
export function markedText(text: string, reasons: readonly Reason[]): MarkedText {
  const lines = text.split(/\r?\n/);
  const placed = Map.groupBy(
    reasons.filter(({ line }) => line !== undefined && line >= 1 && line <= lines.length),
    ({ line }) => line as number,
  );
  const isWhole = lines.length <= MOST_LINES;
  const isShown = (number: number): boolean =>
    isWhole || (placed.size === 0 ? number <= MOST_LINES : [...placed.keys()].some((line) => Math.abs(line - number) <= AROUND));
  const excerpts: Line[][] = [];
  for (let number = 1, count = 0; number <= lines.length && count < MOST_LINES; number++) {
    if (!isShown(number)) continue;
    count++;
    const parts = partsOf(lines[number - 1] ?? '', placed.get(number) ?? []);
    const excerpt = excerpts.at(-1);
    if (excerpt?.at(-1)?.number === number - 1) excerpt.push({ number, parts });
    else excerpts.push([{ number, parts }]);
  }
  const elsewhere = reasons.filter(({ line }) => line === undefined || line < 1 || line > lines.length);
  return { excerpts, isWhole, elsewhere };
}
