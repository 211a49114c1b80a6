import { describe, expect, it } from 'vitest';
import { dominates } from '../../gateway/labels/decision.ts';
import { join } from '../../gateway/labels/join.ts';
import type { Clearance, Label } from '../../gateway/labels/label.ts';
import { compilePolicy } from '../../gateway/labels/policy.ts';
import { isWithin, sourceLabel } from '../../gateway/protections/source-label.ts';
import { clearanceIn, document, labelIn, OFFICE } from '../labels/invented.ts';

const policy = compilePolicy(document);
const open = labelIn(policy, { classification: 'OPEN' });
const mayRead = (label: Label | undefined, clearance: Partial<Clearance>): boolean => {
  const compiled = sourceLabel(policy, label);
  return compiled !== undefined && dominates(policy, clearanceIn(policy, clearance), compiled);
};

describe('the label of a protection’s source', () => {
  it('is the label of the record, where the policy knows it', () => {
    const label: Label = { policy: OFFICE, classification: 'SHUT', restrictions: ['LIFE'], releasableTo: ['NORTH'] };
    expect(sourceLabel(policy, label)).toEqual(
      labelIn(policy, { classification: 'SHUT', restrictions: ['LIFE'], releasableTo: ['NORTH'] }),
    );
  });
  it('is undefined where the policy does not know the label, because nobody can say who may read it', () => {
    expect(sourceLabel(policy, { policy: OFFICE, classification: 'BURIED' })).toBeUndefined();
  });
  it.each([
    ['who holds the highest classification and every restriction', { classifications: ['LOCKED'], restrictions: ['YOUTH', 'LIFE'] }, true],
    ['who lacks a restriction', { classifications: ['LOCKED'], restrictions: ['YOUTH'] }, false],
    ['who lacks another restriction', { classifications: ['LOCKED'], restrictions: ['LIFE'] }, false],
    ['who holds lower classifications', { classifications: ['OPEN', 'SHUT'], restrictions: ['YOUTH', 'LIFE'] }, false],
  ])('is readable by a clearance that holds everything, where the record has none: %s, %j', (_, clearance, expected) => {
    expect(mayRead(undefined, clearance)).toBe(expected);
  });
  it('has no informative value and no recipients, where the record has none', () => {
    const { bits } = sourceLabel(policy, undefined) ?? open;
    expect(bits.slice(1)).toEqual(policy.lowest.bits.slice(1));
  });
});

describe('a label is within another', () => {
  const [shut, life] = [labelIn(policy, { classification: 'SHUT' }), labelIn(policy, { classification: 'OPEN', restrictions: ['LIFE'] })];
  it('where the other requires as much or more', () => {
    expect([isWithin(policy, open, shut), isWithin(policy, open, life), isWithin(policy, open, open)]).toEqual([true, true, true]);
    expect(isWithin(policy, life, join(policy, shut, life))).toBe(true);
  });
  it('but not where the other requires less, or something else', () => {
    expect([isWithin(policy, shut, open), isWithin(policy, life, open), isWithin(policy, shut, life)]).toEqual([false, false, false]);
  });
});
