/** Where a standard can hold text: its portions, from the `x-portion` annotations of its schema, and its codes, from `x-codelist` and `x-form`. */
import type { Json, JsonObject } from '../../adapters/adapter.ts';
import { escapeStep, unescapeStep } from '../../adapters/json.ts';
import { type CodeKind, codeOf, componentOf, contentOf, type Resolve, referredTo, type Schema } from './schema.ts';

/** One property that is a portion. */
export interface PortionProperty {
  readonly property: string;
  /** The property as a step of a JSON Pointer. */
  readonly step: string;
  /** A class of the policy's `portions`. */
  readonly portion: string;
  /** Whether its schema lets it hold free text, apart from names and addresses. */
  readonly isText: boolean;
  /** Where it is a code as well. */
  readonly code?: CodeKind;
}

/** One property that is not a portion and holds a code, or a list of codes. */
export interface CodeProperty {
  readonly property: string;
  readonly step: string;
  readonly code: CodeKind;
}

/** The portions and codes of an object, and the objects below it that have some. Nothing inside a portion is looked at: it is withheld completely or not at all. */
export interface PortionPlan {
  /** The component that the object is, such as `offence`; empty for an anonymous one. */
  readonly component: string;
  readonly portions: readonly PortionProperty[];
  readonly codes: readonly CodeProperty[];
  readonly objects: readonly (readonly [property: string, plan: PortionPlan])[];
  readonly arrays: readonly (readonly [property: string, plan: PortionPlan])[];
  /** The `$id` of the schema, where it has one. */
  readonly schemaId?: string;
  /** Where the data of a standard says when the fact happened: JSON Pointers, from the `x-time` annotation of its schema. */
  readonly time?: { readonly date: string; readonly timeOfDay: string };
}

/** A place where a portion is. */
export interface Slot {
  readonly pointer: string;
  readonly holder: JsonObject;
  readonly property: string;
  /** The class of the portion. Empty for a code outside of portions that is not in its list: it carries the event's own label. */
  readonly portion: string;
  readonly isText: boolean;
  /** Whether it is a code that is not in its list or form, and so can say anything. */
  readonly isUnlisted: boolean;
  /** The pointers and components of the objects around it, outermost first. */
  readonly within: readonly Place[];
}

export interface Place {
  readonly component: string;
  readonly pointer: string;
  readonly object: JsonObject;
}

/** Every place where an event has a portion, and how many there are where it could have one. */
export interface Slots {
  readonly slots: readonly Slot[];
  /** Places of portions that are empty, and of codes that are absent or in their lists: each could have been a portion. */
  readonly spare: number;
}

/** Whether a value is in the list or form of its property. */
export type IsListed = (code: CodeKind, value: string) => boolean;

/** Reads the plan of a schema. Throws an Error for an unknown reference, and for an invalid `x-time` or `x-form`. */
export function planOf(schema: Schema, resolve: Resolve, { component, properties } = contentOf(schema, resolve)): PortionPlan {
  const portions: PortionProperty[] = [];
  const codes: CodeProperty[] = [];
  const objects: [string, PortionPlan][] = [];
  const arrays: [string, PortionPlan][] = [];
  for (const [property, propertySchema] of properties) {
    const portion = propertySchema['x-portion'];
    const content = contentOf(propertySchema, resolve);
    const code = codeOf(content, resolve);
    if (typeof portion === 'string') {
      const isText = code === undefined && !NAMES.has(property) && holdsText(propertySchema, resolve);
      portions.push({ property, step: stepOf(property), portion, isText, ...(code === undefined ? {} : { code }) });
      continue;
    }
    if (code !== undefined) {
      codes.push({ property, step: stepOf(property), code });
      continue;
    }
    const items = content.items === undefined ? undefined : planOf(content.items, resolve);
    if (items !== undefined && isWorthALook(items)) arrays.push([property, items]);
    const below = planOf(propertySchema, resolve, content);
    if (isWorthALook(below)) objects.push([property, below]);
  }
  const schemaId = typeof schema.$id === 'string' ? { schemaId: schema.$id } : {};
  return { component, portions, codes, objects, arrays, ...schemaId, ...timeIn(schema, resolve) };
}

/** Where a standard says when the fact happened. Throws an Error for an `x-time` that does not name a date and a time of day of the standard. */
function timeIn(schema: Schema, resolve: Resolve): Pick<PortionPlan, 'time'> {
  const named = schema['x-time'];
  if (named === undefined) return {};
  const [date, timeOfDay, ...more] = Array.isArray(named) ? (named as unknown[]) : [];
  if (typeof date !== 'string' || typeof timeOfDay !== 'string' || more.length > 0)
    throw new Error(`${String(schema.$id)}: x-time must be the JSON Pointers of a date and of a time of day`);
  for (const pointer of [date, timeOfDay])
    if (!isProperty(schema, pointer, resolve)) throw new Error(`${String(schema.$id)}: x-time: the standard has no ${pointer}`);
  return { time: { date, timeOfDay } };
}

