/** The promises of the published standards: closed, described, labelled, and able to hold every message that the adapters read. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { NEW_CASE } from '../../adapters/spi/new-case.ts';
import { RESULTED_CASE } from '../../adapters/spi/resulted-case.ts';
import type { ElementSpec, LeafType, MessageSpec } from '../../adapters/xml/table.ts';

type Schema = { readonly [keyword: string]: unknown };

const FOLDER = join(import.meta.dirname, '../../schemas');
const STANDARDS = 'https://justice-interchange.example/standards';
/** The two objects that may hold anything: what goes beyond a standard, and the data of an event, which its `dataschema` describes. */
const OPEN = new Set([`${STANDARDS}/components/extensions/1.0.0#`, `${STANDARDS}/events/event/1.3.0#/properties/data`]);

const read = (name: string): Schema => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Schema;
const folders = ['components', 'events', 'labels'];
const names = folders.flatMap((folder) => readdirSync(join(FOLDER, folder)).map((name) => `${folder}/${name}`));
const policy = read('labels/uk-gsc.policy.json');
const schemas = new Map(names.filter((name) => !name.endsWith('.policy.json')).map((name) => [name, read(name)]));
const byId = new Map([...schemas.values()].map((schema) => [schema.$id as string, schema]));

function compileAll(): ReadonlyMap<string, ValidateFunction> {
  const ajv = new Ajv2020({
    strict: true,
    strictTypes: true,
    strictTuples: true,
    strictRequired: true,
    allErrors: true,
    ownProperties: true,
  });
  ajv.addVocabulary(['x-portion', 'x-codelist', 'x-form', 'x-time', 'x-cjs']);
  addFormats.default(ajv);
  for (const schema of schemas.values()) ajv.addSchema(schema);
  return new Map(Array.from(schemas, ([name, schema]) => [name, ajv.getSchema(schema.$id as string) as ValidateFunction]));
}
const validators = compileAll();
const validator = (name: string) => validators.get(name) as ValidateFunction;

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);
const schemasIn = (value: unknown): readonly (readonly [string, Schema])[] =>
  isSchema(value) ? Object.entries(value).filter((entry): entry is [string, Schema] => isSchema(entry[1])) : [];

interface Found {
  /** `$id` of the file and JSON Pointer in it. */
  readonly at: string;
  readonly schema: Schema;
  /** Where it is the schema of a property: its name, and the schema that has the property. */
  readonly property?: string;
  readonly parent?: Schema;
}

function* below(schema: Schema, at: string): Generator<Found> {
  yield { at, schema };
  for (const [property, propertySchema] of schemasIn(schema.properties)) {
    const [first, ...rest] = below(propertySchema, `${at}/properties/${property}`);
    if (first !== undefined) yield { ...first, property, parent: schema };
    yield* rest;
  }
  for (const [name, definition] of schemasIn(schema.$defs)) yield* below(definition, `${at}/$defs/${name}`);
  for (const keyword of ['items', 'additionalProperties', 'propertyNames'])
    if (isSchema(schema[keyword])) yield* below(schema[keyword], `${at}/${keyword}`);
  for (const keyword of ['allOf', 'anyOf', 'oneOf'])
    for (const [n, part] of ((schema[keyword] as Schema[] | undefined) ?? []).entries()) yield* below(part, `${at}/${keyword}/${n}`);
}

const everything = [...schemas.values()].flatMap((schema) => [...below(schema, `${schema.$id as string}#`)]);
const properties = everything.filter((found): found is Required<Found> => found.property !== undefined);
const places = (found: readonly Found[]): readonly string[] => found.map(({ at }) => at);

/** The schema that an absolute `$ref` names, its pointer included. */
function resolve(ref: string): Schema {
  const [id = '', pointer = ''] = ref.split('#');
  return pointer
    .split('/')
    .slice(1)
    .reduce((schema, step) => schema[step] as Schema, byId.get(id) as Schema);
}

/** A schema with everything that it refers to and is combined of. */
const parts = (schema: Schema): readonly Schema[] => [
  schema,
  ...(typeof schema.$ref === 'string' ? parts(resolve(schema.$ref)) : []),
  ...((schema.allOf as Schema[] | undefined) ?? []).flatMap(parts),
];

