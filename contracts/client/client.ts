/**
 * The client of a gateway, for those who consume its events and those who submit to it: typed by the contract and the standards.
 * It needs `fetch`, WebCrypto, `openapi-fetch`, `jose` and `eventsource-parser`: Node.js 20 or later, Deno, or a browser.
 */
import { createRemoteJWKSet, errors } from 'jose';
import type { Client } from 'openapi-fetch';
import { parseStrict } from '../../adapters/json.ts';
import type { EventData } from '../generated/events.d.ts';
import type { components, paths } from '../generated/openapi.d.ts';
import { defined, type InterchangeOptions, openConnection, type SubmitOptions } from './connection.ts';
import type { SealedEvent } from './event.ts';
import { type DeliveredEvent, type EventType, eventsOf, type FollowQuery, followed, type Query } from './reading.ts';
import { sealFault } from './seal-check.ts';
import type { SealFault } from './seal-faults.ts';

export { GatewayProblem, type Problem } from './connection.ts';
export { type DeliveredEvent, type EventType, type FollowQuery, type Query, serverSentEvents } from './reading.ts';
export type Receipt = components['schemas']['Receipt'];
/** An attempt to deliver an event to a subscription. */
export type Attempt = components['schemas']['Delivery'];

/** The keys of the gateway's seals cannot be had at the moment: whether a seal holds is not known. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

export interface Interchange {
  /** Every operation of the contract. */
  readonly api: Client<paths>;
  /** Sends a message as a legacy system made it. Throws {@link GatewayProblem} when it was not accepted: a quarantined one has the reasons. */
  submitMessage(message: string | Uint8Array, options?: SubmitOptions & { readonly mediaType?: string }): Promise<Receipt>;
  /** Sends an event in canonical form. Throws {@link GatewayProblem} when it was not accepted. */
  submit<T extends EventType>(
    type: T,
    data: Omit<EventData[T], 'portions' | 'protections' | 'quality'>,
    options?: Omit<SubmitOptions, 'adapter'>,
  ): Promise<Receipt>;
  /** Every event that is there now, from a cursor on, those that came by reference too; the generator returns the cursor to go on from. Throws {@link GatewayProblem}. */
  events<T extends EventType>(query?: Query<T> & { readonly cursor?: string }): AsyncGenerator<DeliveredEvent<T>, string>;
  /** Every event as it comes, for ever. A connection that is lost is made again where it was: no event is lost, and none comes twice. Throws {@link GatewayProblem}. */
  follow<T extends EventType>(query?: FollowQuery<T>): AsyncGenerator<{ readonly event: DeliveredEvent<T>; readonly cursor: string }>;
  /** The attempts of a subscription of yours, the newest first, over all pages. Throws {@link GatewayProblem}. */
  attempts(subscription: string, query?: { readonly outcome?: Attempt['outcome'] }): AsyncGenerator<Attempt>;
  /**
   * Whether it can be shown that an event, complete or redacted, is what this gateway sealed. Give its text where you have it: a parsed event
   * does not show that a name stood twice. `topic` is where it was read from, if from the bus. The label policy is not looked at. Throws
   * {@link KeysUnavailable}.
   */
  verify(event: DeliveredEvent | string, topic?: string): Promise<boolean>;
  /** The same, and why not: undefined where it verifies. An event by reference does not: read it at its `dataref`. */
  sealFault(event: DeliveredEvent | string, topic?: string): Promise<SealFault | undefined>;
}

/** Opens a client. Open one for each person where you act for several. */
export function openInterchange(options: InterchangeOptions): Interchange {
  const connection = openConnection(options);
  const { api, url, open, post } = connection;
  const published = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`));
  const keys: typeof published = Object.assign(async (...asked: Parameters<typeof published>) => {
    try {
      return await published(...asked);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JOSENotSupported) throw error;
      throw new KeysUnavailable('The keys of seals cannot be had', { cause: error });
    }
  }, published);
  async function* attempts(subscription: string, query: { readonly outcome?: Attempt['outcome'] } = {}): AsyncGenerator<Attempt> {
    for (let cursor: string | undefined; ; ) {
      const asked = new URLSearchParams(defined({ ...query, cursor }) as Record<string, string>);
      const answer = await open(`/v1/subscriptions/${encodeURIComponent(subscription)}/deliveries?${asked}`, {});
      const page = (await answer.json()) as components['schemas']['DeliveryList'];
      yield* page.deliveries;
      if (!page.more) return;
      cursor = page.cursor;
    }
  }

  const faultOf = async (event: DeliveredEvent | string, topic?: string): Promise<SealFault | undefined> => {
    if (typeof event !== 'string') return sealFault(event as unknown as SealedEvent, keys, topic);
    const read = parseStrict(event);
    if (!read.ok) return read.refusals[0].code === 'json-malformed' ? 'not-an-event' : 'ambiguous-json';
    return sealFault(read.value as unknown as SealedEvent, keys, topic);
  };

  return {
    api,
    events: (query) => eventsOf(connection, query),
    follow: (query) => followed(connection, query),
    attempts,
    submitMessage: (message, { mediaType = 'application/xml', ...rest } = {}) => post('/v1/messages', message, mediaType, rest),
    submit: (type, data, { idempotencyKey, signal } = {}) =>
      post(
        '/v1/events',
        JSON.stringify({ specversion: '1.0', type, data }),
        'application/cloudevents+json',
        defined({ idempotencyKey, signal }) as SubmitOptions,
      ),
    sealFault: faultOf,
    verify: async (event, topic) => (await faultOf(event, topic)) === undefined,
  };
}
