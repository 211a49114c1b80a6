/** Quarantine holds messages that the gateway refused. Their sender and operators can see them, within their clearance (T17). */
import { setImmediate } from 'node:timers/promises';
import type { Bus } from '../bus/bus.ts';
import { dominates } from '../labels/decision.ts';
import type { CompiledClearance } from '../labels/label.ts';
import type { Labelling } from '../labels/label-event.ts';
import { policyName } from '../labels/policy.ts';
import { labelsOfReceipt, receiptLabel } from '../pipeline/quarantine-label.ts';
import { holdsRestrictionsOfDomain } from '../reading/cleared-for-domain.ts';
import { mustHaveRoom, type Room } from '../reading/unread.ts';
import { actorOf, type Client } from '../rules/clients.ts';
import type { Journal } from '../store/journal.ts';
import { readMessage } from '../store/read-message.ts';
import type { QuarantineStatus } from '../store/view/quarantine-table.ts';
import type { View } from '../store/view/view.ts';
import { type ItemState, lockAt, stateOf, type WorkLock } from '../store/view/work-table.ts';
import type { ReceiptRecord } from '../wire/streams.ts';

export interface QuarantineContext {
  readonly bus: Bus;
  readonly view: View;
  readonly journal: Journal;
  readonly labelling: () => Labelling;
  /** The clearance of this gateway's domain. */
  readonly domain: () => CompiledClearance;
  readonly now: () => number;
  /** How many items are counted by their causes. */
  readonly mostCounted: number;
}

export interface QuarantineItem {
  readonly receipt: ReceiptRecord;
  readonly status: QuarantineStatus;
  /** Absent where the client may not read that receipt. */
  readonly resubmittedAs?: string;
  /** The work on it, without its texts. */
  readonly closed?: Pick<NonNullable<ItemState['closed']>, 'code' | 'by' | 'time'>;
  readonly assignee?: string;
  readonly due?: string;
  /** The lock that holds now. */
  readonly lock?: WorkLock;
}

/** Which items of a list are wanted. */
export interface ItemFilter {
  readonly status?: QuarantineStatus | undefined;
  readonly source?: string | undefined;
  /** The code of the first reason. */
  readonly code?: string | undefined;
  readonly assignee?: string | undefined;
}

/** Items of one source with the same cause. */
export interface ItemGroup {
  readonly source: string;
  readonly code: string;
  readonly reason: string;
  readonly count: number;
  /** When the oldest came, ISO 8601. */
  readonly oldest: string;
}

export interface ItemGroups {
  readonly groups: readonly ItemGroup[];
  /** The place of the last item that was counted. */
  readonly place: number;
  /** Whether there are items that were not counted. */
  readonly more: boolean;
}

const BATCH = 200;

/** What decides who may read a receipt. */
export interface ReadableReceipt extends Pick<ReceiptRecord, 'source' | 'status' | 'label' | 'origin' | 'assertion'> {
  readonly protections?: readonly { readonly restrictions: readonly string[] }[];
}

export class Quarantine {
  readonly #context: QuarantineContext;

  constructor(context: QuarantineContext) {
    this.#context = context;
  }

  /** Whether a client may see an item and the work on it. */
  maySee(client: Client, receipt: ReceiptRecord): boolean {
    const { labelling, domain } = this.#context;
    if (!client.operator && receipt.source !== client.id) return false;
    const labels = labelsOfReceipt(labelling(), domain(), receipt);
    return labels !== undefined && dominates(labelling().policy, client.clearance, labels.waiting);
  }

  /**
   * Whether a client may read a receipt: the sender, or an operator whose clearance covers everything that it can tell. An order can protect
   * anybody in it later: so it takes every restriction of the domain.
   */
  mayReadReceipt(client: Client, receipt: ReadableReceipt): boolean {
    if (receipt.source === client.id) return true;
    const { labelling, domain } = this.#context;
    const { policy } = labelling();
    if (!client.operator || !holdsRestrictionsOfDomain(policy, client.clearance, domain())) return false;
    const label = receiptLabel(labelling(), domain(), receipt);
    return label !== undefined && dominates(policy, client.clearance, label);
  }

  /** Whether a client may be told the id of a message: whose receipt it may read. */
  mayName(client: Client, message: string): boolean {
    const receipt = this.#context.view.receipt(message);
    return receipt !== undefined && this.mayReadReceipt(client, receipt);
  }

  /** Lists items after a place that the client may see. `next` is the place of the last item that was read. */
  async list(
    client: Client,
    after: number,
    limit: number,
    filter: ItemFilter = {},
  ): Promise<{ readonly items: readonly QuarantineItem[]; readonly next: number; readonly more: boolean }> {
    const items: QuarantineItem[] = [];
    let next = after;
    for await (const { seq, item } of this.#rows(client, filter, after)) {
      if (item !== undefined && items.length === limit) return { items, next, more: true };
      if (item !== undefined) items.push(item);
      next = seq;
    }
    return { items, next, more: false };
  }