const keyword = (schema: Schema, name: string): unknown => parts(schema).find((part) => part[name] !== undefined)?.[name];

describe('every schema', () => {
  it.each([...schemas.keys()])('%s compiles in strict mode', (name) => {
    expect(validator(name)).toBeTypeOf('function');
  });

  it.each([...schemas])('%s is draft 2020-12 under the full-version $id that its path says', (name, schema) => {
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(schema.$id).toMatch(/\/1\.\d+\.\d+$/);
    expect((schema.$id as string).replace(/\/[\d.]+$/, '')).toBe(`${STANDARDS}/${name.replace(/\.json$/, '')}`);
  });

  it.each([...schemas])('%s has examples, and all are valid', (name, schema) => {
    expect((schema.examples as unknown[]).length).toBeGreaterThan(0);
    for (const example of schema.examples as unknown[]) {
      validator(name)(example);
      expect(validator(name).errors ?? []).toEqual([]);
    }
  });

  it('refers by absolute $id, and only to published schemas', () => {
    const refs = everything.flatMap(({ schema: { $ref } }) => (typeof $ref === 'string' ? [$ref] : []));
    expect(refs.filter((ref) => !byId.has(ref.split('#')[0] as string) || resolve(ref) === undefined)).toEqual([]);
  });

  it('has a title and a description, also for every property', () => {
    const roots = everything.filter(({ at }) => at.endsWith('#'));
    const mute = [...roots, ...properties].filter(({ schema }) =>
      ['title', 'description'].some((name) => typeof keyword(schema, name) !== 'string'),
    );
    expect(places(mute)).toEqual([]);
  });

  it('is closed for every object, except for extensions and the data of the envelope', () => {
    const objects = everything.filter(({ schema }) => schema.type === 'object' || schema.properties !== undefined);
    const open = objects.filter(({ schema }) => schema.unevaluatedProperties !== false);
    expect(new Set(places(open))).toEqual(OPEN);
  });

  it('limits every text', () => {
    const texts = everything.filter(({ schema }) => schema.type === 'string');
    expect(
      places(texts.filter(({ schema }) => !['maxLength', 'format', 'pattern', 'enum', 'const'].some((name) => name in schema))),
    ).toEqual([]);
  });

  it('accepts an empty text, except where it would name no case and no offence', () => {
    const ofData = properties.filter(({ at }) => at.includes('/components/'));
    const refusing = ofData.filter(({ schema }) => schema.minLength !== undefined);
    expect(refusing.map(({ at }) => at.replace(/.*\/components\/([a-z-]+)\/.*\/(\w+)$/, '$1.$2'))).toEqual([
      'case-reference.urn',
      'case.urn',
      'offence.code',
    ]);
  });

  it('has only patterns that take linear time', () => {
    const patterns = new Set(
      everything.flatMap(({ schema: { pattern, 'x-form': form } }) => [pattern, form].filter((source) => typeof source === 'string')),
    );
    const heads = ['', '00:00:00.', 'uk.justice.', 'uk.justice.a.', '1.', '00-'];
    const hostile = heads.flatMap((head) =>
      ['a', '1', '0', 'A', '-', '.', '~', '/', ':', ' ', '1.', '00:', 'a-'].map((unit) => `${head}${unit.repeat(50_000 / unit.length)}!`),
    );
    expect(patterns.size).toBeGreaterThan(5);
    for (const pattern of patterns) {
      expect(pattern).not.toMatch(/[+*}][^()]*\)[+*{]/);
      const expression = new RegExp(pattern, 'u');
      for (const text of hostile) {
        const start = performance.now();
        expression.test(text);
        expect(performance.now() - start, `${pattern} on ${text.slice(0, 12)}…`).toBeLessThan(1000);
      }
    }
  });
});

