/**
 * Sends again what a subscription was sent before: its place moves back, and a new turn begins there. It moves no other place, and never
 * forward: what was not delivered yet is not skipped. The turn is on the stream, so every gateway goes on with it, and after a restart too.
 */
import { createHash } from 'node:crypto';
import type { JsonObject } from '../../adapters/adapter.ts';
import { canonicalJson } from '../../adapters/canonical-json.ts';
import type { Standing } from '../reading/cursor.ts';
import type { Client } from '../rules/clients.ts';
import { earlier } from '../store/view/outbox.ts';
import type { View } from '../store/view/view.ts';
import type { SubscriptionRecord } from '../wire/streams.ts';
import type { Subscriptions } from './subscriptions.ts';

export interface ReplaysContext {
  readonly view: View;
  readonly subscriptions: Pick<Subscriptions, 'change'>;
  /** Where a reader stands that wants what the bus took at a time (milliseconds) or later. */
  readonly since: (time: number) => Promise<Standing>;
}

/** What is to be sent again: what the bus took at a time (ISO 8601) or later, or what came after an event that was delivered. */
export type ReplayRequest = { readonly from: string } | { readonly after: string };

export type Replayed =
  | { readonly kind: 'replay'; readonly subscription: SubscriptionRecord; readonly repeated: boolean }
  | { readonly kind: 'not-found' | 'event-not-in-log' | 'idempotency-in-flight' | 'idempotency-mismatch' };

type Idempotency = SubscriptionRecord['replay'];

export class Replays {
  readonly #context: ReplaysContext;
  /** Fingerprints of requests that are under way, by client and key. */
  readonly #underWay = new Map<string, string>();

  constructor(context: ReplaysContext) {
    this.#context = context;
  }

  /** Begins a replay. A request with a key of this client that began one gets the subscription as it was then. */
  async replay(client: Client, id: string, request: ReplayRequest, key?: string): Promise<Replayed> {
    if (key === undefined) return this.#begin(client, id, request, undefined);
    const fingerprint = createHash('sha256')
      .update(canonicalJson([id, request as JsonObject]))
      .digest('base64url');
    // Another gateway may have seen the key a moment ago.
    await this.#context.view.caughtUp('subscriptions');
    const known = this.#known(client, { key, fingerprint });
    if (known !== undefined) return known;
    const own = JSON.stringify([client.id, key]);
    const underWay = this.#underWay.get(own);
    if (underWay !== undefined) return { kind: underWay === fingerprint ? 'idempotency-in-flight' : 'idempotency-mismatch' };
    this.#underWay.set(own, fingerprint);
    try {
      return await this.#begin(client, id, request, { key, fingerprint });
    } finally {
      this.#underWay.delete(own);
    }
  }

  #known(client: Client, idempotency: Idempotency): Replayed | undefined {
    const known = idempotency && this.#context.view.outbox.replay(client.id, idempotency.key);
    if (known === undefined) return undefined;
    if (known.fingerprint !== idempotency?.fingerprint) return { kind: 'idempotency-mismatch' };
    return { kind: 'replay', subscription: known.subscription, repeated: true };
  }

  async #begin(client: Client, id: string, request: ReplayRequest, replay: Idempotency): Promise<Replayed> {
    const { view, subscriptions } = this.#context;
    const standing = await this.#standing(id, request);
    if (standing === undefined) return { kind: 'event-not-in-log' };
    const began = await subscriptions.change(client, id, 'replay', ({ replay: _, ...found }) => {
      // Another gateway may have begun it meanwhile.
      if (this.#known(client, replay) !== undefined) return undefined;
      const at = earlier(view.outbox.place(id).standing, standing);
      return { ...found, standing: at, turn: found.turn + 1, ...(replay === undefined ? {} : { replay }) };
    });
    if (began === undefined) return this.#known(client, replay) ?? { kind: 'not-found' };
    return { kind: 'replay', subscription: began, repeated: false };
  }

  /** Where the replay is to begin; undefined where that is not known. */
  async #standing(id: string, request: ReplayRequest): Promise<Standing | undefined> {
    const { view, since } = this.#context;
    if ('after' in request) return view.outbox.standingAfter(id, request.after);
    // A place of a version before the one order names topics, which are kept.
    return { ...view.outbox.place(id).standing, ...(await since(Date.parse(request.from))) };
  }
}
