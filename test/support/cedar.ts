/** Makes the same decision with an independent engine, Cedar, from the policy’s document and labels as data. */
import { preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import type { Clearance, Label } from '../../gateway/labels/label.ts';
import type { CategoryDocument, PolicyDocument } from '../../gateway/labels/policy-document.ts';

/** X.841's access rule in Cedar's words. An absent permissive category is an absent attribute; an empty one is an empty set. */
function cedarText({ categories }: PolicyDocument): string {
  const conditions = categories.flatMap(({ kind }, n) =>
    kind === 'restrictive'
      ? [`context.clearance.c${n}.containsAll(context.label.c${n})`]
      : kind === 'permissive'
        ? [`(!(context.label has c${n}) || context.clearance.c${n}.containsAny(context.label.c${n}))`]
        : [],
  );
  const all = ['context.clearance.classifications.contains(context.label.classification)', ...conditions];
  return `permit (principal, action, resource) when { ${all.join(' && ')} };`;
}

function valuesOf(source: object, { property, values }: CategoryDocument): readonly string[] | undefined {
  const at = property.startsWith('categories.')
    ? (source as Label).categories?.[property.slice('categories.'.length)]
    : (source as Record<string, unknown>)[property];
  if (property === 'sensitive') return at === true ? ['SENSITIVE'] : [];
  return (at as readonly string[] | undefined)?.filter((held) => values.some(({ id }) => id === held));
}

let policies = 0;

/** Asks Cedar under one policy. */
export function cedarOf(document: PolicyDocument): (clearance: Clearance, label: Label) => boolean {
  const name = `policy-${policies++}`;
  const parsed = preparsePolicySet(name, { staticPolicies: cedarText(document) });
  if (parsed.type !== 'success') throw new Error(JSON.stringify(parsed.errors));
  return (clearance, label) => {
    const labelRecord: Record<string, unknown> = { classification: label.classification };
    const held: Record<string, unknown> = { classifications: clearance.classifications };
    for (const [n, category] of document.categories.entries()) {
      const values = valuesOf(label, category);
      if (values !== undefined || category.kind !== 'permissive') labelRecord[`c${n}`] = values ?? [];
      held[`c${n}`] = valuesOf(clearance, category) ?? [];
    }
    const answer = statefulIsAuthorized({
      principal: { type: 'Reader', id: 'one' },
      action: { type: 'Action', id: 'read' },
      resource: { type: 'Event', id: 'one' },
      context: { label: labelRecord, clearance: held } as never,
      preparsedPolicySetId: name,
      entities: [],
      validateRequest: false,
    } as never);
    if (answer.type !== 'success') throw new Error(JSON.stringify(answer.errors));
    return answer.response.decision === 'allow';
  };
}
