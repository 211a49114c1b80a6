/** JSON Pointers (RFC 6901) into the data of an event, which cannot reach prototypes. */
import type { Json, JsonObject } from '../adapter.ts';
import { escapeStep } from '../json.ts';

/** A step into an object or a list. */
export type Steps = readonly (string | number)[];

const MOST_STEPS = 20;
const MOST_INDEX = 99;
/** Names that every JavaScript object inherits, which would reach outside the data. */
const FORBIDDEN: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);
/** Members of the gateway, and extensions of adapters. */
const NOT_CONTENT: ReadonlySet<string> = new Set(['label', 'portions', 'quality', 'protections', 'message', 'extensions']);

/** The steps of a pointer in a mapping, or the reason why it is not allowed. */
export function stepsOf(pointer: string): Steps | string {
  const names = pointer.split('/').slice(1);
  if (!pointer.startsWith('/') || names.some((name) => !/^[A-Za-z][A-Za-z0-9]*$|^\d{1,2}$/.test(name)))
    return 'A place is written as /name/name, with a number from 0 for a place in a list';
  if (names.length > MOST_STEPS) return 'The place is too deep';
  if (names.some((name) => FORBIDDEN.has(name))) return 'No standard has a property of this name';
  if (NOT_CONTENT.has(names[0] as string)) return 'The gateway sets this itself';
  const steps = names.map((name) => (/^\d/.test(name) ? Number(name) : name));
  if (typeof steps[0] === 'number' || steps.some((step) => typeof step === 'number' && step > MOST_INDEX))
    return 'The data is an object, and a list has places 0 to 99';
  return steps;
}

type Container = Record<string | number, unknown>;

/** The value at a place, or undefined. */
export function getAt(data: Json | undefined, steps: Steps): Json | undefined {
  let value: unknown = data;
  for (const step of steps) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) !== (typeof step === 'number') || !Object.hasOwn(value, step))
      return undefined;
    value = (value as Container)[step];
  }
  return value as Json | undefined;
}

/** Sets the value at a place of new data. */
export function setAt(data: object, steps: Steps, value: Json): void {
  let at = data as Container;
  for (let n = 0; n < steps.length - 1; n++) {
    const step = steps[n] as string | number;
    at[step] ??= typeof steps[n + 1] === 'number' ? [] : {};
    at = at[step] as Container;
  }
  at[steps.at(-1) as string | number] = value;
}

/** Removes gaps from the lists in the data: a position without a value is not an item. */
export function withoutGaps(value: unknown): Json {
  if (Array.isArray(value)) return value.filter((item) => item !== undefined).map(withoutGaps);
  if (typeof value !== 'object' || value === null) return value as Json;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withoutGaps(member)]));
}

const isBlank = (value: Json): boolean => value === null || (typeof value === 'string' && value.trim() === '');

/** Every value with content in the data, by pointer, without the gateway's members. */
export function leavesOf(data: JsonObject): ReadonlyMap<string, Json> {
  const found = new Map<string, Json>();
  const look = (value: Json, at: string): void => {
    if (typeof value !== 'object' || value === null) {
      if (!isBlank(value)) found.set(at, value);
      return;
    }
    for (const [name, member] of Object.entries(value)) {
      if ((at === '' && NOT_CONTENT.has(name)) || name === 'subjectCategory') continue;
      look(member as Json, `${at}/${escapeStep(name)}`);
    }
  };
  look(data, '');
  return found;
}

/** Whether the data of two events has the same content. */
export function sameContent(first: JsonObject, second: JsonObject): boolean {
  const leaves = leavesOf(first);
  const others = leavesOf(second);
  return leaves.size === others.size && [...leaves].every(([at, value]) => others.get(at) === value);
}
