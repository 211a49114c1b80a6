/** Searches for messages. A reader is shown those whose receipt the reader may read: of all others nothing is read, counted or hinted at. */
import { setImmediate } from 'node:timers/promises';
import type { Bus } from '../bus/bus.ts';
import { findMessage } from '../evidence/find-message.ts';
import type { Quarantine } from '../quarantine/quarantine.ts';
import type { Client } from '../rules/clients.ts';
import { isNewer, type ListPlace } from '../store/view/merge-groups.ts';
import { type GroupFilters, type ListedMessage, type MessageGroup, NEWEST } from '../store/view/message-list-table.ts';
import type { View } from '../store/view/view.ts';

export interface MessageListContext {
  readonly view: View;
  readonly bus: Pick<Bus, 'read' | 'offsetAt'>;
  readonly quarantine: Pick<Quarantine, 'mayReadReceipt' | 'mayName'>;
}

export interface MessageListQuery extends GroupFilters {
  /** Received at this time or later, and before that one. Milliseconds since 1970. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Only the message of this event. */
  readonly event?: string | undefined;
  /** Only messages about the case or person of these pseudonyms. */
  readonly about?: readonly string[] | undefined;
  /** Where the page before ended. */
  readonly after?: ListPlace | undefined;
  readonly limit: number;
}

export interface MessageListPage {
  readonly messages: readonly ListedMessage[];
  /** Where this page ends. */
  readonly end: ListPlace;
  readonly more: boolean;
}

/** How many groups are looked at before others have their turn. */
const GROUPS_AT_ONCE = 500;

const earlier = (a: ListPlace, b: ListPlace): ListPlace => (isNewer(b, a) ? a : b);

export class MessageList {
  readonly #context: MessageListContext;

  constructor(context: MessageListContext) {
    this.#context = context;
  }

  /** The next messages, the newest first. Rejects with BusUnavailable while the bus does not answer. */
  async page(client: Client, query: MessageListQuery): Promise<MessageListPage> {
    const { view } = this.#context;
    await Promise.all([
      view.caughtUp('receipts'),
      query.about === undefined && query.event === undefined ? undefined : view.caughtUp('disclosures'),
    ]);
    const groups = await this.#mayRead(client, view.messageList.groups(query));
    const { from = 0, to, after = NEWEST, limit, about, event } = query;
    const before = to === undefined ? after : earlier(after, { received: to, tie: 0 });
    const id = event === undefined ? undefined : ((await findMessage(this.#context, event))?.id ?? '');
    const found = view.messageList.find({ groups, before, from, limit: limit + 1, about, id });
    const messages = found.slice(0, limit).map((message) => this.#named(client, message));
    const { received, tie } = messages.at(-1) ?? before;
    return { messages, end: { received, tie }, more: found.length > limit };
  }

  /** A message without the id of the one that it was accepted as, where the client may not read that receipt. */
  #named(client: Client, message: ListedMessage): ListedMessage {
    const { resubmittedAs, ...rest } = message;
    return resubmittedAs === undefined || this.#context.quarantine.mayName(client, resubmittedAs) ? message : rest;
  }

  /** The groups whose receipts a client may read. */
  async #mayRead(client: Client, groups: readonly MessageGroup[]): Promise<readonly MessageGroup[]> {
    const { quarantine } = this.#context;
    const readable: MessageGroup[] = [];
    for (const [n, group] of groups.entries()) {
      if (n % GROUPS_AT_ONCE === GROUPS_AT_ONCE - 1) await setImmediate();
      const { source, seen } = group;
      const { restrictions, ...receipt } = seen;
      const protections = restrictions === undefined ? {} : { protections: [{ restrictions }] };
      if (quarantine.mayReadReceipt(client, { source, ...receipt, ...protections })) readable.push(group);
    }
    return readable;
  }
}
