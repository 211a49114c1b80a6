/** The way out: ③ verify seal → ④ egress decision → redact. What a reader gets is decided when it is delivered, by what the reader may read then. */
import { at } from '../../adapters/json.ts';
import { type Result, success } from '../../adapters/result.ts';
import type { StoredRecord } from '../bus/bus.ts';
import type { SealedEvent, VerifiedEvent } from '../labels/event.ts';
import type { CompiledClearance } from '../labels/label.ts';
import type { Labelling } from '../labels/label-event.ts';
import { fieldOf, type Profile } from '../labels/profile.ts';
import { type Decision, decide } from '../labels/redact.ts';
import type { KnownProtections } from '../protections/protect.ts';
import type { RecordVerifier } from './record-verifier.ts';

export interface DeliverContext {
  readonly labelling: () => Labelling;
  readonly records: RecordVerifier;
  /** Milliseconds since 1970: some restrictions end. */
  readonly now: () => number;
  /** What the register of protections holds of an event's case. */
  readonly known: (subject: string | undefined) => KnownProtections;
}

/** What was decided about an event for a reader. */
export interface Delivery {
  readonly id: string;
  readonly decision: Decision;
  readonly fields?: readonly TaskField[];
}

/** A field that a task asks for, where an event has it. */
export interface TaskField {
  readonly field: string;
  readonly granted: boolean;
}

/** What a task asked for of an event, and whether it was granted: evidence for whoever reviews the profile. */
const taskFieldsOf = (profile: Profile, { event, portions }: VerifiedEvent, given: SealedEvent): readonly TaskField[] =>
  portions
    .filter(({ pointer }) => profile.fields.get(event.type)?.has(fieldOf(pointer)) === true && at(event.data, pointer) !== undefined)
    .map(({ pointer }) => ({ field: fieldOf(pointer), granted: at(given.data, pointer) !== undefined }));

/** What a reader gets of a record from the bus for the task that it named, if any, or why the record cannot be delivered to anybody. */
export async function deliver(
  { labelling, records, now, known }: DeliverContext,
  record: Pick<StoredRecord, 'topic' | 'key' | 'value' | 'headers'>,
  clearance: CompiledClearance,
  profile?: Profile,
): Promise<Result<Delivery>> {
  const verified = await records.verify(record);
  if (!verified.ok) return verified;
  const { event } = verified.value;
  const decision = decide(labelling(), verified.value, clearance, now(), {
    ...(profile === undefined ? {} : { profile }),
    known: known(event.subject),
  });
  if (profile === undefined || decision.verdict === 'deny') return success({ id: event.id, decision });
  return success({ id: event.id, decision, fields: taskFieldsOf(profile, verified.value, decision.event) });
}
