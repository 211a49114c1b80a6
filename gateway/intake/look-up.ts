/** What the gateway holds of the cases and events that a message is about: the register of protections, and the events that it refers to. */
import { BusUnavailable } from '../bus/bus.ts';
import type { VerifiedEvent } from '../labels/event.ts';
import { join } from '../labels/join.ts';
import type { CompiledLabel, Label } from '../labels/label.ts';
import type { Labelling } from '../labels/label-event.ts';
import { compileLabel } from '../labels/policy.ts';
import { decide } from '../labels/redact.ts';
import { today } from '../labels/today.ts';
import type { Answers, Questions, ReferencedEvent } from '../pipeline/submission.ts';
import type { KnownProtections } from '../protections/protect.ts';
import type { Client } from '../rules/clients.ts';
import type { Barrier } from '../store/view/barrier.ts';
import { type ReadVerifiedContext, readVerified } from './read-verified.ts';

export interface LookUpContext extends ReadVerifiedContext {
  readonly labelling: () => Labelling;
  readonly client: (id: string) => Client | undefined;
  readonly now: () => number;
  /** Passes when all protections that are on the bus now are in the view. */
  readonly protections: Barrier;
  /** Whether messages are taken in while the bus is away: then what is known here has to do, and a correction follows later. */
  readonly isSpooling: boolean;
  readonly known: (subject: string | undefined) => KnownProtections;
}

/** Answers the questions of a message of a source. Rejects with BusUnavailable where the bus cannot be asked. */
export async function lookUp(context: LookUpContext, sourceId: string, { cases, events }: Questions): Promise<Answers> {
  if (cases.length + events.length > 0) await context.protections.pass().catch((error: unknown) => mustSpool(context, error));
  const found = await Promise.all(events.map(async (id) => [id, await referenced(context, sourceId, id)] as const));
  const answered = found.filter((one): one is [string, ReferencedEvent] => one[1] !== undefined);
  // A correction is of the case of the event that it corrects: only the event says which.
  const subjects = new Set([...cases, ...answered.flatMap(([, { subject }]) => (subject === undefined ? [] : [subject]))]);
  return {
    cases: Object.fromEntries([...subjects].map((subject) => [subject, context.view.linked.of(subject)])),
    events: Object.fromEntries(answered),
  };
}

/** Goes on without the bus only where its messages go into the spool. */
function mustSpool({ isSpooling }: LookUpContext, error: unknown): void {
  if (!isSpooling || !(error instanceof BusUnavailable)) throw error;
}

/** An event that the sender may read, or undefined. */
async function referenced(context: LookUpContext, sourceId: string, id: string): Promise<ReferencedEvent | undefined> {
  const { view, labelling, now, known } = context;
  // Another gateway may have published it a moment ago.
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

/** The labels of an event as they are now: what its seal says, and what the register raises since. */
function labelsToday(
  labelling: Labelling,
  verified: VerifiedEvent,
  time: number,
  known: KnownProtections,
): Pick<ReferencedEvent, 'base' | 'whole'> {
  const { policy, protect } = labelling;
  const { event, base } = verified;
  const sealed = compileLabel(policy, event.data.label);
  // What does not compile is refused where it is inherited.
  if (!sealed.ok) return { base: labelling.spell(base), whole: event.data.label };
  const joined = (label: CompiledLabel, raise: CompiledLabel | undefined): Label =>
    labelling.spell(raise === undefined ? label : join(policy, label, raise));
  return {
    base: joined(base, today(labelling, verified, time, known).base),
    whole: joined(sealed.value, protect.whole(protect.registered(known))),
  };
}
