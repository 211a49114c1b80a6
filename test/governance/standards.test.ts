/** A published standard does not change: a breaking change is found, with those whom it affects. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../adapters/adapter.ts';
import { verb } from '../../gateway/cli/standards.ts';
import { runVerb } from '../../gateway/cli/verb.ts';
import { HOME } from '../../gateway/config.ts';
import { breaksOf } from '../../gateway/governance/compatibility.ts';
import { PUBLISHED, publishTo, readPublication } from '../../gateway/governance/publication.ts';
import { loadStandards } from '../../gateway/rules/standards.ts';
import { lifecycleOf, publish } from '../../gateway/transports/http/standards.ts';
import { makeIo } from '../support/io.ts';
import { standards } from '../support/rules-in-force.ts';

const nothing = () => undefined;
const object = (properties: object, more: object = {}): JsonObject =>
  ({ type: 'object', unevaluatedProperties: false, properties, ...more }) as unknown as JsonObject;
const text = (more: object = {}) => object({ a: { type: 'string', ...more } });

const CONTRACTS = { openapi: { openapi: '3.1.0', info: { title: 'HTTP', version: '1.0.0' } } };

describe('a breaking change', () => {
  it.each([
    ['a property that goes', object({ a: {}, b: {} }), object({ a: {} }), '/b'],
    ['one that is required', object({ a: {} }), object({ a: {} }, { required: ['a'] }), '/a'],
    ['a type that takes less', text(), object({ a: { type: 'integer' } }), '/a'],
    ['a type where there was none', object({ a: {} }), text(), '/a'],
    ['a value that goes', text({ enum: ['x', 'y'] }), text({ enum: ['x'] }), '/a'],
    ['values where there were none', text(), text({ enum: ['x'] }), '/a'],
    ['another pattern', text({ pattern: '^a' }), text({ pattern: '^ab' }), '/a'],
    ['a pattern where there was none', text(), text({ pattern: '^a' }), '/a'],
    ['a shorter limit', text({ maxLength: 10 }), text({ maxLength: 9 }), '/a'],
    ['a limit where there was none', text(), text({ maxLength: 9 }), '/a'],
    ['a higher least', text({ minLength: 1 }), text({ minLength: 2 }), '/a'],
    ['another format', text({ format: 'date' }), text({ format: 'date-time' }), '/a'],
    ['another portion', text({ 'x-portion': 'identity' }), text({ 'x-portion': 'event' }), '/a'],
    ['a portion that goes', text({ 'x-portion': 'identity' }), text(), '/a'],
    ['another code list', text({ 'x-codelist': 'plea' }), text({ 'x-codelist': 'finding' }), '/a'],
    ['a code list that goes', text({ 'x-codelist': 'plea' }), text(), '/a'],
    ['another form', text({ 'x-form': '^[0-9]$' }), text({ 'x-form': '^[0-9A-Z]$' }), '/a'],
    ['a form that goes', text({ 'x-form': '^[0-9]$' }), text(), '/a'],
    ['another place of the time', object({}, { 'x-time': ['/a', '/b'] }), object({}, { 'x-time': ['/a', '/c'] }), '/'],
    ['a place of the time that goes', object({}, { 'x-time': ['/a', '/b'] }), object({}), '/'],
    ['a form in the place of a code list', text({ 'x-codelist': 'plea' }), text({ 'x-form': '^[0-9]$' }), '/a'],
    ['an object that is closed', { type: 'object' } as JsonObject, object({}), '/'],
    [
      'inside a list',
      object({ a: { type: 'array', items: text() } }),
      object({ a: { type: 'array', items: text({ maxLength: 1 }) } }),
      '/a/*/a',
    ],
    ['what cannot be judged', object({}, { anyOf: [{ required: ['a'] }] }), object({}, { anyOf: [{ required: ['b'] }] }), '/'],
  ] as const)('%s', (_, older, newer, at) =>
    expect(breaksOf(older as JsonObject, newer as JsonObject, nothing, nothing).map((found) => found.at)).toContain(at),
  );
  it.each([
    ['nothing that is new', text(), text()],
    ['a new optional property', object({}), text()],
    ['a longer limit', text({ maxLength: 9 }), text({ maxLength: 10 })],
    ['a limit that goes', text({ maxLength: 9 }), text()],
    ['a new value', text({ enum: ['x'] }), text({ enum: ['x', 'y'] })],
    ['another title', text({ title: 'A' }), text({ title: 'B' })],
    ['a member that is no longer required', object({ a: {} }, { required: ['a'] }), object({ a: {} })],
    ['a portion where there was none', text(), text({ 'x-portion': 'text' })],
    ['a place of the time where there was none', object({}), object({}, { 'x-time': ['/a', '/b'] })],
    ['a code list where there was none', text(), text({ 'x-codelist': 'plea' })],
    ['a form where there was none', text({ 'x-portion': 'identifiers' }), text({ 'x-portion': 'identifiers', 'x-form': '^[0-9]$' })],
    ['an integer that may be a number', object({ a: { type: 'integer' } }), object({ a: { type: 'number' } })],
  ])('not: %s', (_, older, newer) => expect(breaksOf(older, newer, nothing, nothing)).toEqual([]));

  it('is found through references, in the version that each refers to', () => {
    const resolve = (maxLength: number) => (id: string) => (id === 'name' ? ({ type: 'string', maxLength } as JsonObject) : undefined);
    const holder = object({ a: { $ref: 'name' } });
    expect(breaksOf(holder, holder, resolve(10), resolve(9))).toEqual([{ at: '/a', reason: 'maxLength is less now' }]);
    expect(breaksOf(holder, holder, resolve(9), resolve(10))).toEqual([]);
  });

  it('is always found: where none is found, all valid data stays valid', () => {
    const leaf = fc.oneof(
      fc.record(
        { type: fc.constant('string'), maxLength: fc.nat(4), minLength: fc.nat(2), pattern: fc.constantFrom('^a', '^b') },
        { requiredKeys: ['type'] },
      ),
      fc.record({ type: fc.constantFrom('integer', 'number'), maximum: fc.nat(5), minimum: fc.nat(3) }, { requiredKeys: ['type'] }),
      fc.record({ enum: fc.uniqueArray(fc.constantFrom('a', 'b', 'ab', 1, 2), { minLength: 1 }) }),
      fc.constant({}),
    );
    const list = fc.record({ type: fc.constant('array'), items: leaf, maxItems: fc.nat(3) }, { requiredKeys: ['type', 'items'] });
    const schema = fc.record({
      type: fc.constant('object'),
      properties: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof(leaf, list)),
      required: fc.uniqueArray(fc.constantFrom('a', 'b', 'c')),
      unevaluatedProperties: fc.boolean(),
    });
    const scalar = fc.constantFrom('a', 'b', 'ab', 'abcde', 0, 1, 2, 4, 1.5, '');
    const value = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.oneof(scalar, fc.array(scalar, { maxLength: 4 })));
    const compiled = new Map<object, ValidateFunction>();
    const valid = (standard: object, data: object): boolean => {
      const known = compiled.get(standard) ?? new Ajv2020({ strict: false }).compile({ ...standard });
      compiled.set(standard, known);
      return known(data) === true;
    };
    // Most changes that are made at random break: one that is near leaves out a keyword here and there.
    const near = (standard: object, chances: readonly number[]): object => {
      let n = 0;
      const lighter = (node: unknown): unknown => {
        if (Array.isArray(node) || typeof node !== 'object' || node === null) return node;
        const kept = Object.entries(node).filter(([name]) => name === 'properties' || (chances[n++ % chances.length] ?? 0) > 0);
        return Object.fromEntries(kept.map(([name, member]) => [name, lighter(member)]));
      };
      return lighter(standard) as object;
    };
    let compared = 0;
    fc.assert(
      fc.property(
        schema,
        schema,
        fc.array(value, { minLength: 5, maxLength: 5 }),
        fc.array(fc.nat(3), { minLength: 7, maxLength: 7 }),
        fc.boolean(),
        (older, other, data, chances, isNear) => {
          const newer = isNear ? near(older, chances) : other;
          if (breaksOf(older as unknown as JsonObject, newer as unknown as JsonObject, nothing, nothing).length > 0) return;
          for (const each of data) {
            if (!valid(older, each)) continue;
            compared++;
            expect([each, valid(newer, each)]).toEqual([each, true]);
          }
        },
      ),
      { numRuns: 700 },
    );
    expect(compared).toBeGreaterThan(40);
  });
});

