/**
 * Accepts messages. A repeated message has no second effect, and the sender gets an answer only when every record of the message is
 * durable.
 */
import { createHash, webcrypto } from 'node:crypto';
import type { Json, JsonObject } from '../../adapters/adapter.ts';
import { canonicalJson } from '../../adapters/canonical-json.ts';
import type { BusRecord } from '../bus/bus.ts';
import type { Label } from '../labels/label.ts';
import { CANONICAL } from '../pipeline/canonical.ts';
import type { Identities } from '../pipeline/ids.ts';
import { aboutMessage } from '../pipeline/ingest.ts';
import type { Submission } from '../pipeline/submission.ts';
import type { LinkChange } from '../protections/link.ts';
import { type ProtectionRecord, withKeysOf } from '../protections/register.ts';
import type { Journal } from '../store/journal.ts';
import type { View } from '../store/view/view.ts';
import { eventRecords } from '../wire/event-records.ts';
import { isReadable } from '../wire/stream-reader.ts';
import { PROTECTIONS, RECEIPTS, type ReceiptRecord, record } from '../wire/streams.ts';
import { LIGHT_BYTES } from '../workers/pool.ts';
import type { Processed, ReadyEvent } from '../workers/task.ts';
import type { LabelledHere } from './labelled-here.ts';
import type { Ledger } from './ledger.ts';
import { type Actor, auditOf, auditOfKept, type Kept, keptRecord, messageRecord, recordsOf } from './message-records.ts';
import { type ProcessContext, processMessage } from './process-message.ts';

export interface IntakeContext extends ProcessContext {
  readonly identities: Pick<Identities, 'messageId' | 'messageIdAside'>;
  /** The time that a message arrived, as an ISO 8601 instant, and a text that grows with every call. */
  readonly stamp: () => Submission['stamp'];
  readonly journal: Journal;
  readonly view: View;
  readonly ledger: Pick<Ledger, 'receive'>;
  /** The version of an adapter in force. */
  readonly adapterVersion: (id: string) => string | undefined;
  /** Is told the protections that events are labelled with, before they are published. */
  readonly labelledHere: Pick<LabelledHere, 'add'>;
  /** The records that the bus must hold before an event. */
  readonly before: (event: ReadyEvent) => Promise<readonly BusRecord[]>;
}

export interface Intake {
  readonly submission: Omit<Submission, 'messageId' | 'stamp'>;
  /** The client that sends. It differs from the submission's source only where an operator resubmits. */
  readonly who: string;
  /** A pseudonym of the person that it acts for. */
  readonly onBehalfOf?: string;
  readonly idempotencyKey?: string;
  readonly resubmissionOf?: string;
  /** The name of the transport that brought it. */
  readonly transport?: string;
}

export type IntakeResult =
  | { readonly kind: 'receipt'; readonly receipt: ReceiptRecord; readonly repeated: boolean; readonly isSpooled: boolean }
  | { readonly kind: 'idempotency-in-flight' | 'idempotency-mismatch' };

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const digestOf = async (bytes: Uint8Array): Promise<string> =>
  bytes.length > LIGHT_BYTES
    ? Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)).toString('hex')
    : sha256(bytes);

function fingerprintOf({ submission }: Intake): string {
  const { adapter = '', assertion = null, mediaType = '', canonical = false } = submission;
  const about = canonicalJson([adapter, (assertion ?? null) as Label & null, mediaType, canonical]);
  return createHash('sha256').update(about).update(submission.bytes).digest('base64url');
}

/** How the ledger counts a result. */
function countAs(result: IntakeResult): 'refused' | 'repeated' | 'stored' {
  if (result.kind !== 'receipt') return 'refused';
  return result.repeated ? 'repeated' : 'stored';
}

export class MessageIntake {
  readonly #context: IntakeContext;
  readonly #keys = new Map<string, string>();
  readonly #underWay = new Map<string, Promise<ReceiptRecord>>();

  constructor(context: IntakeContext) {
    this.#context = context;
  }

  /** Accepts a message. Rejects with BusUnavailable when nothing of it was stored. */
  async take(intake: Intake): Promise<IntakeResult> {
    const stamp = this.#context.stamp();
    const answered = this.#context.ledger.receive(intake.submission.source.id, stamp.recordedtime);
    try {
      const result = await this.#take(intake, stamp);
      answered(countAs(result));
      return result;
    } catch (error) {
      answered('refused');
      throw error;
    }
  }

  async #take(intake: Intake, stamp: Submission['stamp']): Promise<IntakeResult> {
    const { idempotencyKey: key, submission } = intake;
    if (key === undefined) return this.#accept(intake, stamp, undefined);
    const fingerprint = fingerprintOf(intake);
    // Another gateway may have received the key just before.
    if (this.#context.view.idempotent(submission.source.id, key) === undefined) await this.#context.view.caughtUp('receipts');
    const clientKey = JSON.stringify([submission.source.id, key]);
    const known = this.#context.view.idempotent(submission.source.id, key);
    if (known !== undefined && known.fingerprint !== fingerprint) return { kind: 'idempotency-mismatch' };
    const stored = known === undefined ? undefined : this.#context.view.receipt(known.receipt);
    if (stored !== undefined) return this.#repeated(stored);
    const inFlight = this.#keys.get(clientKey);
    if (inFlight !== undefined) return { kind: inFlight === fingerprint ? 'idempotency-in-flight' : 'idempotency-mismatch' };
    this.#keys.set(clientKey, fingerprint);
    try {
      return await this.#accept(intake, stamp, { key, fingerprint });
    } finally {
      this.#keys.delete(clientKey);
    }
  }

