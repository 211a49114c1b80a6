import { describe, expect, it } from 'vitest';
import { join, joinAll, sameLabel } from '../../gateway/labels/join.ts';
import { labelOf } from '../../gateway/labels/policy.ts';
import { labelFor, policy } from '../support/rules-in-force.ts';

const joined = (...labels: readonly Parameters<typeof labelFor>[0][]) => {
  const { policy: _, ...label } = labelOf(policy, joinAll(policy, labels.map(labelFor)));
  return label;
};

describe('a join', () => {
  it('takes the highest classification and all restrictions, and keeps only recipients of both labels', () => {
    expect(
      joined(
        { classification: 'SECRET', handling: ['POLICE USE ONLY'], releasableTo: ['POLICE', 'CPS'], descriptors: ['LOCSEN'] },
        { classification: 'OFFICIAL', handling: ['EMBARGOED'], releasableTo: ['CPS', 'COURTS'], descriptors: ['COMMERCIAL'] },
      ),
    ).toEqual({
      classification: 'SECRET',
      handling: ['POLICE USE ONLY', 'EMBARGOED'],
      descriptors: ['LOCSEN', 'COMMERCIAL'],
      releasableTo: ['CPS'],
    });
  });
  it('of labels for different recipients is for nobody', () => {
    expect(joined({ classification: 'OFFICIAL', releasableTo: ['POLICE'] }, { classification: 'OFFICIAL', releasableTo: ['CPS'] })).toEqual(
      {
        classification: 'OFFICIAL',
        releasableTo: [],
      },
    );
  });
  it('is for public release only where all its parts are', () => {
    const release = { classification: 'OFFICIAL', handling: ['FOR PUBLIC RELEASE'] };
    expect(joined(release, release)).toEqual(release);
    expect(joined(release, { classification: 'OFFICIAL' })).toEqual({ classification: 'OFFICIAL' });
  });
  it('that adds nothing is the same label object', () => {
    const [a, b] = [{ classification: 'SECRET', sensitive: true }, { classification: 'SECRET' }].map(labelFor) as [never, never];
    expect(join(policy, a, b)).toBe(a);
    expect(join(policy, a, labelFor({ classification: 'OFFICIAL' }))).toBe(a);
    expect(join(policy, b, a)).toEqual(a);
  });
  it('does not change its labels', () => {
    const [a, b] = [{ classification: 'OFFICIAL' }, { classification: 'SECRET', sensitive: true, releasableTo: ['CPS'] }].map(labelFor) as [
      never,
      never,
    ];
    const before = JSON.stringify([a, b]);
    join(policy, a, b);
    join(policy, b, a);
    expect(JSON.stringify([a, b])).toBe(before);
  });
});

describe('two labels', () => {
  it('are equal only with the same classification and values', () => {
    const label = labelFor({ classification: 'OFFICIAL', sensitive: true });
    expect(sameLabel(label, labelFor({ classification: 'OFFICIAL', sensitive: true }))).toBe(true);
    expect(sameLabel(label, labelFor({ classification: 'SECRET', sensitive: true }))).toBe(false);
    expect(sameLabel(label, labelFor({ classification: 'OFFICIAL' }))).toBe(false);
  });
});