  /** The causes of the items that the client may see, with their counts, the most frequent first. */
  async groups(client: Client, filter: ItemFilter): Promise<ItemGroups> {
    const groups = new Map<string, ItemGroup>();
    let place = 0;
    let read = 0;
    let more = false;
    for await (const { seq, item } of this.#rows(client, filter, 0)) {
      if (item === undefined) continue;
      if (++read > this.#context.mostCounted) {
        more = true;
        break;
      }
      place = seq;
      const { source, received, reasons } = item.receipt;
      const code = causeOf(item.receipt);
      const key = JSON.stringify([source, code]);
      const { count = 0, oldest = received } = groups.get(key) ?? {};
      const known = oldest < received ? oldest : received;
      groups.set(key, { source, code, reason: reasons[0]?.reason ?? '', count: count + 1, oldest: known });
    }
    return { groups: [...groups.values()].toSorted((a, b) => b.count - a.count || (a.oldest < b.oldest ? -1 : 1)), place, more };
  }

  /** The ids of open items that the client may see, up to a place: what came later does not belong to them. */
  async idsUntil(client: Client, filter: ItemFilter, place: number, limit: number): Promise<readonly string[]> {
    const ids: string[] = [];
    for await (const { seq, item } of this.#rows(client, { ...filter, status: 'open' }, 0)) {
      if (seq > place || ids.length === limit) break;
      if (item !== undefined) ids.push(item.receipt.id);
    }
    return ids;
  }

  /** Every row after a place, with its item where the client may see it and it is wanted. Other work goes on between its batches. */
  async *#rows(
    client: Client,
    { status, ...which }: ItemFilter,
    after: number,
  ): AsyncGenerator<{ readonly seq: number; readonly item: QuarantineItem | undefined }> {
    const { view } = this.#context;
    await view.caughtUp('quarantine');
    // Whoever is not an operator sees only their own: how long it takes must not depend on those of others.
    const source = client.operator ? which.source : client.id;
    const only = { ...(status === undefined ? {} : { status }), ...(source === undefined ? {} : { source }) };
    for (let next = after; ; ) {
      const rows = view.quarantine.rows({ after: next, limit: BATCH, ...only });
      for (const { seq, id, resubmitted, state } of rows) {
        const receipt = view.receipt(id);
        const isSeen = receipt !== undefined && this.maySee(client, receipt);
        const item = isSeen ? this.#itemOf(client, receipt, resubmitted ?? undefined, stateOf(state)) : undefined;
        yield { seq, item: item !== undefined && matches(item, which) ? item : undefined };
        next = seq;
      }
      if (rows.length < BATCH) return;
      await setImmediate();
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
    const found = await this.find(client, id);
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

  /** Finds one item without its content. If this gateway does not know it, waits for the view: another gateway may have added it just before. */
  async find(client: Client, id: string): Promise<QuarantineItem | undefined> {
    const found = this.#find(client, id);
    if (found !== undefined) return found;
    await this.#context.view.caughtUp('quarantine');
    return this.#find(client, id);
  }

  #find(client: Client, id: string): QuarantineItem | undefined {
    const receipt = this.#context.view.receipt(id);
    const resubmittedAs = this.#context.view.quarantine.resubmittedAs(id);
    const isItem = receipt?.status === 'quarantined' || resubmittedAs !== undefined;
    if (receipt === undefined || !isItem || !this.maySee(client, receipt)) return undefined;
    return this.#itemOf(client, receipt, resubmittedAs, this.#context.view.work.get(id));
  }

  #itemOf(client: Client, receipt: ReceiptRecord, resubmittedAs: string | undefined, state: ItemState): QuarantineItem {
    const { closed, assignee, due } = state;
    const lock = lockAt(state, this.#context.now());
    return {
      receipt,
      status: statusOf(resubmittedAs, state),
      ...(resubmittedAs !== undefined && this.mayName(client, resubmittedAs) ? { resubmittedAs } : {}),
      ...(closed === undefined ? {} : { closed: { code: closed.code, by: closed.by, time: closed.time } }),
      ...(assignee === undefined ? {} : { assignee }),
      ...(due === undefined ? {} : { due }),
      ...(lock === undefined ? {} : { lock }),
    };
  }
}

function statusOf(resubmittedAs: string | undefined, { closed }: ItemState): QuarantineStatus {
  if (resubmittedAs !== undefined) return 'resubmitted';
  return closed === undefined ? 'open' : 'closed';
}

/** The code of the first reason of a message in quarantine: its cause. */
export const causeOf = ({ reasons: [first] }: Pick<ReceiptRecord, 'reasons'>): string => first?.code ?? '';

const matches = ({ receipt, assignee }: QuarantineItem, wanted: ItemFilter): boolean =>
  (wanted.source === undefined || receipt.source === wanted.source) &&
  (wanted.code === undefined || causeOf(receipt) === wanted.code) &&
  (wanted.assignee === undefined || assignee === wanted.assignee);
