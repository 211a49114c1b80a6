/** Sends messages in quarantine again, corrected or unchanged. */
import { createHash } from 'node:crypto';
import { type Bus, BusUnavailable, onlyUnavailable } from '../bus/bus.ts';
import type { IntakeResult, MessageIntake } from '../intake/message-intake.ts';
import type { CompiledClearance } from '../labels/label.ts';
import type { Labelling } from '../labels/label-event.ts';
import { CANONICAL } from '../pipeline/canonical.ts';
import { labelsOfReceipt } from '../pipeline/quarantine-label.ts';
import type { Submission } from '../pipeline/submission.ts';
import { actorOf, type Client } from '../rules/clients.ts';
import type { Requester } from '../rules/requester.ts';
import { readMessage } from '../store/read-message.ts';
import type { View } from '../store/view/view.ts';
import type { WorkLock } from '../store/view/work-table.ts';
import type { LabelRequests } from './label-requests.ts';
import type { Quarantine, QuarantineItem } from './quarantine.ts';
import type { WorkLog } from './work-log.ts';

export interface ResubmitterContext {
  readonly quarantine: Pick<Quarantine, 'find'>;
  readonly bus: Bus;
  readonly view: View;
  readonly intake: MessageIntake;
  readonly labelling: () => Labelling;
  /** The clearance of this gateway's domain. */
  readonly domain: () => CompiledClearance;
  readonly client: (id: string) => Client | undefined;
  readonly requests: Pick<LabelRequests, 'approved'>;
  readonly log: WorkLog;
}

/** A submission, and whether a second person approved its label. */
export type Resubmission = Omit<Submission, 'messageId' | 'stamp'> & { readonly isApproved: boolean };

/** Why an item cannot be resubmitted. */
export type NotResubmitted =
  | { readonly kind: 'not-found' }
  | { readonly kind: 'already-resubmitted' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'locked'; readonly lock: WorkLock };

export class Resubmitter {
  readonly #context: ResubmitterContext;
  readonly #underWay = new Set<string>();

  constructor(context: ResubmitterContext) {
    this.#context = context;
  }

  /**
   * Sends an item again, corrected or unchanged, with its source's floor. The label of the original is joined in, unless a second person approved another label for these bytes. The original is kept, and linked to the new message.
   */
  async resubmit(requester: Requester, id: string, corrected: Uint8Array | undefined): Promise<IntakeResult | NotResubmitted> {
    const { client } = requester;
    const item = await this.#context.quarantine.find(client, id);
    if (item === undefined) return { kind: 'not-found' };
    if (item.status === 'resubmitted' || this.#underWay.has(id)) return { kind: 'already-resubmitted' };
    this.#underWay.add(id);
    try {
      const state = await this.#context.log.latest(id);
      const lock = this.#context.log.lockOfOther(state, requester);
      if (lock !== undefined) return { kind: 'locked', lock };
      if (state.closed !== undefined) return { kind: 'closed' };
      // Another gateway may have sent it again just before: the view holds that now.
      if (this.#context.view.quarantine.resubmittedAs(id) !== undefined) return { kind: 'already-resubmitted' };
      const sent = await this.#sendAgain(client, item, corrected);
      if (state.lock !== undefined && sent.kind === 'receipt') await this.#endEditing(requester, id);
      await this.#catchUp();
      return sent;
    } finally {
      this.#underWay.delete(id);
    }
  }

  /** Lets the view hold what was just written, so that the next question about it gets the right answer. Not while the bus is away. */
  #catchUp(): Promise<void> {
    return this.#context.view.caughtUp('quarantine').catch(onlyUnavailable);
  }

  /** Whoever was editing the item has finished. The lock of another person, who began meanwhile, stays. */
  async #endEditing(requester: Requester, id: string): Promise<void> {
    const { log } = this.#context;
    try {
      await log.change(requester, id, 'end editing a message in quarantine', (now) =>
        now.lock === undefined || log.lockOfOther(now, requester) !== undefined ? { fault: 'locked' } : { unlock: true },
      );
    } catch (error) {
      // The message was taken, and its sender must learn that. The lock ends by itself.
      if (!(error instanceof BusUnavailable)) throw error;
    }
  }

  async #sendAgain(client: Client, item: QuarantineItem, corrected: Uint8Array | undefined): Promise<IntakeResult | NotResubmitted> {
    const submission = await this.submissionOf(item, corrected);
    if (submission === undefined) return { kind: 'not-found' };
    const { isApproved: _, ...rest } = submission;
    return this.#context.intake.take({ ...actorOf(client), resubmissionOf: item.receipt.id, submission: rest });
  }

  /**
   * What is sent when an item is resubmitted, and whether a second person approved its label. Undefined where its source or its label is no
   * longer known.
   */
  async submissionOf({ receipt }: QuarantineItem, corrected: Uint8Array | undefined): Promise<Resubmission | undefined> {
    const { id, source: sourceId, mediaType, charset, adapter, record } = receipt;
    const source = this.#context.client(sourceId)?.source;
    const labelling = this.#context.labelling();
    const labels = labelsOfReceipt(labelling, this.#context.domain(), receipt);
    if (source === undefined || labels === undefined) return undefined;
    const bytes = corrected ?? (await readMessage(this.#context, id));
    const approved = await this.#context.requests.approved(id, createHash('sha256').update(bytes).digest('hex'));
    const assertion = approved === undefined ? receipt.assertion : undefined;
    return {
      source,
      bytes,
      isApproved: approved !== undefined,
      original: approved ?? labelling.spell(labels.origin),
      ...(approved === undefined ? {} : { isDecided: true }),
      ...(mediaType === undefined ? {} : { mediaType }),
      ...(assertion === undefined ? {} : { assertion }),
      ...(record === undefined ? {} : { record }),
      ...(charset === undefined || corrected !== undefined ? {} : { charset }),
      ...(adapter === undefined || adapter === CANONICAL ? {} : { adapter }),
      ...(adapter === CANONICAL ? { canonical: true } : {}),
    };
  }
}
