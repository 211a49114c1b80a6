/**
 * Brings events to the addresses of subscribers: each subscription one event at a time, in order, again until it is taken. What may be
 * delivered is decided for each attempt anew, the last thing before it leaves (T13), and is in the audit log then.
 */
import { kindOfFault } from '../kind-of-fault.ts';
import type { SealedEvent } from '../labels/event.ts';
import type { Profile } from '../labels/profile.ts';
import type { Identities } from '../pipeline/ids.ts';
import type { Standing } from '../reading/cursor.ts';
import type { EventReader } from '../reading/event-reader.ts';
import type { ReadQuery } from '../reading/read-query.ts';
import { UnderReview } from '../reading/volume.ts';
import { type Client, mayRead } from '../rules/clients.ts';
import type { Journal } from '../store/journal.ts';
import type { View } from '../store/view/view.ts';
import { type DeliveryRecord, record, SUBSCRIPTIONS, type SubscriptionRecord } from '../wire/streams.ts';
import { ADDRESS_REFUSED, faultOfDelivery, headersFor, post } from './post.ts';
import { secondsAsked } from './retry-after.ts';
import { type Network, type Target, targetOf } from './target.ts';

export interface WebhookDeliveryContext {
  readonly eventReader: EventReader;
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
  /** Nothing could be delivered, for a reason that lies here. */
  readonly onFault: (kind: string) => void;
}

/** Two days in all. */
export const SECONDS_BETWEEN: readonly number[] = [5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200, 43_200];

const DAY = 86_400_000;
/** So long a subscriber that may read nothing is left alone. */
const REST_MILLISECONDS = 5000;
/** So long until a gateway asks again whether it is the one that delivers. */
const HELD_MILLISECONDS = 500;
/** So long a subscriber is left alone that has read its fill. */
const REVIEW_MILLISECONDS = 600_000;
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

interface Round {
  readonly changed: AbortController;
  readonly version: number;
  readonly done: Promise<void>;
}

/** An event that is to be delivered, and where the subscription stands after it. */
interface Parcel {
  readonly event: Pick<SealedEvent, 'id'>;
  readonly json: string;
  readonly standing: Standing;
  readonly attempt: number;
}

export class WebhookDelivery {
  readonly #context: WebhookDeliveryContext;
  readonly #rounds = new Map<string, Round>();
  /** What was passed over since the place that is written down, by subscription. */
  readonly #passed = new Map<string, { readonly from: string; readonly standing: Standing }>();
  readonly #stopping = new AbortController();

  constructor(context: WebhookDeliveryContext) {
    this.#context = context;
  }

  /** Looks at what is subscribed now: new rounds begin, changed ones look again. */
  look(): void {
    if (this.#stopping.signal.aborted) return;
    for (const { id, status, version } of this.#context.view.outbox.all()) {
      const round = this.#rounds.get(id);
      if (round === undefined && status === 'active') this.#begin(id, version);
      else if (round !== undefined && round.version !== version) round.changed.abort();
    }
    for (const [id, { changed }] of this.#rounds) if (this.#context.view.outbox.get(id)?.status !== 'active') changed.abort();
  }

  #begin(id: string, version: number): void {
    const changed = new AbortController();
    const done = this.#round(id, version, AbortSignal.any([changed.signal, this.#stopping.signal])).then(() => {
      this.#rounds.delete(id);
      const now = this.#context.view.outbox.get(id);
      if (now?.status !== 'active') this.#passed.delete(id);
      else if (!this.#stopping.signal.aborted) this.#begin(id, now.version);
    });
    this.#rounds.set(id, { changed, version, done });
  }

  /** Delivers until something changes. */
  async #round(id: string, version: number, signal: AbortSignal): Promise<void> {
    let isHeld = false;
    while (!signal.aborted) {
      const { holds, view, onFault } = this.#context;
      const subscription = view.outbox.get(id);
      if (subscription?.status !== 'active' || subscription.version !== version) return;
      try {
        // What the gateway before this one delivered is not delivered again.
        if (!isHeld && holds()) await view.caughtUp('subscriptions');
        isHeld = holds();
        if (!isHeld) await rest(HELD_MILLISECONDS, signal);
        else if (!(await this.#one(subscription, signal))) await rest(REST_MILLISECONDS, signal);
      } catch (error) {
        // The bus is away, a policy does not know a label, or the reader has read as much as it may: the place is kept.
        if (!(error instanceof UnderReview)) onFault(kindOfFault(error));
        await rest(error instanceof UnderReview ? REVIEW_MILLISECONDS : REST_MILLISECONDS, signal);
      }
    }
  }

  /** The client as it may read for a subscription now, and how, or undefined. */
  #reader({ id, client: name, task, type, subject }: SubscriptionRecord): { client: Client; query: ReadQuery } | undefined {
    const client = this.#context.clients().get(name);
    const profile = task === undefined ? undefined : this.#context.profiles.get(task);
    if (client === undefined || !client.scopes.has('events:read') || !mayRead(client, task)) return undefined;
    if (task !== undefined && profile === undefined) return undefined;
    const query = {
      limit: 1,
      subscription: id,
      ...(type === undefined ? {} : { type }),
      ...(subject === undefined ? {} : { subject }),
      ...(profile === undefined ? {} : { profile }),
    };
    return { client, query };
  }

