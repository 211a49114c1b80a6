/** Subscriptions of clients: what they ask for, and what becomes of it. They are records on a stream of the bus, like everything. */
import { randomBytes } from 'node:crypto';
import type { Refusal } from '../../adapters/adapter.ts';
import type { Identities } from '../pipeline/ids.ts';
import type { Journal } from '../store/journal.ts';
import { type DeliveryRecord, record, SUBSCRIPTIONS, type SubscriptionRecord } from '../store/streams.ts';
import type { View } from '../store/view.ts';
import type { Client } from './client.ts';
import type { Standing } from './cursor.ts';
import { type Network, targetOf } from './target.ts';

export interface SubscriptionsContext {
  readonly journal: Journal;
  readonly view: View;
  readonly identities: Pick<Identities, 'webhookSecret'>;
  /** Where a client stands that wants what the bus took at a time (milliseconds) or later. */
  readonly since: (client: Client, time: number) => Promise<Standing>;
  readonly networks: readonly Network[];
  readonly now: () => number;
  /** The policy in force, for the audit log. */
  readonly policy: () => string;
}

/** What a client asks for. */
export type Wish = Pick<SubscriptionRecord, 'url' | 'type' | 'subject' | 'task'> & { readonly from?: string };

export type Made =
  | { readonly ok: true; readonly subscription: SubscriptionRecord; readonly secret: string }
  | { readonly ok: false; readonly code: 'too-many' }
  | { readonly ok: false; readonly code: 'target'; readonly refusal: Refusal };

const MOST = 20;

export class Subscriptions {
  readonly #context: SubscriptionsContext;

  constructor(context: SubscriptionsContext) {
    this.#context = context;
  }

  /** Those of a client, the oldest first. */
  async list(client: Client): Promise<readonly SubscriptionRecord[]> {
    await this.#context.view.caughtUp('subscriptions');
    return this.#context.view.outbox
      .all()
      .filter(({ client: own }) => own === client.id)
      .toSorted((a, b) => (a.created < b.created ? -1 : 1));
  }

  /** One of a client's, or undefined: absent and another's are the same. */
  async get(client: Client, id: string): Promise<SubscriptionRecord | undefined> {
    await this.#context.view.caughtUp('subscriptions');
    const found = this.#context.view.outbox.get(id);
    return found?.client === client.id && found.status !== 'deleted' ? found : undefined;
  }

  /** The last attempts of one, the newest first. */
  deliveries(id: string, limit: number): readonly DeliveryRecord[] {
    return this.#context.view.outbox.deliveries(id, limit);
  }

  async create(client: Client, { from, ...wish }: Wish): Promise<Made> {
    const { networks, now, since, identities } = this.#context;
    if ((await this.list(client)).length >= MOST) return { ok: false, code: 'too-many' };
    const target = await targetOf(wish.url, networks);
    if (!target.ok) return { ok: false, code: 'target', refusal: { code: 'address-refused', at: '/body/url', reason: target.reason } };
    const id = randomBytes(32).toString('base64url');
    const subscription: SubscriptionRecord = {
      id,
      client: client.id,
      ...wish,
      status: 'active',
      created: new Date(now()).toISOString(),
      secret: 0,
      turn: 0,
      standing: await since(client, from === undefined ? now() : Date.parse(from)),
    };
    await this.#write(client, subscription);
    return { ok: true, subscription, secret: identities.webhookSecret(id, 0) };
  }

  /** Pauses it, or lets it go on where it was. */
  async set(client: Client, found: SubscriptionRecord, status: 'active' | 'paused'): Promise<SubscriptionRecord> {
    const { because: _, ...rest } = found;
    return this.#write(client, { ...rest, status, ...(status === 'paused' ? { because: 'asked' } : {}) });
  }

  async end(client: Client, found: SubscriptionRecord): Promise<void> {
    await this.#write(client, { ...found, status: 'deleted', url: '' });
  }

  /** Renews the secret. The one before signs as well, for a day. */
  async rotate(client: Client, found: SubscriptionRecord): Promise<{ readonly subscription: SubscriptionRecord; readonly secret: string }> {
    const { now, identities } = this.#context;
    const secret = found.secret + 1;
    const subscription = await this.#write(client, { ...found, secret, rotated: new Date(now()).toISOString() });
    return { subscription, secret: identities.webhookSecret(found.id, secret) };
  }

  /** Begins again with what the bus took at a time (ISO 8601) or later. */
  async replay(client: Client, found: SubscriptionRecord, from: string): Promise<SubscriptionRecord> {
    const standing = await this.#context.since(client, Date.parse(from));
    return this.#write(client, { ...found, standing, turn: found.turn + 1 });
  }

  async #write(client: Client, subscription: SubscriptionRecord): Promise<SubscriptionRecord> {
    const { journal, view, policy } = this.#context;
    await journal.commit(
      [record(SUBSCRIPTIONS, subscription.id, subscription)],
      [{ action: 'alteration', who: client.id, decision: 'none', policy: policy(), subscription: subscription.id }],
    );
    await view.caughtUp('subscriptions');
    return subscription;
  }
}
