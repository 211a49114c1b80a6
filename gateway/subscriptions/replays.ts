/**
 * Replays events to a subscription: moves its position back and increases its `turn`. It moves no other position, and never forward, so no
 * undelivered event is skipped. The new turn is on the stream, so it holds for every gateway and after a restart.
 */
import { createHash } from 'node:crypto';
import type { JsonObject } from '../../adapters/adapter.ts';
import { canonicalJson } from '../../adapters/canonical-json.ts';
import type { Standing } from '../reading/cursor.ts';
import { earlier } from '../store/view/outbox.ts';
import type { View } from '../store/view/view.ts';
import type { SubscriptionRecord } from '../wire/streams.ts';
import type { Owner, Subscriptions } from './subscriptions.ts';

export interface ReplaysContext {
  readonly view: View;
  readonly subscriptions: Pick<Subscriptions, 'change'>;
  /** The position of a reader that wants events from a time (milliseconds) on, by the clock of the bus. */
  readonly since: (time: number) => Promise<Standing>;
}

/** The events to send again: those that the bus received from a time (ISO 8601) on, or those after a delivered event. */
export type ReplayRequest = { readonly from: string } | { readonly after: string };

export type Replayed =
  | { readonly kind: 'replay'; readonly subscription: SubscriptionRecord; readonly repeated: boolean }
  | { readonly kind: 'not-found' | 'event-not-in-log' | 'idempotency-in-flight' | 'idempotency-mismatch' };

type Idempotency = SubscriptionRecord['replay'];

export class Replays {
  readonly #context: ReplaysContext;
  /** Fingerprints of unfinished requests, by client and key. */
  readonly #underWay = new Map<string, string>();

  constructor(context: ReplaysContext) {
    this.#context = context;
  }

  /** Begins a replay. A repeated request with the same key gets the subscription as it was after the first request. */
  async replay(client: Owner, id: string, request: ReplayRequest, key?: string, by: Owner = client): Promise<Replayed> {
    if (key === undefined) return this.#begin(client, id, request, undefined, by);
    const fingerprint = createHash('sha256')
      .update(canonicalJson([id, request as JsonObject]))
      .digest('base64url');
    // Another gateway may have received the key just before.
    await this.#context.view.caughtUp('subscriptions');
    const known = this.#known(client, { key, fingerprint });
    if (known !== undefined) return known;
    const clientKey = JSON.stringify([client.id, key]);
    const underWay = this.#underWay.get(clientKey);
    if (underWay !== undefined) return { kind: underWay === fingerprint ? 'idempotency-in-flight' : 'idempotency-mismatch' };
    this.#underWay.set(clientKey, fingerprint);
    try {
      return await this.#begin(client, id, request, { key, fingerprint }, by);
    } finally {
      this.#underWay.delete(clientKey);
    }
  }

  #known(client: Owner, idempotency: Idempotency): Replayed | undefined {
    const known = idempotency && this.#context.view.outbox.replay(client.id, idempotency.key);
    if (known === undefined) return undefined;
    if (known.fingerprint !== idempotency?.fingerprint) return { kind: 'idempotency-mismatch' };
    return { kind: 'replay', subscription: known.subscription, repeated: true };
  }

  async #begin(client: Owner, id: string, request: ReplayRequest, replay: Idempotency, by: Owner): Promise<Replayed> {
    const { view, subscriptions } = this.#context;
    const standing = await this.#standing(id, request);
    if (standing === undefined) return { kind: 'event-not-in-log' };
    const change = ({ replay: _, ...found }: SubscriptionRecord) => {
      // Another gateway may have begun the replay meanwhile.
      if (this.#known(client, replay) !== undefined) return undefined;
      const at = earlier(view.outbox.place(id).standing, standing);
      return { ...found, standing: at, turn: found.turn + 1, ...(replay === undefined ? {} : { replay }) };
    };
    const changed = await subscriptions.change(client, id, 'replay', change, by);
    if (changed === undefined) return this.#known(client, replay) ?? { kind: 'not-found' };
    return { kind: 'replay', subscription: changed, repeated: false };
  }

  /** The position at which the replay begins; undefined where the event is not in the delivery log. */
  async #standing(id: string, request: ReplayRequest): Promise<Standing | undefined> {
    const { view, since } = this.#context;
    if ('after' in request) return view.outbox.standingAfter(id, request.after);
    // A position from a version before the one order names topics. Keep them.
    return { ...view.outbox.place(id).standing, ...(await since(Date.parse(request.from))) };
  }
}
