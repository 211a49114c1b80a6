/** Where the portions of a standard are: read from the `x-portion` annotations of its schema, once. */
import type { JsonObject } from '../../adapters/adapter.ts';

/** One property that is a portion. */
export interface PortionProperty {
  readonly property: string;
  /** A class of the policy's `portions`. */
  readonly portion: string;
}

/** The portions of an object, and the objects below it that have some. Below a portion nothing is looked at: the whole of it goes together. */
export interface PortionPlan {
  /** The component that the object is, such as `offence`; empty for an anonymous one. */
  readonly component: string;
  readonly portions: readonly PortionProperty[];
  readonly objects: readonly (readonly [property: string, plan: PortionPlan])[];
  readonly arrays: readonly (readonly [property: string, plan: PortionPlan])[];
}

/** A place where a portion is or could be. */
export interface Slot {
  readonly pointer: string;
  readonly holder: JsonObject;
  readonly property: string;
  readonly portion: string;
  /** The pointers and components of the objects around it, outermost first. */
  readonly within: readonly Place[];
}

export interface Place {
  readonly component: string;
  readonly pointer: string;
  readonly object: JsonObject;
}

type Schema = { readonly [keyword: string]: unknown };

const componentOf = (id: unknown): string => /\/components\/([a-z-]+)\//.exec(typeof id === 'string' ? id : '')?.[1] ?? '';

/** Reads the plan of a schema. `resolve` gives a schema by its absolute `$id`. Throws an Error for a reference that it does not know. */
export function planOf(schema: Schema, resolve: (id: string) => Schema | undefined): PortionPlan {
  const merged = flatten(schema, resolve);
  const portions: PortionProperty[] = [];
  const objects: [string, PortionPlan][] = [];
  const arrays: [string, PortionPlan][] = [];
  for (const [property, own] of merged.properties) {
    const portion = own['x-portion'];
    if (typeof portion === 'string') {
      portions.push({ property, portion });
      continue;
    }
    const target = flatten(own, resolve);
    const items = target.items === undefined ? undefined : planOf(target.items, resolve);
    if (items !== undefined && hasPortions(items)) arrays.push([property, items]);
    const below = planOf(own, resolve);
    if (items === undefined && hasPortions(below)) objects.push([property, below]);
  }
  return { component: merged.component, portions, objects, arrays };
}

const hasPortions = (plan: PortionPlan): boolean => plan.portions.length + plan.objects.length + plan.arrays.length > 0;

interface Flat {
  component: string;
  readonly properties: Map<string, Schema>;
  items?: Schema;
}

/** What a schema says of properties and items through its references and combinations. */
function flatten(schema: Schema, resolve: (id: string) => Schema | undefined, flat: Flat = { component: '', properties: new Map() }): Flat {
  if (flat.component === '') flat.component = componentOf(schema.$id);
  if (typeof schema.$ref === 'string') {
    const target = resolve(schema.$ref);
    if (target === undefined) throw new Error(`The standards do not hold ${schema.$ref}`);
    flatten(target, resolve, flat);
  }
  for (const [name, own] of Object.entries((schema.properties as Record<string, Schema> | undefined) ?? {})) flat.properties.set(name, own);
  if (typeof schema.items === 'object' && schema.items !== null) flat.items = schema.items as Schema;
  for (const keyword of ['allOf', 'anyOf', 'oneOf'])
    for (const part of (schema[keyword] as Schema[] | undefined) ?? []) flatten(part, resolve, flat);
  return flat;
}

/** All classes that a standard's plan names. */
export function classesOf(plan: PortionPlan, found: Set<string> = new Set()): ReadonlySet<string> {
  for (const { portion } of plan.portions) found.add(portion);
  for (const [, below] of [...plan.objects, ...plan.arrays]) classesOf(below, found);
  return found;
}

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 6901: `~` and `/` in a name are escaped. */
const step = (name: string): string => (/[~/]/.test(name) ? name.replaceAll('~', '~0').replaceAll('/', '~1') : name);

/**
 * Every place of `data` where the standard has a portion, filled or empty, in the order of the schema. It depends only on what is
 * not itself a portion, so the number and order of slots say nothing about what a reader may not see.
 */
export function slotsOf(plan: PortionPlan, data: JsonObject): readonly Slot[] {
  const slots: Slot[] = [];
  collect(plan, data, '', [], slots);
  return slots;
}

function collect(plan: PortionPlan, object: JsonObject, pointer: string, around: readonly Place[], slots: Slot[]): void {
  const within = plan.component === '' ? around : [...around, { component: plan.component, pointer, object }];
  for (const { property, portion } of plan.portions)
    slots.push({ pointer: `${pointer}/${step(property)}`, holder: object, property, portion, within });
  for (const [property, below] of plan.objects) {
    const value = object[property];
    if (isObject(value)) collect(below, value, `${pointer}/${step(property)}`, within, slots);
  }
  for (const [property, below] of plan.arrays) {
    const value = object[property];
    if (!Array.isArray(value)) continue;
    for (const [place, item] of value.entries())
      if (isObject(item)) collect(below, item, `${pointer}/${step(property)}/${place}`, within, slots);
  }
}
