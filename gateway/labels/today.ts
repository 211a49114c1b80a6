/**
 * The labels of a published event today. Its seal has the labels at publication; since then, protections may have begun, ended or been
 * lifted.
 */
import { dayOf, isOver } from './day.ts';
import type { SealedEvent, VerifiedEvent } from './event.ts';
import { join } from './join.ts';
import { type CompiledLabel, UNRESTRICTED } from './label.ts';
import { type Found, holdsAnything, type Labelling, type Protect, type Raise } from './label-event.ts';
import { compileLabel } from './policy.ts';
import { type PortionPlan, type Slot, slotsOf } from './portions.ts';

/** The register's protections of a case, in the form that decisions need. Only `protections/` looks at the protections themselves. */
export interface Known {
  /** Whether any protection is in force. */
  readonly isEmpty: boolean;
  /** By place in the policy: the bits of values of which a protection was lifted. Undefined where none was. */
  readonly lifted?: readonly number[];
  /** The same of values of which a protection has ended. */
  readonly ended?: readonly number[];
}

/** The most protections that an event lists: an event with this many may have more. */
export const MOST_PROTECTIONS = 200;

/** Whether a protection that an event lists has ended by a time (milliseconds). The gateway lists them when it seals the event. */
export function hasEnded({ data }: Pick<SealedEvent, 'data'>, now: number): boolean {
  const { protections } = data as { protections?: unknown };
  if (!Array.isArray(protections)) return false;
  if (protections.length >= MOST_PROTECTIONS) return true;
  const day = dayOf(now);
  return protections.some(({ until }: { until?: unknown }) => isOver(until, day));
}

/** Labels of an event's portions as they are today. */
export interface Today {
  /** What is no portion needs this too: text that a standard of today would label by itself. */
  readonly base: CompiledLabel | undefined;
  /** The label of a portion by its place in the list. */
  labelOf(n: number, sealed: CompiledLabel): CompiledLabel;
  /** The label without restrictions that have ended or were lifted. */
  easedLabelOf(n: number, label: CompiledLabel): CompiledLabel;
}

/** The places of an event's portions, in the order of the portions. A place that the standard of today (`all`) does not have can hold anything. */
function slotsFor(all: readonly Slot[], { event, portions }: VerifiedEvent): readonly Slot[] {
  const byPointer = new Map(all.map((slot) => [slot.pointer, slot]));
  return portions.map(({ pointer }) => byPointer.get(pointer) ?? { ...ANYTHING, pointer, holder: event.data });
}

const ANYTHING = { property: '', portion: '', isText: true, isUnlisted: true, within: [] } as const;

/** Places that are in no portion of an event. */
function uncovered(slots: readonly Slot[], { portions }: VerifiedEvent): readonly Slot[] {
  const covered = new Set(portions.map(({ pointer }) => pointer));
  return slots.filter(({ pointer }) => !covered.has(pointer));
}

/** Bits of a label without some of the policy's values. */
const dropped = (label: CompiledLabel, drop: readonly number[]): CompiledLabel => ({
  ...label,
  bits: label.bits.map((bits, place) => (bits === UNRESTRICTED ? bits : bits & ~(drop[place] ?? 0))),
});

const holdsAny = ({ bits }: CompiledLabel, drop: readonly number[] | undefined): boolean =>
  drop?.some((own, place) => bits[place] !== UNRESTRICTED && ((bits[place] ?? 0) & own) !== 0) === true;

/** Whether another version of the standard than today's was in force when an event was sealed. */
const isOlder = ({ dataschema }: Pick<SealedEvent, 'dataschema'>, { schemaId }: PortionPlan): boolean =>
  schemaId !== undefined && dataschema !== schemaId;

/** What the part outside of portions needs where a code in it mentions somebody whom the register protects: it cannot be taken out any more. */
function mentionedInBase(verified: VerifiedEvent, plan: PortionPlan, { protect }: Labelling, found: Found): CompiledLabel | undefined {
  const { slots } = slotsOf(plan, verified.event.data, (_, value) => !protect.isMentionedIn(found, value));
  return uncovered(slots, verified).some(({ isUnlisted }) => isUnlisted) ? protect.whole(found) : undefined;
}

const joinBoth = (policy: Labelling['policy'], a: CompiledLabel | undefined, b: CompiledLabel | undefined): CompiledLabel | undefined =>
  a === undefined || b === undefined ? (a ?? b) : join(policy, a, b);

const contextOf = (event: SealedEvent): Parameters<Protect['find']>[0] => event;

/** What an event's labels are at a time (milliseconds), for a case of which the register holds `known`. */
export function today(labelling: Labelling, verified: VerifiedEvent, now: number, known: Known | undefined): Today {
  const { policy, protect, plans, listedIn } = labelling;
  const { event } = verified;
  const plan = plans.get(event.type);
  if (plan === undefined) throw new Error('No standard for this event type: it is denied before');
  let slots: readonly Slot[] | undefined;
  const all = () => (slots ??= slotsOf(plan, event.data, listedIn(event.data)).slots);
  let places: readonly Slot[] | undefined;
  const own = () => (places ??= slotsFor(all(), verified));
  const isOld = isOlder(event, plan);
  // Text that an older version of the standard left without a portion.
  const hasUnlabelledText = isOld && uncovered(all(), verified).length > 0;
  const stated = hasUnlabelledText ? compileLabel(policy, event.data.label) : undefined;
  const raisesOf = (found: Found): readonly (Raise | undefined)[] => protect.raise(contextOf(event), own(), found);
  // The rules of today protect in an older event whom its own did not.
  const inForce = isOld
    ? protect.on(protect.find(contextOf(event), known), now)
    : known === undefined
      ? undefined
      : protect.registered(known);
  const registered = inForce === undefined || inForce.isEmpty ? undefined : inForce;
  const begun = registered === undefined ? undefined : raisesOf(registered);
  let left: { readonly ended: boolean; readonly raises: readonly (Raise | undefined)[] } | undefined;
  const leftNow = () => {
    if (left === undefined) {
      const found = protect.find(contextOf(event), known);
      const still = protect.on(found, now);
      left = { ended: still !== found, raises: raisesOf(still) };
    }
    return left;
  };
  return {
    base: joinBoth(
      policy,
      stated?.ok === true ? stated.value : undefined,
      registered && (stated === undefined ? mentionedInBase(verified, plan, labelling, registered) : protect.whole(registered)),
    ),
    labelOf: (n, sealed) => {
      const raise = begun?.[n];
      return raise === undefined ? sealed : join(policy, sealed, raise.label);
    },
    easedLabelOf: (n, label) => {
      // A correction inherits the label of what it corrects: nobody knows here of whom that label speaks.
      if (event.data.corrects !== undefined) return label;
      const isLifted = holdsAny(label, known?.lifted);
      const slot = own()[n] as Slot;
      const isFree = holdsAnything(policy, slot);
      // Free text can name somebody younger: time alone opens none.
      const canEnd = !isFree && holdsAny(label, policy.endingAt18) && leftNow().ended;
      const isEnded = !isFree && holdsAny(label, known?.ended);
      if (!isLifted && !canEnd && !isEnded) return label;
      let eased = label;
      if (isEnded) eased = dropped(eased, known?.ended ?? []);
      if (canEnd) eased = dropped(eased, policy.endingAt18);
      if (isLifted) eased = dropped(eased, known?.lifted ?? []);
      const floor = policy.portions.get(slot.portion);
      if (floor !== undefined) eased = join(policy, eased, floor);
      const raise = leftNow().raises[n];
      return raise === undefined ? eased : join(policy, eased, raise.label);
    },
  };
}
