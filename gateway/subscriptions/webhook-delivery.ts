/**
 * Delivers events to the addresses of subscribers: one event at a time for each subscription, in order, with retries. The gateway decides
 * again before each attempt whether it may deliver the event (T13), and audits the decision.
 */
import { kindOfFault } from '../kind-of-fault.ts';
import type { SealedEvent } from '../labels/event.ts';
import type { Profile } from '../labels/profile.ts';
import type { Identities } from '../pipeline/ids.ts';
import type { Standing } from '../reading/cursor.ts';
import type { DeliveredEvent, EventReader } from '../reading/event-reader.ts';
import { UnderReview } from '../reading/volume.ts';
import type { Client } from '../rules/clients.ts';
import type { Journal } from '../store/journal.ts';
import type { View } from '../store/view/view.ts';
import { type DeliveryRecord, record, SUBSCRIPTIONS, type SubscriptionRecord } from '../wire/streams.ts';
import { type Destination, type DestinationContext, destinationOf } from './destination.ts';
import { ADDRESS_REFUSED, EVENT_MEDIA_TYPE, faultOfDelivery } from './post.ts';
import { readerOf } from './reader-of.ts';
import { secondsAsked } from './retry-after.ts';

export interface WebhookDeliveryContext extends DestinationContext {
  readonly eventReader: EventReader;
  readonly journal: Journal;
  readonly view: View;
  readonly identities: Pick<Identities, 'webhookSecret'>;
  readonly clients: () => ReadonlyMap<string, Client>;
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly now: () => number;
  readonly secondsBetween: readonly number[];
  /** Whether this gateway holds the lease: only one of several gateways delivers. */
  readonly holdsLease: () => boolean;
  readonly onAttempt: (outcome: DeliveryRecord['outcome']) => void;
  /** Called with the id of a subscription whose format cannot hold an event. */
  readonly onUnwritable: (subscription: string) => void;
  /** Called when the gateway cannot deliver for an internal reason. */
  readonly onFault: (kind: string) => void;
}

/** The seconds between attempts: about two days in all. */
export const SECONDS_BETWEEN: readonly number[] = [5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200, 43_200];

const DAY = 86_400_000;
/** How long a subscriber that may read nothing waits. */
const DELAY_MILLISECONDS = 5000;
/** How often a gateway checks whether it holds the lease. */
const LEASE_MILLISECONDS = 500;
/** How long a subscriber waits that has reached its volume limit. */
const REVIEW_MILLISECONDS = 600_000;
const GONE = 410;

/** The secrets that sign now. For a day after a renewal, the previous secret signs too. */
export function secretsOf(
  { id, secret, rotated }: SubscriptionRecord,
  identities: Pick<Identities, 'webhookSecret'>,
  now: number,
): readonly string[] {
  const current = identities.webhookSecret(id, secret);
  return rotated !== undefined && now - Date.parse(rotated) < DAY ? [current, identities.webhookSecret(id, secret - 1)] : [current];
}

interface DeliveryLoop {
  readonly changed: AbortController;
  readonly version: number;
  readonly done: Promise<void>;
}

/** An event to deliver, and the subscription's position after it. */
interface PendingDelivery extends Pick<DeliveredEvent, 'json' | 'encoded'> {
  readonly event: Pick<SealedEvent, 'id'>;
  readonly standing: Standing;
  readonly attempt: number;
}

export class WebhookDelivery {
  readonly #context: WebhookDeliveryContext;
  readonly #loops = new Map<string, DeliveryLoop>();
  /** By subscription: the position after events that were skipped since the position on the stream. */
  readonly #skipped = new Map<string, { readonly from: string; readonly standing: Standing }>();
  readonly #stopping = new AbortController();

  constructor(context: WebhookDeliveryContext) {
    this.#context = context;
  }

