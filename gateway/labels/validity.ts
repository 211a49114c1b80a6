/** Whether a policy allows a combination of values at all. Apart from access: a label must be valid, and then be dominated. */
import type { Refusal } from '../../adapters/adapter.ts';
import { type CompiledLabel, UNRESTRICTED } from './label.ts';
import type { Policy } from './policy.ts';

const isPresent = (bits: number | undefined): boolean => bits !== undefined && bits !== 0 && bits !== UNRESTRICTED;

/** The refusals of a label whose combination the policy does not allow: OFFICIAL-SENSITIVE exists only with OFFICIAL, caveats only from SECRET. */
export function invalidities(policy: Policy, label: CompiledLabel): readonly Refusal[] {
  const classification = policy.document.classifications[label.classification]?.id ?? '';
  const refusals: Refusal[] = [];
  for (const [place, { id, property, onlyWith, excludes = [] }] of policy.categories.entries()) {
    if (!isPresent(label.bits[place])) continue;
    if (onlyWith !== undefined && !onlyWith.includes(classification))
      refusals.push({ code: 'label-invalid', at: `/${property}`, reason: `${id} goes only with ${onlyWith.join(' or ')}` });
    for (const { category } of excludes) {
      const other = policy.categories.findIndex((one) => one.id === category);
      if (isPresent(label.bits[other])) refusals.push({ code: 'label-invalid', at: `/${property}`, reason: `${id} excludes ${category}` });
    }
  }
  return refusals;
}
