/** Joins labels: combined content has the labels of all its parts, so a label can only rise. */
import type { CompiledLabel } from './label.ts';
import type { Policy } from './policy.ts';

/**
 * The join of two labels of one policy: highest classification, union of restrictive, intersection of permissive values.
 * Commutative, associative, idempotent; `policy.lowest` is its neutral element.
 */
export function join(policy: Policy, a: CompiledLabel, b: CompiledLabel): CompiledLabel {
  if (a === b) return a;
  const { categories } = policy;
  let bits: number[] | undefined;
  for (let place = 0; place < categories.length; place++) {
    const { kind, join: joins } = categories[place] as (typeof categories)[number];
    const aBits = a.bits[place] ?? 0;
    const bBits = b.bits[place] ?? 0;
    const joined = kind === 'permissive' || joins === 'intersection' ? aBits & bBits : aBits | bBits;
    if (joined !== aBits) (bits ??= [...a.bits])[place] = joined;
  }
  // Most joins add nothing: return the same object.
  if (bits === undefined && b.classification <= a.classification) return a;
  return { classification: Math.max(a.classification, b.classification), bits: bits ?? a.bits };
}

export const joinAll = (policy: Policy, labels: Iterable<CompiledLabel>): CompiledLabel => {
  let joined = policy.lowest;
  for (const label of labels) joined = join(policy, joined, label);
  return joined;
};

/** Whether two compiled labels of one policy say the same. */
export const sameLabel = (a: CompiledLabel, b: CompiledLabel): boolean =>
  a === b || (a.classification === b.classification && a.bits.every((bit, place) => bit === b.bits[place]));