describe('interchange standards', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'standards-'));
    cpSync(join(HOME, 'schemas'), join(folder, 'schemas'), { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const run = async (...words: string[]) => {
    const lines: string[] = [];
    return {
      code: await runVerb(
        verb,
        words,
        makeIo({}, (line) => lines.push(line)),
      ),
      text: lines.join('\n'),
    };
  };
  const change = (file: string, from: string | RegExp, to: string) => {
    const path = join(folder, 'schemas', file);
    const before = readFileSync(path, 'utf8');
    const after = before.replace(from, to);
    expect(after).not.toBe(before);
    writeFileSync(path, after);
  };
  const check = () => run('check', '--schemas', join(folder, 'schemas'));

  it('finds no fault in the repository', async () => expect(await check()).toMatchObject({ code: 0 }));
  it('reports a breaking change, with the place and the affected consumers', async () => {
    change('components/victim.json', '"x-portion": "victim"', '"x-portion": "identity"');
    change('components/name.json', /"maxLength": \d+/, '"maxLength": 3');
    const { code, text } = await check();
    expect(code).toBe(1);
    expect(text).toContain('components/name/1.1.0 breaks');
    expect(text).toContain('maxLength is less now');
    expect(text).toContain('x-portion changed');
    for (const client of ['wessex.police.records', 'wessex.magistrates.results', 'wessex.cps.review', 'example.supplier.frontend'])
      expect(text).toContain(client);
  });
  it('reports another text under a published version', async () => {
    change('events/case.registered.json', '"title": "Case registered"', '"title": "Case begun"');
    const { code, text } = await check();
    expect([code, text]).toEqual([1, expect.stringContaining('A published version never changes')]);
    expect(text).not.toContain('breaks who');
  });
  it('reports separately which senders and which readers a change breaks', async () => {
    change('events/person.stopped.json', '"required": ["stop"]', '"required": ["stop", "officer"]');
    const { text } = await check();
    expect(/affects these senders: (.*)/.exec(text)?.[1]).toBe('wessex.police.records, wessex.police.officer');
    expect(/breaks who read it: (.*)/.exec(text)?.[1]).toContain('wessex.cps.review');
  });
  it('reports another major version in place of one that has not ended', async () => {
    change('events/person.stopped.json', 'person.stopped/1.3.0', 'person.stopped/2.0.0');
    const { code, text } = await check();
    expect([code, text]).toEqual([1, expect.stringContaining('Version 1 is gone, and its end was not said')]);
    expect(text).toContain('wessex.police.officer');
  });
  it('reports a code that was removed from a list without a new version', async () => {
    change('codelists/stop-powers.json', /\["TA2000_s43".*\]/, '["TA2000_s44","Another","Another"]');
    const { code, text } = await check();
    expect([code, text]).toEqual([1, expect.stringContaining('codelists/stop-powers/1.1.0: the text changed')]);
  });
  it('reports text without a portion, list or form, with its place', async () => {
    change('components/case.json', '"x-portion": "narrative"', '"$comment": "none"');
    const { code, text } = await check();
    expect(code).toBe(1);
    expect(text).toContain('events/case.registered/1.2.0#/case/marker: can hold text and has no portion, list or form');
    expect(text).not.toContain('informant: can hold text');
  });
  it.each([
    ['an unknown code list', '"x-codelist": "case-initiation"', '"x-codelist": "case-ending"', 'there is no code list case-ending'],
    ['a form that is not anchored', '"x-form": "^(?:[0-9]{2}', '"x-form": "^x|(?:[0-9]{2}', 'is not anchored'],
    ['a form that is not a valid expression', '"x-form": "^(?:[0-9]{2}', '"x-form": "^(?:[9-0]{2}', 'out of order'],
  ])('reports %s, with which no gateway starts', async (_, from, to, reason) => {
    change('components/case.json', from, to);
    expect(() => loadStandards(join(folder, 'schemas'))).toThrow(/components\/case\/1\.2\.0#\/properties\//);
    expect(() => loadStandards(join(folder, 'schemas'))).toThrow(reason);
  });
  it('reports a removed standard', async () => {
    rmSync(join(folder, 'schemas/profiles'), { recursive: true });
    expect((await check()).text).toContain('The standard is gone');
  });
  it('accepts a compatible change under a new version', async () => {
    change('events/correction.issued.json', 'correction.issued/1.2.0', 'correction.issued/1.3.0');
    change(
      'events/correction.issued.json',
      '"enum": ["rectified", "erased", "restricted"]',
      '"enum": ["rectified", "erased", "restricted", "amended"]',
    );
    const { code, text } = await check();
    expect([code, text]).toEqual([0, expect.stringContaining('correction.issued/1.3.0 is not published yet')]);
  });
  it('reports a breaking change also under a new version', async () => {
    change('events/correction.issued.json', 'correction.issued/1.2.0', 'correction.issued/1.3.0');
    change('events/correction.issued.json', '"restricted"]', '"kept"]');
    expect((await check()).text).toContain('A value is not allowed any more');
  });
  it('publishes a copy that any web server can host, and never changes published files', async () => {
    const out = join(folder, 'out');
    expect(publishTo(out, standards, CONTRACTS).length).toBeGreaterThan(20);
    expect(publishTo(out, standards, CONTRACTS)).toEqual([]);
    // Every kind of standard is there, and the list names each.
    const { documents } = JSON.parse(readFileSync(join(out, 'index.json'), 'utf8')) as { documents: { path: string }[] };
    for (const path of [
      'events/person.stopped/1.3.0',
      'codelists/stop-powers/1.1.0',
      'profiles/roadside-stop/1.2.0',
      'labels/uk-gsc.policy/1.2.0',
      'conformance/consumer/1.0.0',
      'openapi/1.0.0',
    ])
      expect(documents.map((document) => document.path)).toContain(`${path}.json`);
    const html = readFileSync(join(out, 'index.html'), 'utf8');
    for (const { path } of documents)
      expect([path, html.includes(`href="${path}"`), existsSync(join(out, path))]).toEqual([path, true, true]);
    expect(readPublication(out).size).toBe([...standards.files].filter(([name, { $id }]) => name === $id).length);
    const published = readPublication(out);
    expect(published.get('https://justice-interchange.example/standards/events/case.registered/1.2.0')).toMatchObject({
      title: 'Case registered',
    });
    writeFileSync(join(out, 'components/name/1.1.0.json'), '{}');
    expect(() => publishTo(out, standards, CONTRACTS)).toThrow(/components\/name\/1\.1\.0\.json is published and says something else/);
  });
});

describe('the end of a standard', () => {
  it('is announced in headers: since when, until when, and its successor', () => {
    const document = {
      'x-deprecated': '2027-01-01',
      'x-sunset': '2028-06-30',
      'x-successor': 'https://justice-interchange.example/standards/events/case.registered/2.0.0',
    };
    expect(lifecycleOf(document)).toEqual({
      Deprecation: '@1798761600',
      Sunset: 'Fri, 30 Jun 2028 00:00:00 GMT',
      Link: '</standards/events/case.registered/2.0.0>; rel="successor-version"',
    });
    expect(lifecycleOf({})).toEqual({});
  });
  it('leaves earlier versions at their addresses', () => {
    const id = 'https://justice-interchange.example/standards/events/case.registered/0.9.0';
    const published = publish(standards, {}, new Map([[id, { $id: id, title: 'Before', 'x-sunset': '2028-06-30' }]]));
    expect(published.get('events/case.registered/0.9.0')).toMatchObject({
      title: 'Before',
      headers: { Sunset: 'Fri, 30 Jun 2028 00:00:00 GMT' },
    });
    expect(published.get('events/case.registered/1.2.0')?.headers).toEqual({});
  });
  it('leaves every published version available next to later ones', () => {
    const earlier = readPublication(PUBLISHED);
    const published = publish(standards, {}, earlier);
    for (const id of earlier.keys())
      expect([id, published.get(new URL(id).pathname.slice('/standards/'.length))?.body]).toEqual([id, expect.stringContaining(id)]);
    for (const version of ['1.0.0', '1.1.0']) expect(published.has(`events/hearing.resulted/${version}`)).toBe(true);
  });
  it('can be stated in a schema without breaking anybody', () => {
    const older = standards.files.get('events/case.registered.json') as JsonObject;
    const newer = { ...older, 'x-deprecated': '2027-01-01', 'x-sunset': '2028-06-30' };
    const resolve = (schema: string) => standards.files.get(schema);
    expect(breaksOf(older, newer, resolve, resolve)).toEqual([]);
  });
});
