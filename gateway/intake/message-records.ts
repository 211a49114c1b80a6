/** The records that a message leaves: its bytes, the records of it that wait in quarantine, and what the audit log says of it. */
import type { Refusal } from '../../adapters/adapter.ts';
import type { BusRecord } from '../bus/bus.ts';
import type { Submission } from '../pipeline/submission.ts';
import { type AuditEntry, DEFLATE, MESSAGES, type ReceiptRecord, type ReceiptRecords } from '../wire/streams.ts';
import type { Processed } from '../workers/task.ts';

/** A record in quarantine: its receipt, and its bytes as stored. */
export interface Kept {
  readonly receipt: ReceiptRecord;
  readonly stored: Uint8Array;
}

export const recordsOf = (published: number, kept: readonly Kept[]): ReceiptRecords => ({
  received: published + kept.length,
  published,
  quarantined: kept.map(({ receipt: { id, reasons, record: place } }) => ({ id, line: place?.line ?? 1, reasons })),
});

export const keptRecord = ({ id, source }: ReceiptRecord, stored: Uint8Array): BusRecord => ({
  topic: MESSAGES,
  key: id,
  value: stored,
  headers: { source, 'content-encoding': DEFLATE },
});

export const auditOfKept = ({ policy }: Processed, { id, reasons }: ReceiptRecord, actor: Actor): AuditEntry => ({
  action: 'collection',
  ...actor,
  messageId: id,
  policy,
  decision: 'deny',
  reasons: [...new Set(reasons.map(({ code }) => code))],
});

/** The message exactly as received. The gateway keeps it permanently. */
export const messageRecord = (
  id: string,
  { bytes, source }: Pick<Submission, 'bytes' | 'source'>,
  stored: Uint8Array | undefined,
): BusRecord => ({
  topic: MESSAGES,
  key: id,
  value: stored ?? bytes,
  headers: { source: source.id, ...(stored === undefined ? {} : { 'content-encoding': DEFLATE }) },
});

export type Actor = Pick<AuditEntry, 'who' | 'onBehalfOf'>;

export function auditOf(outcome: Processed, actor: Actor, resubmissionOf: string | undefined): AuditEntry {
  const codes = (refusals: readonly Refusal[]) => [...new Set(refusals.map(({ code }) => code))];
  return {
    action: resubmissionOf === undefined ? 'collection' : 'alteration',
    ...actor,
    messageId: outcome.messageId,
    policy: outcome.policy,
    ...(outcome.kind === 'accepted'
      ? {
          decision: 'permit',
          events: [...outcome.events, ...outcome.notices].map(({ id, subject, persons, classification }) => ({
            id,
            marking: classification,
            ...(subject === undefined ? {} : { subject }),
            ...(persons.length === 0 ? {} : { persons }),
          })),
        }
      : { decision: 'deny', reasons: codes(outcome.refusals) }),
  };
}
