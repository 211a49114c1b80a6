/** Finds who must not be identified in the events of a message, from the events and the register's protections of their cases. */
import type { UnlabelledEvent } from '../labels/event.ts';
import { join } from '../labels/join.ts';
import type { CompiledLabel } from '../labels/label.ts';
import type { Labelling } from '../labels/label-event.ts';
import type { Policy } from '../labels/policy.ts';
import { MOST_PROTECTIONS } from '../labels/today.ts';
import type { FoundProtections, Protecting } from '../protections/protect.ts';
import type { Protection } from '../protections/protection.ts';
import { knownOf, NOTHING_KNOWN, type PseudonymOf } from '../protections/register.ts';
import { isWithin } from '../protections/source-label.ts';
import type { Standard } from '../rules/standards.ts';
import type { Referring } from './references.ts';
import type { Answers, ReceiptProtection } from './submission.ts';

/** An event with everybody who must not be identified in it. */
export interface ProtectedEvent extends Referring {
  /** The label of the part outside portions, before the event is labelled. */
  readonly base: CompiledLabel;
  readonly found: FoundProtections;
}

/** What the events of one message say about the people of their cases. */
export class CaseProtections {
  readonly #byCase = new Map<string, { readonly sequence: string; readonly protections: readonly Protection[] }[]>();
  /** How many protections are held. */
  size = 0;

  add({ sequence, subject }: UnlabelledEvent, base: CompiledLabel, protections: readonly Protection[]): void {
    if (subject === undefined || protections.length === 0) return;
    const known = this.#byCase.get(subject);
    const added = { sequence, protections: protections.map((found) => elsewhere(found, base)) };
    if (known === undefined) this.#byCase.set(subject, [added]);
    else known.push(added);
    this.size += protections.length;
  }

  /** Those that come from the other events of the case of an event. */
  ofOthers({ sequence: eventSequence, subject }: UnlabelledEvent): readonly Protection[] {
    const all = subject === undefined ? undefined : this.#byCase.get(subject);
    return all?.flatMap(({ sequence, protections }) => (sequence === eventSequence ? [] : protections)) ?? [];
  }
}

/** Finds who must not be identified: all events of one case in a message protect each other's people. */
export function protect(
  labelling: Labelling,
  events: readonly Referring[],
  label: CompiledLabel,
  answers: Answers,
  pseudonymOf: PseudonymOf,
): readonly ProtectedEvent[] {
  const cases = new CaseProtections();
  const found = findProtections(labelling, events, label, answers, pseudonymOf, cases);
  return withOthers(labelling, found, cases);
}

/** An event with the protections that it has without the others of its message. */
export interface FoundAlone extends Referring {
  readonly base: CompiledLabel;
  readonly itself: FoundProtections;
}

/** The first half of {@link protect}: what each event says, which is added to what is known of the cases of the message. */
export function findProtections(
  { policy, protect: rules }: Labelling,
  events: readonly Referring[],
  label: CompiledLabel,
  { cases }: Answers,
  pseudonymOf: PseudonymOf,
  found: CaseProtections,
): readonly FoundAlone[] {
  const protecting = rules as Protecting;
  return events.map((referring) => {
    const { event, inherited } = referring;
    const { subject, recordedtime } = event;
    const known =
      subject === undefined ? NOTHING_KNOWN : knownOf(policy, subject, cases[subject] ?? [], pseudonymOf, Date.parse(recordedtime));
    const base = inherited === undefined ? label : join(policy, label, inherited.base);
    const itself = protecting.find(event, known);
    found.add(event, base, itself.fromEvent);
    return { ...referring, base, itself };
  });
}

/** The second half of {@link protect}: with what the other events of the message say. */
export const withOthers = ({ policy }: Labelling, events: readonly FoundAlone[], cases: CaseProtections): readonly ProtectedEvent[] =>
  events.map(({ itself, ...rest }) => {
    const others = cases.ofOthers(rest.event);
    const found = others.length === 0 ? itself : { isEmpty: false, fromEvent: itself.fromEvent, all: [...itself.all, ...others] };
    return { ...rest, event: withProtections(policy, rest.event, rest.base, rest.standard, found), found };
  });

/** A protection found in another event of the message: this event does not have the person's object. */
const elsewhere = ({ at: _, ...protection }: Protection, from: CompiledLabel): Protection => ({ ...protection, from });

/** Whether an event may state a protection. A protection from an event with a higher label raises this one, but is not stated. */
const maySay = (policy: Policy, base: CompiledLabel, protection: Protection): boolean =>
  !('from' in protection) || (protection.from !== undefined && isWithin(policy, protection.from, base));

/** The event with the protections that hold for it and that it may speak of, where its standard has a place for them. */
function withProtections(
  policy: Policy,
  event: UnlabelledEvent,
  base: CompiledLabel,
  { plan }: Standard,
  found: Pick<FoundProtections, 'all'>,
): UnlabelledEvent {
  const all = found.all.filter((protection) => maySay(policy, base, protection));
  if (all.length === 0 || !plan.portions.some(({ property }) => property === 'protections')) return event;
  const protections = all.slice(0, MOST_PROTECTIONS).map(({ at, restrictions, reason, until }) => ({
    ...(at === undefined ? {} : { at }),
    restrictions,
    reason,
    ...(until === undefined ? {} : { until }),
  }));
  return { ...event, data: { ...event.data, protections } };
}

/** A protection in the form of a receipt. */
export const receiptProtection = ({ at, restrictions, reason }: Protection): ReceiptProtection => ({
  ...(at === undefined ? {} : { at }),
  restrictions,
  reason,
});
