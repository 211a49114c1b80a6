/** Looks up what the gateway knows about a message's cases and events: the register of protections, and the events that it refers to. */
import { BusUnavailable } from '../bus/bus.ts';
import type { VerifiedEvent } from '../labels/event.ts';
import { join } from '../labels/join.ts';
import type { Labelling } from '../labels/label-event.ts';
import { decide } from '../labels/redact.ts';
import { today } from '../labels/today.ts';
import type { Answers, Questions, ReferencedEvent } from '../pipeline/submission.ts';
import { labelNow } from '../protections/label-now.ts';
import type { KnownProtections } from '../protections/protect.ts';
import type { Client } from '../rules/clients.ts';
import type { Barrier } from '../store/view/barrier.ts';
import { type ReadVerifiedContext, readVerified } from './read-verified.ts';

export interface LookUpContext extends ReadVerifiedContext {
  readonly labelling: () => Labelling;
  readonly client: (id: string) => Client | undefined;
  readonly now: () => number;
  /** Passes when the view holds all protections that are on the bus now. */
  readonly protections: Barrier;
  /**
   * Whether the gateway accepts messages while the bus is unavailable. If so, it uses the protections that it knows, and issues a
   * correction later.
   */
  readonly isSpooling: boolean;
  readonly known: (subject: string | undefined) => KnownProtections;
}

/** Answers the questions of a source's message. Rejects with BusUnavailable where the bus does not answer. */
export async function lookUp(context: LookUpContext, sourceId: string, { cases, events }: Questions): Promise<Answers> {
  if (cases.length + events.length > 0) await context.protections.pass().catch((error: unknown) => mustSpool(context, error));
  const found = await Promise.all(events.map(async (id) => [id, await referenced(context, sourceId, id)] as const));
  const answered = found.filter((entry): entry is [string, ReferencedEvent] => entry[1] !== undefined);
  // A correction belongs to the case of the event that it corrects, and only that event names the case.
  const subjects = new Set([...cases, ...answered.flatMap(([, { subject }]) => (subject === undefined ? [] : [subject]))]);
  return {
    cases: Object.fromEntries([...subjects].map((subject) => [subject, context.view.linked.of(subject)])),
    events: Object.fromEntries(answered),
  };
}

/** Continues without the bus only where messages go into the spool. */
function mustSpool({ isSpooling }: LookUpContext, error: unknown): void {
  if (!isSpooling || !(error instanceof BusUnavailable)) throw error;
}

/** An event that the sender may read; undefined where there is none. */
async function referenced(context: LookUpContext, sourceId: string, id: string): Promise<ReferencedEvent | undefined> {
  const { view, labelling, now, known } = context;
  // Another gateway may have published it just before.
  if (view.events.first(id) === undefined) await view.caughtUp('events');
  const client = context.client(sourceId);
  const verified = client === undefined ? undefined : await readVerified(context, id);
  if (client === undefined || verified === undefined) return undefined;
  const { event } = verified;
  const registered = known(event.subject);
  const { verdict } = decide(labelling(), verified, client.clearance, now(), { known: registered });
  if (verdict === 'deny') return undefined;
  const { source, type, subject, partitionkey } = event;
  return {
    source,
    type,
    partitionkey,
    ...(subject === undefined ? {} : { subject }),
    ...labelsToday(labelling(), verified, now(), registered),
    sealed: labelling().spell(verified.base),
  };
}

/** The labels of an event now: those of its seal, raised by the register since. */
function labelsToday(
  labelling: Labelling,
  verified: VerifiedEvent,
  time: number,
  known: KnownProtections,
): Pick<ReferencedEvent, 'base' | 'eventLabel'> {
  const { event, base } = verified;
  const eventLabel = labelNow(labelling, verified, known);
  // The message that inherits this label is refused: the label does not compile.
  if (eventLabel === undefined) return { base: labelling.spell(base), eventLabel: event.data.label };
  const raise = today(labelling, verified, time, known).base;
  return {
    base: labelling.spell(raise === undefined ? base : join(labelling.policy, base, raise)),
    eventLabel: labelling.spell(eventLabel),
  };
}
