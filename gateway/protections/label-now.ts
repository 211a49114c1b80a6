/** The label of a published event now: that of its seal, raised by what the register of protections has learned since. */
import type { VerifiedEvent } from '../labels/event.ts';
import { join } from '../labels/join.ts';
import type { CompiledLabel } from '../labels/label.ts';
import type { Labelling } from '../labels/label-event.ts';
import { compileLabel } from '../labels/policy.ts';
import type { KnownProtections } from './protect.ts';

/** Undefined where the label means nothing under the policy. A protection that was lifted or has ended lowers nothing here. */
export function labelNow({ policy, protect }: Labelling, { event }: VerifiedEvent, known: KnownProtections): CompiledLabel | undefined {
  const sealed = compileLabel(policy, event.data.label);
  if (!sealed.ok) return undefined;
  const raise = protect.joinedRaise(protect.registered(known));
  return raise === undefined ? sealed.value : join(policy, sealed.value, raise);
}
