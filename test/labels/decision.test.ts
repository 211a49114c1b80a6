import { describe, expect, it } from 'vitest';
import { dominates, reasonsAgainst } from '../../gateway/labels/decision.ts';
import type { Clearance, Label } from '../../gateway/labels/label.ts';
import { compileClearance, compileLabel, compilePolicy } from '../../gateway/labels/policy.ts';
import type { PolicyDocument } from '../../gateway/labels/policy-document.ts';
import { must } from '../support/must.ts';

const ID = { id: 'docks', version: '1.0.0' };
const values = (letter: string, count: number) => Array.from({ length: count }, (_, n) => ({ id: `${letter}${n}` }));
/** Two categories of more values than an integer has bits, and one that decides nothing. */
const document: PolicyDocument = {
  ...ID,
  legacyMarkings: [],
  portions: {},
  rules: [],
  classifications: [
    { id: 'LOW', rank: 1, topic: 'low' },
    { id: 'HIGH', rank: 2, topic: 'high' },
  ],
  categories: [
    { id: 'need', property: 'categories.need', kind: 'restrictive', values: values('N', 40) },
    { id: 'kind', property: 'categories.kind', kind: 'informative', values: values('K', 2) },
    { id: 'to', property: 'releasableTo', kind: 'permissive', values: values('T', 70) },
    { id: 'key', property: 'categories.key', kind: 'restrictive', values: values('Y', 2) },
  ],
};

type Case = readonly [string, Omit<Label, 'policy'>, Partial<Clearance>, readonly string[]];
const LOW = { classification: 'LOW' };
const cases: readonly Case[] = [
  ['all that is asked for', { ...LOW, categories: { need: ['N0', 'N39'] } }, { categories: { need: ['N0', 'N39'] } }, []],
  ['a classification that is not held', { classification: 'HIGH' }, {}, ['classification']],
  ['one value of a need', { ...LOW, categories: { need: ['N0'] } }, { categories: { need: ['N1'] } }, ['need']],
  ['one value of its second part', { ...LOW, categories: { need: ['N0', 'N39'] } }, { categories: { need: ['N0'] } }, ['need']],
  ['values of both its parts, once', { ...LOW, categories: { need: ['N0', 'N39'] } }, {}, ['need']],
  ['information, which is nobody’s to hold', { ...LOW, categories: { kind: ['K0', 'K1'] } }, {}, []],
  ['open to all, and nothing held', LOW, {}, []],
  ['one organisation of the first part', { ...LOW, releasableTo: ['T0'] }, { releasableTo: ['T0'] }, []],
  ['one organisation of the last part', { ...LOW, releasableTo: ['T0', 'T69'] }, { releasableTo: ['T69'] }, []],
  ['one organisation of a part between', { ...LOW, releasableTo: ['T30'] }, { releasableTo: ['T30', 'T1'] }, []],
  ['no organisation', { ...LOW, releasableTo: ['T0', 'T69'] }, { releasableTo: ['T1', 'T31', 'T68'] }, ['to']],
  ['nobody', { ...LOW, releasableTo: [] }, { releasableTo: ['T1'] }, ['to']],
  [
    'everything at once, in the order of the policy',
    { classification: 'HIGH', categories: { need: ['N39', 'N1'], key: ['Y0', 'Y1'], kind: ['K0'] }, releasableTo: ['T3'] },
    { releasableTo: ['T4'], categories: { key: ['Y1'] } },
    ['classification', 'need', 'to', 'key'],
  ],
  [
    'what stands after an organisation that is held',
    { ...LOW, categories: { key: ['Y0'] }, releasableTo: ['T3'] },
    { releasableTo: ['T3'] },
    ['key'],
  ],
];

describe('the reasons why a reader is denied', () => {
  it.each(cases)('%s', (_, label, clearance, reasons) => {
    const policy = compilePolicy(document);
    const compiled = must(compileLabel(policy, { policy: ID, ...label }));
    const held = must(compileClearance(policy, { policy: ID, classifications: ['LOW'], ...clearance }));
    expect(reasonsAgainst(policy, held, compiled)).toEqual(reasons);
    expect(dominates(policy, held, compiled)).toBe(reasons.length === 0);
  });
});
