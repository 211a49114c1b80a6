/** Splits JSON into lines to show on a page, and marks some of them. */
import type { Json } from '../../adapters/adapter.ts';
import { escapeStep } from '../../adapters/json.ts';

export interface Line {
  readonly text: string;
  readonly isMarked: boolean;
}

/** The lines of a value, indented as by `JSON.stringify`. A marked pointer marks every line of its value. */
export function linesOf(value: Json, isMarked: (pointer: string) => boolean): readonly Line[] {
  return [...lines(value, { pointer: '', indent: '', before: '', after: '', marked: isMarked('') }, isMarked)];
}

interface Place {
  readonly pointer: string;
  readonly indent: string;
  /** Text before and after the value: its name, and a comma. */
  readonly before: string;
  readonly after: string;
  readonly marked: boolean;
}

function* lines(value: Json, place: Place, isMarked: (pointer: string) => boolean): Generator<Line> {
  const { pointer, indent, before, after, marked } = place;
  const line = (text: string): Line => ({ text: indent + text, isMarked: marked });
  const isList = Array.isArray(value);
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (entries.length === 0) {
    yield line(before + JSON.stringify(value) + after);
    return;
  }
  yield line(`${before}${isList ? '[' : '{'}`);
  for (const [n, [step, child]] of entries.entries()) {
    const childPointer = `${pointer}/${escapeStep(step)}`;
    yield* lines(
      child as Json,
      {
        pointer: childPointer,
        indent: `${indent}  `,
        before: isList ? '' : `${JSON.stringify(step)}: `,
        after: n < entries.length - 1 ? ',' : '',
        marked: marked || isMarked(childPointer),
      },
      isMarked,
    );
  }
  yield line(`${isList ? ']' : '}'}${after}`);
}
