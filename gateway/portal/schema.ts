/** Makes a table row for each property of a schema, from the schema itself and from the adapters and profiles that use it. Pure. */
import type { Adapter } from '../../adapters/adapter.ts';
import { markingOf } from '../../contracts/client/label.ts';
import type { Label } from '../labels/label.ts';
import type { PolicyDocument } from '../labels/policy-document.ts';
import { CODELIST_PATH, POLICY_PATH, pathOf } from './paths.ts';

export interface Link {
  readonly text: string;
  readonly href: string;
}

export interface FieldRow {
  /** For example `stop.date`, or `aliases[]` for the items of a list. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** For example `text`, or `list of`, which is followed by the link in `of`. */
  readonly type: string;
  readonly of?: Link;
  /** Limits on the value, in words. */
  readonly limits: readonly string[];
  readonly required: boolean;
  readonly portion?: Link & { readonly marking: string; readonly laws: readonly string[] };
  readonly codeList?: Link;
  /** The type of the property in the CJS data standards, and why this one differs. */
  readonly cjs?: { readonly type: string; readonly differs?: string };
  readonly sources: readonly { readonly adapter: string; readonly element: string }[];
  readonly tasks: readonly Link[];
  readonly deprecated?: string;
  /** Whether the row is for a field inside another field. */
  readonly isNested?: boolean;
}

type Schema = { readonly [keyword: string]: unknown };

/** What adapters and profiles do with each property. The key is `<$id>#<name>`. */
export interface Uses {
  readonly sources: ReadonlyMap<string, FieldRow['sources']>;
  readonly tasks: ReadonlyMap<string, readonly Link[]>;
}

export interface SchemaContext {
  readonly resolve: (reference: string) => Schema | undefined;
  /** The link to the page of a referenced schema. */
  readonly link: (reference: string) => Link | undefined;
  readonly policy: PolicyDocument;
  readonly uses: Uses;
}

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const propertiesOf = (schema: Schema): readonly [string, Schema][] =>
  Object.entries((schema.properties ?? {}) as Record<string, unknown>).filter((entry): entry is [string, Schema] => isSchema(entry[1]));

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'yes or no',
  object: 'object',
};
const FORMATS: Readonly<Record<string, string>> = {
  date: 'date (YYYY-MM-DD)',
  'date-time': 'date and time (RFC 3339)',
  uri: 'address (URI)',
};

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return `always ${JSON.stringify(schema.const)}`;
  const format = FORMATS[textOf(schema.format)];
  if (format !== undefined) return format;
  return [schema.type ?? 'anything']
    .flat()
    .map((type) => TYPES[String(type)] ?? String(type))
    .join(' or ');
}

const LIMITS: readonly (readonly [keyword: string, say: (value: unknown) => string])[] = [
  ['enum', (value) => `one of: ${(value as unknown[]).join(', ')}`],
  ['minLength', (value) => `at least ${String(value)} ${value === 1 ? 'character' : 'characters'}`],
  ['maxLength', (value) => `at most ${String(value)} characters`],
  ['minimum', (value) => `${String(value)} or more`],
  ['maximum', (value) => `${String(value)} or less`],
  ['minItems', (value) => `at least ${String(value)}`],
  ['default', (value) => `${String(value)} unless you say otherwise`],
  ['pattern', (value) => `pattern ${String(value)}`],
  ['x-form', (value) => `form ${String(value)}: other values are labelled as text`],
];

const limitsOf = (schema: Schema): readonly string[] =>
  LIMITS.filter(([keyword]) => schema[keyword] !== undefined).map(([keyword, say]) => say(schema[keyword]));

function portionOf(schema: Schema, { policy }: SchemaContext): FieldRow['portion'] {
  const id = schema['x-portion'];
  if (typeof id !== 'string') return undefined;
  const { label } = policy.portions[id] ?? {};
  const laws = (policy.rules ?? [])
    .filter(
      ({ raise }) =>
        raise.portions?.includes(id) === true || raise.groups?.some((name) => policy.groups?.[name]?.portions.includes(id)) === true,
    )
    .map(({ law }) => law);
  const marking = label === undefined || label === 'event' ? 'as the event' : markingOf(label as unknown as Label);
  return { text: id, href: `${POLICY_PATH}#portion-${id}`, marking, laws: [...new Set(laws)] };
}

/** The position of rows in a schema and on a page. */
interface Standing {
  /** The `$id` of the schema that contains them, and the prefix of their names in it. */
  readonly id: string;
  readonly within: string;
  /** The prefix of their names on the page. */
  readonly before: string;
}

interface Property {
  /** For example `aliases[]` for the items of a list. */
  readonly name: string;
  readonly schema: Schema;
  /** The schema of a list's items; the property's own schema where it is not a list. */
  readonly inner: Schema;
  readonly isList: boolean;
  /** The schema that the property refers to. */
  readonly target: Schema | undefined;
}

function propertyOf(property: string, schema: Schema, { before }: Standing, { resolve }: SchemaContext): Property {
  const item = isSchema(schema.items) ? schema.items : undefined;
  const inner = item ?? schema;
  const target = typeof inner.$ref === 'string' ? resolve(inner.$ref) : undefined;
  return { name: `${before}${property}${item === undefined ? '' : '[]'}`, schema, inner, isList: item !== undefined, target };
}

/** The type of a property in the CJS data standards, from its `x-cjs` keyword. */
function dataStandardOf({ type, differs }: Schema): NonNullable<FieldRow['cjs']> {
  return { type: textOf(type), ...(differs === undefined ? {} : { differs: textOf(differs) }) };
}

