/** What flows together is labelled with everything that flowed in: a label can only rise. */
import type { CompiledLabel } from './label.ts';
import type { Policy } from './policy.ts';

/**
 * The join of two labels of one policy: highest classification, union of restrictive, intersection of permissive values.
 * Commutative, associative, idempotent; `policy.lowest` is its neutral element.
 */
export function join(policy: Policy, a: CompiledLabel, b: CompiledLabel): CompiledLabel {
  if (a === b) return a;
  const bits = a.bits.map((bit, place) => {
    const category = policy.categories[place];
    const meets = category?.kind === 'permissive' || category?.join === 'intersection';
    const other = b.bits[place] ?? 0;
    return meets ? bit & other : bit | other;
  });
  return { classification: Math.max(a.classification, b.classification), bits };
}

export const joinAll = (policy: Policy, labels: Iterable<CompiledLabel>): CompiledLabel => {
  let joined = policy.lowest;
  for (const label of labels) joined = join(policy, joined, label);
  return joined;
};

/** Whether two compiled labels of one policy say the same. */
export const sameLabel = (a: CompiledLabel, b: CompiledLabel): boolean =>
  a === b || (a.classification === b.classification && a.bits.every((bit, place) => bit === b.bits[place]));
