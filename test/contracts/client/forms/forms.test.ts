/** Forms from the standards: they show the fields of a standard, and return data that is valid under it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../adapters/adapter.ts';
import {
  type Body,
  bodyOf,
  type CodeList,
  errorsOf,
  type Field,
  type Form,
  type FormOptions,
  formOf,
  type Json,
  type JsonSchema,
  readForm,
  renderForm,
} from '../../../../contracts/client/forms/forms.ts';
import { bundle } from '../../../../gateway/governance/bundle.ts';
import { standards } from '../../../support/rules-in-force.ts';

const entries = [...standards.files];
const schemas = new Map(entries.filter(([id, { $id }]) => id === $id)) as unknown as ReadonlyMap<string, JsonSchema>;
const codeLists = new Map(
  entries.filter(([path]) => path.startsWith('codelists/')).map(([, list]) => [String(list.id), list as unknown as CodeList]),
);
const standard = (name: string) => standards.byName.get(name) as NonNullable<ReturnType<typeof standards.byName.get>>;
const schemaOf = (name: string) => schemas.get(standard(name).schemaId) as JsonSchema & { readonly examples: readonly JsonObject[] };
const form = (name: string, options: FormOptions = {}): Form => formOf(schemaOf(name), { schemas, codeLists, ...options });
const stopForm = form('person.stopped');

/** What a person can type into a field, and a form gives back unchanged. */
const typed = (most: number): fc.Arbitrary<string> =>
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: Math.min(most, 30) })
    .map((text) => text.replaceAll(/\p{Cc}/gu, ' ').trim())
    .filter((text) => text !== '' && [...text].length <= most);