function rowOf({ name, schema, inner, isList, target }: Property, required: boolean, standing: Standing, context: SchemaContext): FieldRow {
  const { id, within, before } = standing;
  const of = typeof inner.$ref === 'string' ? context.link(inner.$ref) : undefined;
  const place = `${id}#${within}${name.slice(before.length).replace(/\[\]$/, '')}`;
  const codeList = textOf(inner['x-codelist']);
  const portion = portionOf(schema, context);
  const described = isList ? {} : (target ?? {});
  const cjs = [inner, schema, target].map((source) => source?.['x-cjs']).find(isSchema);
  return {
    name,
    title: textOf(schema.title ?? described.title) || (name.replace(/\[\]$/, '').split('.').at(-1) ?? name),
    description: textOf(schema.description ?? described.description),
    type: `${isList ? 'list of ' : ''}${of === undefined ? typeOf(inner) : ''}`,
    ...(of === undefined ? {} : { of }),
    limits: [...limitsOf(schema), ...(isList ? limitsOf(inner) : [])],
    required,
    ...(portion === undefined ? {} : { portion }),
    ...(codeList === '' ? {} : { codeList: { text: codeList, href: `${CODELIST_PATH}${codeList}` } }),
    ...(cjs === undefined ? {} : { cjs: dataStandardOf(cjs) }),
    sources: context.uses.sources.get(place) ?? [],
    tasks: context.uses.tasks.get(place) ?? [],
    ...(typeof schema['x-deprecated'] === 'string' ? { deprecated: schema['x-deprecated'] } : {}),
  };
}

/** The deepest level of nested rows: a schema that contains itself has no end. */
const DEEPEST = 6;

/**
 * The rows of a schema's properties. The fields of an object without its own page follow the row of the object. `id` is the `$id` of the
 * schema. With `isWhole`, the fields of objects that have their own pages follow too.
 */
export function rowsOf(schema: Schema, id: string, context: SchemaContext, isWhole = false): readonly FieldRow[] {
  return rowsBelow(schema, { id, within: '', before: '' }, context, isWhole ? [id] : undefined);
}

/** `ids` names the schemas that contain the rows; undefined where fields of objects with their own pages are left out. */
function rowsBelow(schema: Schema, standing: Standing, context: SchemaContext, ids: readonly string[] | undefined): readonly FieldRow[] {
  const required = new Set((schema.required ?? []) as readonly string[]);
  return propertiesOf(schema).flatMap(([step, propertySchema]) => {
    const property = propertyOf(step, propertySchema, standing, context);
    const row = { ...rowOf(property, required.has(step), standing, context), ...(standing.before === '' ? {} : { isNested: true }) };
    const { inner, name, target } = property;
    const before = `${name}.`;
    if (inner.properties !== undefined) {
      const within = `${standing.within}${name.slice(standing.before.length)}.`;
      return [row, ...rowsBelow(inner, { id: standing.id, within, before }, context, ids)];
    }
    const id = textOf(inner.$ref);
    if (target?.properties === undefined || ids === undefined || ids.includes(id) || ids.length >= DEEPEST) return [row];
    return [row, ...rowsBelow(target, { id, within: '', before }, context, [...ids, id])];
  });
}

/** The field at the end of a pointer into an event's data, as `<$id>#<name>` of the schema that defines it. */
function placeOf(event: Schema, pointer: string, resolve: SchemaContext['resolve']): string | undefined {
  const steps = pointer
    .replace(/(\/\*)+$/, '')
    .split('/')
    .slice(1);
  const last = steps.pop();
  let [id, before, schema] = [textOf(event.$id), '', event];
  for (const step of steps) {
    const next = step === '*' ? schema.items : (schema.properties as Record<string, unknown> | undefined)?.[step];
    if (!isSchema(next)) return undefined;
    before = step === '*' ? before.replace(/\.$/, '[].') : `${before}${step}.`;
    schema = next;
    if (typeof schema.$ref === 'string') {
      [id, before] = [schema.$ref, ''];
      schema = resolve(schema.$ref) ?? {};
    }
  }
  return `${id}#${before}${last}`;
}

/** Groups values by the field at the end of their pointers. */
function byField<T>(
  uses: Iterable<readonly [standard: string, pointer: string, value: T]>,
  events: ReadonlyMap<string, Schema>,
  resolve: SchemaContext['resolve'],
): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, Map<string, T>>();
  for (const [standard, pointer, value] of uses) {
    const event = events.get(standard);
    const place = event === undefined ? undefined : placeOf(event, pointer, resolve);
    if (place === undefined) continue;
    found.set(place, (found.get(place) ?? new Map<string, T>()).set(JSON.stringify(value), value));
  }
  return new Map([...found].map(([place, values]) => [place, [...values.values()]]));
}

type Profiles = Iterable<{ readonly id: string; readonly title: string; readonly standards: Readonly<Record<string, readonly string[]>> }>;

/** The adapters that fill each field, and the tasks that need it. */
export const usesOf = (
  adapters: readonly Adapter[],
  profiles: Profiles,
  events: ReadonlyMap<string, Schema>,
  resolve: SchemaContext['resolve'],
): Uses => ({
  sources: byField(
    adapters.flatMap(({ id: adapter, fields = [] }) =>
      fields.map(({ standard, at, element }) => [standard, at, { adapter, element }] as const),
    ),
    events,
    resolve,
  ),
  tasks: byField(
    [...profiles].flatMap(({ id, title, standards }) =>
      Object.entries(standards).flatMap(([standard, pointers]) =>
        pointers.map((pointer) => [standard, pointer, { text: title, href: pathOf(`profiles/${id}`) }] as const),
      ),
    ),
    events,
    resolve,
  ),
});
