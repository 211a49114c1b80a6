/** Quarantine holds messages that the gateway refused. Their sender and operators can see them, within their clearance (T17). */
import { createHash } from 'node:crypto';
import type { Bus } from '../bus/bus.ts';
import type { IntakeResult, MessageIntake } from '../intake/message-intake.ts';
import { dominates } from '../labels/decision.ts';
import type { CompiledClearance } from '../labels/label.ts';
import type { Labelling } from '../labels/label-event.ts';
import { policyName } from '../labels/policy.ts';
import { CANONICAL } from '../pipeline/canonical.ts';
import { labelsOfReceipt, receiptLabel } from '../pipeline/quarantine-label.ts';
import { mustHaveRoom, type Room } from '../reading/unread.ts';
import { actorOf, type Client } from '../rules/clients.ts';
import type { Journal } from '../store/journal.ts';
import { readMessage } from '../store/read-message.ts';
import type { View } from '../store/view/view.ts';
import type { ReceiptRecord } from '../wire/streams.ts';
import type { LabelRequests } from './label-requests.ts';

export interface QuarantineContext {
  readonly bus: Bus;
  readonly view: View;
  readonly journal: Journal;
  readonly intake: MessageIntake;
  readonly labelling: () => Labelling;
  /** The clearance of this gateway's domain. */
  readonly domain: () => CompiledClearance;
  readonly client: (id: string) => Client | undefined;
  readonly requests: Pick<LabelRequests, 'approved'>;
}

export interface QuarantineItem {
  readonly receipt: ReceiptRecord;
  readonly status: 'open' | 'resubmitted';
  readonly resubmittedAs?: string;
}

/** What decides who may read a receipt. */
export interface ReadableReceipt extends Pick<ReceiptRecord, 'source' | 'status' | 'label' | 'origin' | 'assertion'> {
  readonly protections?: readonly { readonly restrictions: readonly string[] }[];
}

export class Quarantine {
  readonly #context: QuarantineContext;
  readonly #underWay = new Set<string>();

  constructor(context: QuarantineContext) {
    this.#context = context;
  }