function isProperty(schema: Schema, pointer: string, resolve: Resolve): boolean {
  let current: Schema | undefined = schema;
  for (const step of pointer.split('/').slice(1))
    current = current === undefined ? undefined : contentOf(current, resolve).properties.get(unescapeStep(step));
  return current !== undefined && current !== schema;
}

const isWorthALook = ({ portions, codes, objects, arrays }: PortionPlan): boolean =>
  portions.length + codes.length + objects.length + arrays.length > 0;

/** Names and addresses are not free text: they are looked into for the names and details of protected people. */
const NAMES = new Set(['name', 'aliases']);
const NAMES_AND_PLACES = new Set(['name', 'address', 'contact']);
/** Keywords that leave a text no freedom. */
const CLOSING = ['format', 'enum', 'const', 'pattern', 'x-codelist', 'x-form'];

function holdsText(schema: Schema, resolve: Resolve): boolean {
  if (NAMES_AND_PLACES.has(componentOf(schema.$ref))) return false;
  const { properties, items, isOpen } = contentOf(schema, resolve);
  if (items !== undefined) return holdsText(items, resolve);
  if (properties.size > 0) return [...properties.values()].some((propertySchema) => holdsText(propertySchema, resolve));
  const parts = withReferences(schema, resolve);
  const closed = parts.some((part) => CLOSING.some((keyword) => part[keyword] !== undefined));
  const types = parts.flatMap(({ type }) => (type === undefined ? [] : [type].flat()));
  return isOpen || (!closed && (types.length === 0 || types.includes('string')));
}

/** A schema and what it refers to. */
function withReferences(schema: Schema, resolve: Resolve): readonly Schema[] {
  const target = referredTo(schema, resolve);
  return target === undefined ? [schema] : [schema, ...withReferences(target, resolve)];
}

/** All classes that a standard's plan names. */
export function classesOf(plan: PortionPlan, found: Set<string> = new Set()): ReadonlySet<string> {
  for (const { portion } of plan.portions) found.add(portion);
  for (const [, below] of [...plan.objects, ...plan.arrays]) classesOf(below, found);
  return found;
}

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

const stepOf = (name: string): string => `/${escapeStep(name)}`;

const NOT_LISTED: IsListed = () => false;

/**
 * Every place of `data` where the standard has a portion that is filled, in the order of the schema, and every code that is not in its
 * list. Together with the number of spare places it depends only on what is not itself a portion, so the number of places says nothing
 * about what a reader may not see.
 */
export function slotsOf(plan: PortionPlan, data: JsonObject, isListed: IsListed = NOT_LISTED): Slots {
  const collector = new Collector(isListed);
  collector.collect(plan, data, '', NO_PLACES);
  return collector;
}

const NO_PLACES: readonly Place[] = [];

class Collector implements Slots {
  readonly slots: Slot[] = [];
  spare = 0;
  readonly #isListed: IsListed;

  constructor(isListed: IsListed) {
    this.#isListed = isListed;
  }

  collect(plan: PortionPlan, object: JsonObject, pointer: string, around: readonly Place[]): void {
    const within = plan.component === '' ? around : [...around, { component: plan.component, pointer, object }];
    for (const { property, step, portion, isText, code } of plan.portions) {
      const value = object[property];
      if (value === undefined) this.spare++;
      else {
        const isUnlisted = code !== undefined && !this.#areListed(code, value);
        this.slots.push({ pointer: pointer + step, holder: object, property, portion, isText, isUnlisted, within });
      }
    }
    for (const { property, step, code } of plan.codes) {
      const value = object[property];
      if (value === undefined || this.#areListed(code, value)) this.spare++;
      else this.slots.push({ pointer: pointer + step, holder: object, property, portion: '', isText: true, isUnlisted: true, within });
    }
    for (const [property, below] of plan.objects) {
      const value = object[property];
      if (isObject(value)) this.collect(below, value, pointer + stepOf(property), within);
    }
    for (const [property, below] of plan.arrays) {
      const value = object[property];
      if (!Array.isArray(value)) continue;
      const at = pointer + stepOf(property);
      for (const [place, item] of value.entries()) if (isObject(item)) this.collect(below, item, `${at}/${place}`, within);
    }
  }

  /** An empty text says nothing. */
  #areListed(code: CodeKind, value: Json): boolean {
    if (typeof value === 'string') return value === '' || this.#isListed(code, value);
    return Array.isArray(value) && value.every((item) => item === '' || (typeof item === 'string' && this.#isListed(code, item)));
  }
}
