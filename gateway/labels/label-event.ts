/** Labels an event: each portion by its class and the rules, the event by everything that is in it. */
import type { JsonObject } from '../../adapters/adapter.ts';
import type { LabelledEvent, PortionGroup, UnlabelledEvent } from './event.ts';
import { join } from './join.ts';
import type { CompiledLabel, Label } from './label.ts';
import { labelOf, markingOf, type Policy } from './policy.ts';
import { classesOf, type PortionPlan, type Slot, slotsOf } from './portions.ts';
import { Judge, type Rule } from './rules.ts';

/** Everything that labelling needs: one policy, its rules, and the plan of each standard by event type. */
export interface Labelling {
  readonly policy: Policy;
  readonly rules: readonly Rule[];
  readonly plans: ReadonlyMap<string, PortionPlan>;
  /** Spellings of labels already made: there are few, and every event needs some. */
  readonly spelled: Map<string, Label>;
}

export const makeLabelling = (policy: Policy, rules: readonly Rule[], plans: ReadonlyMap<string, PortionPlan>): Labelling => {
  for (const [type, plan] of plans) {
    const unknown = [...classesOf(plan)].find((name) => !policy.portions.has(name));
    if (unknown !== undefined) throw new Error(`${type}: the policy ${policy.document.id} has no portion ${unknown}`);
  }
  return { policy, rules, plans, spelled: new Map() };
};

const keyOf = (label: CompiledLabel): string => `${label.classification}:${label.bits.join()}`;

/** The label as data; one object for each label that occurs. */
export function spell({ policy, spelled }: Labelling, label: CompiledLabel): Label {
  const key = keyOf(label);
  let found = spelled.get(key);
  if (found === undefined) {
    found = frozen(labelOf(policy, subsume(policy, label)));
    if (spelled.size < 10_000) spelled.set(key, found);
  }
  return found;
}

function frozen(label: Label): Label {
  for (const value of Object.values(label)) Object.freeze(value);
  return Object.freeze(label);
}

/** SENSITIVE exists only within OFFICIAL: a joined label above it does not show it. Its portions keep it, and access is decided on them. */
function subsume(policy: Policy, label: CompiledLabel): CompiledLabel {
  const { classifications } = policy.document;
  const own = classifications[label.classification]?.id ?? '';
  const isAbove = (names: readonly string[]) =>
    names.every((name) => classifications.findIndex(({ id }) => id === name) < label.classification);
  const bits = label.bits.map((bit, place) => {
    const onlyWith = policy.categories[place]?.onlyWith;
    return onlyWith !== undefined && !onlyWith.includes(own) && isAbove(onlyWith) ? 0 : bit;
  });
  return { ...label, bits };
}

/** One portion of an event, and why it has its label. */
export interface LabelledSlot extends Slot {
  readonly isPresent: boolean;
  /** Undefined for a portion that carries the event's own label. */
  readonly label: CompiledLabel | undefined;
  readonly raisedBy: readonly Rule[];
}

/** Every portion place of `data` with its label; the event's standard must have a plan. */
export function labelSlots(
  { policy, rules }: Pick<Labelling, 'policy' | 'rules'>,
  plan: PortionPlan,
  data: JsonObject,
  source?: string,
): readonly LabelledSlot[] {
  const judge = new Judge(rules, data, source);
  return slotsOf(plan, data).map((slot) => {
    let label = policy.portions.get(slot.portion);
    const raisedBy = label === undefined ? [] : judge.rulesFor(slot.portion, slot.within);
    for (const rule of raisedBy) label = join(policy, label as CompiledLabel, rule.raise);
    return { ...slot, isPresent: slot.holder[slot.property] !== undefined, label, raisedBy };
  });
}

/** A labelled event, and the places that a seal needs a digest for. */
export interface Labelled {
  readonly event: LabelledEvent;
  /** The label of everything that is no portion. */
  readonly base: Label;
  /** The same, compiled, and the label of the whole event. */
  readonly compiled: { readonly base: CompiledLabel; readonly whole: CompiledLabel };
  readonly slots: readonly LabelledSlot[];
}

/**
 * Labels an event. `base` is the join of the source's floor and the sender's assertion: it holds for everything that is no portion.
 * The event's label is the join of the base and of every portion present.
 */
export function labelEvent(labelling: Labelling, event: UnlabelledEvent, base: CompiledLabel): Labelled {
  const { policy, plans } = labelling;
  const plan = plans.get(event.type);
  if (plan === undefined) throw new Error('No standard for this event type: validate before labelling');
  const slots = labelSlots(labelling, plan, event.data, event.source);
  let whole = base;
  for (const { isPresent, label } of slots) if (isPresent && label !== undefined) whole = join(policy, whole, label);
  const label = spell(labelling, whole);
  const groups = new Map<Label, string[]>();
  for (const slot of slots) {
    if (!slot.isPresent) continue;
    const own = slot.label === undefined ? label : spell(labelling, slot.label);
    const group = groups.get(own);
    if (group === undefined) groups.set(own, [slot.pointer]);
    else group.push(slot.pointer);
  }
  const portions: PortionGroup[] = Array.from(groups, ([own, at]) => ({ label: own, at }));
  const data = { label, portions, ...event.data } as unknown as LabelledEvent['data'];
  return { event: { ...event, classification: markingOf(label), data }, base: spell(labelling, base), compiled: { base, whole }, slots };
}