describe('every portion', () => {
  const portions = properties.filter(({ schema }) => schema['x-portion'] !== undefined);

  it('is a class of the policy, on a property', () => {
    const unknown = everything.filter(
      ({ schema }) => 'x-portion' in schema && !Object.hasOwn(policy.portions as object, schema['x-portion'] as string),
    );
    expect(places(unknown)).toEqual([]);
    expect(everything.filter(({ schema }) => 'x-portion' in schema).length).toBe(portions.length);
  });

  it('is optional, so that it can be redacted', () => {
    const required = portions.filter(({ parent, property }) => ((parent.required as string[] | undefined) ?? []).includes(property));
    expect(places(required)).toEqual([]);
  });

  it.each(['hearing.resulted', 'hearing.listed', 'case.registered', 'person.stopped', 'person.detained', 'crime.recorded'])(
    'can be removed from %s together with all others, and the rest is valid',
    (name) => {
      const schema = schemas.get(`events/${name}.json`) as Schema;
      for (const example of schema.examples as unknown[]) {
        const left = redacted(schema, example);
        expect(left).not.toEqual(example);
        expect(JSON.stringify(left)).not.toMatch(/Prosser|Maddox|Thorne|Kettleby|01632|07700|ZZ1/);
        expect(validator(`events/${name}.json`)(left)).toBe(true);
      }
    },
  );
});

/** The value without its portions. */
function redacted(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => redacted(keyword(schema, 'items') as Schema, item));
  if (!isSchema(value)) return value;
  const kept = Object.entries(value).filter(([name]) => propertyOf(schema, name)?.['x-portion'] === undefined);
  return Object.fromEntries(kept.map(([name, member]) => [name, redacted(propertyOf(schema, name) as Schema, member)]));
}

const propertyOf = (schema: Schema, name: string): Schema | undefined =>
  parts(schema)
    .map((part) => (part.properties as Record<string, Schema> | undefined)?.[name])
    .find((part) => part !== undefined);

describe('every coded property', () => {
  const codes = everything.filter(({ schema }) => schema['x-codelist'] !== undefined || schema['x-form'] !== undefined);
  const forms = [...new Set(codes.flatMap(({ schema }) => (typeof schema['x-form'] === 'string' ? [schema['x-form']] : [])))];

  it('is an optional text, so that it can be withheld where it is not in its list or form', () => {
    expect(codes.length).toBeGreaterThan(40);
    expect(places(codes.filter(({ schema }) => schema.type !== 'string'))).toEqual([]);
    const required = codes.filter(({ parent, property }) => ((parent?.required as string[] | undefined) ?? []).includes(property ?? ''));
    expect(places(required)).toEqual([]);
  });

  it.each(forms)('has a form that no name matches: %s', (form) => {
    const expression = new RegExp(form, 'u');
    const fits = NAMES.filter((name) => expression.test(name.toUpperCase()));
    expect(fits).toEqual([]);
  });
});

