/** Who must not be identified in the events of a message, by the events and by what the register holds of their cases. */
import type { UnlabelledEvent } from '../labels/event.ts';
import type { Labelling } from '../labels/label-event.ts';
import { MOST_PROTECTIONS } from '../labels/today.ts';
import type { FoundProtections, Protecting } from '../protections/protect.ts';
import type { Protection } from '../protections/protection.ts';
import { knownOf, NOTHING_KNOWN, type PseudonymOf } from '../protections/register.ts';
import type { Standard } from '../standards.ts';
import type { Referring } from './references.ts';
import type { Answers, ReceiptProtection } from './submission.ts';

/** An event with everybody who must not be identified in it. */
export interface ProtectedEvent extends Referring {
  readonly found: FoundProtections;
}

/** Finds who must not be identified: all events of one case in a message protect each other's people. */
export function protect(
  labelling: Labelling,
  events: readonly Referring[],
  { cases }: Answers,
  pseudonymOf: PseudonymOf,
): readonly ProtectedEvent[] {
  const { policy, protect: rules } = labelling;
  const protecting = rules as Protecting;
  const known = events.map(({ event: { subject, recordedtime } }) =>
    subject === undefined ? NOTHING_KNOWN : knownOf(policy, subject, cases[subject] ?? [], pseudonymOf, Date.parse(recordedtime)),
  );
  const first = events.map(({ event }, n) => protecting.find(event, known[n]));
  return events.map((one, n) => {
    const { subject } = one.event;
    const others = events.flatMap((other, m): readonly Protection[] =>
      m !== n && subject !== undefined && other.event.subject === subject ? (first[m]?.own ?? []).map(elsewhere) : [],
    );
    const own = first[n] as FoundProtections;
    const found = others.length === 0 ? own : { isEmpty: false, own: own.own, all: [...own.all, ...others] };
    return { ...one, event: withProtections(one.event, one.standard, found), found };
  });
}

/** A protection found in another event of the message: the person does not stand in this one. */
const elsewhere = ({ at: _, ...protection }: Protection): Protection => protection;

/** The event with the protections that hold for it, where its standard has a place for them. */
export function withProtections(event: UnlabelledEvent, { plan }: Standard, { all }: FoundProtections): UnlabelledEvent {
  if (all.length === 0 || !plan.portions.some(({ property }) => property === 'protections')) return event;
  const protections = all.slice(0, MOST_PROTECTIONS).map(({ at, restrictions, reason, until }) => ({
    ...(at === undefined ? {} : { at }),
    restrictions,
    reason,
    ...(until === undefined ? {} : { until }),
  }));
  return { ...event, data: { ...event.data, protections } };
}

/** A protection as a receipt says it. */
export const receiptProtection = ({ at, restrictions, reason }: Protection): ReceiptProtection => ({
  ...(at === undefined ? {} : { at }),
  restrictions,
  reason,
});