  /** Reads the subscriptions again: starts delivery for new ones, and restarts it for changed ones. */
  refresh(): void {
    if (this.#stopping.signal.aborted) return;
    for (const { id, status, version } of this.#context.view.outbox.all()) {
      const loop = this.#loops.get(id);
      if (loop === undefined && status === 'active') this.#begin(id, version);
      else if (loop !== undefined && loop.version !== version) loop.changed.abort();
    }
    for (const [id, { changed }] of this.#loops) if (this.#context.view.outbox.get(id)?.status !== 'active') changed.abort();
  }

  #begin(id: string, version: number): void {
    const changed = new AbortController();
    const done = this.#deliverUntilChanged(id, version, AbortSignal.any([changed.signal, this.#stopping.signal])).then(() => {
      this.#loops.delete(id);
      const now = this.#context.view.outbox.get(id);
      if (now?.status !== 'active') this.#skipped.delete(id);
      else if (!this.#stopping.signal.aborted) this.#begin(id, now.version);
    });
    this.#loops.set(id, { changed, version, done });
  }

  /** Delivers events of a subscription until the subscription changes. */
  async #deliverUntilChanged(id: string, version: number, signal: AbortSignal): Promise<void> {
    let isHeld = false;
    while (!signal.aborted) {
      const { holdsLease, view, onFault } = this.#context;
      const subscription = view.outbox.get(id);
      if (subscription?.status !== 'active' || subscription.version !== version) return;
      try {
        // Read first what the previous holder delivered, so that nothing is delivered twice.
        if (!isHeld && holdsLease()) await view.caughtUp('subscriptions');
        isHeld = holdsLease();
        if (!isHeld) await rest(LEASE_MILLISECONDS, signal);
        else if (!(await this.#deliverNext(subscription, signal))) await rest(DELAY_MILLISECONDS, signal);
      } catch (error) {
        // The bus is unavailable, the policy does not know a label, or the client has reached its volume limit. The position stays.
        if (!(error instanceof UnderReview)) onFault(kindOfFault(error));
        await rest(error instanceof UnderReview ? REVIEW_MILLISECONDS : DELAY_MILLISECONDS, signal);
      }
    }
  }

  /** Delivers one event, or waits for one. Resolves to `false` where the caller must wait before it tries again. */
  async #deliverNext(subscription: SubscriptionRecord, signal: AbortSignal): Promise<boolean> {
    const { eventReader, view, now } = this.#context;
    const { next, attempt, failed, standing } = view.outbox.place(subscription.id);
    if (next !== undefined && Date.parse(next) > now()) {
      await rest(Date.parse(next) - now(), signal);
      return true;
    }
    const began = this.#standingOf(subscription.id, standing);
    const waiting = readerOf(this.#context, subscription);
    if (waiting === undefined) return false;
    if (failed === undefined && !(await eventReader.wait(waiting.client, began, DELAY_MILLISECONDS, signal))) return true;
    // Look the address up before deciding: a name server may be slow.
    const destination = await destinationOf(subscription.url, subscription.client, this.#context);
    const reader = readerOf(this.#context, subscription);
    if (reader === undefined) return false;
    const { client, query } = reader;
    if (failed !== undefined) {
      const given = await eventReader.event(client, failed.event, query);
      if (given === undefined)
        await this.#recordAttempt(subscription, failed, { attempt: attempt + 1, outcome: 'withheld', milliseconds: 0 });
      else await this.#deliver(subscription, client, destination, { ...given, standing: failed.standing, attempt: attempt + 1 });
      return true;
    }
    const page = await eventReader.page(client, began, query);
    const [item] = page.items;
    if (item !== undefined) {
      await this.#deliver(subscription, client, destination, { ...item, attempt: attempt + 1 });
      return true;
    }
    // Skip events that the client may not read. They do not end its wait.
    this.#skipped.set(subscription.id, { from: JSON.stringify(standing), standing: page.standing });
    // Let other work run: events that wake a subscription for nothing must not block the others.
    await new Promise((resolve) => setImmediate(resolve));
    // The next event was not skipped: the policy in force cannot judge it.
    const isHeldBack = JSON.stringify(page.standing) === JSON.stringify(began);
    if (isHeldBack) this.#context.onFault('Unjudged');
    return !isHeldBack;
  }

  async #deliver(
    subscription: SubscriptionRecord,
    client: Client,
    destination: Destination,
    { event, json: body = '', encoded, standing, attempt }: PendingDelivery,
  ): Promise<void> {
    const { now, identities, secondsBetween, view, holdsLease, clients, onUnwritable } = this.#context;
    const began = now();
    const place = { event: event.id, standing };
    if (encoded?.ok === false) {
      onUnwritable(subscription.id);
      const reason = encoded.refusals[0].code;
      await this.#recordAttempt(subscription, place, { attempt, outcome: 'unwritable', reason, milliseconds: 0 });
      return;
    }
    const written = encoded?.value ?? { bytes: body, mediaType: EVENT_MEDIA_TYPE };
    const secrets = secretsOf(subscription, identities, began);
    // Send only if the subscription and the client are still those that the decision was made for.
    const isUnchanged = view.outbox.get(subscription.id)?.version === subscription.version && clients().get(client.id) === client;
    if (!isUnchanged || !holdsLease() || this.#stopping.signal.aborted) return;
    const sending = { id: event.id, body: written.bytes, mediaType: written.mediaType, time: began, secrets };
    const posted = destination.ok ? await destination.send(sending) : ADDRESS_REFUSED;
    const milliseconds = Math.max(0, now() - began);
    const reason = faultOfDelivery(posted);
    const answer = 'status' in posted ? { status: posted.status } : {};
    if (reason === undefined) {
      await this.#recordAttempt(subscription, place, { attempt, outcome: 'delivered', ...answer, milliseconds });
      return;
    }
    const isGone = 'status' in posted && posted.status === GONE;
    const isFinal = 'isFinal' in posted && posted.isFinal === true;
    const planned = isGone || isFinal ? undefined : secondsBetween[attempt - 1];
    const asked = 'status' in posted ? secondsAsked(posted.retryAfter, now()) : 0;
    const seconds = planned === undefined ? undefined : Math.max(planned, asked);
    const next = seconds === undefined ? {} : { next: new Date(now() + seconds * 1000).toISOString() };
    const paused = { status: 'paused', because: isGone ? 'gone' : 'failing' } as const;
    const failure = { attempt, outcome: 'failed', reason, ...answer, milliseconds, ...next } as const;
    await this.#recordAttempt(subscription, place, failure, seconds === undefined ? paused : undefined);
  }

  /** Records the result of an attempt. Pauses the subscription if the result requires it and the subscription has not changed meanwhile. */
  async #recordAttempt(
    subscription: SubscriptionRecord,
    place: Pick<DeliveryRecord, 'event' | 'standing'>,
    attempt: Pick<DeliveryRecord, 'attempt' | 'outcome' | 'reason' | 'status' | 'milliseconds' | 'next'>,
    change?: Pick<SubscriptionRecord, 'status' | 'because'>,
  ): Promise<void> {
    const { now, journal, view, onAttempt } = this.#context;
    const { id, turn, version } = subscription;
    const delivery: DeliveryRecord = { subscription: id, turn, time: new Date(now()).toISOString(), ...place, ...attempt };
    onAttempt(attempt.outcome);
    const paused = change === undefined ? [] : [{ subscription: { ...subscription, ...change, version: version + 1 } }];
    await journal.commit(
      [{ delivery }, ...paused].map((value) => record(SUBSCRIPTIONS, id, value)),
      [],
    );
    await view.caughtUp('subscriptions');
  }

  /** The largest number of records that an active subscription has still to read; 0 where another gateway delivers. */
  backlog(): number {
    const { view, holdsLease } = this.#context;
    if (!holdsLease()) return 0;
    const active = view.outbox.all().filter(({ status }) => status === 'active');
    return Math.max(0, ...active.map(({ id }) => this.#recordsAfter(this.#standingOf(id, view.outbox.place(id).standing))));
  }

  /** How many records, as far as this gateway knows, come after a position. */
  #recordsAfter(standing: Standing): number {
    const left = Object.entries(standing).flatMap(([topic, offsets]) =>
      Object.entries(offsets).map(([partition, at]) => Math.max(0, this.#context.view.followed(topic, Number(partition)) - at)),
    );
    return left.reduce((sum, count) => sum + count, 0);
  }

  /** The position of a subscription, including events that were skipped since it was recorded. */
  #standingOf(id: string, standing: Standing): Standing {
    const skipped = this.#skipped.get(id);
    return skipped?.from === JSON.stringify(standing) ? skipped.standing : standing;
  }

  /** Stops delivery. Running attempts end first. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#loops.values()].map(({ done }) => done));
  }
}

/** Resolves after a time, or when the signal aborts. */
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
