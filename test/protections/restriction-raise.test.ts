/** The raise of restrictions that another gateway may have written under another policy. */
import { describe, expect, it } from 'vitest';
import { join } from '../../gateway/labels/join.ts';
import { compilePolicy, compileRaise } from '../../gateway/labels/policy.ts';
import { knownRaise, restrictionRaise } from '../../gateway/protections/restriction-raise.ts';
import { everyRestriction } from '../../gateway/protections/source-label.ts';
import { document } from '../labels/invented.ts';
import { policy } from '../support/rules-in-force.ts';

const COMPLAINANT = 'SOAA1992_s1';
const YOUTH = 'CYPA1933_s49';
const raiseOf = (...restrictions: readonly string[]) => compileRaise(policy, { restrictions });

describe('restrictions that the policy knows', () => {
  it.each([[[]], [[COMPLAINANT]], [[COMPLAINANT, YOUTH]], [[COMPLAINANT, COMPLAINANT]]])('raise with these: %j', (restrictions) => {
    const expected = raiseOf(...new Set(restrictions));
    expect(knownRaise(policy, restrictions)).toEqual(expected);
    expect(restrictionRaise(policy, restrictions)).toEqual(expected);
  });
});

describe('a restriction that the policy does not know', () => {
  it.each([[['GONE']], [[COMPLAINANT, 'GONE']], [['GONE', COMPLAINANT]]])('counts as every restriction: %j', (restrictions) => {
    expect(restrictionRaise(policy, restrictions)).toEqual(join(policy, raiseOf(), everyRestriction(policy)));
  });
  it('is left out of what is known', () => {
    expect(knownRaise(policy, ['GONE', COMPLAINANT])).toEqual(raiseOf(COMPLAINANT));
    // The name of a value of another category.
    const office = compilePolicy(document);
    expect(knownRaise(office, ['NORTH'])).toEqual(compileRaise(office, { restrictions: [] }));
  });
});
