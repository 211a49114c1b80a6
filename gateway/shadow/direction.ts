/** Whether a label rises or falls from one version to another. */
import type { Label } from '../labels/label.ts';
import { compileLabel, type Policy } from '../labels/policy.ts';
import { isWithin } from '../protections/source-label.ts';

/** `mixed`: a part of the label falls and another one rises, or the two labels cannot be compared. */
export type Direction = 'same' | 'rises' | 'falls' | 'mixed';

/** Compares two labels, each of its own version. */
export type DirectionOf = (from: Label, to: Label) => Direction;

/** Whether everybody who may read the new label could read the old one is not certain: the change opens something. */
export const opens = (direction: Direction): boolean => direction === 'falls' || direction === 'mixed';

function under(policy: Policy, from: Label, to: Label): Direction | undefined {
  const { id, version } = policy.document;
  // The labels name the version that they were made under.
  const [before, after] = [from, to].map((label) => compileLabel(policy, { ...label, policy: { id, version } }));
  if (before?.ok !== true || after?.ok !== true) return undefined;
  const isUp = isWithin(policy, before.value, after.value);
  const isDown = isWithin(policy, after.value, before.value);
  if (isUp) return isDown ? 'same' : 'rises';
  return isDown ? 'falls' : 'mixed';
}

function together(one: Direction, other: Direction): Direction {
  if (one === other || other === 'same') return one;
  return one === 'same' ? other : 'mixed';
}

/**
 * Compares labels under both policies, that in force and the candidate: a label that falls under either of them falls. Labels that neither
 * policy knows together cannot be compared, which counts as `mixed`.
 */
export const directions =
  (policies: readonly Policy[]): DirectionOf =>
  (from, to) => {
    const found = policies.map((policy) => under(policy, from, to)).filter((direction) => direction !== undefined);
    return found.length === 0 ? 'mixed' : found.reduce(together);
  };
