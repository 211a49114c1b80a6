/** Reads a JSON list by its table: every entry, with the values around it that apply to it. */
import type { Json, JsonObject, Warning } from '../adapter.ts';
import { escapeStep } from '../json.ts';
import { canonicalOf, holderAt, isUnit, type Node, type Target } from '../xml/nodes.ts';
import { merged } from '../xml/surroundings.ts';

export interface ReadEntry {
  readonly node: Node;
  readonly raw: JsonObject;
  readonly data: Target;
  /** JSON Pointers of values with a wrong type. */
  readonly malformed: readonly string[];
}

export interface ReadList {
  readonly entries: readonly ReadEntry[];
  /** The document, with the number of entries in place of each group of entries. */
  readonly frame: JsonObject;
  readonly warnings: readonly Warning[];
}

const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

const MOST_WARNINGS = 1000;

/** The values of one object around entries, and of the objects around that. */
interface Level {
  readonly data: Target;
  readonly malformed: string[];
}

class Reader {
  readonly entries: ReadEntry[] = [];
  readonly warnings: Warning[] = [];
  readonly #warned = new Set<string>();

  /** Reads an object without the entries in it and the objects around them. */
  values(node: Node, object: JsonObject, target: Target, level: Level, places: Places): void {
    for (const [name, value] of Object.entries(object)) {
      const child = node.byName.get(name)?.node;
      const childPlaces = { event: places.event, source: `${places.source}/${escapeStep(name)}` };
      if (child === undefined) this.#warn('unmapped-element', 'A member with no place in the standard', childPlaces.source);
      else if (isUnit(child)) {
        if (!isListOfObjects(value)) this.#malformed(childPlaces, level, '');
      } else if (child.type !== undefined) this.#leaf(child, value, target, level, childPlaces);
      else this.#structure(child, value, target, level, childPlaces);
    }
  }

  #structure(node: Node, value: Json, target: Target, level: Level, places: Places): void {
    const at = node.path.length === 0 ? places.event : `${places.event}/${node.path.join('/')}`;
    if (node.many) {
      if (!isListOfObjects(value)) {
        this.#malformed(places, level, at);
        return;
      }
      const holder = holderAt(target, node.path);
      const list = (holder[node.path[node.path.length - 1] as string] ??= []) as Target[];
      for (const item of value) {
        const itemTarget = {};
        list.push(itemTarget);
        this.values(node, item, itemTarget, level, { event: `${at}/${list.length - 1}`, source: places.source });
      }
      return;
    }
    const only = node.json === 'one' && Array.isArray(value) && value.length === 1 ? value[0] : value;
    if (!isObject(only as Json)) {
      this.#malformed(places, level, at);
      return;
    }
    const last = node.path[node.path.length - 1];
    const structureTarget = last === undefined ? target : ((holderAt(target, node.path)[last] ??= {}) as Target);
    this.values(node, only as JsonObject, structureTarget, level, { event: at, source: places.source });
  }

  #leaf(node: Node, value: Json, target: Target, level: Level, places: Places): void {
    const holder = holderAt(target, node.path);
    const last = node.path[node.path.length - 1] as string;
    const at = `${places.event}/${node.path.join('/')}`;
    if (node.many) {
      const texts = Array.isArray(value) ? value.map((item) => textOf(node, item)) : [undefined];
      if (texts.every((item) => item !== undefined)) holder[last] = texts;
      else this.#malformed(places, level, at);
      return;
    }
    const text = textOf(node, value);
    if (text !== undefined) holder[last] ??= text;
    else if (value !== null && value !== '') this.#malformed(places, level, at);
  }

  /** The entries in an object and its nested objects. */
  entriesIn(node: Node, object: JsonObject, around: Level, source: string): JsonObject {
    const frame: { [name: string]: Json } = {};
    for (const [name, value] of Object.entries(object)) {
      const child = node.byName.get(name)?.node;
      const childSource = `${source}/${escapeStep(name)}`;
      if (child === undefined || !(isUnit(child) || child.holdsUnits)) frame[name] = value;
      else if (!isUnit(child)) frame[name] = isObject(value) ? this.entriesIn(child, value, around, childSource) : value;
      else if (!isListOfObjects(value)) frame[name] = value;
      else if (child.holdsUnits)
        frame[name] = value.map((item) => this.entriesIn(child, item, this.#level(child, item, around, childSource), childSource));
      else {
        for (const item of value) {
          const { data, malformed } = this.#level(child, item, around, childSource);
          this.entries.push({ node: child, raw: item, data, malformed });
        }
        frame[name] = value.length;
      }
    }
    return frame;
  }

  #level(node: Node, object: JsonObject, around: Level, source: string): Level {
    const target: Target = {};
    const level = { data: {}, malformed: [...around.malformed] };
    this.values(node, object, target, level, { event: '', source });
    return { data: merged(around.data, target), malformed: level.malformed };
  }

  #malformed({ source }: Places, { malformed }: Level, at: string): void {
    if (at !== '' && malformed.length < 100) malformed.push(at);
    this.#warn('value-out-of-type', 'The value has the wrong type: kept as received in extensions', source);
  }

  #warn(code: string, reason: string, at: string): void {
    const key = `${code} ${at}`;
    if (this.warnings.length >= MOST_WARNINGS || this.#warned.has(key)) return;
    this.#warned.add(key);
    this.warnings.push({ code, at, reason });
  }
}

/** A place in the event, and in the document. */
interface Places {
  readonly event: string;
  readonly source: string;
}

const isListOfObjects = (value: Json): value is readonly JsonObject[] => Array.isArray(value) && value.every(isObject);

/** The canonical text of a JSON value; undefined where its type is wrong. */
function textOf(node: Node, value: Json): string | undefined {
  if (node.json === 'flag') return typeof value === 'boolean' ? canonicalOf(node, value ? 'Y' : 'N') : undefined;
  if (node.json === 'number') return typeof value === 'number' ? canonicalOf(node, String(value)) : undefined;
  return typeof value === 'string' ? canonicalOf(node, value) : undefined;
}

/** Reads a document by the table of its kind. */
export function readList(root: Node, document: JsonObject): ReadList {
  const reader = new Reader();
  const level = { data: {}, malformed: [] };
  reader.values(root, document, level.data, level, { event: '', source: '' });
  const frame = reader.entriesIn(root, document, level, '');
  return { entries: reader.entries, frame, warnings: reader.warnings };
}