/** Names of four letters and more, and what else a sender might write in place of a code. */
const NAMES = [
  'Rees',
  'Prosser',
  'Maddox',
  'Thorne',
  'Kettleby',
  'Kettleby-Smith',
  'Ap Rhys',
  'O’Neil',
  'Ffion Prosser',
  'Jory1991',
  'None',
  'Unknown',
];
describe('the events', () => {
  it('name the code list of every coded value that has one', () => {
    const lists = Object.fromEntries(
      everything.flatMap(({ at, schema }) =>
        schema['x-codelist'] === undefined ? [] : [[at.slice(STANDARDS.length).replace(/\/[\d.]+#/, '#'), schema['x-codelist']]],
      ),
    );
    expect(lists).toEqual({
      '/components/case#/properties/initiation': 'case-initiation',
      '/components/case#/properties/summonsCode': 'summons-codes',
      '/components/court-house#/properties/ouCode': 'organisation-units',
      '/components/defendant#/properties/bailStatus': 'bail-status',
      '/components/defendant#/properties/custodyStatus': 'bail-status',
      '/components/defendant#/properties/presence': 'presence',
      '/components/offence#/properties/code': 'offences',
      '/components/offence#/properties/alcohol/properties/method': 'alcohol-level-methods',
      '/components/offence#/properties/date/properties/code': 'offence-date-codes',
      '/components/offence#/properties/finding': 'finding',
      '/components/offence#/properties/modeOfTrial': 'mode-of-trial',
      '/components/offence#/properties/plea': 'plea',
      '/components/parent-guardian#/properties/gender': 'gender',
      '/components/person#/properties/gender': 'gender',
      '/components/result#/properties/bailStatus': 'bail-status',
      '/components/result#/properties/code': 'result-codes',
      '/components/result#/properties/qualifiers/items': 'result-qualifiers',
      '/components/result#/properties/durations/items/properties/unit': 'duration-units',
      '/components/victim#/properties/gender': 'gender',
      '/components/court-list#/properties/kind': 'court-list-kinds',
      '/components/listed-court-house#/properties/ouCode': 'organisation-units',
      '/components/listed-offence#/properties/code': 'offences',
      '/components/listed-offence#/properties/plea': 'plea',
      '/components/listed-defendant#/properties/role': 'party-roles',
      '/components/listed-party#/properties/role': 'party-roles',
      '/components/listed-person#/properties/gender': 'gender',
      '/events/crime.recorded#/properties/crime/properties/category': 'crime-codes',
      '/events/crime.recorded#/properties/crime/properties/classification': 'crime-codes',
      '/events/crime.recorded#/properties/crime/properties/force': 'forces',
      '/events/crime.recorded#/properties/crime/properties/forceArea': 'forces',
      '/events/crime.recorded#/properties/crime/properties/offenceCode': 'offences',
      '/events/crime.recorded#/properties/crime/properties/outcome': 'crime-outcomes',
      '/events/person.detained#/properties/detention/properties/authorised/properties/grounds': 'detention-grounds',
      '/events/person.detained#/properties/detention/properties/necessity/items': 'arrest-necessity',
      '/events/person.detained#/properties/detention/properties/released/properties/outcome': 'custody-outcomes',
      '/events/person.detained#/properties/detention/properties/reviews/items/properties/kind': 'detention-reviews',
      '/events/person.detained#/properties/detention/properties/station': 'organisation-units',
      '/events/person.detained#/properties/safeguards/properties/vulnerabilities/items': 'vulnerabilities',
      '/events/person.stopped#/properties/stop/properties/power': 'stop-powers',
      '/events/person.stopped#/properties/stop/properties/object': 'stop-objects',
      '/events/person.stopped#/properties/stop/properties/outcome': 'stop-outcomes',
    });
  });

  it('require only what defines the fact', () => {
    const valid = (name: string, data: unknown) => validator(`events/${name}.json`)(data);
    const registered = { case: { urn: '89AB0012326' }, defendants: [{}] };
    const resulted = { ...registered, hearing: { date: '2026-05-14' } };
    expect(valid('case.registered', registered)).toBe(true);
    expect(valid('hearing.resulted', resulted)).toBe(true);
    expect(valid('hearing.resulted', registered)).toBe(false);
    expect(valid('hearing.resulted', { ...resulted, hearing: { time: '10:00:00' } })).toBe(false);
    expect(valid('case.registered', { ...registered, defendants: [] })).toBe(false);
    // A reference or code that is not in its form or list is withheld, and what is left must be valid.
    expect(valid('case.registered', { ...registered, case: {}, defendants: [{ offences: [{}] }] })).toBe(true);
    expect(valid('case.registered', { defendants: [{}] })).toBe(false);
    // A warned list has no date, and a public list of single justices no case.
    expect(valid('hearing.listed', { list: {}, hearing: {} })).toBe(true);
    expect(valid('hearing.listed', { list: {} })).toBe(false);
  });

  it('refuse an unknown property at any depth', () => {
    const data = { case: { urn: '89AB0012326' }, hearing: { date: '2026-05-14' }, defendants: [{}] };
    const strays = [
      { ...data, note: 'x' },
      { ...data, hearing: { date: '2026-05-14', note: 'x' } },
      { ...data, defendants: [{ person: { name: { note: 'x' } } }] },
    ];
    for (const stray of strays) expect(validator('events/hearing.resulted.json')(stray)).toBe(false);
  });

  it('have an envelope whose examples contain valid data of the schema that they name', () => {
    const { examples } = schemas.get('events/event.json') as {
      readonly examples: readonly { readonly dataschema: string; readonly type: string; readonly data: unknown }[];
    };
    for (const { dataschema, type, data } of examples) {
      const name = /\/(events\/[a-z.]+)\/[\d.]+$/.exec(dataschema)?.[1] ?? '';
      expect(dataschema).toBe(schemas.get(`${name}.json`)?.$id);
      expect(type).toBe(`uk.justice.${name.replace('events/', '')}.v1`);
      expect(validator(`${name}.json`)(data)).toBe(true);
    }
  });

  it('have an envelope whose attributes are texts with lower-case names', () => {
    const attributes = properties.filter(({ at }) => /\/event\/[\d.]+#\/properties\/[^/]+$/.test(at));
    expect(attributes.length).toBeGreaterThan(10);
    for (const { property, schema } of attributes) {
      expect(property).toMatch(/^[a-z0-9]{1,20}$/);
      expect(schema.type).toBe(property === 'data' ? 'object' : 'string');
    }
  });
});

describe('the table of the Standard Prosecutor Interface', () => {
  /** A value of each type of leaf, as the adapter makes it, and one that it never makes. */
  const LEAVES: Readonly<Record<LeafType, { readonly fits: string; readonly not?: string }>> = {
    text: { fits: ' as received\n' },
    name: { fits: ' as received\n' },
    token: { fits: '' },
    reference: { fits: '52WX1000426' },
    integer: { fits: '1015' },
    date: { fits: '2026-05-14', not: '14/05/2026' },
    dateTime: { fits: '2026-05-14T10:00:00Z', not: '14/05/2026 10:00' },
    instantDay: { fits: '2026-05-14', not: '2026-05-14T10:00:00Z' },
    dayFirst: { fits: '2026-05-14', not: '14/05/2026' },
    hoursMinutes: { fits: '10:00:00', not: '10:00' },
    time: { fits: '10:00:00.000Z', not: '10am' },
    digits: { fits: '006', not: '6 months' },
    decimal: { fits: '100.00', not: '£100' },
  };
  const ajv = new Ajv2020({ schemas: [...schemas.values()], strict: false });
  addFormats.default(ajv);

  function step(schema: Schema, segment: string, at: string): Schema {
    const next = /^\d+$/.test(segment) ? keyword(schema, 'items') : propertyOf(schema, segment);
    if (!isSchema(next)) throw new Error(`The standard has no place for ${at}/${segment}`);
    return next;
  }

  /** Every leaf below an element, with the schema of the place of its value. */
  function* leaves(spec: ElementSpec, parent: Schema, at: string): Generator<{ at: string; type: LeafType; schema: Schema }> {
    let schema = parent;
    for (const segment of spec.path) {
      schema = step(schema, segment, at);
      at = `${at}/${segment}`;
    }
    if (spec.path.length > 0 && (spec.many === true || spec.group === true)) schema = step(schema, '0', at);
    if (spec.type !== undefined) yield { at, type: spec.type, schema };
    for (const child of spec.children ?? []) yield* leaves(child, schema, at);
  }

  const leavesOf = ({ standard, root }: MessageSpec) => [...leaves(root, schemas.get(`events/${standard}.json`) as Schema, '')];

  it.each([RESULTED_CASE, NEW_CASE])('has a place in the standard for every element: $id', (spec) => {
    const found = leavesOf(spec);
    expect(found.length).toBeGreaterThan(60);
    for (const { at, type, schema } of found) {
      const validate = ajv.compile(schema);
      const { fits, not } = LEAVES[type];
      const required = schema.minLength !== undefined;
      expect(validate(required ? 'X' : fits), `${at} takes a ${type}`).toBe(true);
      if (not !== undefined) expect(validate(not), `${at} takes only a ${type}`).toBe(false);
    }
  });
});

describe('the label policy', () => {
  it('is valid against its own standard, which it names', () => {
    validator('labels/policy.json')(policy);
    expect(validator('labels/policy.json').errors ?? []).toEqual([]);
    expect(policy.$schema).toBe((schemas.get('labels/policy.json') as Schema).$id);
  });

  it('distinguishes an absent list of recipients from an empty list', () => {
    const label = { policy: { id: 'uk.gov.gsc', version: '1.0.0' }, classification: 'OFFICIAL' };
    expect(validator('labels/label.json')(label)).toBe(true);
    expect(validator('labels/label.json')({ ...label, releasableTo: [] })).toBe(true);
    expect(validator('labels/label.json')({ ...label, releasableTo: null })).toBe(false);
  });
});
