/** Compares compiled decisions with Cedar’s, over random policies, labels and clearances. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dominates, reasonsAgainst } from '../../gateway/labels/decision.ts';
import type { Clearance, Label } from '../../gateway/labels/label.ts';
import { compileClearance, compileLabel, compilePolicy } from '../../gateway/labels/policy.ts';
import type { CategoryDocument, PolicyDocument } from '../../gateway/labels/policy-document.ts';
import { cedarOf } from '../support/cedar.ts';
import { must, policy as uk } from '../support/rules-in-force.ts';

/** Policies and pairs: at least 100,000 decisions together. */
const POLICIES = 260;
const PAIRS = 400;

const category = fc.record({
  kind: fc.constantFrom('restrictive' as const, 'permissive' as const, 'informative' as const),
  values: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 28, max: 95 })),
});

const documents = fc.record({ classifications: fc.integer({ min: 1, max: 5 }), categories: fc.array(category, { maxLength: 6 }) }).map(
  ({ classifications, categories }): PolicyDocument => ({
    id: 'random',
    version: '1.0.0',
    legacyMarkings: [],
    portions: {},
    rules: [],
    classifications: Array.from({ length: classifications }, (_, n) => ({ id: `L${n}`, rank: n + 1, topic: `l${n}` })),
    categories: categories.map(
      ({ kind, values }, n): CategoryDocument => ({
        id: `c${n}`,
        property: `categories.c${n}`,
        kind,
        values: Array.from({ length: values }, (_, value) => ({ id: `V${value}` })),
      }),
    ),
  }),
);

/** Numbers from a seed, below a bound: fast-check shrinks the seed's policy, and the pairs come again with it. */
function dice(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % bound;
  };
}

function some(roll: (bound: number) => number, { values }: CategoryDocument, most: number): string[] {
  const chosen = new Set<string>();
  for (let n = roll(most + 1); n > 0; n--) chosen.add(values[roll(values.length)]?.id ?? '');
  return [...chosen];
}

it('no decision differs from Cedar’s, over 100,000 cases', () => {
  const seen = { allowed: 0, denied: 0 };
  fc.assert(
    fc.property(documents, fc.integer(), (document, seed) => {
      const policy = compilePolicy(document);
      const cedar = cedarOf(document);
      const roll = dice(seed);
      const named = { policy: { id: 'random', version: '1.0.0' } };
      for (let pair = 0; pair < PAIRS; pair++) {
        const labelled: Record<string, string[]> = {};
        const held: Record<string, string[]> = {};
        // Holding much and asking little: otherwise almost everything is denied.
        for (const entry of document.categories) {
          if (roll(3) > 0) labelled[entry.id] = some(roll, entry, 3);
          if (roll(8) > 0) held[entry.id] = roll(2) === 0 ? entry.values.map(({ id }) => id) : some(roll, entry, entry.values.length * 2);
        }
        const label: Label = { ...named, classification: `L${roll(document.classifications.length)}`, categories: labelled };
        const classifications = document.classifications.map(({ id }) => id).filter(() => roll(4) > 0);
        const clearance: Clearance = { ...named, classifications, categories: held };
        const [compiled, cleared] = [must(compileLabel(policy, label)), must(compileClearance(policy, clearance))];
        const isAllowed = dominates(policy, cleared, compiled);
        seen[isAllowed ? 'allowed' : 'denied']++;
        if (isAllowed !== cedar(clearance, label)) throw new Error(`They differ: ${JSON.stringify({ label, clearance })}`);
        if (isAllowed !== (reasonsAgainst(policy, cleared, compiled).length === 0))
          throw new Error('The reasons say otherwise than the decision');
      }
    }),
    { numRuns: POLICIES },
  );
  // Both answers were really asked for.
  expect(seen.allowed).toBeGreaterThan(POLICIES * PAIRS * 0.1);
  expect(seen.denied).toBeGreaterThan(POLICIES * PAIRS * 0.1);
  expect(seen.allowed + seen.denied).toBeGreaterThanOrEqual(100_000);
}, 300_000);

it('no decision under the UK policy differs from Cedar’s', () => {
  const cedar = cedarOf(uk.document);
  const roll = dice(7);
  const named = { policy: { id: uk.document.id, version: uk.document.version } };
  for (let pair = 0; pair < 5000; pair++) {
    const [label, clearance] = [0, 1].map(() => {
      const side: Record<string, unknown> = {};
      for (const entry of uk.document.categories) {
        if (entry.property === 'sensitive') side.sensitive = roll(2) === 0;
        else if (roll(2) === 0)
          side[entry.property] = [...new Set([...((side[entry.property] as string[] | undefined) ?? []), ...some(roll, entry, 2)])];
      }
      return side;
    }) as [object, object];
    const fullLabel: Label = { ...named, ...label, classification: ['OFFICIAL', 'SECRET', 'TOP SECRET'][roll(3)] ?? '' };
    const held: Clearance = { ...named, ...clearance, classifications: ['OFFICIAL', 'SECRET'] };
    expect(dominates(uk, must(compileClearance(uk, held)), must(compileLabel(uk, fullLabel)))).toBe(cedar(held, fullLabel));
  }
});
