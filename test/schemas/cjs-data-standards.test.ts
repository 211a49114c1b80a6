/** How the standards agree with the CJS Data Standards, the Criminal Justice System’s own catalogue (4.3). */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import catalogue from './cjs-data-standards.json' with { type: 'json' };

type Schema = { readonly [keyword: string]: unknown };
interface CjsReference {
  readonly type: string;
  /** Why the property does not have the format or the codes of the data standard. */
  readonly differs?: string;
}

const SCHEMAS = join(import.meta.dirname, '../../schemas');
const XSD = resolve(import.meta.dirname, '../../../shared/corpus/cps-xsd/CJSDataStandards-v4-3.xsd');

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);

interface Place {
  readonly at: string;
  readonly schema: Schema;
  readonly cjs: CjsReference | undefined;
}

function* placesIn(schema: Schema, at: string): Generator<Place> {
  yield { at, schema, cjs: schema['x-cjs'] as CjsReference | undefined };
  for (const [name, property] of Object.entries((schema.properties ?? {}) as Record<string, Schema>))
    yield* placesIn(property, `${at}/${name}`);
  if (isSchema(schema.items)) yield* placesIn(schema.items, `${at}/*`);
}

const files = ['components', 'events'].flatMap((folder) => readdirSync(join(SCHEMAS, folder)).map((name) => `${folder}/${name}`));
const places = files.flatMap((file) => [
  ...placesIn(JSON.parse(readFileSync(join(SCHEMAS, file), 'utf8')) as Schema, file.replace(/\.json$/, '')),
]);
const aligned = places.filter((place): place is Place & { cjs: CjsReference } => place.cjs !== undefined);
const named = new Set(aligned.map(({ cjs }) => cjs.type));
const notHeld: Readonly<Record<string, readonly string[]>> = catalogue.notHeld;

describe('the CJS Data Standards', () => {
  it('are named only where the catalogue has them, with a reason where a property differs', () => {
    for (const { at, cjs } of aligned) {
      expect([at, catalogue.names.includes(cjs.type)]).toEqual([at, true]);
      expect([at, cjs.differs ?? 'Said.']).toEqual([at, expect.stringMatching(/^[A-Z].+\.$/)]);
      expect(Object.keys(cjs).filter((name) => name !== 'type' && name !== 'differs')).toEqual([]);
    }
  });

  it('are each used by a property, or listed with the reason why none has it', () => {
    const without = Object.values(notHeld).flat();
    expect(new Set(without).size).toBe(without.length);
    expect(catalogue.names.filter((name) => named.has(name) === without.includes(name))).toEqual([]);
    expect(without.filter((name) => !catalogue.names.includes(name))).toEqual([]);
  });

  it('are covered completely where messages have them', () => {
    const unread = notHeld['No message that is read here holds it']?.length ?? 0;
    const coverage = named.size / (named.size + unread);
    expect(coverage).toBeGreaterThan(0.6);
  });
});

interface Facets {
  readonly enumeration: readonly string[];
  readonly patterns: readonly string[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minInclusive?: number;
  readonly maxInclusive?: number;
}

/** The facets of every simple type of a schema. */
function facetsOf(xsd: string): ReadonlyMap<string, Facets> {
  const found = new Map<string, { enumeration: string[]; patterns: string[]; [facet: string]: unknown }>();
  let current: { enumeration: string[]; patterns: string[]; [facet: string]: unknown } | undefined;
  const parser = new SaxesParser({ xmlns: true });
  parser.on('opentag', ({ local, attributes }) => {
    const value = attributes.value?.value ?? '';
    if (local === 'simpleType' && attributes.name !== undefined)
      found.set(attributes.name.value, (current = { enumeration: [], patterns: [] }));
    else if (current === undefined) return;
    else if (local === 'enumeration') current.enumeration.push(value);
    else if (local === 'pattern') current.patterns.push(value);
    else if (local === 'length') Object.assign(current, { minLength: Number(value), maxLength: Number(value) });
    else if (/^(?:min|max)(?:Length|Inclusive)$/.test(local)) current[local] = Number(value);
  });
  parser.on('closetag', ({ local }) => {
    if (local === 'simpleType') current = undefined;
  });
  parser.write(xsd).close();
  return found as ReadonlyMap<string, Facets>;
}

/** Texts that a data standard allows: all of its codes, and some of its patterns, lengths and numbers. */
function textsOf({ enumeration, patterns, minLength = 1, maxLength, minInclusive, maxInclusive }: Facets): readonly string[] {
  if (enumeration.length > 0) return enumeration;
  const ofPatterns = patterns.flatMap((pattern) => fc.sample(fc.stringMatching(new RegExp(`^(?:${pattern})$`)), { numRuns: 200, seed: 1 }));
  const ofLengths = maxLength === undefined || patterns.length > 0 ? [] : ['A'.repeat(Math.max(1, minLength)), 'A'.repeat(maxLength)];
  const ofNumbers = [minInclusive, maxInclusive].flatMap((number) => (number === undefined ? [] : [String(number)]));
  return [...ofPatterns, ...ofLengths, ...ofNumbers];
}

/** Whether a property takes a text as what it is: its bounds, and for a code its form or list. */
function takes(schema: Schema, text: string): boolean {
  const {
    maxLength,
    pattern,
    enum: values,
    'x-codelist': list,
    'x-form': form,
  } = schema as Record<string, string | undefined> & {
    enum?: readonly string[];
    maxLength?: number;
  };
  if (maxLength !== undefined && text.length > Number(maxLength)) return false;
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(text)) return false;
  if (values !== undefined && !values.includes(text)) return false;
  const isInForm = form !== undefined && new RegExp(form, 'u').test(text.toUpperCase());
  if (list === undefined) return form === undefined || isInForm;
  const { codes } = JSON.parse(readFileSync(join(SCHEMAS, 'codelists', `${list}.json`), 'utf8')) as {
    codes: readonly (readonly string[])[];
  };
  return isInForm || codes.some(([code]) => code === text);
}

describe.runIf(existsSync(XSD))('the schema of the CJS Data Standards', () => {
  const facets = facetsOf(existsSync(XSD) ? readFileSync(XSD, 'utf8') : '<none/>');

  it('has exactly the names in the repository', () => {
    const names = [...readFileSync(XSD, 'utf8').matchAll(/<xs:(?:simpleType|complexType) name="([^"]+)"/g)].map(
      ([, name]) => name as string,
    );
    expect([...new Set(names)].sort()).toEqual([...catalogue.names].sort());
  });

  const simple = aligned.filter(({ cjs }) => facets.has(cjs.type));
  it.each(simple.filter(({ cjs }) => cjs.differs === undefined).map((place) => [place.at, place] as const))(
    '%s accepts every value that its data standard allows',
    (_, { schema, cjs }) => {
      const typeFacets = facets.get(cjs.type) as Facets;
      // Another body keeps the list of thousands of codes: the data standard says only how long they are.
      const isOpen = typeFacets.enumeration.length === 0 && typeof schema['x-codelist'] === 'string' && schema['x-form'] === undefined;
      const { 'x-codelist': _list, ...bounds } = schema;
      expect(textsOf(typeFacets).filter((text) => !takes(isOpen ? bounds : schema, text))).toEqual([]);
    },
  );

  it('refuses, at each property that is said to differ, a value that its data standard allows', () => {
    const same = simple.filter(
      ({ schema, cjs }) => cjs.differs !== undefined && textsOf(facets.get(cjs.type) as Facets).every((text) => takes(schema, text)),
    );
    expect(same.map(({ at }) => at)).toEqual([]);
  });
});
