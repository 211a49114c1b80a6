/** Writes a JSON list by its table: a new one from the values of events, or the original document. */
import type { Json, JsonObject } from '../adapter.ts';
import { isUnit, type Node, slotsOf, type Target, valueAt, writtenOf } from '../xml/nodes.ts';

type Members = { [name: string]: Json };

const jsonOf = (node: Node, value: unknown): Json => {
  const text = writtenOf(node, typeof value === 'string' ? value : '');
  if (node.json === 'flag') return text === 'Y';
  if (node.json === 'number') return Number(text);
  return text;
};

/** Makes an object of the document from the data of an event. `units` are the entries in it. */
export function writeObject(node: Node, target: Target, units: readonly unknown[] = []): JsonObject {
  const object: Members = {};
  for (const { node: child, value, units: childUnits } of slotsOf(node, target, units)) {
    const written = child.type === undefined ? writeObject(child, value as Target, childUnits) : jsonOf(child, value);
    if (child.many) ((object[child.name] ??= []) as Json[]).push(written);
    else object[child.name] = child.json === 'one' ? [written] : written;
  }
  addAlways(node, target, object);
  return object;
}

/** Members that the official schema requires and allows to be empty. They are written even where the value is absent or withheld. An unknown restriction counts as a restriction. */
function addAlways(node: Node, target: Target, object: Members): void {
  for (const child of node.children) {
    if (!child.always || object[child.name] !== undefined || (child.when !== undefined && !child.when(target))) continue;
    if (child.type === undefined) object[child.name] = child.many ? [] : child.json === 'one' ? [] : writeObject(child, {});
    else if (valueAt(target, child.path) === undefined) object[child.name] = child.many ? [] : child.json === 'flag' ? true : '';
  }
}

/** The document, with the entries in place of their numbers. */
export function fillFrame(node: Node, frame: JsonObject, entries: Iterator<JsonObject>): JsonObject {
  const object: Members = {};
  for (const [name, value] of Object.entries(frame)) {
    const child = node.byName.get(name)?.node;
    if (child !== undefined && isUnit(child) && !child.holdsUnits && typeof value === 'number')
      object[name] = Array.from({ length: value }, () => entries.next().value as JsonObject);
    else if (child?.holdsUnits === true && Array.isArray(value))
      object[name] = value.map((item) => (isObject(item) ? fillFrame(child, item, entries) : item));
    else object[name] = child?.holdsUnits === true && isObject(value) ? fillFrame(child, value, entries) : value;
  }
  return object;
}

/** The number of entries in a frame. */
export function countFrame(node: Node, frame: JsonObject): number {
  let count = 0;
  for (const [name, value] of Object.entries(frame)) {
    const child = node.byName.get(name)?.node;
    if (child === undefined || !(isUnit(child) || child.holdsUnits)) continue;
    if (typeof value === 'number') count += value;
    else for (const item of [value].flat() as readonly Json[]) if (isObject(item)) count += countFrame(child, item);
  }
  return count;
}

const isObject = (value: Json): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
