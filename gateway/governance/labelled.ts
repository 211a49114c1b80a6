/**
 * Whether everything in a standard that can hold text is labelled. A property is of one of three kinds: a portion with a label of its own,
 * closed by the schema so that no word fits, or a code of a list or form. Whatever this check cannot judge counts as text.
 */
import type { JsonObject } from '../../adapters/adapter.ts';
import { escapeStep } from '../../adapters/json.ts';
import type { Resolve } from './compatibility.ts';
import { isWordless } from './wordless.ts';

type Schema = { readonly [keyword: string]: unknown };

/** Formats in which no word fits. Others, such as `email` and `uri-reference`, can hold a name. */
const CLOSED_FORMATS: ReadonlySet<unknown> = new Set(['date', 'time', 'date-time', 'duration', 'uuid', 'ipv4', 'ipv6']);
/** The id of an event: a SHA-256 digest in base64url. A reference is accepted only where that event exists. */
const EVENT_ID = '^[A-Za-z0-9_-]{43}$';
/** Labels and lists of portions are the gateway's own, and hold only values of the policy. */
const OWN = /\/standards\/labels\/(?:label|portion)\//;

/** Keywords whose schemas add to the one that they stand in. */
const ADDING = ['allOf', 'anyOf', 'oneOf', 'if', 'then', 'else'];

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);
const schemasOf = (value: unknown): readonly Schema[] => (Array.isArray(value) ? value : [value]).filter(isSchema);
const entriesOf = (value: unknown): readonly (readonly [string, unknown])[] => (isSchema(value) ? Object.entries(value) : []);

/** Whether the schema itself keeps words out of a text. */
const isClosed = ({ enum: values, const: value, format, pattern, ...schema }: Schema): boolean =>
  values !== undefined ||
  value !== undefined ||
  CLOSED_FORMATS.has(format) ||
  pattern === EVENT_ID ||
  (typeof pattern === 'string' && isWordless(pattern)) ||
  typeof schema['x-codelist'] === 'string' ||
  typeof schema['x-form'] === 'string';

/** Whether a schema says what a value is. One that does not takes everything. */
const says = ({ type, $ref, enum: values, const: value, allOf, anyOf, oneOf }: Schema): boolean =>
  [type, $ref, values, value].some((keyword) => keyword !== undefined) ||
  schemasOf(allOf).some(says) ||
  [anyOf, oneOf].some((parts) => Array.isArray(parts) && schemasOf(parts).length === parts.length && schemasOf(parts).every(says));

/** The schema that a `$ref` names, its pointer included. */
function target(ref: string, resolve: Resolve): unknown {
  const [id = '', pointer = ''] = ref.split('#');
  const names = pointer.split('/').slice(1);
  const found = names.reduce((schema: unknown, name) => (isSchema(schema) ? schema[name] : undefined), resolve(id));
  if (found === undefined) throw new Error(`The standards do not hold ${ref}`);
  return found;
}

/**
 * Every place in the data of a standard that can hold text and has no portion, list or form: JSON Pointers, with `*` for a place in a list
 * or a name that the schema leaves open. Schemas that are combined are judged one by one.
 */
export function unlabelled(standard: JsonObject, resolve: Resolve): readonly string[] {
  const found = new Set<string>();
  look(standard, '', new Set());
  return [...found].map((at) => (at === '' ? '/' : at)).sort();

  function look(schema: unknown, at: string, within: ReadonlySet<Schema>): void {
    if (schema === false) return;
    if (isSchema(schema) && says(schema)) add(schema, at, within);
    else found.add(at);
  }

  /** What a schema allows by itself, whether or not it says what a value is. */
  function add(schema: Schema, at: string, within: ReadonlySet<Schema>): void {
    if (within.has(schema)) return;
    const around = new Set(within).add(schema);
    const types = [schema.type].flat();
    if (types.includes('string') && !isClosed(schema)) found.add(at);
    if (types.includes('array')) look(schema.items, `${at}/*`, around);
    if (types.includes('object') && schema.additionalProperties === undefined && schema.unevaluatedProperties === undefined)
      found.add(`${at}/*`);
    if (typeof schema.$ref === 'string' && !OWN.test(schema.$ref)) look(target(schema.$ref, resolve), at, around);
    properties(schema, at, around);
    for (const part of schemasOf(schema.prefixItems)) look(part, `${at}/*`, around);
    for (const part of ADDING.flatMap((keyword) => schemasOf(schema[keyword]))) add(part, at, around);
    for (const [, part] of entriesOf(schema.dependentSchemas)) for (const dependent of schemasOf(part)) add(dependent, at, around);
  }

  function properties(schema: Schema, at: string, within: ReadonlySet<Schema>): void {
    for (const [name, value] of entriesOf(schema.properties)) property(value, `${at}/${escapeStep(name)}`, within);
    const open = ['additionalProperties', 'unevaluatedProperties'].map((keyword) => schema[keyword]);
    for (const value of [...open, ...entriesOf(schema.patternProperties).map(([, pattern]) => pattern)]) {
      if (value === undefined || value === false) continue;
      // The names are the sender's too.
      if (!schemasOf(schema.propertyNames).some(isClosed)) found.add(`${at}/*`);
      property(value, `${at}/*`, within);
    }
  }

  /** All that stands below a portion goes with it. */
  function property(value: unknown, at: string, within: ReadonlySet<Schema>): void {
    if (!isSchema(value) || typeof value['x-portion'] !== 'string') look(value, at, within);
  }
}