  async #accept(intake: Intake, stamp: Submission['stamp'], idempotency: ReceiptRecord['idempotency']): Promise<IntakeResult> {
    const { view } = this.#context;
    const { source, bytes } = intake.submission;
    const about = aboutMessage(intake.submission);
    const id = await this.#idOf(source.id, bytes, about);
    const former =
      about === undefined || intake.submission.record !== undefined || view.receipt(id) !== undefined
        ? undefined
        : await this.#ofEarlierVersion(intake);
    const underWay = this.#underWay.get(id);
    if (underWay !== undefined) return this.#repeated(await underWay);
    const earlier = view.receipt(id) ?? former;
    if (earlier?.status === 'accepted') {
      // Bind the key to its first message, even where the client sent that message earlier without the key.
      if (idempotency !== undefined) await this.#context.journal.commit([record(RECEIPTS, id, { ...earlier, idempotency })], []);
      return this.#repeated(earlier);
    }
    const submission: Submission = { ...intake.submission, messageId: id, stamp };
    const work = processMessage(this.#context, submission).then((processed) => this.#store(processed, intake, stamp, earlier, idempotency));
    this.#underWay.set(id, work);
    try {
      const receipt = await work;
      return { kind: 'receipt', receipt, repeated: false, isSpooled: view.isSpooled(id) };
    } finally {
      this.#underWay.delete(id);
    }
  }

