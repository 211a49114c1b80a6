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
/** With more places in one list, they are found by name: a sender can send one event with tens of thousands of offences. */
const FEW = 16;

/** The tree of JSON Pointers, each with its number in the list. No portion stands inside another. */
export function placesOf(pointers: readonly string[]): Places {
  const root: Growing = { name: '', below: [], portion: NOWHERE };
  const byName = new Map<Growing, Map<string, Growing>>();
  const find = (node: Growing, name: string): Growing | undefined => {
    if (node.below.length <= FEW) return node.below.find((place) => place.name === name);
    let names = byName.get(node);
    if (names === undefined) byName.set(node, (names = new Map(node.below.map((place) => [place.name, place]))));
    return names.get(name);
  };
  for (const [portion, pointer] of pointers.entries()) {
    let node = root;
    for (const step of pointer.split('/').slice(1)) {
      const name = unescapeStep(step);
      let next = find(node, name);
      if (next === undefined) {
        node.below.push((next = { name, below: [], portion: NOWHERE }));
        byName.get(node)?.set(name, next);
      }
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
      const pruned = prune(item, places, gone);
      if (pruned !== item) (copy ??= [...value])[Number(name)] = pruned;
    }
    return copy ?? value;
  }
  const object = value as JsonObject;
  let changed: Map<string, Json | undefined> | undefined;
  for (const places of below) {
    const { name } = places;
    const member = object[name] as Json;
    const pruned = pruneMember(member, places, gone);
    if (pruned !== member) (changed ??= new Map()).set(name, pruned);
  }
  if (changed === undefined) return value;
  // Build a new object: in V8, an object from which a property was deleted stays slow to read.
  const copy: Record<string, Json> = {};
  for (const name of Object.keys(object)) {
    const member = changed.has(name) ? changed.get(name) : object[name];
    if (member === undefined) continue;
    // A plain assignment would replace the prototype of the object (T34).
    if (name === '__proto__') Object.defineProperty(copy, name, { value: member, enumerable: true });
    else copy[name] = member;
  }
  return copy;
}

/** A member of an object without the portions that are gone; undefined where the member is one of them. */
function pruneMember(member: Json, places: Places, gone: readonly boolean[]): Json | undefined {
  if (places.portion === NOWHERE) return prune(member, places, gone);
  return gone[places.portion] === true ? undefined : member;
}
