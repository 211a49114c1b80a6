/**
 * Egress: ③ verify seal → ④ egress decision → redact. The gateway decides at the time of delivery, by the reader's clearance at that time.
 */
import { at } from '../../adapters/json.ts';
import { refusal } from '../../adapters/refusal.ts';
import { failure, type Result, success } from '../../adapters/result.ts';
import type { StoredRecord } from '../bus/bus.ts';
import type { SealedEvent, VerifiedEvent } from '../labels/event.ts';
import type { CompiledClearance } from '../labels/label.ts';
import type { Labelling } from '../labels/label-event.ts';
import { policyName } from '../labels/policy.ts';
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

/** The decision on an event for a reader. */
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

/** The fields of an event that a task asked for, and whether each was granted: evidence for a review of the profile. */
const taskFieldsOf = (profile: Profile, { event, portions }: VerifiedEvent, delivered: SealedEvent): readonly TaskField[] =>
  portions
    .filter(({ pointer }) => profile.fields.get(event.type)?.has(fieldOf(pointer)) === true && at(event.data, pointer) !== undefined)
    .map(({ pointer }) => ({ field: fieldOf(pointer), granted: at(delivered.data, pointer) !== undefined }));

/** The bits of labels and clearances are those of one policy. The reader asks again, and then all are of the policy that is in force. */
const CHANGED = refusal('label-unknown-policy', 'The policy changed while the event was read');

/**
 * Verifies a record, and decides what a reader gets of it, for a task if the reader named one. Fails where no reader may get the record, or
 * where the policy has changed since the reader asked.
 */
export async function deliver(
  { labelling, records, now, known }: DeliverContext,
  record: Pick<StoredRecord, 'topic' | 'key' | 'value' | 'headers'>,
  clearance: CompiledClearance,
  profile?: Profile,
): Promise<Result<Delivery>> {
  const rules = labelling();
  const verified = await records.verify(record);
  if (!verified.ok) return verified;
  if (labelling() !== rules || clearance.policy !== policyName(rules.policy)) return failure(CHANGED);
  const { event } = verified.value;
  const decision = decide(rules, verified.value, clearance, now(), {
    ...(profile === undefined ? {} : { profile }),
    known: known(event.subject),
  });
  if (profile === undefined || decision.verdict === 'deny') return success({ id: event.id, decision });
  return success({ id: event.id, decision, fields: taskFieldsOf(profile, verified.value, decision.event) });
}