  /** The id of a message. A large message is hashed in parts, so that it does not block the event loop. */
  async #idOf(source: string, bytes: Uint8Array, about?: string): Promise<string> {
    const { identities } = this.#context;
    return bytes.length > LIGHT_BYTES ? identities.messageIdAside(source, bytes, about) : identities.messageId(source, bytes, about);
  }

  /**
   * The receipt of the same message from a version before 0.2. That version hashed label and bytes as one text, so the message had another
   * id.
   */
  async #ofEarlierVersion({ submission: { source, bytes, assertion, canonical = false } }: Intake): Promise<ReceiptRecord | undefined> {
    const asOne =
      assertion === undefined ? bytes : Buffer.concat([bytes, Buffer.from(`\0${canonicalJson(assertion as Label & JsonObject)}`)]);
    const found = this.#context.view.receipt(await this.#idOf(source.id, asOne));
    const isSame =
      found?.status === 'accepted' &&
      (found.adapter === CANONICAL) === canonical &&
      canonicalJson((found.assertion ?? null) as Json) === canonicalJson((assertion ?? null) as Json) &&
      found.sha256 === (await digestOf(bytes));
    return isSame ? found : undefined;
  }

  #repeated(receipt: ReceiptRecord): IntakeResult {
    return { kind: 'receipt', receipt, repeated: true, isSpooled: this.#context.view.isSpooled(receipt.id) };
  }

  async #store(
    outcome: Processed,
    { submission, who, onBehalfOf, resubmissionOf, transport }: Intake,
    { recordedtime: received }: Submission['stamp'],
    earlier: ReceiptRecord | undefined,
    idempotency: ReceiptRecord['idempotency'],
  ): Promise<ReceiptRecord> {
    const { journal, before } = this.#context;
    const { messageId: id, label, origin } = outcome;
    const accepted = outcome.kind === 'accepted' ? outcome.events : [];
    const kept = outcome.kind === 'accepted' ? await this.#keptRecords(outcome, submission, received) : [];
    const receipt: ReceiptRecord = {
      id,
      status: outcome.kind === 'accepted' ? 'accepted' : 'quarantined',
      source: submission.source.id,
      ...this.#adapterOf(outcome),
      policy: outcome.policy,
      received,
      sha256: await digestOf(submission.bytes),
      ...(transport === undefined ? {} : { transport }),
      ...(submission.mediaType === undefined ? {} : { mediaType: submission.mediaType }),
      ...(submission.charset === undefined ? {} : { charset: submission.charset }),
      ...(submission.assertion === undefined ? {} : { assertion: submission.assertion }),
      events: accepted.map(({ id: event, type, standard }) => ({ id: event, type, standard })),
      warnings: outcome.kind === 'accepted' ? outcome.warnings.map(withShortPlace) : [],
      reasons: outcome.kind === 'accepted' ? [] : outcome.refusals.map(withShortPlace),
      label,
      origin,
      ...(outcome.kind === 'accepted' && outcome.protections.length > 0 ? { protections: outcome.protections } : {}),
      ...(resubmissionOf === undefined ? {} : { resubmissionOf }),
      ...(submission.record === undefined ? {} : { record: submission.record }),
      ...(outcome.kind === 'accepted' && outcome.isOfRecords ? { records: recordsOf(accepted.length, kept) } : {}),
      ...(idempotency === undefined ? {} : { idempotency }),
    };
    if (outcome.kind === 'accepted') this.#rememberLabels(outcome);
    const places = await Promise.all(accepted.map(before));
    const records: BusRecord[] = [
      ...places.flat(),
      ...(earlier === undefined ? [messageRecord(id, submission, outcome.stored)] : []),
      ...accepted.flatMap(eventRecords),
      ...(outcome.kind === 'accepted' ? outcome.notices.flatMap(eventRecords) : []),
      ...this.#newProtections(outcome).map((protection) => record(PROTECTIONS, protection.case, { protection })),
      ...(outcome.kind === 'accepted' ? outcome.links.map((change) => record(PROTECTIONS, caseOf(change), change)) : []),
      ...kept.flatMap(({ receipt: keptReceipt, stored }) => [
        keptRecord(keptReceipt, stored),
        record(RECEIPTS, keptReceipt.id, keptReceipt),
      ]),
      record(RECEIPTS, id, receipt),
    ];
    // Nobody could find the message again: better that its sender learns of the fault.
    const unreadable = [receipt, ...kept.map((each) => each.receipt)].find((each) => !isReadable(RECEIPTS, each));
    if (unreadable !== undefined) throw new Error(`The receipt ${unreadable.id} could not be read back`);
    const actor: Actor = { who, ...(onBehalfOf === undefined ? {} : { onBehalfOf }) };
    // All records or none: a sender that gets 202 has its events published and its other records kept.
    await journal.commit(records, [
      auditOf(outcome, actor, resubmissionOf),
      ...kept.map(({ receipt }) => auditOfKept(outcome, receipt, actor)),
    ]);
    return receipt;
  }

  #rememberLabels({ events, labelledWith, policy }: Extract<Processed, { kind: 'accepted' }>): void {
    for (const event of events)
      if (event.subject !== undefined) this.#context.labelledHere.add(event, labelledWith[event.subject] ?? [], policy);
  }

  #adapterOf({ adapter }: { readonly adapter?: string | undefined }): Pick<ReceiptRecord, 'adapter' | 'adapterVersion'> {
    if (adapter === undefined) return {};
    const adapterVersion = this.#context.adapterVersion(adapter);
    return { adapter, ...(adapterVersion === undefined ? {} : { adapterVersion }) };
  }

  /** The refused records of an accepted message. Each is a message in quarantine by itself. */
  #keptRecords(
    { messageId: message, adapter, kept, policy }: Extract<Processed, { kind: 'accepted' }>,
    { source, assertion, mediaType, charset }: Intake['submission'],
    received: string,
  ): Promise<readonly Kept[]> {
    return Promise.all(
      kept.map(async ({ line, bytes, refusals: reasons, label, origin, stored }): Promise<Kept> => {
        const place = { message, line };
        const about = aboutMessage({ record: place, ...(assertion === undefined ? {} : { assertion }) });
        const receipt: ReceiptRecord = {
          id: await this.#idOf(source.id, bytes, about),
          status: 'quarantined',
          source: source.id,
          received,
          sha256: await digestOf(bytes),
          events: [],
          warnings: [],
          reasons: reasons.map(withShortPlace),
          label,
          origin,
          policy,
          record: place,
          ...this.#adapterOf({ adapter }),
          ...(mediaType === undefined ? {} : { mediaType }),
          ...(charset === undefined ? {} : { charset }),
          ...(assertion === undefined ? {} : { assertion }),
        };
        return { receipt, stored };
      }),
    );
  }

  /** Protections that the register does not hold yet, or that say more about the person. A protection that a person lifted stays lifted. */
  #newProtections(outcome: Processed): readonly ProtectionRecord[] {
    if (outcome.kind === 'refused' || outcome.register.length === 0) return [];
    const { register } = this.#context.view.linked;
    const found = new Map<string, ProtectionRecord>();
    for (const protection of outcome.register) {
      const same = found.get(protection.id);
      found.set(protection.id, same === undefined ? protection : (withKeysOf(same, protection) ?? same));
    }
    return [...found.values()].filter((protection) => {
      const known = register.get(protection.id);
      return known === undefined || (known.lifted === undefined && withKeysOf(known.protection, protection) !== undefined);
    });
  }
}

/** The longest place in a receipt, in characters. A sender chooses the names in it, and a receipt has up to a thousand places. */
const LONGEST_PLACE = 1000;

function withShortPlace<T extends { readonly at?: string }>(reason: T): T {
  const { at } = reason;
  return at === undefined || at.length <= LONGEST_PLACE ? reason : { ...reason, at: `${at.slice(0, LONGEST_PLACE - 1)}…`.toWellFormed() };
}

/** The case that a link, or its end, is recorded under. */
const caseOf = (change: LinkChange): string => ('link' in change ? change.link.case : change.unlink.case);
