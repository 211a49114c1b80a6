import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markingOf } from '../../contracts/client/label.ts';
import { dominates, reasonsAgainst } from '../../gateway/labels/decision.ts';
import { join, joinAll, sameLabel } from '../../gateway/labels/join.ts';
import type { Clearance, Label } from '../../gateway/labels/label.ts';
import { compileClearance, compileLabel, labelOf } from '../../gateway/labels/policy.ts';
import { invalidities } from '../../gateway/labels/validity.ts';
import { anyClearance, anyLabel, clearanceFor, labelFor, must, policy } from '../support/rules-in-force.ts';

const compiled = anyLabel.map((label) => must(compileLabel(policy, label)));
const cleared = anyClearance.map((clearance) => must(compileClearance(policy, clearance)));

describe('a join of labels', () => {
  it('is commutative, associative and idempotent, and the lowest label is its neutral element', () => {
    fc.assert(
      fc.property(compiled, compiled, compiled, (a, b, c) => {
        expect(sameLabel(join(policy, a, b), join(policy, b, a))).toBe(true);
        expect(sameLabel(join(policy, join(policy, a, b), c), join(policy, a, join(policy, b, c)))).toBe(true);
        expect(sameLabel(join(policy, a, a), a)).toBe(true);
        expect(sameLabel(join(policy, a, policy.lowest), joinAll(policy, [a]))).toBe(true);
      }),
    );
  });

  it('can be read only by a reader who can read each part, apart from classifications that are held separately', () => {
    fc.assert(
      fc.property(compiled, compiled, cleared, (a, b, clearance) => {
        const all = { ...clearance, classifications: 0b111 };
        if (dominates(policy, all, join(policy, a, b))) expect(dominates(policy, all, a) && dominates(policy, all, b)).toBe(true);
      }),
    );
  });
});

/** The rule of X.841 written a second time, over the label as data and its lists. */
function mayRead(clearance: Clearance, label: Label): boolean {
  if (!clearance.classifications.includes(label.classification)) return false;
  if (label.sensitive === true && clearance.sensitive !== true) return false;
  for (const property of ['handling', 'caveats', 'codewords', 'restrictions'] as const)
    for (const value of label[property] ?? [])
      if (value !== 'FOR PUBLIC RELEASE' && !(clearance[property] ?? []).includes(value)) return false;
  return label.releasableTo === undefined || label.releasableTo.some((value) => (clearance.releasableTo ?? []).includes(value));
}

describe('dominance', () => {
  it('follows the rule of X.841, for any label and clearance', () => {
    fc.assert(
      fc.property(anyLabel, anyClearance, (label, clearance) => {
        const decision = dominates(policy, must(compileClearance(policy, clearance)), must(compileLabel(policy, label)));
        expect(decision).toBe(mayRead(clearance, label));
      }),
      { numRuns: 5000 },
    );
  });

  it('has reasons where the answer is no, and none where it is yes', () => {
    fc.assert(
      fc.property(compiled, cleared, (label, clearance) => {
        expect(reasonsAgainst(policy, clearance, label).length === 0).toBe(dominates(policy, clearance, label));
      }),
    );
  });

  it('does not follow from a higher classification alone', () => {
    expect(dominates(policy, clearanceFor({ classifications: ['SECRET'] }), labelFor({ classification: 'OFFICIAL' }))).toBe(false);
  });
});

describe('a label', () => {
  it('keeps its meaning when it is written as data and read again', () => {
    fc.assert(
      fc.property(compiled, (label) => {
        expect(sameLabel(must(compileLabel(policy, labelOf(policy, label))), label)).toBe(true);
      }),
    );
  });

  it('has a short marking', () => {
    expect(markingOf(labelOf(policy, labelFor({ classification: 'OFFICIAL', sensitive: true })))).toBe('OFFICIAL-SENSITIVE');
    expect(markingOf(labelOf(policy, labelFor({ classification: 'SECRET' })))).toBe('SECRET');
  });

  it.each([
    [{ classification: 'OFFICIAL', sensitive: true }, 0],
    [{ classification: 'SECRET', sensitive: true }, 1],
    [{ classification: 'OFFICIAL', caveats: ['UK EYES ONLY'] }, 1],
    [{ classification: 'SECRET', caveats: ['UK EYES ONLY'] }, 0],
    [{ classification: 'OFFICIAL', handling: ['FOR PUBLIC RELEASE'] }, 0],
    [{ classification: 'OFFICIAL', sensitive: true, handling: ['FOR PUBLIC RELEASE'] }, 1],
    [{ classification: 'TOP SECRET', handling: ['FOR PUBLIC RELEASE'] }, 1],
  ])('%j has %i invalid combinations', (label, count) => {
    expect(invalidities(policy, labelFor(label)).length).toBe(count);
  });
});