  #maySee(client: Client, receipt: ReceiptRecord): boolean {
    const { labelling, domain } = this.#context;
    if (!client.operator && receipt.source !== client.id) return false;
    const labels = labelsOfReceipt(labelling(), domain(), receipt);
    return labels !== undefined && dominates(labelling().policy, client.clearance, labels.waiting);
  }

  /** Whether a client may read a receipt: the sender, or an operator whose clearance covers everything that it can tell. */
  mayReadReceipt(client: Client, receipt: ReadableReceipt): boolean {
    if (receipt.source === client.id) return true;
    const { labelling, domain } = this.#context;
    const label = receiptLabel(labelling(), domain(), receipt);
    return client.operator && label !== undefined && dominates(labelling().policy, client.clearance, label);
  }

  /** Lists items after a place that the client may see. `next` is the place of the last item that was read. */
  async list(
    client: Client,
    after: number,
    limit: number,
    status?: 'open' | 'resubmitted',
  ): Promise<{ readonly items: readonly QuarantineItem[]; readonly next: number; readonly more: boolean }> {
    await this.#context.view.caughtUp('receipts');
    const items: QuarantineItem[] = [];
    let next = after;
    for (;;) {
      const rows = this.#context.view.quarantine.rows({ after: next, limit: 200, ...(status === undefined ? {} : { status }) });
      for (const { seq, id, resubmitted } of rows) {
        const receipt = this.#context.view.receipt(id);
        if (receipt !== undefined && this.#maySee(client, receipt)) {
          if (items.length === limit) return { items, next, more: true };
          items.push(itemOf(receipt, resubmitted ?? undefined));
        }
        next = seq;
      }
      if (rows.length === 0) return { items, next, more: false };
    }
  }

  /**
   * Reads one item with the message as received. Returns undefined where it is absent or denied: both look the same. Reading is audited as a consultation, with the code of the reason. Rejects with TooMuchUnread where the reader has no room.
   */
  async read(
    client: Client,
    id: string,
    { hasRoom, reason }: { readonly hasRoom?: Room; readonly reason?: string | undefined } = {},
  ): Promise<{ readonly item: QuarantineItem; readonly content: Uint8Array } | undefined> {
    const found = await this.#findLatest(client, id);
    if (found === undefined) return undefined;
    const content = await readMessage(this.#context, id);
    mustHaveRoom(hasRoom, content.length);
    const policy = policyName(this.#context.labelling().policy);
    const because = reason === undefined ? {} : { reasons: [reason] };
    await this.#context.journal.commit(
      [],
      [{ action: 'consultation', ...actorOf(client), decision: 'permit', messageId: id, policy, ...because }],
    );
    return { item: found, content };
  }

  /** Finds one item without its content. */
  find(client: Client, id: string): Promise<QuarantineItem | undefined> {
    return this.#findLatest(client, id);
  }

  /** Finds an item. If this gateway does not know it, waits for the view: another gateway may have added it just before. */
  async #findLatest(client: Client, id: string): Promise<QuarantineItem | undefined> {
    const found = this.#find(client, id);
    if (found !== undefined) return found;
    await this.#context.view.caughtUp('receipts');
    return this.#find(client, id);
  }

  #find(client: Client, id: string): QuarantineItem | undefined {
    const receipt = this.#context.view.receipt(id);
    const resubmittedAs = this.#context.view.quarantine.resubmittedAs(id);
    const isItem = receipt?.status === 'quarantined' || resubmittedAs !== undefined;
    if (receipt === undefined || !isItem || !this.#maySee(client, receipt)) return undefined;
    return itemOf(receipt, resubmittedAs);
  }

  /**
   * Sends an item again, corrected or unchanged, with its source's floor. The label of the original is joined in, unless a second person approved another label for these bytes. The original is kept, and linked to the new message.
   */
  async resubmit(
    client: Client,
    id: string,
    corrected: Uint8Array | undefined,
  ): Promise<IntakeResult | { readonly kind: 'not-found' } | { readonly kind: 'already-resubmitted' }> {
    const item = await this.#findLatest(client, id);
    if (item === undefined) return { kind: 'not-found' };
    if (item.status === 'resubmitted' || this.#underWay.has(id)) return { kind: 'already-resubmitted' };
    this.#underWay.add(id);
    try {
      return await this.#sendAgain(client, item, corrected);
    } finally {
      this.#underWay.delete(id);
    }
  }

  async #sendAgain(
    client: Client,
    { receipt }: QuarantineItem,
    corrected: Uint8Array | undefined,
  ): Promise<IntakeResult | { readonly kind: 'not-found' }> {
    const { id, source: sourceId, mediaType, charset, adapter, record } = receipt;
    const source = this.#context.client(sourceId)?.source;
    const labelling = this.#context.labelling();
    const labels = labelsOfReceipt(labelling, this.#context.domain(), receipt);
    if (source === undefined || labels === undefined) return { kind: 'not-found' };
    const bytes = corrected ?? (await readMessage(this.#context, id));
    const approved = await this.#context.requests.approved(id, createHash('sha256').update(bytes).digest('hex'));
    const assertion = approved === undefined ? receipt.assertion : undefined;
    return this.#context.intake.take({
      ...actorOf(client),
      resubmissionOf: id,
      submission: {
        source,
        bytes,
        original: approved ?? labelling.spell(labels.origin),
        ...(approved === undefined ? {} : { isDecided: true }),
        ...(mediaType === undefined ? {} : { mediaType }),
        ...(assertion === undefined ? {} : { assertion }),
        ...(record === undefined ? {} : { record }),
        ...(charset === undefined || corrected !== undefined ? {} : { charset }),
        ...(adapter === undefined || adapter === CANONICAL ? {} : { adapter }),
        ...(adapter === CANONICAL ? { canonical: true } : {}),
      },
    });
  }
}

const itemOf = (receipt: ReceiptRecord, resubmittedAs: string | undefined): QuarantineItem => ({
  receipt,
  status: resubmittedAs === undefined ? 'open' : 'resubmitted',
  ...(resubmittedAs === undefined ? {} : { resubmittedAs }),
});