const two = (value: number) => String(value).padStart(2, '0');
const anyValue = ({ kind, options, type, maxLength = 200, pattern }: Field): fc.Arbitrary<Json> => {
  if (type === 'boolean') return fc.boolean();
  if (options.length > 0) return fc.constantFrom(...options.map(({ code }) => code));
  if (kind === 'date')
    return fc
      .date({ min: new Date('1000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
      .map((day) => day.toISOString().slice(0, 10));
  if (kind === 'time')
    return fc
      .tuple(fc.nat(23), fc.nat(59), fc.nat(59), fc.constantFrom('', '.5', 'Z', '+01:00'))
      .map(([h, m, s, z]) => `${two(h)}:${two(m)}:${two(s)}${z}`);
  if (kind === 'lines')
    return fc
      .tuple(fc.array(fc.oneof(typed(maxLength), fc.constant('')), { maxLength: 3 }), typed(maxLength))
      .map(([before, last]) => [...before, last]);
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  return typed(maxLength);
};

function put(data: Record<string, unknown>, pointer: string, value: Json): void {
  const steps = pointer.split('/').slice(1);
  let object = data;
  for (const step of steps.slice(0, -1)) object = (object[step] ??= {}) as Record<string, unknown>;
  object[steps.at(-1) ?? ''] = value;
}

/** Data of a form without arrays of objects, with what the standard requires. */
const dataOf = ({ fields }: Form): fc.Arbitrary<JsonObject> =>
  fc.tuple(...fields.map((field) => fc.tuple(fc.boolean(), anyValue(field)))).map((values) => {
    const chosen = fields.filter((_, n) => values[n]?.[0]).map(({ pointer }) => pointer);
    const data = {};
    for (const [n, { pointer, requiredIn }] of fields.entries()) {
      const isNeeded = requiredIn !== undefined && chosen.some((place) => place.startsWith(`${requiredIn}/`));
      if (isNeeded || requiredIn === '' || chosen.includes(pointer)) put(data, pointer, values[n]?.[1] as Json);
    }
    return data as JsonObject;
  });

describe('a form for a standard', () => {
  it('has no fields that the gateway fills', () => {
    for (const name of standards.byName.keys())
      for (const { pointer } of form(name).fields)
        expect(pointer).not.toMatch(/^\/(quality|label|portions|protections|extensions|message)\b/);
  });
  it('has every field with its label, fieldset and id', () => {
    const html = renderForm(stopForm, { action: '/stop' });
    expect(stopForm.fields.length).toBeGreaterThan(40);
    for (const { name, title, kind, requiredIn, groups } of stopForm.fields) {
      const label = requiredIn === undefined ? `${title} (optional)` : title;
      const before = kind === 'radios' || kind === 'date' ? '<legend' : `<label[^>]* for="${name}"`;
      expect(html).toMatch(new RegExp(`${before}[^>]*>\\s*${label.replaceAll(/[()]/g, '\\$&')}\\s*<`));
      expect(html).toContain(`id="${kind === 'date' ? `${name}-day` : name}"`);
      for (const group of groups) expect(html).toContain(group.title);
    }
    expect(html).not.toMatch(/<script|style=|onclick/);
  });
  it('has the kind of input that the standard implies', () => {
    const kinds = Object.fromEntries(stopForm.fields.map(({ pointer, kind }) => [pointer, kind]));
    expect(kinds).toMatchObject({
      '/stop/date': 'date',
      '/stop/time': 'time',
      '/stop/kind': 'radios',
      '/stop/power': 'select',
      '/stop/grounds': 'textarea',
      '/stop/outcomeLinked': 'radios',
      '/person/name/givenNames': 'lines',
      '/person/name/familyName': 'text',
    });
    const offence = form('case.registered').fields.find(({ path }) => path === '/defendants/*/offences/*/code');
    // 30,000 offences are not a list to choose from.
    expect([offence?.kind, offence?.options, offence?.requiredIn]).toEqual(['text', [], undefined]);
  });
  it('can be limited to the fields of a task, in their order', () => {
    const only = ['/defendants/*/bailConditions', '/defendants/*/person/name'];
    const { fields } = form('case.registered', { only, hide: ['/defendants/*/person/name/title'], places: { '/defendants': 2 } });
    expect(fields.map(({ pointer }) => pointer)).toEqual([
      '/defendants/0/bailConditions',
      '/defendants/1/bailConditions',
      '/defendants/0/person/name/givenNames',
      '/defendants/0/person/name/familyName',
      '/defendants/1/person/name/givenNames',
      '/defendants/1/person/name/familyName',
    ]);
    expect(fields[1]?.groups[0]?.title).toBe('Defendants 2');
  });
  it('keeps an empty first line, which a browser would drop', () => {
    const names = form('person.stopped', { only: ['/person/name/givenNames'] });
    const values = bodyOf(names, { person: { name: { givenNames: ['', 'Rhodri'] } } });
    expect(renderForm(names, { action: '/', values })).toContain('>\n\nRhodri</textarea>');
  });
  it('is the same for a standard in one file', () => {
    const schema = bundle(standards.files.get(standard('person.stopped').schemaId) ?? {}, (id) => standards.files.get(id)) as JsonSchema;
    expect(formOf(schema, { codeLists })).toEqual(stopForm);
  });
  it('reports a missing schema or code list', () => {
    expect(() => formOf(schemaOf('person.stopped'))).toThrow(/components\/time\/1\.1\.0 is not among the schemas/);
    expect(() => form('person.stopped', { overrides: { '/person/gender': { options: 'genders' } } })).toThrow(/genders is not among/);
  });
});

describe('a submitted form', () => {
  it('gives the data that it was filled with, and valid data', () => {
    fc.assert(
      fc.property(dataOf(stopForm), (data) => {
        expect(standard('person.stopped').check(data)).toEqual([]);
        expect(readForm(stopForm, bodyOf(stopForm, data))).toEqual({ data, errors: [] });
      }),
      { numRuns: 150 },
    );
  });
  it.each([...standards.byName.keys()])('gives the example of %s', (name) => {
    const [given = {}] = schemaOf(name).examples;
    const { label: _, portions: __, quality: ___, extensions: ____, message: _____, protections: ______, ...example } = given;
    const fullForm = form(name, { places: { '/defendants': 3, '/defendants/*/offences': 3, '/defendants/*/offences/*/results': 3 } });
    const { data, errors } = readForm(fullForm, bodyOf(fullForm, example));
    expect(errors.filter(({ pointer = '' }) => !pointer.startsWith('/defendants/'))).toEqual([]);
    // An empty text is one that was not given.
    expect(data).toEqual(JSON.parse(JSON.stringify(example, (_, value: unknown) => (value === '' ? undefined : value))));
  });
  it('keeps positions after an empty item', () => {
    const offences = form('case.registered', {
      only: ['/defendants/*/offences'],
      places: { '/defendants/*/offences': 2 },
      overrides: { '/defendants/*/offences/*/code': { required: true } },
    });
    const { data, errors } = readForm(offences, { 'defendants-0-offences-1-code': 'CJ88116' });
    expect(data).toEqual({ defendants: [{ offences: [{}, { code: 'CJ88116' }] }] });
    expect(errors).toEqual([{ text: 'Enter the offence code', pointer: '/defendants/0/offences/0/code' }]);
  });
  it.each<[string, Body, string | undefined]>([
    ['nothing', {}, 'Enter the date'],
    ['spaces', { 'stop-date-day': ' ', 'stop-date-month': '\t' }, 'Enter the date'],
    ['a part', { 'stop-date-day': '3' }, 'The date must include a month and year'],
    ['an invalid day', { 'stop-date-day': '31', 'stop-date-month': '2', 'stop-date-year': '2026' }, 'The date must be a real date'],
    ['a short year', { 'stop-date-day': '3', 'stop-date-month': '2', 'stop-date-year': '26' }, 'The date must have a year of 4 numbers'],
    ['words', { 'stop-date-day': 'x', 'stop-date-month': '2', 'stop-date-year': '2026' }, 'The date must be a real date'],
    ['a real date', { 'stop-date-day': '29', 'stop-date-month': '02', 'stop-date-year': '2024' }, undefined],
  ])('reports a faulty date: %s', (_, body, text) => {
    expect(readForm(stopForm, body).errors.find(({ pointer }) => pointer === '/stop/date')?.text).toBe(text);
  });
  it.each([
    ['21:40', '21:40:00'],
    ['2140', '21:40:00'],
    ['9.40pm', '21:40:00'],
    ['12 am', '00:00:00'],
    ['0:05', '00:05:00'],
    ['21:40:30.5Z', '21:40:30.5Z'],
    ...['21', '24:00', '21:60', '13pm', '0am', '99:99:99', 'noon'].map((text): [string, undefined] => [text, undefined]),
  ])('reads the time %s as %s', (text, time) => {
    const { data, errors } = readForm(form('person.stopped', { only: ['/stop/time'] }), { 'stop-time': text });
    expect(data).toEqual(time === undefined ? {} : { stop: { time } });
    expect(errors.map((error) => error.text)).toEqual(time === undefined ? ['The time must be a real time, like 21:40'] : []);
  });
  it('accepts no more characters than the standard allows, and only listed codes', () => {
    const body = {
      'stop-location': 'x'.repeat(201),
      'stop-power': 'MAGIC',
      'person-name-givenNames': 'Rhodri\n'.repeat(200),
      'officer-address-uprn': '12x',
    };
    const { data, errors } = readForm(stopForm, body);
    expect(data).toEqual({});
    expect(errors.map(({ text }) => text)).toEqual(
      expect.arrayContaining([
        'The place must be 200 characters or less',
        'Select the power from the list',
        'The given names must be 100 lines or less',
        'Enter the unique property reference number in the correct format',
      ]),
    );
  });
  it('requires the required fields of an object once another of its fields is filled', () => {
    const cases = form('person.stopped', { only: ['/case'], overrides: { '/case/urn': { required: true } } });
    expect(readForm(cases, {}).errors).toEqual([]);
    expect(readForm(cases, { 'case-originator': '089AB00' }).errors).toEqual([
      { text: 'Enter the unique reference number', pointer: '/case/urn' },
    ]);
    // The standard itself requires no reference: a copy for a reader may be without it.
    expect(readForm(form('person.stopped', { only: ['/case'] }), { 'case-originator': '089AB00' }).errors).toEqual([]);
  });
  it('recognises a code in any spelling', () => {
    const mode = form('case.registered', { only: ['/defendants/*/offences/*/modeOfTrial'] });
    const [{ name } = expect.fail('There is no field')] = mode.fields;
    expect(readForm(mode, { [name]: '01' }).data).toEqual({ defendants: [{ offences: [{ modeOfTrial: '01' }] }] });
    expect(renderForm(mode, { action: '/', values: { [name]: '01' } })).toMatch(/value="1" checked/);
    expect(readForm(mode, { [name]: '001a' }).errors).toHaveLength(1);
  });
  it('keeps ticked codes as lists, and numbers as numbers', () => {
    const vehicleForm = formOf({
      type: 'object',
      properties: { seen: { type: 'array', items: { type: 'string', enum: ['car', 'van'] } }, seats: { type: 'integer' } },
    });
    expect(readForm(vehicleForm, { seen: ['van', 'car'], seats: '5' }).data).toEqual({ seen: ['car', 'van'], seats: 5 });
    expect(readForm(vehicleForm, { seats: '5.5' }).errors[0]?.text).toBe('The seats must be a whole number');
    expect(renderForm(vehicleForm, { action: '/', values: { seen: ['van'] } })).toMatch(/value="van" checked/);
  });
});

describe('a hostile body', () => {
  it('changes only the fields of the form', () => {
    const names = stopForm.fields.map(({ name }) => name);
    const anyName = fc.oneof(fc.constantFrom(...names, '__proto__', 'constructor', 'prototype', 'toString'), fc.string());
    const known = new Set(stopForm.fields.map(({ pointer }) => pointer.split('/')[1]));
    fc.assert(
      fc.property(fc.dictionary(anyName, fc.anything()), (body) => {
        const { data } = readForm(stopForm, body);
        for (const name of Object.keys(data)) expect(known).toContain(name);
        expect(renderForm(stopForm, { action: '/', values: body })).toContain('</form>');
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
  it('cannot reach a prototype, even through a schema with that name', () => {
    const schema = JSON.parse(
      '{"type":"object","properties":{"__proto__":{"type":"object","properties":{"polluted":{"type":"string"}}}}}',
    ) as JsonSchema;
    const { data } = readForm(formOf(schema), { '__proto__-polluted': 'yes' });
    expect(JSON.stringify(data)).toBe('{"__proto__":{"polluted":"yes"}}');
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
    const body = JSON.parse('{"__proto__":{"stop-location":"x"}}') as Body;
    expect(readForm(stopForm, body).data).toEqual({});
  });
  it('is escaped wherever it is shown again', () => {
    const hostile = `"><script>alert(1)</script><img src=x onerror='alert(1)'>{{ 7 * 7 }}`;
    const countOf = (value: string) => {
      const values = Object.fromEntries(stopForm.fields.flatMap(({ name }) => [name, `${name}-day`].map((field) => [field, value])));
      const errors = stopForm.fields.map(({ pointer }) => ({ pointer, text: value }));
      const html = renderForm(stopForm, { action: '/', values, errors, title: value, submit: value, hidden: { key: value } });
      expect(html).not.toContain('49');
      return ['<', '>', '"', "'"].map((character) => html.split(character).length);
    };
    expect(countOf(hostile)).toEqual(countOf('x'));
  });
});

describe('a refusal of a gateway', () => {
  const reasons = (...places: readonly (readonly [string | undefined, string])[]) =>
    errorsOf(stopForm, { title: 'Kept', reasons: places.map(([at, reason]) => ({ at, reason })) });
  it('is shown at the nearest field at or above its place', () => {
    expect(reasons(['/stop/location', 'The value is too long'], ['/person/name/givenNames/0', 'The value must be string'])).toEqual([
      { text: 'Check the place: the value is too long', pointer: '/stop/location' },
      { text: 'Check the given names: the value must be string', pointer: '/person/name/givenNames' },
    ]);
  });
  it('is shown once for the form where there is no such field', () => {
    expect(reasons(['/case', 'A property is missing (urn)'], ['/', 'Not a CloudEvent'], [undefined, 'No'], [undefined, 'No'])).toEqual([
      { text: 'A property is missing (urn), at /case' },
      { text: 'Not a CloudEvent' },
      { text: 'No' },
    ]);
    expect(errorsOf(stopForm, { title: 'Too many requests' })).toEqual([{ text: 'Too many requests' }]);
  });
  it('is linked to its input', () => {
    const errors = [
      { text: 'Enter the date', pointer: '/stop/date' },
      { text: 'The date must include a year', pointer: '/stop/date', parts: ['year' as const] },
      { text: 'Select the kind', pointer: '/stop/kind' },
      { text: 'Not now' },
    ];
    const html = renderForm(stopForm, { action: '/', errors });
    for (const id of ['stop-date-day', 'stop-date-year', 'stop-kind']) {
      expect(html).toContain(`href="#${id}"`);
      expect(html).toContain(`id="${id}"`);
    }
    expect(html).toContain('stop-date-error');
    expect(html).toMatch(/<li>\s*Not now/);
  });
});
