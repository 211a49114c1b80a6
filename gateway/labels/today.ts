/**
 * The labels of a published event today. Its seal has the labels at publication; since then, protections may have begun, ended or been
 * lifted.
 */
import { dayOf, isOver } from './day.ts';
import type { SealedEvent, VerifiedEvent } from './event.ts';
import { join } from './join.ts';
import { type CompiledLabel, UNRESTRICTED } from './label.ts';
import { type Found, holdsAnything, type Labelling, type Protect } from './label-event.ts';
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
  /** What is not a portion needs this too: text that a standard of today would label by itself. */
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
  drop?.some((values, place) => bits[place] !== UNRESTRICTED && ((bits[place] ?? 0) & values) !== 0) === true;

/** Whether another version of the standard than today's was in force when an event was sealed. */
const isOlder = ({ dataschema }: Pick<SealedEvent, 'dataschema'>, { schemaId }: PortionPlan): boolean =>
  schemaId !== undefined && dataschema !== schemaId;

/** What the part outside of portions needs where a code in it mentions somebody whom the register protects: it cannot be taken out any more. */
function mentionedInBase(verified: VerifiedEvent, plan: PortionPlan, { protect }: Labelling, found: Found): CompiledLabel | undefined {
  const { slots } = slotsOf(plan, verified.event.data, (_, value) => !protect.isMentionedIn(found, value));
  return uncovered(slots, verified).some(({ isUnlisted }) => isUnlisted) ? protect.joinedRaise(found) : undefined;
}

/** What everything that can say anything of the event needs: the label of the complete event, raised by its protections. */
function labelOfEverything({ policy, protect }: Labelling, event: SealedEvent, protections: Found | undefined): CompiledLabel | undefined {
  const stated = compileLabel(policy, event.data.label);
  const raise = protections && protect.joinedRaise(protections);
  if (!stated.ok) return raise;
  return raise === undefined ? stated.value : join(policy, stated.value, raise);
}

const contextOf = (event: SealedEvent): Parameters<Protect['find']>[0] => event;

/** Computes a value at its first use. */
function atFirstUse<T extends object>(compute: () => T): () => T {
  let value: T | undefined;
  return () => (value ??= compute());
}

/** The protections to apply to the labels of the seal: those of the register, and for an older event what the rules of today find in it. */
function protectionsToday(
  { protect }: Labelling,
  event: SealedEvent,
  isOld: boolean,
  known: Known | undefined,
  now: number,
): Found | undefined {
  // The rules of today can protect people in an older event whom the rules of its time did not.
  if (isOld) return filled(protect.on(protect.find(contextOf(event), known), now));
  return known === undefined ? undefined : filled(protect.registered(known));
}

const filled = (found: Found): Found | undefined => (found.isEmpty ? undefined : found);

/** Makes {@link Today.easedLabelOf}. `places` are the places of the portions. */
function makeEase(
  { policy, protect }: Labelling,
  event: SealedEvent,
  places: () => readonly Slot[],
  known: Known | undefined,
  now: number,
): Today['easedLabelOf'] {
  const remaining = atFirstUse(() => {
    const found = protect.find(contextOf(event), known);
    const still = protect.on(found, now);
    return { someEnded: still !== found, raises: protect.raise(contextOf(event), places(), still) };
  });
  return (n, label) => {
    // A correction inherits the label of what it corrects: nobody knows here of whom that label speaks.
    if (event.data.corrects !== undefined) return label;
    const isLifted = holdsAny(label, known?.lifted);
    const slot = places()[n] as Slot;
    const isFree = holdsAnything(policy, slot);
    // Free text can name somebody younger: time alone opens none.
    const canEnd = !isFree && holdsAny(label, policy.endingAt18) && remaining().someEnded;
    const isEnded = !isFree && holdsAny(label, known?.ended);
    if (!isLifted && !canEnd && !isEnded) return label;
    let eased = label;
    if (isEnded) eased = dropped(eased, known?.ended ?? []);
    if (canEnd) eased = dropped(eased, policy.endingAt18);
    if (isLifted) eased = dropped(eased, known?.lifted ?? []);
    const floor = policy.portions.get(slot.portion);
    if (floor !== undefined) eased = join(policy, eased, floor);
    const raise = remaining().raises[n];
    return raise === undefined ? eased : join(policy, eased, raise.label);
  };
}

/** What an event's labels are at a time (milliseconds), for a case of which the register holds `known`. */
export function today(labelling: Labelling, verified: VerifiedEvent, now: number, known: Known | undefined): Today {
  const { policy, protect, plans, listedIn } = labelling;
  const { event } = verified;
  const plan = plans.get(event.type);
  if (plan === undefined) throw new Error('No standard for this event type: it is denied before');
  const slotsOfToday = atFirstUse(() => slotsOf(plan, event.data, listedIn(event.data)).slots);
  const places = atFirstUse(() => slotsFor(slotsOfToday(), verified));
  const isOld = isOlder(event, plan);
  const protections = protectionsToday(labelling, event, isOld, known, now);
  const raises = protections && protect.raise(contextOf(event), places(), protections);
  // Text that an older version of the standard left without a portion can hold anything of the event.
  const hasUnlabelledText = isOld && uncovered(slotsOfToday(), verified).length > 0;
  return {
    base: hasUnlabelledText
      ? labelOfEverything(labelling, event, protections)
      : protections && mentionedInBase(verified, plan, labelling, protections),
    labelOf: (n, sealed) => {
      const raise = raises?.[n];
      return raise === undefined ? sealed : join(policy, sealed, raise.label);
    },
    easedLabelOf: makeEase(labelling, event, places, known, now),
  };
}
