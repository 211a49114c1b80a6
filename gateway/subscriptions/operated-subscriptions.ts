/**
 * Subscriptions of all clients, for operators. An operator sees the state of each, and never an address with its secrets. What an operator
 * sees of events (attempts, the backlog, the next attempt) is only of those that their own clearance lets them read now: all others are
 * neither named nor counted.
 */

import type { Labelling } from '../labels/label-event.ts';
import { levelsOf } from '../labels/levels.ts';
import type { Identities } from '../pipeline/ids.ts';
import type { Standing } from '../reading/cursor.ts';
import type { EventReader } from '../reading/event-reader.ts';
import { type MayReadContext, mayReadOf } from '../reading/may-read-event.ts';
import { Slices } from '../reading/slices.ts';
import { placeOf } from '../reading/standing.ts';
import { actorOf, type Client } from '../rules/clients.ts';
import type { Journal } from '../store/journal.ts';
import type { Barrier } from '../store/view/barrier.ts';
import type { View } from '../store/view/view.ts';
import { type DeliveryRecord, ORDER, record, SUBSCRIPTIONS, type SubscriptionRecord } from '../wire/streams.ts';
import { ofLevels } from '../wire/topics.ts';
import { type DestinationContext, destinationOf, placeOfUrl } from './destination.ts';
import { ADDRESS_REFUSED, EVENT_MEDIA_TYPE, faultOfDelivery } from './post.ts';
import { type ReaderContext, readerOf } from './reader-of.ts';
import type { Replayed, ReplayRequest, Replays } from './replays.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { TestResult } from './test-event.ts';
import { secretsOf } from './webhook-delivery.ts';

export interface OperatedSubscriptionsContext extends DestinationContext, MayReadContext, ReaderContext {
  readonly view: View;
  readonly journal: Pick<Journal, 'commit'>;
  readonly identities: Pick<Identities, 'webhookSecret'>;
  readonly labelling: () => Labelling;
  readonly protections: Barrier;
  readonly eventReader: Pick<EventReader, 'event'>;
  readonly subscriptions: Subscriptions;
  readonly replays: Replays;
  readonly now: () => number;
  readonly policy: () => string;
}

/** What waits for a subscriber, as far as an operator may know. */
export interface Backlog {
  /** At most {@link MOST_COUNTED}. */
  readonly events: number;
  /** Whether there are more. */
  readonly more: boolean;
  /** When the oldest was recorded, ISO 8601. */
  readonly oldest?: string;
}

export interface AttemptQuery {
  readonly before?: number;
  readonly limit: number;
}

/** The most events that a backlog counts. */
const MOST_COUNTED = 100;
const BATCH = 100;

export class OperatedSubscriptions {
  readonly #context: OperatedSubscriptionsContext;
  readonly #slices = new Slices();

  constructor(context: OperatedSubscriptionsContext) {
    this.#context = context;
  }

  /** The subscriptions of all clients after a place, oldest first. */
  async list(after: number, limit: number): Promise<{ readonly subscriptions: readonly SubscriptionRecord[]; readonly more: boolean }> {
    await this.#context.view.caughtUp('subscriptions');
    const all = this.#context.view.outbox.all().toSorted((a, b) => a.created.localeCompare(b.created) || a.id.localeCompare(b.id));
    return { subscriptions: all.slice(after, after + limit), more: all.length > after + limit };
  }

  /** A subscription of any client. */
  async get(id: string): Promise<SubscriptionRecord | undefined> {
    await this.#context.view.caughtUp('subscriptions');
    const found = this.#context.view.outbox.get(id);
    return found?.status === 'deleted' ? undefined : found;
  }

  /** Pauses a subscription, or resumes it. This and the methods below return undefined where the subscription is absent. */
  async set(operator: Client, id: string, status: 'active' | 'paused'): Promise<SubscriptionRecord | undefined> {
    const found = await this.get(id);
    return found && this.#context.subscriptions.set({ id: found.client }, id, status, operator);
  }

  async test(operator: Client, id: string): Promise<TestResult | undefined> {
    const found = await this.get(id);
    return found && this.#context.subscriptions.test({ id: found.client }, id, operator);
  }

