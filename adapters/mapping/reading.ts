/** Reads the texts of a column. Caches the values, because few codes, dates and times are common. */
import type { Json } from '../adapter.ts';
import type { Lens, LensSpec } from './lenses.ts';

export interface TextReading {
  /** Undefined where the text does not have the form of the lens. */
  readonly value: Json | undefined;
  /** Whether the text is the normal form of the value. */
  readonly isNormal: boolean;
}

/** The most cached texts of a column, and the longest one. */
const MOST_REMEMBERED = 2_000;
const LONGEST_REMEMBERED = 100;

/** Copy a cached list, so that events share no objects. */
const copyOf = (value: Json | undefined): Json | undefined =>
  Array.isArray(value) ? value.map((item: Json) => copyOf(item) as Json) : value;

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
