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

/** Finds who must not be identified: all events of one case in a message protect each other's people. */
export function protect(
  labelling: Labelling,
  events: readonly Referring[],
  own: CompiledLabel,
  { cases }: Answers,
  pseudonymOf: PseudonymOf,
): readonly ProtectedEvent[] {
  const { policy, protect: rules } = labelling;
  const protecting = rules as Protecting;
  const known = events.map(({ event: { subject, recordedtime } }) =>
    subject === undefined ? NOTHING_KNOWN : knownOf(policy, subject, cases[subject] ?? [], pseudonymOf, Date.parse(recordedtime)),
  );
  const bases = events.map(({ inherited }) => (inherited === undefined ? own : join(policy, own, inherited.base)));
  const first = events.map(({ event }, n) => protecting.find(event, known[n]));
  return events.map((one, n) => {
    const { subject } = one.event;
    const others = events.flatMap((other, m): readonly Protection[] =>
      m !== n && subject !== undefined && other.event.subject === subject
        ? (first[m]?.own ?? []).map((found) => elsewhere(found, bases[m] as CompiledLabel))
        : [],
    );
    const base = bases[n] as CompiledLabel;
    const itself = first[n] as FoundProtections;
    const found = others.length === 0 ? itself : { isEmpty: false, own: itself.own, all: [...itself.all, ...others] };
    return { ...one, base, event: withProtections(policy, one.event, base, one.standard, found), found };
  });
}

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
  const all = found.all.filter((one) => maySay(policy, base, one));
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
