/**
 * Whether a standard still takes all that its published versions take: backward-transitive compatibility within a major version.
 * What this check cannot judge counts as a break.
 */
import type { JsonObject } from '../../adapters/adapter.ts';
import { at } from '../../adapters/json.ts';

/** A place at which something that was valid, or was meant so, no longer is. */
export interface Break {
  /** JSON Pointer into an event's data, with `*` for a place in a list. */
  readonly at: string;
  readonly reason: string;
}

/** Gives a schema by its `$id`. */
export type Resolve = (id: string) => JsonObject | undefined;

type Schema = { readonly [keyword: string]: unknown };

/** Keywords of which the smaller number takes more, and those of which the larger one does. */
const AT_LEAST = ['minLength', 'minimum', 'exclusiveMinimum', 'minItems', 'minProperties'];
const AT_MOST = ['maxLength', 'maximum', 'exclusiveMaximum', 'maxItems', 'maxProperties'];
/** Keywords that must stay as they are, or go. */
const FIXED = ['format', 'multipleOf', 'uniqueItems'];
/** Keywords that must stay as they are: going says something too. One where there was none only protects more. */
const STAYING = ['x-portion', 'x-codelist', 'x-form', 'x-time'];
const COMBINING = [
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'if',
  'then',
  'else',
  'patternProperties',
  'dependentRequired',
  'contains',
  'prefixItems',
];

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A schema together with the schema that it refers to. */
function withReference(schema: Schema, resolve: Resolve): Schema {
  if (typeof schema.$ref !== 'string') return schema;
  const [id = '', pointer = ''] = schema.$ref.split('#');
  const document = resolve(id);
  const target = document === undefined ? undefined : at(document, pointer);
  if (!isSchema(target)) throw new Error(`The standards do not hold ${schema.$ref}`);
  const { $ref: _, ...keywords } = schema;
  return { ...withReference(target, resolve), ...keywords };
}

const typesOf = ({ type }: Schema): readonly unknown[] | undefined => (type === undefined ? undefined : [type].flat());
const valuesOf = (schema: Schema): readonly unknown[] | undefined =>
  'const' in schema ? [schema.const] : (schema.enum as readonly unknown[] | undefined);
const withoutVersions = (value: unknown): string => JSON.stringify(value ?? null).replaceAll(/\/\d+\.\d+\.\d+(?=["#])/g, '');

type Found = (at: string, reason: string) => void;

/** Two versions of one place: what they say there, without references, and how to compare what they say below it. */
interface Place {
  readonly was: Schema;
  readonly is: Schema;
  readonly at: string;
  readonly found: Found;
  readonly compare: (before: Schema, after: Schema, at: string) => void;
}

/** What a new version of a schema breaks for those who hold to an old one. */
export function breaksOf(older: JsonObject, newer: JsonObject, before: Resolve, after: Resolve): readonly Break[] {
  // A reference without a document is to the same document.
  const old: Resolve = (id) => (id === '' ? older : before(id));
  const now: Resolve = (id) => (id === '' ? newer : after(id));
  const breaks: Break[] = [];
  const found: Found = (place, reason) => breaks.push({ at: place === '' ? '/' : place, reason });
  const compare = (before: Schema, after: Schema, at: string): void => {
    const place: Place = { was: withReference(before, old), is: withReference(after, now), at, found, compare };
    for (const check of CHECKS) check(place);
  };
  compare(older, newer, '');
  return breaks;
}

const isOpen = ({ unevaluatedProperties, additionalProperties }: Schema): boolean =>
  unevaluatedProperties !== false && additionalProperties !== false;

function properties({ was, is, at, found, compare }: Place): void {
  const had = (was.properties ?? {}) as Record<string, Schema>;
  const has = (is.properties ?? {}) as Record<string, Schema>;
  for (const [name, property] of Object.entries(had)) {
    const present = has[name];
    if (present !== undefined) compare(property, present, `${at}/${name}`);
    else if (!isOpen(is)) found(`${at}/${name}`, 'The property is gone');
  }
  if (!isOpen(was)) return;
  // What the old version said nothing of could be anything.
  for (const [name, property] of Object.entries(has)) if (had[name] === undefined) compare({}, property, `${at}/${name}`);
}

function required({ was, is, at, found }: Place): void {
  const needed = new Set((was.required ?? []) as readonly string[]);
  for (const name of (is.required ?? []) as readonly string[])
    if (!needed.has(name)) found(`${at}/${name}`, 'The property is required now');
}

function items({ was, is, at, found, compare }: Place): void {
  if (isSchema(was.items) && isSchema(is.items)) compare(was.items, is.items, `${at}/*`);
  else if (is.items !== undefined && !same(was.items, is.items)) found(`${at}/*`, 'Items are limited now');
}

function otherProperties({ was, is, at, found, compare }: Place): void {
  for (const keyword of ['additionalProperties', 'unevaluatedProperties', 'propertyNames'] as const) {
    const [before, after] = [was[keyword], is[keyword]];
    if (isSchema(before) && isSchema(after)) compare(before, after, `${at}/*`);
    else if (after !== undefined && after !== true && !same(before, after)) found(at, `${keyword} takes less now`);
  }
}

function combinations({ was, is, at, found }: Place): void {
  for (const keyword of COMBINING)
    if (withoutVersions(was[keyword]) !== withoutVersions(is[keyword]))
      found(at, `${keyword} changed: that cannot be judged, and counts as a break`);
}

function types({ was, is, at, found }: Place): void {
  const allowed = typesOf(is);
  if (allowed === undefined) return;
  const isAllowed = (type: unknown) => allowed.includes(type) || (type === 'integer' && allowed.includes('number'));
  if (!(typesOf(was) ?? ['any']).every(isAllowed)) found(at, 'The type takes less now');
}

function values({ was, is, at, found }: Place): void {
  const allowed = valuesOf(is);
  if (allowed === undefined) return;
  const isAllowed = (value: unknown) => allowed.some((allowedValue) => same(allowedValue, value));
  if (!(valuesOf(was) ?? [{}]).every(isAllowed)) found(at, 'A value is not allowed any more');
}

function patterns({ was, is, at, found }: Place): void {
  if (is.pattern !== undefined && is.pattern !== was.pattern) found(at, 'The pattern changed');
}

function fixed({ was, is, at, found }: Place): void {
  for (const keyword of FIXED) if (is[keyword] !== undefined && !same(is[keyword], was[keyword])) found(at, `${keyword} changed`);
  for (const keyword of STAYING) if (was[keyword] !== undefined && !same(is[keyword], was[keyword])) found(at, `${keyword} changed`);
}

function bounds({ was, is, at, found }: Place): void {
  const isMore = (keyword: string, sign: 1 | -1) => {
    const [before, after] = [was[keyword], is[keyword]] as [number | undefined, number | undefined];
    return after !== undefined && (before === undefined || (after - before) * sign > 0);
  };
  for (const keyword of AT_LEAST) if (isMore(keyword, 1)) found(at, `${keyword} is more now`);
  for (const keyword of AT_MOST) if (isMore(keyword, -1)) found(at, `${keyword} is less now`);
}

/** One check for each keyword, or for those that go together. */
const CHECKS = [types, values, patterns, fixed, bounds, properties, required, items, otherProperties, combinations];
