/** What the texts of a column say. The same few codes, dates and times come again and again: what they say is remembered. */
import type { Json } from '../adapter.ts';
import type { Lens, LensSpec } from './lenses.ts';

export interface TextReading {
  /** Undefined where the text is not of the lens. */
  readonly value: Json | undefined;
  /** Whether the value is written as this text. */
  readonly isNormal: boolean;
}

/** So many texts of a column are remembered, and none that is longer. */
const MOST_REMEMBERED = 2_000;
const LONGEST_REMEMBERED = 100;

/** A list or parts that were remembered become the event's own: events share nothing. */
const copyOf = (value: Json | undefined): Json | undefined =>
  Array.isArray(value) ? value.map((one: Json) => copyOf(one) as Json) : value;

/** The reader of a trimmed text that is not empty. */
export function readerOf(spec: LensSpec, lens: Lens): (text: string) => TextReading {
  const read = (text: string): TextReading => {
    const value = lens.read(text);
    return { value, isNormal: value !== undefined && lens.write(value) === text };
  };
  if (spec.as === 'text' || spec.as === 'join') return read;
  const remembered = new Map<string, TextReading>();
  return (text) => {
    const known = remembered.get(text);
    if (known !== undefined) return typeof known.value === 'object' ? { ...known, value: copyOf(known.value) } : known;
    const reading = read(text);
    if (text.length <= LONGEST_REMEMBERED) {
      if (remembered.size >= MOST_REMEMBERED) remembered.clear();
      remembered.set(text, typeof reading.value === 'object' ? { ...reading, value: copyOf(reading.value) } : reading);
    }
    return reading;
  };
}
