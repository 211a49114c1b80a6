import { describe, expect, it } from 'vitest';
import type { Label } from '../../gateway/labels/label.ts';
import { compileLabel, compilePolicy } from '../../gateway/labels/policy.ts';
import type { CategoryDocument, PolicyDocument } from '../../gateway/labels/policy-document.ts';
import { invalidities } from '../../gateway/labels/validity.ts';
import { must } from '../support/must.ts';

const ID = { id: 'stores', version: '1.0.0' };
const valuesFrom = (letter: string, count: number) => Array.from({ length: count }, (_, n) => ({ id: `${letter}${n}` }));

const colour: CategoryDocument = {
  id: 'colour',
  property: 'categories.colour',
  kind: 'restrictive',
  single: true,
  values: [{ id: 'RED' }, { id: 'BLUE' }],
};
const crate: CategoryDocument = {
  id: 'crate',
  property: 'categories.crate',
  kind: 'restrictive',
  onlyWith: ['MIDDLE', 'HIGH'],
  excludes: [{ category: 'colour', values: ['RED'] }],
  values: [{ id: 'WOOD' }, { id: 'IRON', onlyWith: ['HIGH'], excludes: [{ category: 'to' }] }],
};
const to: CategoryDocument = { id: 'to', property: 'releasableTo', kind: 'permissive', values: valuesFrom('T', 40) };

/** The policy of an invented store, with what its classifications require. */
const stores = (
  requires: PolicyDocument['classifications'][number]['requires'] = [],
  categories = [colour, crate, to],
): PolicyDocument => ({
  ...ID,
  legacyMarkings: [],
  portions: {},
  rules: [],
  categories,
  classifications: [
    { id: 'LOW', rank: 1, topic: 'low' },
    { id: 'MIDDLE', rank: 2, topic: 'middle', requires },
    { id: 'HIGH', rank: 3, topic: 'high' },
  ],
});
const refusalsOf = (document: PolicyDocument, label: Omit<Label, 'policy'>) => {
  const policy = compilePolicy(document);
  return invalidities(policy, must(compileLabel(policy, { policy: ID, ...label })));
};
const refusal = (at: string, reason: string) => ({ code: 'label-invalid', at, reason });

describe('a label that the policy allows', () => {
  it.each([
    { classification: 'LOW' },
    { classification: 'LOW', categories: { colour: ['RED'] }, releasableTo: ['T1', 'T39'] },
    { classification: 'LOW', releasableTo: [] },
    { classification: 'MIDDLE', categories: { crate: ['WOOD'], colour: ['BLUE'] }, releasableTo: ['T0'] },
    { classification: 'HIGH', categories: { crate: ['WOOD', 'IRON'] } },
  ])('has no refusal: %j', (label) => {
    expect(refusalsOf(stores(), label)).toEqual([]);
  });
});

describe('a label that the policy does not allow is refused with its reason and place, for', () => {
  it('two values where only one is allowed', () => {
    expect(refusalsOf(stores(), { classification: 'LOW', categories: { colour: ['RED', 'BLUE'] } })).toEqual([
      refusal('/categories/colour', 'colour has one value at the most'),
    ]);
  });
  it('a category below its classifications, and a value below the classifications of the value', () => {
    expect(refusalsOf(stores(), { classification: 'LOW', categories: { crate: ['IRON'] } })).toEqual([
      refusal('/categories/crate', 'crate goes only with MIDDLE or HIGH'),
      refusal('/categories/crate', 'IRON goes only with HIGH'),
    ]);
  });
  it('a category with a value that it excludes, and only with that one', () => {
    expect(refusalsOf(stores(), { classification: 'MIDDLE', categories: { crate: ['WOOD'], colour: ['RED'] } })).toEqual([
      refusal('/categories/crate', 'crate excludes colour'),
    ]);
  });
  it.each(['T0', 'T39'])('a value with a category that it excludes, in any part: %s', (value) => {
    expect(refusalsOf(stores(), { classification: 'HIGH', categories: { crate: ['IRON'] }, releasableTo: [value] })).toEqual([
      refusal('/categories/crate', 'IRON excludes to'),
    ]);
  });
});

describe('a classification that requires other values', () => {
  const [REDS, ANY_COLOUR, TO] = [
    { category: 'colour', values: ['RED'] },
    { category: 'colour' },
    { category: 'to', values: ['T0', 'T39'] },
  ];
  it.each([
    ['all', [ANY_COLOUR, TO], {}, 'all of colour, to'],
    ['all', [ANY_COLOUR, TO], { releasableTo: ['T0', 'T39'] }, 'all of colour, to'],
    ['all', [ANY_COLOUR, TO], { categories: { colour: ['BLUE'] }, releasableTo: ['T0'] }, 'all of colour, to'],
    ['all', [ANY_COLOUR, TO], { categories: { colour: ['BLUE'] }, releasableTo: ['T0', 'T39'] }, undefined],
    ['all', [REDS], { categories: { colour: ['BLUE'] } }, 'all of colour'],
    ['oneOrMore', [REDS, TO], { categories: { colour: ['BLUE'] }, releasableTo: ['T1'] }, 'one or more of colour, to'],
    ['oneOrMore', [REDS, TO], { releasableTo: ['T39'] }, undefined],
    ['oneOrMore', [REDS, TO], { releasableTo: ['T0', 'T39'] }, undefined],
    ['onlyOne', [REDS, TO], {}, 'exactly one of colour, to'],
    ['onlyOne', [REDS, TO], { categories: { colour: ['RED'] }, releasableTo: ['T0'] }, 'exactly one of colour, to'],
    ['onlyOne', [REDS, TO], { categories: { colour: ['RED'] }, releasableTo: ['T1'] }, undefined],
  ] as const)('%s of %j, with %j: %s', (operation, of, label, words) => {
    const expected = words === undefined ? [] : [refusal('/classification', `MIDDLE needs ${words}`)];
    expect(refusalsOf(stores([{ operation, of }]), { classification: 'MIDDLE', ...label } as never)).toEqual(expected);
    expect(refusalsOf(stores([{ operation, of }]), { classification: 'LOW', ...label } as never)).toEqual([]);
  });
  it('can be required by a value too', () => {
    const lid: CategoryDocument = {
      id: 'lid',
      property: 'categories.lid',
      kind: 'restrictive',
      values: [{ id: 'SEALED', requires: [{ operation: 'oneOrMore', of: [{ category: 'crate' }] }] }, { id: 'LOOSE' }],
    };
    const document = stores([], [colour, crate, to, lid]);
    expect(refusalsOf(document, { classification: 'HIGH', categories: { lid: ['SEALED', 'LOOSE'] } })).toEqual([
      refusal('/categories/lid', 'SEALED needs one or more of crate'),
    ]);
    expect(refusalsOf(document, { classification: 'HIGH', categories: { lid: ['SEALED'], crate: ['WOOD'] } })).toEqual([]);
  });
});
