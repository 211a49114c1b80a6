/** Labels an event: each portion by its class and by who must not be identified, the event by everything that is in it. */
import type { JsonObject } from '../../adapters/adapter.ts';
import { markingOf } from '../../contracts/client/label.ts';
import type { LabelledEvent, PortionGroup, UnlabelledEvent } from './event.ts';
import { eventTime, type TimeNotUsed } from './event-time.ts';
import { join } from './join.ts';
import type { CompiledLabel, Label } from './label.ts';
import { labelOf, type Policy } from './policy.ts';
import { classesOf, type IsListed, type PortionPlan, type Slot, slotsOf } from './portions.ts';

/** Why a portion is raised: a rule, or a protection that the register holds. */
export interface Raised {
  readonly id: string;
  readonly title: string;
  readonly law: string;
  /** Why the person is protected, where a person is. */
  readonly reason?: string;
}

/** What one place of an event is raised with. */
export interface Raise {
  readonly label: CompiledLabel;
  readonly by: readonly Raised[];
}

/** What an event and the register say of who must not be identified. Only `protections/` looks inside. */
export interface Found {
  readonly isEmpty: boolean;
}

/** The rules in force, as labelling asks them (`protections/protect.ts`). */
export interface Protect {
  /** Whether there are rules that raise places and protect nobody. */
  readonly hasPlaceRules: boolean;
  /** All that it can ever raise with: what a reader of everything must hold. */
  readonly raises: readonly { readonly portions: ReadonlySet<string>; readonly label: CompiledLabel; readonly isEverywhere: boolean }[];
  /** Who must not be identified in an event. `known` is what the register holds of its case. */
  find(event: Pick<UnlabelledEvent, 'data' | 'source' | 'recordedtime'>, known?: unknown): Found;
  /** What each slot is raised with, in the order of the slots; undefined where nothing raises it. */
  raise(
    event: Pick<UnlabelledEvent, 'data' | 'source' | 'recordedtime'>,
    slots: readonly Slot[],
    found: Found,
  ): readonly (Raise | undefined)[];
  /** The join of all its raises: for everything that can say anything of the event. */
  joinedRaise(found: Found): CompiledLabel | undefined;
  /** Whether a code mentions somebody, as a number can that fits the form of another. */
  isMentionedIn(found: Found, value: string): boolean;
  /** The protections of the register alone. */
  registered(known: unknown): Found;
  /** Those that have not ended by a time (milliseconds); the same object where none has. */
  on(found: Found, now: number): Found;
}

/** Everything that labelling needs: one policy, its rules, its code lists, and the plan of each standard by event type. */
export interface Labelling {
  readonly policy: Policy;
  readonly protect: Protect;
  readonly plans: ReadonlyMap<string, PortionPlan>;
  /** Tells codes that are in their list from others, for the data of one event. */
  readonly listedIn: (data: JsonObject) => IsListed;
  /** The label as data; one object for each label that occurs. */
  readonly spell: (label: CompiledLabel) => Label;
}

/** Throws an Error for a standard that names a portion class which the policy does not have. */
export const makeLabelling = (
  policy: Policy,
  protect: Protect,
  plans: ReadonlyMap<string, PortionPlan>,
  listedIn: Labelling['listedIn'],
): Labelling => {
  for (const [type, plan] of plans) {
    const unknown = [...classesOf(plan)].find((name) => !policy.portions.has(name));
    if (unknown !== undefined) throw new Error(`${type}: the policy ${policy.document.id} has no portion ${unknown}`);
  }
  return { policy, protect, plans, listedIn, spell: spellerOf(policy) };
};

const keyOf = (label: CompiledLabel): string => `${label.classification}:${label.bits.join()}`;

/** Spells labels as data, and keeps the spellings: there are few, and every event needs some. */
function spellerOf(policy: Policy): (label: CompiledLabel) => Label {
  const spelled = new Map<string, Label>();
  return (label) => {
    const key = keyOf(label);
    const known = spelled.get(key);
    if (known !== undefined) return known;
    const made = frozen(labelOf(policy, subsume(policy, label)));
    if (spelled.size < 10_000) spelled.set(key, made);
    return made;
  };
}

function frozen(label: Label): Label {
  for (const value of Object.values(label)) Object.freeze(value);
  return Object.freeze(label);
}

/** SENSITIVE exists only within OFFICIAL: a joined label above it does not show it. Its portions keep it, and access is decided on them. */
function subsume(policy: Policy, label: CompiledLabel): CompiledLabel {
  const { classifications } = policy.document;
  const isAbove = (names: readonly string[]) =>
    names.every((name) => classifications.findIndex(({ id }) => id === name) < label.classification);
  const bits = label.bits.map((bit, place) => {
    const onlyWith = policy.categories[place]?.onlyWith;
    return onlyWith !== undefined && isAbove(onlyWith) ? 0 : bit;
  });
  return { ...label, bits };
}

/** Whether a place can say anything: free text, a code outside of its list, or what carries the event's own label. */
export const holdsAnything = (
  { document, portions }: Policy,
  { isText, isUnlisted, portion }: Pick<Slot, 'isText' | 'isUnlisted' | 'portion'>,
): boolean => isText || isUnlisted || document.portions[portion]?.freeText === true || portions.get(portion) === undefined;

/** One portion of an event, and why it has its label. */
export interface LabelledSlot extends Pick<Slot, 'pointer' | 'holder' | 'property' | 'portion' | 'isUnlisted'> {
  /** Undefined for a portion that carries the event's own label. */
  readonly label: CompiledLabel | undefined;
  readonly raisedBy: readonly Raised[];
}

