/** Whether a label rises or falls from one version to another. */
import type { Label } from '../labels/label.ts';
import { compileLabel, OWN_CATEGORY, type Policy } from '../labels/policy.ts';
import { isWithin } from '../protections/source-label.ts';

/** `mixed`: a part of the label falls and another one rises, or the two labels cannot be compared. */
export type Direction = 'same' | 'rises' | 'falls' | 'mixed';

/** Compares two labels, each under its version of the policy. */
export type DirectionOf = (from: Label, to: Label) => Direction;

/** Whether everybody who may read the new label could read the old one is not certain: the change opens something. */
export const opens = (direction: Direction): boolean => direction === 'falls' || direction === 'mixed';

/** A label as if it was made under a policy: labels name the version of the policy that they were made under. */
function compiled(policy: Policy, label: Label) {
  const { id, version } = policy.document;
  return compileLabel(policy, { ...label, policy: { id, version } });
}

const isKnown = (policy: Policy, label: Label): boolean => compiled(policy, label).ok;

function under(policy: Policy, from: Label, to: Label): Direction | undefined {
  const [before, after] = [compiled(policy, from), compiled(policy, to)];
  if (!before.ok || !after.ok) return undefined;
  const isUp = isWithin(policy, before.value, after.value);
  const isDown = isWithin(policy, after.value, before.value);
  if (isUp) return isDown ? 'same' : 'rises';
  return isDown ? 'falls' : 'mixed';
}

function together(direction: Direction, other: Direction): Direction {
  if (direction === other || other === 'same') return direction;
  return direction === 'same' ? other : 'mixed';
}

/** What a policy says of the values of a label: which shared classifications stand below, and what each category asks of readers. */
function meaningOf({ document }: Policy, label: Label, other: Policy): string {
  const isShared = (id: string) => other.document.classifications.some((candidate) => candidate.id === id);
  const rank = document.classifications.find(({ id }) => id === label.classification)?.rank;
  const below = document.classifications
    .filter((candidate) => rank !== undefined && candidate.rank < rank && isShared(candidate.id))
    .map(({ id }) => id);
  const { policy: _policy, classification: _classification, legacy: _legacy, sensitive, categories = {}, ...rest } = label;
  const values = new Map<string, unknown>(Object.entries(rest));
  if (sensitive === true) values.set('sensitive', ['SENSITIVE']);
  for (const [name, held] of Object.entries(categories)) values.set(`${OWN_CATEGORY}${name}`, held);
  const asked = document.categories.flatMap(({ property, kind, values: known }) => {
    const held = values.get(property);
    const list: readonly unknown[] = Array.isArray(held) ? held : [];
    const found = known.map(({ id }) => id).filter((id) => list.includes(id));
    return found.length === 0 ? [] : [JSON.stringify([property, kind, found.toSorted()])];
  });
  return JSON.stringify([below.toSorted(), asked.toSorted()]);
}

/** Whether two policies let the same readers read a label, as far as both know it. */
const isReadAlike = (policy: Policy, other: Policy, label: Label): boolean =>
  policy === other || meaningOf(policy, label, other) === meaningOf(other, label, policy);

/**
 * Compares labels under both policies, that in force and the candidate: a label that falls under either of them falls. Labels that neither
 * policy knows together, and those that the two policies let other readers read, cannot be compared, which counts as `mixed`.
 */
export const directions =
  ([inForce, candidate]: readonly [inForce: Policy, candidate: Policy]): DirectionOf =>
  (from, to) => {
    const found = [inForce, candidate].map((policy) => under(policy, from, to)).filter((direction) => direction !== undefined);
    const direction = found.length === 0 ? 'mixed' : found.reduce(together);
    const isAlike = [from, to].every(
      (label) => !isKnown(inForce, label) || !isKnown(candidate, label) || isReadAlike(inForce, candidate, label),
    );
    return opens(direction) || isAlike ? direction : 'mixed';
  };
