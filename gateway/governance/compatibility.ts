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

/** A schema with what it refers to, as one. */
function whole(schema: Schema, resolve: Resolve): Schema {
  if (typeof schema.$ref !== 'string') return schema;
  const [id = '', pointer = ''] = schema.$ref.split('#');
  const document = resolve(id);
  const target = document === undefined ? undefined : at(document, pointer);
  if (!isSchema(target)) throw new Error(`The standards do not hold ${schema.$ref}`);
  const { $ref: _, ...own } = schema;
  return { ...whole(target, resolve), ...own };
}

const typesOf = ({ type }: Schema): readonly unknown[] | undefined => (type === undefined ? undefined : [type].flat());
const valuesOf = (schema: Schema): readonly unknown[] | undefined =>
  'const' in schema ? [schema.const] : (schema.enum as readonly unknown[] | undefined);
const withoutVersions = (value: unknown): string => JSON.stringify(value ?? null).replaceAll(/\/\d+\.\d+\.\d+(?=["#])/g, '');

/** What a new version of a schema breaks for those who hold to an old one. */
export function breaksOf(older: JsonObject, newer: JsonObject, old: Resolve, now: Resolve): readonly Break[] {
  const breaks: Break[] = [];
  compare(older, newer, '', (place, reason) => breaks.push({ at: place === '' ? '/' : place, reason }));
  return breaks;

  function compare(before: Schema, after: Schema, at: string, found: (at: string, reason: string) => void): void {
    const was = whole(before, old);
    const is = whole(after, now);
    values(was, is, (reason) => found(at, reason));
    bounds(was, is, (reason) => found(at, reason));
    const had = (was.properties ?? {}) as Record<string, Schema>;
    const has = (is.properties ?? {}) as Record<string, Schema>;
    for (const [name, property] of Object.entries(had)) {
      const own = has[name];
      if (own !== undefined) compare(property, own, `${at}/${name}`, found);
      else if (is.unevaluatedProperties === false || is.additionalProperties === false) found(`${at}/${name}`, 'The property is gone');
    }
    const wasOpen = was.unevaluatedProperties !== false && was.additionalProperties !== false;
    // What the old version said nothing of could be anything.
    for (const [name, property] of Object.entries(has))
      if (wasOpen && had[name] === undefined) compare({}, property, `${at}/${name}`, found);
    const needed = new Set((was.required ?? []) as readonly string[]);
    for (const name of (is.required ?? []) as readonly string[])
      if (!needed.has(name)) found(`${at}/${name}`, 'The property is required now');
    if (isSchema(was.items) && isSchema(is.items)) compare(was.items, is.items, `${at}/*`, found);
    else if (is.items !== undefined && !same(was.items, is.items)) found(`${at}/*`, 'Items are limited now');
    for (const keyword of ['additionalProperties', 'unevaluatedProperties', 'propertyNames'] as const) {
      const [first, second] = [was[keyword], is[keyword]];
      if (isSchema(first) && isSchema(second)) compare(first, second, `${at}/*`, found);
      else if (second !== undefined && second !== true && !same(first, second)) found(at, `${keyword} takes less now`);
    }
    for (const keyword of COMBINING)
      if (withoutVersions(was[keyword]) !== withoutVersions(is[keyword]))
        found(at, `${keyword} changed: that cannot be judged, and counts as a break`);
  }
}

function values(was: Schema, is: Schema, found: (reason: string) => void): void {
  const types = typesOf(is);
  if (
    types !== undefined &&
    !(typesOf(was) ?? ['any']).every((type) => types.includes(type) || (type === 'integer' && types.includes('number')))
  )
    found('The type takes less now');
  const allowed = valuesOf(is);
  if (allowed !== undefined && !(valuesOf(was) ?? [{}]).every((value) => allowed.some((one) => same(one, value))))
    found('A value is not allowed any more');
  if (is.pattern !== undefined && is.pattern !== was.pattern) found('The pattern changed');
  for (const keyword of FIXED) if (is[keyword] !== undefined && !same(is[keyword], was[keyword])) found(`${keyword} changed`);
  for (const keyword of STAYING) if (was[keyword] !== undefined && !same(is[keyword], was[keyword])) found(`${keyword} changed`);
}

function bounds(was: Schema, is: Schema, found: (reason: string) => void): void {
  const isMore = (keyword: string, sign: 1 | -1) => {
    const [first, second] = [was[keyword], is[keyword]] as [number | undefined, number | undefined];
    return second !== undefined && (first === undefined || (second - first) * sign > 0);
  };
  for (const keyword of AT_LEAST) if (isMore(keyword, 1)) found(`${keyword} is more now`);
  for (const keyword of AT_MOST) if (isMore(keyword, -1)) found(`${keyword} is less now`);
}
