/** The label of the event that a protection came from. Readers below that label do not learn of the protection, but it still holds. */
import { join, sameLabel } from '../labels/join.ts';
import type { CompiledLabel, Label } from '../labels/label.ts';
import { compileLabel, type Policy } from '../labels/policy.ts';

/** The compiled label of the event that a protection came from. The highest label where the record has none; undefined where the policy does not know it. */
export function sourceLabel(policy: Policy, label: Label | undefined): CompiledLabel | undefined {
  if (label === undefined) return highest(policy);
  const compiled = compileLabel(policy, label);
  return compiled.ok ? compiled.value : undefined;
}

/** A label that only a clearance with every restrictive value dominates. */
export const everyRestriction = ({ categories, lowest }: Policy): CompiledLabel => ({
  ...lowest,
  bits: categories.map(({ kind, values }, place) =>
    kind === 'restrictive' ? values.reduce((bits, _, n) => bits | (1 << n), 0) : (lowest.bits[place] as number),
  ),
});

/** A label that only a clearance with the highest classification and every restrictive value dominates. */
const highest = (policy: Policy): CompiledLabel => ({
  ...everyRestriction(policy),
  classification: policy.document.classifications.length - 1,
});

/** Whether every clearance that dominates `other` also dominates `label`. */
export const isWithin = (policy: Policy, label: CompiledLabel, other: CompiledLabel): boolean =>
  sameLabel(join(policy, label, other), other);
