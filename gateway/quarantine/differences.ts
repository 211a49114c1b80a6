/** What differs between the fields that an adapter finds in two texts. */
import type { Json } from '../../adapters/adapter.ts';
import { escapeStep } from '../../adapters/json.ts';

/** A field that differs, by its JSON Pointer. */
export interface Difference {
  readonly at: string;
  /** Absent where the first text does not have the field. */
  readonly before?: string;
  /** Absent where the second text does not have it. */
  readonly after?: string;
}

/** The values of a JSON text by their places. An empty list or object is a value. */
function valuesOf(value: Json | undefined, at = '', into = new Map<string, string>()): ReadonlyMap<string, string> {
  const isHolder = typeof value === 'object' && value !== null;
  const below = isHolder ? Object.entries(value) : [];
  if (value !== undefined && below.length === 0) into.set(at, isHolder ? '' : String(value));
  for (const [name, member] of below) valuesOf(member as Json, `${at}/${escapeStep(name)}`, into);
  return into;
}

/** The fields that differ, in the order of the first value and then of the second. Nothing differs from `undefined` but what is there. */
export function differencesOf(before: Json | undefined, after: Json | undefined): readonly Difference[] {
  const [from, to] = [valuesOf(before), valuesOf(after)];
  return [...new Set([...from.keys(), ...to.keys()])].flatMap((at) => {
    const [old, fresh] = [from.get(at), to.get(at)];
    if (old === fresh) return [];
    return [{ at, ...(old === undefined ? {} : { before: old }), ...(fresh === undefined ? {} : { after: fresh }) }];
  });
}
