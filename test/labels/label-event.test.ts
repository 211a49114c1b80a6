import { describe, expect, it } from 'vitest';
import { labelEvent, labelSlots, makeLabelling, spell } from '../../gateway/labels/label-event.ts';
import { compilePolicy } from '../../gateway/labels/policy.ts';
import type { PolicyDocument } from '../../gateway/labels/policy-document.ts';
import { makeProtect } from '../../gateway/protections/protect.ts';
import { document, eventWith, labelIn, labelledIn, OFFICE, officeLaw, plans } from './invented.ts';

describe('what labelling needs', () => {
  it('is refused where a standard names a portion that the policy does not know', () => {
    const { text: _, ...portions } = document.portions;
    const policy = compilePolicy({ ...document, portions });
    expect(() => makeLabelling(policy, makeProtect(policy, []), plans, () => () => true)).toThrow(
      'letter: the policy office has no portion text',
    );
  });
});

describe('the label of an event', () => {
  const youth = { hearing: { date: '2026-11-16' }, defendants: [{ person: { name: 'Perran Tregoss', dateOfBirth: '2010-01-01' } }] };
  it('is the join of its base and of each portion that is there', () => {
    const { event, base } = labelledIn(officeLaw(), 'visit', youth, { classification: 'SHUT', releasableTo: ['NORTH'] });
    expect(base).toEqual({ policy: OFFICE, classification: 'SHUT', releasableTo: ['NORTH'] });
    expect(event.data.label).toEqual({ policy: OFFICE, classification: 'SHUT', restrictions: ['YOUTH'], releasableTo: ['NORTH'] });
    expect(event.classification).toBe('SHUT');
    expect(event.data.portions).toEqual([
      {
        label: { policy: OFFICE, classification: 'OPEN', restrictions: ['YOUTH'] },
        at: ['/defendants/0/person/name', '/defendants/0/person/dateOfBirth'],
      },
    ]);
  });
  it('says of each portion that is there which rule raised it', () => {
    const { slots } = labelledIn(officeLaw(), 'visit', youth, { classification: 'OPEN' });
    const raised = slots.filter(({ raisedBy }) => raisedBy.length > 0);
    expect(raised.map(({ pointer, raisedBy: [rule] }) => [pointer, rule?.id])).toEqual([
      ['/defendants/0/person/name', 'youth'],
      ['/defendants/0/person/dateOfBirth', 'youth'],
    ]);
  });
  it('stands on a portion that can hold anything, which no rule raises by itself', () => {
    const rules = document.rules.map(({ protects: _, ...rule }) => ({ ...rule, raise: { ...rule.raise, portions: ['any', 'name'] } }));
    const labelling = officeLaw({ rules });
    const plan = {
      ...{ component: 'defendant', codes: [], objects: [], arrays: [] },
      portions: [{ property: 'extensions', step: '/extensions', portion: 'any', isText: false }],
    };
    const {
      slots: [slot],
    } = labelSlots(labelling, plan, eventWith('visit', { extensions: { raw: 'x' } }));
    expect(slot).toMatchObject({ pointer: '/extensions', raisedBy: [] });
    expect(slot?.label).toBeUndefined();
  });
  it('cannot be had for an event of no known standard', () => {
    const labelling = officeLaw();
    expect(() => labelEvent(labelling, eventWith('nothing', {}), labelling.policy.lowest)).toThrow(
      'No standard for this event type: validate before labelling',
    );
  });
});

describe('a label as data', () => {
  it('is one object for each label that occurs, and nobody can change it', () => {
    const labelling = officeLaw();
    const label = () => labelIn(labelling.policy, { classification: 'OPEN', releasableTo: ['NORTH'] });
    const spelled = spell(labelling, label());
    expect(spell(labelling, label())).toBe(spelled);
    expect([spelled, spelled.policy, spelled.releasableTo].map(Object.isFrozen)).toEqual([true, true, true]);
  });
  it('is remembered for ten thousand labels, and made for any more', () => {
    const labelling = officeLaw();
    for (let n = 1; n < 10_000; n++) labelling.spelled.set(`filler ${n}`, {} as never);
    const [one, two] = [['NORTH'], ['SOUTH']].map((releasableTo) => labelIn(labelling.policy, { classification: 'OPEN', releasableTo }));
    spell(labelling, one as never);
    expect(labelling.spelled.size).toBe(10_000);
    expect(spell(labelling, two as never)).toMatchObject({ releasableTo: ['SOUTH'] });
    expect(labelling.spelled.size).toBe(10_000);
  });

  /** Categories that exist only beside some classifications. */
  const categories: PolicyDocument['categories'] = [
    ['low', ['OPEN']],
    ['middle', ['SHUT']],
    ['high', ['LOCKED']],
    ['ends', ['OPEN', 'LOCKED']],
    ['lower', ['OPEN', 'SHUT']],
  ].map(([id, onlyWith]) => ({ id, property: `categories.${id}`, kind: 'restrictive', onlyWith, values: [{ id: 'YES' }] }) as never);
  const all = Object.fromEntries(categories.map(({ id }) => [id, ['YES']]));
  it.each([
    ['OPEN', ['low', 'middle', 'high', 'ends', 'lower']],
    ['SHUT', ['middle', 'high', 'ends', 'lower']],
    ['LOCKED', ['high', 'ends']],
  ])('at %s does not show what exists only below it, and shows all else: %j', (classification, shown) => {
    const { portions, ...rest } = document;
    const plain = Object.fromEntries(Object.keys(portions).map((name) => [name, { title: name, label: 'event' as const }]));
    const labelling = officeLaw({ ...rest, portions: plain, categories, rules: [] });
    const label = labelIn(labelling.policy, { classification, categories: all });
    expect(Object.keys(spell(labelling, label).categories ?? {})).toEqual(shown);
  });
});
