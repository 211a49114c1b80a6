/** Makes the raise of a protection's restrictions, which another gateway may have written under another policy. */
import { join } from '../labels/join.ts';
import type { CompiledLabel } from '../labels/label.ts';
import { compileRaise, type Policy } from '../labels/policy.ts';
import { everyRestriction } from './source-label.ts';

const knownTo = ({ document }: Policy): ReadonlySet<string> =>
  new Set(document.categories.flatMap(({ property, values }) => (property === 'restrictions' ? values.map(({ id }) => id) : [])));

/** The raise of the restrictions that the policy knows. */
export function knownRaise(policy: Policy, restrictions: readonly string[]): CompiledLabel {
  const known = knownTo(policy);
  return compileRaise(policy, { restrictions: [...new Set(restrictions)].filter((restriction) => known.has(restriction)) });
}

/** The raise of all restrictions. One that the policy does not know counts as every restriction. */
export function restrictionRaise(policy: Policy, restrictions: readonly string[]): CompiledLabel {
  const known = knownTo(policy);
  const raise = knownRaise(policy, restrictions);
  return restrictions.every((restriction) => known.has(restriction)) ? raise : join(policy, raise, everyRestriction(policy));
}
