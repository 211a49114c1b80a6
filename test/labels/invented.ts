/** The policy of an invented office, which is small enough to understand. Tests of single rules use it. */
import { generateKeyPairSync } from 'node:crypto';
import type { JsonObject } from '../../adapters/adapter.ts';
import type { UnlabelledEvent } from '../../gateway/labels/event.ts';
import type { Clearance, CompiledClearance, CompiledLabel, Label } from '../../gateway/labels/label.ts';
import { type Labelled, type Labelling, labelEvent, makeLabelling } from '../../gateway/labels/label-event.ts';
import { compileClearance, compileLabel, compilePolicy, type Policy } from '../../gateway/labels/policy.ts';
import type { PolicyDocument } from '../../gateway/labels/policy-document.ts';
import type { PortionPlan } from '../../gateway/labels/portions.ts';
import { type Sealed, type SealKey, seal } from '../../gateway/labels/seal.ts';
import { makeProtect } from '../../gateway/protections/protect.ts';
import { compileRules } from '../../gateway/protections/rules.ts';
import { must } from '../support/must.ts';

export const OFFICE = { id: 'office', version: '1.0.0' };

export const document: PolicyDocument = {
  ...OFFICE,
  legacyMarkings: [],
  classifications: [
    { id: 'OPEN', rank: 1, topic: 'open' },
    { id: 'SHUT', rank: 2, topic: 'shut' },
    { id: 'LOCKED', rank: 3, topic: 'locked' },
  ],
  categories: [
    { id: 'need', property: 'restrictions', kind: 'restrictive', values: [{ id: 'YOUTH', ends: 'at 18' }, { id: 'LIFE' }] },
    { id: 'kind', property: 'descriptors', kind: 'informative', values: [{ id: 'PERSONAL' }] },
    { id: 'to', property: 'releasableTo', kind: 'permissive', values: [{ id: 'NORTH' }, { id: 'SOUTH' }] },
  ],
  portions: {
    any: { title: 'Anything', label: 'event' },
    name: { title: 'Name', label: { classification: 'OPEN' } },
    home: { title: 'Home', label: { classification: 'OPEN', releasableTo: ['NORTH'] } },
    note: { title: 'Note', label: { classification: 'OPEN', restrictions: ['LIFE'] } },
    text: { title: 'Text', label: { classification: 'OPEN' } },
    elsewhere: { title: 'In no standard', label: { classification: 'OPEN' } },
  },
  rules: [
    {
      id: 'youth',
      title: 'Youth',
      law: 'Invented',
      of: 'defendant',
      when: { ageAtHearingUnder: 18 },
      raise: { portions: ['name', 'home', 'elsewhere'], with: { restrictions: ['YOUTH'] } },
      protects: { who: 'self', reason: 'under-18', until: 'at 18' },
    },
  ],
};

/** The same portions, and none of them labelled above the lowest: for policies that have other categories. */
export const plain: PolicyDocument['portions'] = Object.fromEntries(
  Object.keys(document.portions).map((name) => [
    name,
    { title: name, label: name === 'any' ? ('event' as const) : { classification: 'OPEN' } },
  ]),
);

const plan = (component: string, portions: Readonly<Record<string, string>>, below: Partial<PortionPlan> = {}): PortionPlan => ({
  component,
  portions: Object.entries(portions).map(([property, portion]) => ({ property, step: `/${property}`, portion, isText: false })),
  codes: [],
  objects: [],
  arrays: [],
  ...below,
});

const person = plan('', { name: 'name', dateOfBirth: 'name' });
const defendant = plan('defendant', { address: 'home', notes: 'note' }, { objects: [['person', person]] });

/** The standards by event type: a visit is about people, a letter about nobody. */
export const plans: ReadonlyMap<string, PortionPlan> = new Map([
  [
    'visit',
    plan(
      '',
      { extensions: 'any', title: 'name' },
      { objects: [['quality', plan('', { issues: 'any' })]], arrays: [['defendants', defendant]] },
    ),
  ],
  ['letter', plan('', { extensions: 'any', body: 'text' })],
]);

export function officeLaw(more: Partial<PolicyDocument> = {}): Labelling {
  const policy = compilePolicy({ ...document, ...more });
  const rules = compileRules(policy, () => undefined);
  return makeLabelling(policy, makeProtect(policy, rules), plans, () => () => true);
}

export const labelIn = (policy: Policy, label: Omit<Label, 'policy'>): CompiledLabel =>
  must(compileLabel(policy, { policy: OFFICE, ...label }));
export const clearanceIn = (policy: Policy, clearance: Partial<Clearance>): CompiledClearance =>
  must(compileClearance(policy, { policy: OFFICE, classifications: ['OPEN'], ...clearance }));

export const eventWith = (type: string, data: JsonObject): UnlabelledEvent => ({
  specversion: '1.0',
  id: 'an-event',
  source: 'office.north',
  type,
  partitionkey: 'a-case',
  datacontenttype: 'application/json',
  dataschema: `urn:office:${type}`,
  recordedtime: '2026-11-23T12:00:00.000Z',
  sequence: '1',
  data,
});

export const labelledIn = (labelling: Labelling, type: string, data: JsonObject, base: Omit<Label, 'policy'>): Labelled =>
  labelEvent(labelling, eventWith(type, data), labelIn(labelling.policy, base));

export const KEY: SealKey = { kid: 'office', key: generateKeyPairSync('ed25519').privateKey };

/** Bytes that count up, so that each salt is different. */
export const counting = (_id: string, length: number): Buffer => Buffer.from(Array.from({ length }, (_, n) => n % 251));

export const sealedIn = (
  labelling: Labelling,
  type: string,
  data: JsonObject,
  base: Omit<Label, 'policy'> = { classification: 'OPEN' },
): Sealed => seal(labelledIn(labelling, type, data, base), ['low', 'high'], () => 'high', KEY, counting);