  /** Begins a replay. An event that the operator may not read is not in the log for them. */
  async replay(operator: Client, id: string, request: ReplayRequest): Promise<Replayed> {
    const found = await this.get(id);
    if (found === undefined) return { kind: 'not-found' };
    if ('after' in request && !(await this.#mayKnow(operator, request.after))) return { kind: 'event-not-in-log' };
    return this.#context.replays.replay({ id: found.client }, id, request, undefined, operator);
  }

  async #mayKnow(operator: Client, event: string): Promise<boolean> {
    await Promise.all([this.#context.view.caughtUp('events'), this.#context.protections.pass()]);
    return (await mayReadOf(this.#context, operator, event)) !== undefined;
  }

  /** The attempts to deliver events that the operator may read, newest first. `next`: the place of the last one that was read. */
  async attempts(
    operator: Client,
    id: string,
    { before = Number.MAX_SAFE_INTEGER, limit }: AttemptQuery,
  ): Promise<{ readonly attempts: readonly DeliveryRecord[]; readonly next: number; readonly more: boolean }> {
    const { view, protections } = this.#context;
    await Promise.all([view.caughtUp('subscriptions'), view.caughtUp('events'), protections.pass()]);
    const slice = this.#slices.begin(operator.id);
    const known = new Map<string, boolean>();
    const attempts: DeliveryRecord[] = [];
    let next = before;
    for (;;) {
      const rows = view.outbox.deliveries(id, { before: next, limit: BATCH });
      if (rows.length === 0) return { attempts, next, more: false };
      for (const { seq, delivery } of rows) {
        await slice.ifDue();
        const isKnown = known.get(delivery.event) ?? (await mayReadOf(this.#context, operator, delivery.event)) !== undefined;
        known.set(delivery.event, isKnown);
        if (isKnown && attempts.length === limit) return { attempts, next, more: true };
        if (isKnown) attempts.push(delivery);
        next = seq;
      }
    }
  }

  /** When the next attempt is due, where the operator may read its event. */
  async next(operator: Client, id: string): Promise<string | undefined> {
    const { failed, next } = this.#context.view.outbox.place(id);
    return next !== undefined && failed !== undefined && (await this.#mayKnow(operator, failed.event)) ? next : undefined;
  }

  /** How many events that both may read wait for a subscriber. Only events at levels of both take time. */
  async backlog(operator: Client, subscription: SubscriptionRecord, signal: AbortSignal): Promise<Backlog> {
    const { view, protections, labelling } = this.#context;
    await Promise.all([view.caughtUp('order'), view.caughtUp('events'), protections.pass()]);
    const reader = readerOf(this.#context, subscription);
    if (reader === undefined) return { events: 0, more: false };
    const { client, query } = reader;
    const tests = [operator, client].map(({ clearance }) => ofLevels(levelsOf(labelling().policy, clearance)));
    const matches = (topic: string) => tests.every((mayHold) => mayHold(topic));
    const slice = this.#slices.begin(operator.id);
    const { standing } = view.outbox.place(subscription.id);
    const end = view.followed(ORDER, 0);
    let events = 0;
    let oldest: string | undefined;
    for (let from = await placeOf(standing satisfies Standing, view, matches, () => slice.ifDue()); from < end; ) {
      const { rows, until } = view.order.rows(from, end, matches, BATCH);
      for (const { id } of rows) {
        signal.throwIfAborted();
        await slice.ifDue();
        const event = await mayReadOf(this.#context, operator, id);
        if (event === undefined || (query.type ?? event.type) !== event.type) continue;
        if (query.subject !== undefined && event.subject !== query.subject) continue;
        if ((await mayReadOf(this.#context, client, id, query.profile)) === undefined) continue;
        if (events === MOST_COUNTED) return { events, more: true, ...(oldest === undefined ? {} : { oldest }) };
        events++;
        oldest ??= event.recordedtime;
      }
      from = until;
    }
    return { events, more: false, ...(oldest === undefined ? {} : { oldest }) };
  }

  /**
   * Sends one event again, once, outside the order of the others: its client must be allowed to read it now, as for every delivery, and the
   * operator too. The position of the subscription stays. Undefined where the event is absent or one of them may not read it.
   */
  async resend(operator: Client, subscription: SubscriptionRecord, event: string): Promise<DeliveryRecord | undefined> {
    const { eventReader, journal, now, policy, identities, view } = this.#context;
    const reader = readerOf(this.#context, subscription);
    if (reader === undefined || !(await this.#mayKnow(operator, event))) return undefined;
    const { id, url, turn } = subscription;
    const destination = await destinationOf(url, subscription.client, this.#context);
    const about = { subscription: id, change: 'resend', to: placeOfUrl(url), events: [{ id: event }] };
    await journal.commit([], [{ action: 'alteration', ...actorOf(operator), decision: 'none', policy: policy(), ...about }]);
    const given = await eventReader.event(reader.client, event, reader.query);
    if (given === undefined) return undefined;
    const began = now();
    // No position: the attempt is in the log and moves nothing.
    const attempt = { subscription: id, turn, event, attempt: 1, time: new Date(began).toISOString(), standing: {} };
    const { encoded, json = '' } = given;
    const written = encoded?.ok === false ? undefined : (encoded?.value ?? { bytes: json, mediaType: EVENT_MEDIA_TYPE });
    let delivery: DeliveryRecord;
    if (written === undefined) delivery = { ...attempt, outcome: 'unwritable', milliseconds: 0 };
    else {
      const secrets = secretsOf(subscription, identities, began);
      const sending = { id: event, body: written.bytes, mediaType: written.mediaType, time: began, secrets };
      const posted = destination.ok ? await destination.send(sending) : ADDRESS_REFUSED;
      const reason = faultOfDelivery(posted);
      const answer = { milliseconds: Math.max(0, now() - began), ...('status' in posted ? { status: posted.status } : {}) };
      delivery =
        reason === undefined ? { ...attempt, ...answer, outcome: 'delivered' } : { ...attempt, ...answer, outcome: 'failed', reason };
    }
    await journal.commit([record(SUBSCRIPTIONS, id, { delivery })], []);
    await view.caughtUp('subscriptions');
    return delivery;
  }
}
