/**
 * Brings events to the addresses of subscribers: each subscription one event at a time, in order, again until it is taken. What may be
 * delivered is decided for each attempt anew (T13), and is in the audit log before it leaves.
 */
import { signWebhook } from '../../contracts/webhook.ts';
import type { SealedEvent } from '../labels/event.ts';
import type { Profile } from '../labels/profile.ts';
import type { Identities } from '../pipeline/ids.ts';
import type { Journal } from '../store/journal.ts';
import { DELIVERIES, type DeliveryRecord, record, SUBSCRIPTIONS, type SubscriptionRecord } from '../store/streams.ts';
import type { View } from '../store/view.ts';
import { type Client, mayRead } from './client.ts';
import type { Standing } from './cursor.ts';
import { post } from './post.ts';
import type { ReadingRoom } from './reading.ts';
import { type Network, targetOf } from './target.ts';

export interface CourierContext {
  readonly room: ReadingRoom;
  readonly journal: Journal;
  readonly view: View;
  readonly identities: Pick<Identities, 'webhookSecret'>;
  readonly clients: () => ReadonlyMap<string, Client>;
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly networks: readonly Network[];
  readonly now: () => number;
  readonly secondsBetween: readonly number[];
  readonly timeoutSeconds: number;
  /** Whether this gateway is the one that delivers. */
  readonly holds: () => boolean;
  readonly onAttempt: (outcome: DeliveryRecord['outcome']) => void;
}

/** Two days in all. */
export const SECONDS_BETWEEN: readonly number[] = [5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200, 43_200];

const DAY = 86_400_000;
/** So long a subscriber that may read nothing, or has read its fill, is left alone. */
const REST_MILLISECONDS = 5000;
const GONE = 410;

/** The secrets that sign now: for a day after a renewal also the one before. */
export function secretsOf(
  { id, secret, rotated }: SubscriptionRecord,
  identities: Pick<Identities, 'webhookSecret'>,
  now: number,
): readonly string[] {
  const own = identities.webhookSecret(id, secret);
  return rotated !== undefined && now - Date.parse(rotated) < DAY ? [own, identities.webhookSecret(id, secret - 1)] : [own];
}

export class Courier {
  readonly #context: CourierContext;
  readonly #rounds = new Map<string, { readonly changed: AbortController; readonly done: Promise<void> }>();
  readonly #stopping = new AbortController();

  constructor(context: CourierContext) {
    this.#context = context;
  }

