/** Every property of a standard that can hold text is a portion, closed by its schema, or a code. */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../adapters/adapter.ts';
import { HOME } from '../../gateway/config.ts';
import { unlabelled } from '../../gateway/governance/labelled.ts';
import { PUBLISHED, readPublication } from '../../gateway/governance/publication.ts';
import { isWordless } from '../../gateway/governance/wordless.ts';
import { loadStandards } from '../../gateway/rules/standards.ts';

const { byName, files } = loadStandards(join(HOME, 'schemas'));
const nothing = () => undefined;
const found = (schema: unknown, resolve: (id: string) => JsonObject | undefined = nothing) => unlabelled(schema as JsonObject, resolve);

type Schema = { [keyword: string]: unknown };
const closed = (properties: Schema, more: Schema = {}): Schema => ({ type: 'object', unevaluatedProperties: false, properties, ...more });
const of = (schema: unknown) => closed({ a: schema });

/** Schemas that take text of any kind. */
const TEXT: readonly (readonly [string, unknown])[] = [
  ['a text', { type: 'string' }],
  ['a text that is bounded', { type: 'string', minLength: 1, maxLength: 5 }],
  ['a text or nothing', { type: ['string', 'null'] }],
  ['anything', {}],
  ['anything, said otherwise', true],
  ['a title and no type', { title: 'Note', maxLength: 5 }],
  ['an email address', { type: 'string', format: 'email' }],
  ['a pointer', { type: 'string', format: 'json-pointer' }],
  ['a reference', { type: 'string', format: 'uri-reference' }],
  ['letters', { type: 'string', pattern: '^[a-z]{1,40}$' }],
  ['a pattern that is not anchored', { type: 'string', pattern: '^[0-9]' }],
  ['a pattern with an alternative next to it', { type: 'string', pattern: '^0|1$' }],
  ['a list of anything', { type: 'array' }],
  ['a list of texts', { type: 'array', items: { type: 'string' } }],
  ['a list that begins with a text', { type: 'array', prefixItems: [{ type: 'string' }], items: false }],
  ['an object of anything', { type: 'object' }],
  ['an object of texts', { type: 'object', additionalProperties: { type: 'string' } }],
  ['an object of numbers with any names', { type: 'object', additionalProperties: { type: 'number' } }],
  ['texts by the pattern of their name', closed({}, { patternProperties: { '^n': { type: 'string' } } })],
  ['a text among others', { anyOf: [{ type: 'number' }, { type: 'string' }] }],
  ['a choice of which one says nothing', { anyOf: [{ type: 'number' }, { title: 'Other' }] }],
  ['a limit and no more', { allOf: [{ maxLength: 3 }] }],
  ['a text on a condition', closed({}, { if: { required: ['b'] }, else: { properties: { b: { type: 'string' } } } })],
  ['a portion that is not a property', { type: 'array', items: { type: 'string', 'x-portion': 'text' } }],
  ['a text deep inside', closed({ b: { type: 'array', items: closed({ c: { type: 'string' } }) } })],
];

/** Schemas that take no words, or have a label for them. */
const LABELLED: readonly (readonly [string, unknown])[] = [
  ['a portion', { type: 'string', 'x-portion': 'text' }],
  ['an object that is a portion', { type: 'object', 'x-portion': 'event' }],
  ['a date', { type: 'string', format: 'date' }],
  ['digits', { type: 'string', pattern: '^[0-9]{1,30}$' }],
  ['a time', { type: 'string', pattern: '^\\d{2}:\\d{2}(\\.\\d+)?(Z|[+-]\\d{2}:\\d{2})?$' }],
  ['the id of an event', { type: 'string', pattern: '^[A-Za-z0-9_-]{43}$' }],
  ['fixed values', { type: 'string', enum: ['fact', 'assessment'] }],
  ['one value', { const: 'application/json' }],
  ['a code of a list', { type: 'string', 'x-codelist': 'plea' }],
  ['a code of a form', { type: 'string', 'x-form': '^[EW]$' }],
  ['a number', { type: 'number' }],
  ['yes or no', { type: ['boolean', 'null'] }],
  ['a list of codes', { type: 'array', items: { type: 'string', 'x-codelist': 'result-qualifiers' } }],
  ['an empty object', closed({})],
  ['numbers by closed names', { type: 'object', additionalProperties: { type: 'number' }, propertyNames: { pattern: '^[0-9]{4}$' } }],
  ['a choice of codes', { oneOf: [{ type: 'string', enum: ['x'] }, { type: 'integer' }] }],
  ['nothing at all', false],
];

