/** What a label of one policy says in another. What is not named has no equivalent, and does not pass. */
import { type Failure, failure, type Result, success } from '../../adapters/result.ts';
import { joinAll } from './join.ts';
import type { CompiledLabel, Label } from './label.ts';
import { compileLabel, labelOf, type Policy } from './policy.ts';
import type { Equivalence } from './policy-document.ts';
import { invalidities } from './validity.ts';

const none = (at: string): Failure => failure({ code: 'label-no-equivalent', at, reason: 'The other policy has no equivalent' });

type Markings = Equivalence['pairs'][number]['own'];

const PROPERTIES = ['handling', 'descriptors', 'caveats', 'codewords', 'releasableTo', 'restrictions'] as const;

/** What a label says, each as a pair of place and value. An empty permissive category is a place without value. */
function statementsOf(label: Markings): ReadonlySet<string> {
  const said = new Set<string>();
  if (label.sensitive === true) said.add('sensitive');
  const take = (place: string, values: readonly string[] | undefined) => {
    for (const value of values ?? []) said.add(`${place} ${value}`);
    if (values?.length === 0) said.add(`${place} `);
  };
  for (const property of PROPERTIES) take(property, label[property]);
  for (const [id, values] of Object.entries(label.categories ?? {})) take(`categories/${id}`, values);
  return said;
}

/**
 * Translates a label. `equivalences` are those of `own`; `direction` is `out` for a label of `own` and `in` for one of the other policy.
 * Returns the label in the other policy, valid there, or a refusal. Of several pairs that fit, all are applied and joined: the result can
 * only be higher. Informative values without an equivalent are left out; any other value without one refuses the label.
 */
export function translate(from: Policy, to: Policy, equivalence: Equivalence, label: Label, direction: 'in' | 'out'): Result<Label> {
  const compiled = compileLabel(from, label);
  if (!compiled.ok) return compiled;
  const said = statementsOf(label);
  const open = new Set(said);
  const found: CompiledLabel[] = [];
  let hasClassification = false;
  for (const pair of equivalence.pairs) {
    if (pair.direction !== undefined && pair.direction !== direction) continue;
    const [source, target] = direction === 'out' ? [pair.own, pair.other] : [pair.other, pair.own];
    if (source.classification !== undefined && source.classification !== label.classification) continue;
    const needs = statementsOf(source);
    if (![...needs].every((one) => said.has(one))) continue;
    const lowest = to.document.classifications[0]?.id ?? '';
    const result = compileLabel(to, { policy: { id: to.document.id, version: to.document.version }, classification: lowest, ...target });
    if (!result.ok) return result;
    hasClassification ||= source.classification !== undefined;
    for (const one of needs) open.delete(one);
    found.push(result.value);
  }
  if (!hasClassification) return none('/classification');
  for (const category of from.document.categories)
    if (category.kind === 'informative') for (const { id } of category.values) open.delete(`${category.property.replace('.', '/')} ${id}`);
  const [left] = open;
  if (left !== undefined) return none(`/${left.split(' ', 1)[0]}`);
  const joined = joinAll(to, found);
  const [refusal] = invalidities(to, joined);
  return refusal === undefined ? success(labelOf(to, joined)) : failure(refusal);
}
