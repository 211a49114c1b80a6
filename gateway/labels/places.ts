/** The places of an event's portions as a tree, made once, so that a copy without some of them touches only what is on the way to them. */
import type { Json, JsonObject } from '../../adapters/adapter.ts';
import { unescapeStep } from '../../adapters/json.ts';

/** A step towards portions: its name, and the places below it or the number of the portion that stands here. */
export interface Places {
  readonly name: string;
  readonly below: readonly Places[];
  readonly portion: number;
}

type Growing = { name: string; below: Growing[]; portion: number };

const NOWHERE = -1;

/** The tree of JSON Pointers, each with its number in the list. No portion stands inside another. */
export function placesOf(pointers: readonly string[]): Places {
  const root: Growing = { name: '', below: [], portion: NOWHERE };
  for (const [portion, pointer] of pointers.entries()) {
    let node = root;
    for (const step of pointer.split('/').slice(1)) {
      const name = unescapeStep(step);
      let next = node.below.find((one) => one.name === name);
      if (next === undefined) node.below.push((next = { name, below: [], portion: NOWHERE }));
      node = next;
    }
    node.portion = portion;
  }
  return root;
}

/** A copy of `data` without the portions that are gone; what is not on the way to one of them is shared, not copied. */
export const without = (data: JsonObject, places: Places, gone: readonly boolean[]): JsonObject => prune(data, places, gone) as JsonObject;

function prune(value: Json, { below }: Places, gone: readonly boolean[]): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    let copy: Json[] | undefined;
    for (const places of below) {
      const { name } = places;
      const item = value[Number(name)] as Json;
      const own = prune(item, places, gone);
      if (own !== item) (copy ??= [...value])[Number(name)] = own;
    }
    return copy ?? value;
  }
  const object = value as JsonObject;
  let changed: Map<string, Json | undefined> | undefined;
  for (const places of below) {
    const { name } = places;
    const member = object[name] as Json;
    const own = places.portion === NOWHERE ? prune(member, places, gone) : gone[places.portion] === true ? undefined : member;
    if (own !== member) (changed ??= new Map()).set(name, own);
  }
  if (changed === undefined) return value;
  // Build a new object: V8 keeps an object slow after a deletion.
  const copy: Record<string, Json> = {};
  for (const name of Object.keys(object)) {
    const own = changed.has(name) ? changed.get(name) : object[name];
    if (own === undefined) continue;
    // A plain assignment would set what every object inherits (T34).
    if (name === '__proto__') Object.defineProperty(copy, name, { value: own, enumerable: true });
    else copy[name] = own;
  }
  return copy;
}