describe('a property of free text in a standard', () => {
  it.each(TEXT)('is found where its schema has %s', (_, schema) => expect(found(of(schema))[0]).toMatch(/^\/a/));
  it.each(LABELLED)('is not found where its schema has %s', (_, schema) => expect(found(of(schema))).toEqual([]));

  it('is found through references, also into a schema, and in each combined schema', () => {
    const resolve = (id: string) =>
      id === 'one' ? (closed({ b: { type: 'string' } }, { $defs: { c: { type: 'string' } } }) as JsonObject) : undefined;
    expect(found(of({ $ref: 'one' }), resolve)).toEqual(['/a/b']);
    expect(found(of({ $ref: 'one#/$defs/c' }), resolve)).toEqual(['/a']);
    expect(found(of({ $ref: 'one', 'x-portion': 'event' }), resolve)).toEqual([]);
    expect(found(closed({}, { allOf: [{ $ref: 'one' }] }), resolve)).toEqual(['/b']);
    expect(() => found(of({ $ref: 'two' }), resolve)).toThrow('two');
  });

  it('is found once, and a recursive schema does not loop', () => {
    const node = closed({ name: { type: 'string' }, below: { $ref: 'node' } }) as JsonObject;
    expect(found(node, (id) => (id === 'node' ? node : undefined))).toEqual(['/name']);
  });

  it('is named by an escaped pointer', () => expect(found(closed({ 'a/b~c': { type: 'string' } }))).toEqual(['/a~1b~0c']));

  it('is found wherever it is added, and not before', () => {
    const leaf = fc.constantFrom(...LABELLED.map(([, schema]) => schema));
    // A portion is a property: an item of a list has no label.
    const isPortion = (schema: unknown) => typeof schema === 'object' && schema !== null && 'x-portion' in schema;
    const { node } = fc.letrec<{ node: unknown; holder: Schema }>((tie) => ({
      holder: fc
        .dictionary(fc.constantFrom('b', 'c', 'd'), tie('node'), { minKeys: 1, maxKeys: 3 })
        .map((properties) => closed(properties)),
      node: fc.oneof(
        { maxDepth: 4, depthSize: 'medium' },
        leaf,
        tie('holder'),
        tie('node').map((items) => (isPortion(items) ? items : { type: 'array', items })),
        tie('holder').map((holder) => ({ allOf: [holder] })),
        tie('holder').map((holder) => ({ anyOf: [{ type: 'number' }, holder] })),
        tie('holder').map((holder) => ({ $ref: 'other', 'x-target': holder })),
      ),
    }));
    const schemas = fc.dictionary(fc.constantFrom('b', 'c', 'd'), node, { minKeys: 1 }).map((properties) => closed(properties));
    fc.assert(
      fc.property(schemas, fc.nat(), fc.constantFrom(...TEXT.map(([, schema]) => schema)), (drawn, place, text) => {
        const documents = new Map<string, JsonObject>();
        const holders: Schema[] = [];
        const schema = built(drawn, documents, holders) as JsonObject;
        const resolve = (id: string) => documents.get(id);
        expect(found(schema, resolve)).toEqual([]);
        const holder = holders[place % holders.length] as Schema;
        (holder.properties as Schema).added = text;
        expect(found(schema, resolve).filter((at) => /\/added(\/|$)/.test(at))).not.toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

/** A copy with a separate document for each reference. Also collects every object that could have another property. */
function built(drawn: unknown, documents: Map<string, JsonObject>, holders: Schema[]): unknown {
  if (Array.isArray(drawn)) return drawn.map((item) => built(item, documents, holders));
  if (typeof drawn !== 'object' || drawn === null) return drawn;
  const { 'x-target': target, ...keywords } = drawn as Schema;
  if (keywords['x-portion'] !== undefined) return keywords;
  if (target !== undefined) {
    const id = `document-${documents.size}`;
    documents.set(id, {});
    documents.set(id, built(target, documents, holders) as JsonObject);
    return { ...keywords, $ref: id };
  }
  const properties = Object.entries((keywords.properties as Schema | undefined) ?? {}).map(([name, member]) => [
    name,
    built(member, documents, holders),
  ]);
  const rest = Object.entries(keywords).filter(([keyword]) => keyword !== 'properties');
  const copy: Schema = Object.fromEntries(
    rest.map(([keyword, value]) => [keyword, ['enum', 'type'].includes(keyword) ? value : built(value, documents, holders)]),
  );
  if (keywords.properties === undefined) return copy;
  copy.properties = Object.fromEntries(properties);
  holders.push(copy);
  return copy;
}

describe('the standards', () => {
  it.each([...byName.values()].map(({ name, schemaId }) => [name, schemaId] as const))('%s has no text without a label', (_, id) =>
    expect(found(files.get(id), (reference) => files.get(reference))).toEqual([]),
  );

  it('had unlabelled text in their first version', () => {
    const first = readPublication(PUBLISHED);
    const before = found(first.get('https://justice-interchange.example/standards/events/hearing.resulted/1.0.0'), (id) => first.get(id));
    expect(before.length).toBeGreaterThan(30);
    expect(before).toEqual(expect.arrayContaining(['/case/marker', '/defendants/*/offences/*/title', '/message/destinations/*']));
  });
});

describe('a pattern that excludes words', () => {
  it.each([
    '^$',
    '^[0-9]+$',
    '^[A-Z]{3}$',
    '^[A-Z]{2}[0-9]{2}[A-Z]{3}$',
    '^(?:[A-Z]-)*$',
    '^(?:AB|[0-9]{9}C)$',
    '^\\d{4}-\\d\\d$',
    '^[ ./]*$',
  ])('is %s', (pattern) => expect(isWordless(pattern)).toBe(true));
  it.each([
    ...[
      '',
      '[0-9]',
      '^[0-9]',
      '[0-9]$',
      '^0|1$',
      '^0\\$',
      '^[A-Z]{4}$',
      '^[A-Z]+$',
      '^[a-z]*$',
      '^(?:[A-Z]-?)*$',
      '^(?:[A-Z]{2}){2}$',
      '^.$',
    ],
    ...[
      '^[^0-9]$',
      '^\\w{4}$',
      '^\\S+$',
      '^\\D{4}$',
      '^\\p{L}{4}$',
      '^[ -~]{4}$',
      '^[À-ž]{4}$',
      '^(?=a)[0-9]$',
      '^[0-9',
      '^(?:[0-9]$',
      '^ABCD$',
    ],
    ...['^[A-Z]{2}[0-9]?[A-Z]{2}$', '^(?:[A-Z]{2}|[0-9])[A-Z]{2}$', '^\\u0041{4}$'],
  ])('is not %s', (pattern) => expect(isWordless(pattern)).toBe(false));

  it('matches no text with four letters in a row', () => {
    const part = fc
      .tuple(
        fc.constantFrom('[A-Z]', '[0-9]', 'A', '-', '(?:A|[0-9]B)', '(?:AB-)', '[A-Z0-9]', '\\d', '(?:[A-Z]{2})'),
        fc.constantFrom('', '?', '*', '+', '{2}', '{0,2}', '{1,}'),
      )
      .map(([atom, times]) => atom + times);
    const pattern = fc.array(part, { maxLength: 4 }).map((parts) => `^${parts.join('')}$`);
    let judged = 0;
    fc.assert(
      fc.property(
        pattern.chain((source) => fc.tuple(fc.constant(source), fc.stringMatching(new RegExp(source)))),
        ([source, text]) => {
          if (!isWordless(source)) return;
          judged++;
          expect(text).not.toMatch(/[A-Z]{4}/);
        },
      ),
      { numRuns: 2000 },
    );
    expect(judged).toBeGreaterThan(100);
  });
});
