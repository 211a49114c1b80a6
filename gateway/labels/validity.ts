/** Whether a policy allows a combination of values at all. Apart from access: a label must be valid, and then be dominated. */
import type { Refusal } from '../../adapters/adapter.ts';
import { type CompiledLabel, UNRESTRICTED } from './label.ts';
import type { Policy } from './policy.ts';
import type { Reference, Requirement, ValueDocument } from './policy-document.ts';

/** The values of each category that a label holds. An absent category has no entry; an empty permissive one has none either. */
function heldOf(policy: Policy, label: CompiledLabel): ReadonlyMap<string, readonly ValueDocument[]> {
  const held = new Map<string, ValueDocument[]>();
  for (const [place, { id, values }] of policy.categories.entries()) {
    const bits = label.bits[place] ?? 0;
    if (bits === 0 || bits === UNRESTRICTED) continue;
    const heldValues = values.filter((_, n) => (bits & (1 << n)) !== 0);
    held.set(id, [...(held.get(id) ?? []), ...heldValues]);
  }
  return held;
}

type Held = ReturnType<typeof heldOf>;

const count = (held: Held, { category, values }: Reference): number =>
  (held.get(category) ?? []).filter(({ id }) => values === undefined || values.includes(id)).length;

function isMet(held: Held, { operation, of }: Requirement): boolean {
  const counts = of.map((reference) => count(held, reference));
  if (operation === 'all') return of.every(({ values }, n) => (counts[n] ?? 0) >= (values?.length ?? 1));
  const sum = counts.reduce((all, number) => all + number, 0);
  return operation === 'onlyOne' ? sum === 1 : sum >= 1;
}

const invalid = (property: string, reason: string): Refusal => ({ code: 'label-invalid', at: `/${property.replace('.', '/')}`, reason });

/** The refusals of a label whose combination the policy does not allow: OFFICIAL-SENSITIVE exists only with OFFICIAL, caveats only from SECRET. */
export function invalidities(policy: Policy, label: CompiledLabel): readonly Refusal[] {
  const { id: classification = '', requires = [] } = policy.document.classifications[label.classification] ?? {};
  const held = heldOf(policy, label);
  const refusals: Refusal[] = [];
  const mustGoWith = (property: string, name: string, onlyWith: readonly string[] | undefined) => {
    if (onlyWith !== undefined && !onlyWith.includes(classification))
      refusals.push(invalid(property, `${name} goes only with ${onlyWith.join(' or ')}`));
  };
  const mustMeet = (property: string, name: string, all: readonly Requirement[]) => {
    for (const requirement of all)
      if (!isMet(held, requirement))
        refusals.push(
          invalid(property, `${name} needs ${WORDS[requirement.operation]} ${requirement.of.map(({ category }) => category).join(', ')}`),
        );
  };
  const mustNotStandWith = (property: string, name: string, excludes: readonly Reference[]) => {
    for (const reference of excludes)
      if (count(held, reference) > 0) refusals.push(invalid(property, `${name} excludes ${reference.category}`));
  };
  mustMeet('classification', classification, requires);
  for (const { id, property, onlyWith, excludes = [], single = false } of policy.document.categories) {
    const values = held.get(id);
    if (values === undefined) continue;
    mustGoWith(property, id, onlyWith);
    mustNotStandWith(property, id, excludes);
    if (single && values.length > 1) refusals.push(invalid(property, `${id} has one value at the most`));
    for (const value of values) {
      mustGoWith(property, value.id, value.onlyWith);
      mustMeet(property, value.id, value.requires ?? []);
      mustNotStandWith(property, value.id, value.excludes ?? []);
    }
  }
  return refusals;
}

const WORDS: Readonly<Record<Requirement['operation'], string>> = { onlyOne: 'exactly one of', oneOrMore: 'one or more of', all: 'all of' };
