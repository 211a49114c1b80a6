/** Takes messages in: no duplicate effect, and an answer only when everything about the message is durable. There is no third case. */
import { createHash } from 'node:crypto';
import type { Refusal } from '../../adapters/adapter.ts';
import type { BusRecord } from '../bus/bus.ts';
import { canonicalJson } from '../labels/canonical-json.ts';
import type { Label } from '../labels/label.ts';
import { admit, type DecodedMessage, type IngestContext, ingest, messageBytes } from '../pipeline/ingest.ts';
import type { Outcome, Submission } from '../pipeline/submission.ts';
import type { Journal } from '../store/journal.ts';
import { type AuditEntry, MESSAGES, RECEIPTS, type ReceiptRecord, record } from '../store/streams.ts';
import type { View } from '../store/view.ts';

export interface IntakeContext {
  readonly ingest: IngestContext;
  readonly journal: Journal;
  readonly view: View;
  readonly now: () => number;
}

export interface Intake {
  readonly submission: Submission;
  /** The client that sends; another than the submission's source only where an operator resubmits. */
  readonly who: string;
  /** The event in canonical form, where the sender made it itself. */
  readonly canonical?: DecodedMessage;
  readonly idempotencyKey?: string;
  readonly resubmissionOf?: string;
}

export type IntakeResult =
  | { readonly kind: 'receipt'; readonly receipt: ReceiptRecord; readonly repeated: boolean }
  | { readonly kind: 'idempotency-in-flight' | 'idempotency-mismatch' };

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function fingerprintOf({ submission, canonical }: Intake): string {
  const { adapter = '', assertion = null, mediaType = '' } = submission;
  const about = canonicalJson([adapter, (assertion ?? null) as Label & null, mediaType, canonical !== undefined]);
  return createHash('sha256').update(about).update(submission.bytes).digest('base64url');
}

export class IntakeDesk {
  readonly #context: IntakeContext;
  readonly #keys = new Map<string, string>();
  readonly #underWay = new Map<string, Promise<ReceiptRecord>>();

  constructor(context: IntakeContext) {
    this.#context = context;
  }

  /** Takes a message in. Rejects with BusUnavailable when nothing of it was stored. */
  async take(intake: Intake): Promise<IntakeResult> {
    const { idempotencyKey: key, submission } = intake;
    if (key === undefined) return this.#accept(intake, undefined);
    const fingerprint = fingerprintOf(intake);
    const own = JSON.stringify([submission.source.id, key]);
    const known = this.#context.view.idempotent(submission.source.id, key);
    if (known !== undefined && known.fingerprint !== fingerprint) return { kind: 'idempotency-mismatch' };
    const stored = known === undefined ? undefined : this.#context.view.receipt(known.receipt);
    if (stored !== undefined) return { kind: 'receipt', receipt: stored, repeated: true };
    const inFlight = this.#keys.get(own);
    if (inFlight !== undefined) return { kind: inFlight === fingerprint ? 'idempotency-in-flight' : 'idempotency-mismatch' };
    this.#keys.set(own, fingerprint);
    try {
      return await this.#accept(intake, { key, fingerprint });
    } finally {
      this.#keys.delete(own);
    }
  }

  async #accept(intake: Intake, idempotency: ReceiptRecord['idempotency']): Promise<IntakeResult> {
    const { ingest: context, view } = this.#context;
    const { submission, canonical } = intake;
    const id = context.identities.messageId(submission.source.id, messageBytes(submission));
    const underWay = this.#underWay.get(id);
    if (underWay !== undefined) return { kind: 'receipt', receipt: await underWay, repeated: true };
    const earlier = view.receipt(id);
    if (earlier?.status === 'accepted') return { kind: 'receipt', receipt: earlier, repeated: true };
    const work = (async () => {
      const outcome = canonical === undefined ? await ingest(context, submission) : await admit(context, submission, canonical);
      return this.#store({ ...outcome, messageId: id }, intake, earlier, idempotency);
    })();
    this.#underWay.set(id, work);
    try {
      return { kind: 'receipt', receipt: await work, repeated: false };
    } finally {
      this.#underWay.delete(id);
    }
  }

  async #store(
    outcome: Outcome,
    { submission, who, resubmissionOf }: Intake,
    earlier: ReceiptRecord | undefined,
    idempotency: ReceiptRecord['idempotency'],
  ): Promise<ReceiptRecord> {
    const { journal, now } = this.#context;
    const { messageId: id, label } = outcome;
    const accepted = outcome.kind === 'accepted' ? outcome.events : [];
    const receipt: ReceiptRecord = {
      id,
      status: outcome.kind === 'accepted' ? 'accepted' : 'quarantined',
      source: submission.source.id,
      ...(outcome.adapter === undefined ? {} : { adapter: outcome.adapter }),
      received: new Date(now()).toISOString(),
      sha256: sha256(submission.bytes),
      ...(submission.mediaType === undefined ? {} : { mediaType: submission.mediaType }),
      ...(submission.charset === undefined ? {} : { charset: submission.charset }),
      events: accepted.map(({ event, standard }) => ({ id: event.id, type: event.type, standard })),
      warnings: outcome.kind === 'accepted' ? outcome.warnings : [],
      reasons: outcome.kind === 'accepted' ? [] : outcome.refusals,
      label,
      ...(resubmissionOf === undefined ? {} : { resubmissionOf }),
      ...(idempotency === undefined ? {} : { idempotency }),
    };
    const records: BusRecord[] = [
      ...(earlier === undefined ? [{ topic: MESSAGES, key: id, value: submission.bytes, headers: { source: submission.source.id } }] : []),
      ...accepted.map(({ topic, event }) => record(topic, event.partitionkey, event, eventHeaders(event.id, event.type, event.source))),
      record(RECEIPTS, id, receipt),
    ];
    await journal.commit(records, [auditOf(outcome, who, resubmissionOf)]);
    return receipt;
  }
}

/** The CloudEvents Kafka binding's headers, repeated for filters; a consumer trusts only what is in the value. */
const eventHeaders = (id: string, type: string, source: string) => ({
  'content-type': 'application/cloudevents+json; charset=UTF-8',
  ce_specversion: '1.0',
  ce_id: id,
  ce_type: type,
  ce_source: source,
});

function auditOf(outcome: Outcome, who: string, resubmissionOf: string | undefined): AuditEntry {
  const codes = (refusals: readonly Refusal[]) => [...new Set(refusals.map(({ code }) => code))];
  return {
    action: resubmissionOf === undefined ? 'collection' : 'alteration',
    who,
    messageId: outcome.messageId,
    policy: outcome.policy,
    ...(outcome.kind === 'accepted'
      ? {
          decision: 'permit',
          events: outcome.events.map(({ event: { id, subject, classification } }) => ({
            id,
            marking: classification,
            ...(subject === undefined ? {} : { subject }),
          })),
        }
      : { decision: 'deny', reasons: codes(outcome.refusals) }),
  };
}
