/** Finds the values of an event that fit into a message without residue. Other values are reported, never dropped without notice. */
import type { JsonObject } from '../adapter.ts';
import { pointerOf } from '../json.ts';
import { isWritable } from './characters.ts';
import { canonicalOf, holderAt, type Node, type Target, valueAt, writtenOf } from './nodes.ts';

/** A value of an event that a plain message cannot hold. */
export interface Unheld {
  /** JSON Pointer into the event's data. */
  readonly at: string;
  readonly reason: string;
}

export interface Fit {
  /** The event with only the values that the message can hold. */
  readonly data: Target;
  readonly unheld: readonly Unheld[];
}

const NO_PLACE = 'The format has no place for this value';
const TOO_LONG = 'The value is longer than the format allows';
const WRONG_TYPE = 'The value is not of the type that the format asks for';
const UNWRITABLE = 'The value holds a character that XML cannot hold';

/** What the gateway says about an event, and how the original message travelled: a message that is written anew travels in another way. */
const NOT_CONTENT: ReadonlySet<string> = new Set(['label', 'portions', 'quality', 'protections', 'message', 'extensions']);

const isBlank = (value: unknown): boolean => typeof value === 'string' && value.trim() === '' && isWritable(value);
const isObject = (value: unknown): value is Target => typeof value === 'object' && value !== null;
const below = (at: string, path: readonly string[]): string => at + pointerOf(path);

function reasonAgainst(node: Node, value: unknown): string | undefined {
  if (typeof value !== 'string') return WRONG_TYPE;
  if (!isWritable(value)) return UNWRITABLE;
  if ([...value].length > node.longest) return TOO_LONG;
  return isBlank(value) || canonicalOf(node, writtenOf(node, value)) !== undefined ? undefined : WRONG_TYPE;
}

/** The table's element for a value, and why the element cannot hold it, if so. */
type Places = Map<string, string | undefined>;

function leafPlace(node: Node, value: unknown, at: string, places: Places): void {
  if (value === undefined) return;
  const reason = reasonAgainst(node, value);
  // A value with two elements, as for an organisation, fits where one of them can hold it.
  if (reason === undefined || !places.has(at)) places.set(at, reason);
}

function placesIn(node: Node, target: Readonly<Target>, at: string, places: Places): void {
  // An address in lines, or a list of e-mail addresses, needs its first item: the schema refuses an empty element.
  if (node.children.some((child) => child.required && !isFilled(valueAt(target, child.path)))) return;
  for (const child of [...node.attributes, ...node.children]) {
    if (child.when !== undefined && !child.when(target)) continue;
    if (child.type !== undefined)
      for (const attribute of child.attributes) leafPlace(attribute, valueAt(target, attribute.path), below(at, attribute.path), places);
    const place = below(at, child.path);
    const value = valueAt(target, child.path);
    if (child.group || child.many) {
      // A case: the event itself.
      if (child.path.length === 0) placesIn(child, target, at, places);
      else if (Array.isArray(value))
        for (const [n, item] of value.slice(0, child.most).entries()) {
          if (child.type !== undefined) leafPlace(child, item, `${place}/${n}`, places);
          else if (isObject(item)) placesIn(child, item, `${place}/${n}`, places);
        }
    } else if (child.type !== undefined) leafPlace(child, value, place, places);
    else if (isObject(value)) placesIn(child, value, place, places);
  }
}

const isFilled = (value: unknown): boolean => typeof value === 'string' && !isBlank(value);

/** Whether the official schema refuses an empty element. A blank value is then not written. */
const NEVER_EMPTY: ReadonlySet<string> = new Set([
  ...['title', 'familyName', 'business', 'home', 'mobile', 'fax', 'observed', 'selfDefined', 'plea', 'modeOfTrial', 'convictingCourt'],
  ...['saon', 'paon', 'street', 'usrn', 'locality', 'town', 'administrativeArea', 'postTown', 'postcode', 'uprn'],
]);

const isHole = (name: string, isItem: boolean, value: unknown): boolean => isBlank(value) && (isItem || NEVER_EMPTY.has(name));

class Fitting {
  readonly unheld: Unheld[] = [];
  readonly #places: Places;

  constructor(places: Places) {
    this.#places = places;
  }

  object(source: Readonly<Target>, at: string): Target {
    const isList = Array.isArray(source);
    const copy: Target = isList ? ([] as unknown as Target) : {};
    let said = 0;
    for (const [name, value] of Object.entries(source)) {
      const place = below(at, [name]);
      if (isObject(value)) {
        const fitted = this.object(value, place);
        if (Object.keys(fitted).length > 0 || Object.keys(value).length === 0) said = Number(name) + 1;
        // The schema would refuse an empty element. An empty organisation is kept, because its existence is information.
        if (isList || name === 'organisation' || Object.keys(fitted).length > 0) copy[name] = fitted;
      } else if (!isHole(name, isList, value) && this.#holds(name, value, place)) copy[name] = value;
    }
    // Leave out items at the end of a list without any value that fits, such as a second defendant.
    if (isList && isObject(source[0])) copy.length = said;
    return copy;
  }

  #holds(name: string, value: unknown, at: string): boolean {
    // The gateway adds it to every defendant.
    if (name === 'subjectCategory') return false;
    const reason = this.#places.has(at) ? this.#places.get(at) : NO_PLACE;
    if (reason === undefined) return true;
    if (!isBlank(value)) this.unheld.push({ at, reason });
    return false;
  }
}

/** Writes elements that the schema requires and allows to be empty. */
function addAlways(node: Node, target: Target): void {
  for (const child of node.children) {
    if (child.when !== undefined && !child.when(target)) continue;
    if (child.type === undefined && child.path.length === 0) addAlways(child, target);
    else if (child.type !== undefined && child.always && valueAt(target, child.path) === undefined)
      holderAt(target, child.path)[child.path[child.path.length - 1] as string] = '';
  }
}

/** The part of an event that a message of the format `id` without residue can hold. `root` is the table of the format. */
export function fitEvent(root: Node, data: JsonObject, id: string): Fit {
  const places: Places = new Map();
  placesIn(root, data, '', places);
  const fitting = new Fitting(places);
  const content = Object.fromEntries(Object.entries(data).filter(([name]) => !NOT_CONTENT.has(name)));
  const fitted = fitting.object(content, '');
  addAlways(root, fitted);
  const others = Object.keys((data.extensions ?? {}) as JsonObject).filter((name) => name !== id);
  const extensions = others.map((name) => ({ at: below('/extensions', [name]), reason: NO_PLACE }));
  return { data: fitted, unheld: [...fitting.unheld, ...extensions] };
}