  /** Delivers one event, or waits for one. Resolves `false` where there is nothing to wait for. */
  async #one(subscription: SubscriptionRecord, signal: AbortSignal): Promise<boolean> {
    const { eventReader, view, now, networks } = this.#context;
    const { next, attempt, failed, standing } = view.outbox.place(subscription.id);
    if (next !== undefined && Date.parse(next) > now()) {
      await rest(Date.parse(next) - now(), signal);
      return true;
    }
    const began = this.#standingOf(subscription.id, standing);
    const waiting = this.#reader(subscription);
    if (waiting === undefined) return false;
    if (failed === undefined && !(await eventReader.wait(waiting.client, began, REST_MILLISECONDS, signal))) return true;
    // Before anything is decided: a name server may take its time.
    const target = await targetOf(subscription.url, networks);
    const reader = this.#reader(subscription);
    if (reader === undefined) return false;
    const { client, query } = reader;
    if (failed !== undefined) {
      const given = await eventReader.event(client, failed.event, query);
      if (given === undefined) await this.#note(subscription, failed, { attempt: attempt + 1, outcome: 'withheld', milliseconds: 0 });
      else
        await this.#deliver(subscription, client, target, {
          event: given.event,
          json: given.json ?? '',
          standing: failed.standing,
          attempt: attempt + 1,
        });
      return true;
    }
    const page = await eventReader.page(client, began, query);
    const [item] = page.items;
    if (item !== undefined) {
      await this.#deliver(subscription, client, target, { ...item, attempt: attempt + 1 });
      return true;
    }
    // What is hidden from the client is passed over, and ends no wait.
    this.#passed.set(subscription.id, { from: JSON.stringify(standing), standing: page.standing });
    // Whatever wakes a subscription for nothing must not keep the others from their turn.
    await new Promise((resolve) => setImmediate(resolve));
    // Something is there and was not passed: it cannot be judged now.
    const isHeldBack = JSON.stringify(page.standing) === JSON.stringify(began);
    if (isHeldBack) this.#context.onFault('Unjudged');
    return !isHeldBack;
  }

  async #deliver(
    subscription: SubscriptionRecord,
    client: Client,
    target: Target,
    { event, json: body, standing, attempt }: Parcel,
  ): Promise<void> {
    const { now, identities, timeoutSeconds, secondsBetween, view, holds, clients } = this.#context;
    const began = now();
    const headers = await headersFor(secretsOf(subscription, identities, began), event.id, began, body);
    // What was decided a moment ago holds only for what is still so.
    const isStill = view.outbox.get(subscription.id)?.version === subscription.version && clients().get(client.id) === client;
    if (!isStill || !holds() || this.#stopping.signal.aborted) return;
    const posted = target.ok ? await post(target, headers, body, timeoutSeconds * 1000) : ADDRESS_REFUSED;
    const milliseconds = Math.max(0, now() - began);
    const place = { event: event.id, standing };
    const reason = faultOfDelivery(posted);
    const answer = 'status' in posted ? { status: posted.status } : {};
    if (reason === undefined) {
      await this.#note(subscription, place, { attempt, outcome: 'delivered', ...answer, milliseconds });
      return;
    }
    const isGone = 'status' in posted && posted.status === GONE;
    const planned = isGone ? undefined : secondsBetween[attempt - 1];
    const asked = 'status' in posted ? secondsAsked(posted.retryAfter, now()) : 0;
    const seconds = planned === undefined ? undefined : Math.max(planned, asked);
    const next = seconds === undefined ? {} : { next: new Date(now() + seconds * 1000).toISOString() };
    const paused = { status: 'paused', because: isGone ? 'gone' : 'failing' } as const;
    const failure = { attempt, outcome: 'failed', reason, ...answer, milliseconds, ...next } as const;
    await this.#note(subscription, place, failure, seconds === undefined ? paused : undefined);
  }

  /** Writes down what came of an attempt, and that the subscription is paused because of it, unless it was changed meanwhile. */
  async #note(
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
      [{ delivery }, ...paused].map((one) => record(SUBSCRIPTIONS, id, one)),
      [],
    );
    await view.caughtUp('subscriptions');
  }

  /** How many records the subscription that is furthest behind has still to pass; 0 where another gateway delivers. */
  backlog(): number {
    const { view, holds } = this.#context;
    if (!holds()) return 0;
    const active = view.outbox.all().filter(({ status }) => status === 'active');
    return Math.max(0, ...active.map(({ id }) => this.#ahead(this.#standingOf(id, view.outbox.place(id).standing))));
  }

  /** How many records are known here that a reader who stands there has still to pass. */
  #ahead(standing: Standing): number {
    const left = Object.entries(standing).flatMap(([topic, own]) =>
      Object.entries(own).map(([partition, at]) => Math.max(0, this.#context.view.followed(topic, Number(partition)) - at)),
    );
    return left.reduce((sum, one) => sum + one, 0);
  }

  /** Where a subscription stands, with what was passed over since that was written down. */
  #standingOf(id: string, standing: Standing): Standing {
    const passed = this.#passed.get(id);
    return passed?.from === JSON.stringify(standing) ? passed.standing : standing;
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
