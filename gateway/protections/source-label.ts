/** The label of what a protection came from: who may not read that does not learn of the protection, which holds all the same. */
import { join, sameLabel } from '../labels/join.ts';
import type { CompiledLabel, Label } from '../labels/label.ts';
import { compileLabel, type Policy } from '../labels/policy.ts';

/** The label of the event that a protection came with, compiled. The highest where the record says none; undefined where the policy does not know it. */
export function sourceLabel(policy: Policy, label: Label | undefined): CompiledLabel | undefined {
  if (label === undefined) return highest(policy);
  const compiled = compileLabel(policy, label);
  return compiled.ok ? compiled.value : undefined;
}

/** What only who holds every restrictive value dominates. */
export const everyRestriction = ({ categories, lowest }: Policy): CompiledLabel => ({
  ...lowest,
  bits: categories.map(({ kind, values }, place) =>
    kind === 'restrictive' ? values.reduce((bits, _, n) => bits | (1 << n), 0) : (lowest.bits[place] as number),
  ),
});

/** What only who holds the highest classification and every restrictive value dominates. */
const highest = (policy: Policy): CompiledLabel => ({
  ...everyRestriction(policy),
  classification: policy.document.classifications.length - 1,
});

/** Whether whoever may read what carries a label may read what carries another. */
export const isWithin = (policy: Policy, label: CompiledLabel, other: CompiledLabel): boolean =>
  sameLabel(join(policy, label, other), other);