/** The places of an event with their labels. */
export interface LabelledSlots {
  readonly slots: readonly LabelledSlot[];
  /** How many places could have been portions. */
  readonly spare: number;
  /** The join of all its raises: for everything that can say anything of the event. */
  readonly joinedRaise: CompiledLabel | undefined;
}

const NONE: readonly Raised[] = [];

/** The join of two labels, the same object each time: an event has many portions of few labels. */
function joinOnce(
  policy: Policy,
  joined: Map<CompiledLabel, Map<CompiledLabel, CompiledLabel>>,
  portionLabel: CompiledLabel,
  raise: CompiledLabel,
): CompiledLabel {
  let known = joined.get(portionLabel);
  if (known === undefined) joined.set(portionLabel, (known = new Map()));
  let label = known.get(raise);
  if (label === undefined) known.set(raise, (label = join(policy, portionLabel, raise)));
  return label;
}

/** Every portion place of an event with its label; `plan` is of its standard. */
export function labelSlots(
  { policy, protect, listedIn }: Pick<Labelling, 'policy' | 'protect' | 'listedIn'>,
  plan: PortionPlan,
  event: Pick<UnlabelledEvent, 'data' | 'source' | 'recordedtime'>,
  found: Found = protect.find(event),
): LabelledSlots {
  const isListed = listedIn(event.data);
  const { slots, spare } = slotsOf(
    plan,
    event.data,
    found.isEmpty ? isListed : (code, value) => isListed(code, value) && !protect.isMentionedIn(found, value),
  );
  const raises = found.isEmpty && !protect.hasPlaceRules ? undefined : protect.raise(event, slots, found);
  const joined = new Map<CompiledLabel, Map<CompiledLabel, CompiledLabel>>();
  const labelled = slots.map((slot, n): LabelledSlot => {
    const portionLabel = slot.isUnlisted ? undefined : policy.portions.get(slot.portion);
    const raise = raises?.[n];
    const label = portionLabel === undefined || raise === undefined ? portionLabel : joinOnce(policy, joined, portionLabel, raise.label);
    const { pointer, holder, property, portion, isUnlisted } = slot;
    return { pointer, holder, property, portion, isUnlisted, label, raisedBy: raise?.by ?? NONE };
  });
  return { slots: labelled, spare, joinedRaise: protect.joinedRaise(found) };
}

/** A labelled event, and the places that a seal needs a digest for. */
export interface Labelled {
  readonly event: LabelledEvent & { readonly time: string };
  /** Why its time is not what the sender stated. */
  readonly timeNotUsed?: TimeNotUsed;
  /** The label of everything that is not a portion. */
  readonly base: Label;
  /** The same, compiled, and the label of the complete event. */
  readonly compiled: { readonly base: CompiledLabel; readonly eventLabel: CompiledLabel };
  readonly slots: readonly LabelledSlot[];
  /** How many places could have been portions: each gets a decoy. */
  readonly spare: number;
}

const inheriting = (policy: Policy, slot: LabelledSlot, text: CompiledLabel): LabelledSlot =>
  slot.label === undefined ? slot : { ...slot, label: join(policy, slot.label, text) };

/** What is known of an event before it is labelled. */
export interface Beforehand {
  /** Who must not be identified. */
  readonly found?: Found;
  /** What its free text inherits from the event that it speaks of. */
  readonly text?: CompiledLabel;
}

/**
 * Labels an event. `base` is the join of the source's floor and the sender's assertion: it holds for everything that is not a portion.
 * The event's label is the join of the base and of every portion present.
 */
export function labelEvent(labelling: Labelling, event: UnlabelledEvent, base: CompiledLabel, { found, text }: Beforehand = {}): Labelled {
  const { policy, plans } = labelling;
  const plan = plans.get(event.type);
  if (plan === undefined) throw new Error('No standard for this event type: validate before labelling');
  const { slots: labelledSlots, spare, joinedRaise } = labelSlots(labelling, plan, event, found);
  const slots = text === undefined ? labelledSlots : labelledSlots.map((slot) => inheriting(policy, slot, text));
  let eventLabel = base;
  let canSayAnything = false;
  let last: CompiledLabel | undefined;
  for (const { label } of slots) {
    if (label === undefined) canSayAnything = true;
    // Most portions of an event share few labels.
    else if (label !== last) eventLabel = join(policy, eventLabel, (last = label));
  }
  if (canSayAnything && joinedRaise !== undefined) eventLabel = join(policy, eventLabel, joinedRaise);
  if (canSayAnything && text !== undefined) eventLabel = join(policy, eventLabel, text);
  const label = labelling.spell(eventLabel);
  const groups = new Map<Label, string[]>();
  const spelled = new Map<CompiledLabel | undefined, Label>([[undefined, label]]);
  for (const slot of slots) {
    let slotLabel = spelled.get(slot.label);
    if (slotLabel === undefined) spelled.set(slot.label, (slotLabel = labelling.spell(slot.label as CompiledLabel)));
    const group = groups.get(slotLabel);
    if (group === undefined) groups.set(slotLabel, [slot.pointer]);
    else group.push(slot.pointer);
  }
  const portions: PortionGroup[] = Array.from(groups, ([groupLabel, at]) => ({ label: groupLabel, at }));
  const data = { label, portions, ...event.data } as unknown as LabelledEvent['data'];
  const { time, notUsed } = eventTime(plan, event, slots);
  return {
    event: { ...event, time, classification: markingOf(label), data },
    ...(notUsed === undefined ? {} : { timeNotUsed: notUsed }),
    base: labelling.spell(base),
    compiled: { base, eventLabel },
    slots,
    spare,
  };
}