  /** Looks at what is subscribed now: new rounds begin, changed ones look again. */
  look(): void {
    if (this.#stopping.signal.aborted) return;
    const active = new Set(
      this.#context.view.outbox
        .all()
        .filter(({ status }) => status === 'active')
        .map(({ id }) => id),
    );
    for (const { changed } of this.#rounds.values()) changed.abort();
    for (const id of active) if (!this.#rounds.has(id)) this.#begin(id);
  }

  #begin(id: string): void {
    const changed = new AbortController();
    const done = this.#round(id, AbortSignal.any([changed.signal, this.#stopping.signal])).then(() => {
      this.#rounds.delete(id);
      if (!this.#stopping.signal.aborted && this.#context.view.outbox.get(id)?.status === 'active') this.#begin(id);
    });
    this.#rounds.set(id, { changed, done });
  }

  /** Delivers until something changes. */
  async #round(id: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { holds, view } = this.#context;
      const subscription = view.outbox.get(id);
      if (subscription?.status !== 'active') return;
      try {
        if (!holds() || !(await this.#one(subscription, signal))) await rest(REST_MILLISECONDS, signal);
      } catch {
        // The bus is away, or the reader has read as much as it may: the place is kept.
        await rest(REST_MILLISECONDS, signal);
      }
    }
  }

  /** Delivers one event, or waits for one. Resolves `false` where the subscriber may read nothing. */
  async #one(subscription: SubscriptionRecord, signal: AbortSignal): Promise<boolean> {
    const { room, view, profiles, now } = this.#context;
    const { id, task, type, subject } = subscription;
    const client = this.#context.clients().get(subscription.client);
    const profile = task === undefined ? undefined : profiles.get(task);
    if (
      client === undefined ||
      !client.scopes.has('events:read') ||
      !mayRead(client, task) ||
      (task !== undefined && profile === undefined)
    )
      return false;
    const { standing: from, attempt, next, failed } = view.outbox.place(id);
    if (next !== undefined && Date.parse(next) > now()) {
      await rest(Date.parse(next) - now(), signal);
      return true;
    }
    if (failed !== undefined) {
      const event = await room.event(client, failed.event, profile);
      if (event === undefined) await this.#note(subscription, failed, { attempt: attempt + 1, outcome: 'withheld', milliseconds: 0 });
      else await this.#deliver(subscription, event, failed.standing, attempt + 1);
      return true;
    }
    const query = {
      limit: 1,
      ...(type === undefined ? {} : { type }),
      ...(subject === undefined ? {} : { subject }),
      ...(profile === undefined ? {} : { profile }),
    };
    // What is hidden from the client is passed over, and ends no wait.
    for (let standing = from; !signal.aborted; ) {
      const page = await room.page(client, standing, query);
      const [item] = page.items;
      if (item === undefined) {
        await room.wait(client, page.standing, REST_MILLISECONDS, signal);
        standing = page.standing;
        if (this.#context.clients().get(client.id) !== client || !this.#context.holds()) return true;
      } else {
        await this.#deliver(subscription, item.event, item.standing, attempt + 1);
        return true;
      }
    }
    return true;
  }

  async #deliver(subscription: SubscriptionRecord, event: SealedEvent, standing: Standing, attempt: number): Promise<void> {
    const { now, networks, identities, timeoutSeconds, secondsBetween } = this.#context;
    const began = now();
    const target = await targetOf(subscription.url, networks);
    const body = JSON.stringify(event);
    const headers = {
      'Content-Type': 'application/cloudevents+json',
      ...(await signWebhook(secretsOf(subscription, identities, began), event.id, Math.floor(began / 1000), body)),
    };
    const posted = target.ok ? await post(target, headers, body, timeoutSeconds * 1000) : { reason: 'address-refused' };
    const milliseconds = Math.max(0, now() - began);
    const place = { event: event.id, standing };
    if ('status' in posted && posted.status >= 200 && posted.status < 300) {
      await this.#note(subscription, place, { attempt, outcome: 'delivered', milliseconds });
      return;
    }
    const isGone = 'status' in posted && posted.status === GONE;
    const seconds = isGone ? undefined : secondsBetween[attempt - 1];
    const reason = 'status' in posted ? `status-${posted.status}` : posted.reason;
    const next = seconds === undefined ? {} : { next: new Date(now() + seconds * 1000).toISOString() };
    const paused = { status: 'paused', because: isGone ? 'gone' : 'failing' } as const;
    const failure = { attempt, outcome: 'failed', reason, milliseconds, ...next } as const;
    await this.#note(subscription, place, failure, seconds === undefined ? paused : undefined);
  }

  /** Writes down what came of an attempt, and that the subscription is paused because of it. */
  async #note(
    subscription: SubscriptionRecord,
    place: Pick<DeliveryRecord, 'event' | 'standing'>,
    attempt: Pick<DeliveryRecord, 'attempt' | 'outcome' | 'reason' | 'milliseconds' | 'next'>,
    change?: Pick<SubscriptionRecord, 'status' | 'because'>,
  ): Promise<void> {
    const { now, journal, view, onAttempt } = this.#context;
    const { id, turn } = subscription;
    const delivery: DeliveryRecord = { subscription: id, turn, time: new Date(now()).toISOString(), ...place, ...attempt };
    onAttempt(attempt.outcome);
    const latest = view.outbox.get(id) ?? subscription;
    const pauses = change !== undefined && latest.status === 'active' && latest.turn === turn;
    const records = [record(DELIVERIES, id, delivery), ...(pauses ? [record(SUBSCRIPTIONS, id, { ...latest, ...change })] : [])];
    await journal.commit(records, []);
    await view.caughtUp('subscriptions');
  }

  /** Ends every round; an attempt that is under way ends first. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#rounds.values()].map(({ done }) => done));
  }
}

/** Resolves after the time, or when the signal says so. */
async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, Math.min(milliseconds, DAY));
  const wake = () => resolve();
  signal.addEventListener('abort', wake, { once: true });
  if (signal.aborted) resolve();
  await promise;
  signal.removeEventListener('abort', wake);
  clearTimeout(timer);
}
