import { describe, expect, it } from 'vitest';
import { planOf } from '../../gateway/labels/portions.ts';
import { codeOf, compileForm, contentOf, type Schema } from '../../gateway/labels/schema.ts';
import { codePlanOf } from '../../gateway/quality/codes.ts';

const schemas: Readonly<Record<string, Schema>> = {
  plea: { type: 'string', 'x-codelist': 'pleas' },
  pleas: { type: 'array', items: { $ref: 'plea' } },
  either: { anyOf: [{ 'x-form': '^[0-9]$' }, { $ref: 'plea' }] },
};
const resolve = (id: string) => schemas[id];
const code = (schema: Schema) => codeOf(contentOf(schema, resolve), resolve);

describe('a code', () => {
  it.each([
    ['a reference', { $ref: 'plea' }, { codelist: 'pleas' }],
    ['the items of a list', { items: { $ref: 'plea' } }, { codelist: 'pleas' }],
    ['a reference to a list', { $ref: 'pleas' }, { codelist: 'pleas' }],
    ['combined schemas', { $ref: 'either' }, { codelist: 'pleas', form: /^[0-9]$/u }],
    ['a schema that says more than its reference', { $ref: 'plea', 'x-codelist': 'other-pleas' }, { codelist: 'other-pleas' }],
  ])('is found through %s, by labels and by quality', (_, schema, expected) => {
    expect(code(schema)).toStrictEqual(expected);
    const standard = { properties: { plea: schema } };
    expect(planOf(standard, resolve).codes).toStrictEqual([{ property: 'plea', step: '/plea', code: expected }]);
    expect(codePlanOf(standard, resolve).codes).toStrictEqual([{ property: 'plea', code: expected }]);
  });
  it('is not what has neither a list nor a form', () => expect(code({ type: 'string', 'x-codelist': 7 })).toBeUndefined());
  it.each([
    ['itself', { anyOf: [{ $ref: 'plea' }, { properties: { notes: { 'x-portion': 'note' } } }] }],
    ['one of its items', { items: { anyOf: [{ $ref: 'plea' }, { properties: { notes: { 'x-portion': 'note' } } }] } }],
  ])('cannot be an object as well: %s', (_, schema) => {
    for (const read of [planOf, codePlanOf])
      expect(() => read({ properties: { plea: schema } }, resolve)).toThrow('A code (pleas) cannot be an object as well');
  });
  it('is not looked for behind an unknown reference', () => expect(() => code({ items: { $ref: 'nothing' } })).toThrow('nothing'));
});

describe('a property that two parts describe', () => {
  const date = { 'x-portion': 'date', type: 'string' };
  const of = (first: object, second: object) => ({ properties: { date: first }, anyOf: [{ properties: { date: second } }] });
  it('is read once where they agree', () => {
    const { portions } = planOf(of(date, { ...date, description: 'The day' }), resolve);
    expect(portions.map(({ property }) => property)).toEqual(['date']);
  });
  it.each([
    ['without its portion', { type: 'string' }],
    ['in another portion', { ...date, 'x-portion': 'name' }],
    ['as a code', { ...date, 'x-form': '^[0-9]$' }],
    ['as a component', { ...date, $ref: 'plea' }],
    ['as an object', { ...date, properties: { day: date } }],
  ])('is refused where the second describes it %s', (_, second) => {
    for (const [first, other] of [
      [date, second],
      [second, date],
    ] as const)
      for (const read of [planOf, codePlanOf])
        expect(() => read(of(first, other), resolve)).toThrow('Two parts of a standard describe date differently');
  });
  it.each(['if', 'then', 'else', 'prefixItems', 'dependentSchemas'])('is refused in %s, which is not read', (keyword) => {
    expect(() => planOf({ properties: { date }, [keyword]: { properties: { date } } }, resolve)).toThrow(`${keyword} of a standard`);
  });
});

describe('a form', () => {
  it('must be anchored', () => {
    for (const form of ['[0-9]', '^[0-9]', '[0-9]$', '^0|1$', '^0\\$', '^(0$', '^[0$', undefined, 4])
      expect(() => compileForm(form)).toThrow('is not anchored');
    for (const form of ['^0$', '^(?:0|1)$', '^[|]$', '^\\|$', '^\\[0|?$'.replace('|', '\\|')]) expect(compileForm(form).source).toBe(form);
  });
  it('that is not anchored is refused wherever a plan is read', () => {
    for (const read of [planOf, codePlanOf])
      expect(() => read({ properties: { deep: { properties: { urn: { 'x-form': 'A' } } } } }, resolve)).toThrow('is not anchored');
  });
});
