/**
 * The client of a gateway, for those who consume its events and those who submit to it: typed by the contract and the standards.
 * It needs `fetch`, WebCrypto, `openapi-fetch`, `jose` and `eventsource-parser`: Node.js 20 or later, Deno, or a browser.
 */
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { createRemoteJWKSet, errors } from 'jose';
import createClient, { type Client } from 'openapi-fetch';
import { parseStrict } from '../../adapters/json.ts';
import type { EventData } from '../generated/events.d.ts';
import type { components, paths } from '../generated/openapi.d.ts';
import type { SealedEvent } from './event.ts';
import { sealFault } from './seal-check.ts';
import type { SealFault } from './seal-faults.ts';

export type EventType = keyof EventData;
export type Receipt = components['schemas']['Receipt'];
export type Problem = components['schemas']['Problem'];
/** An attempt to deliver an event to a subscription. */
export type Attempt = components['schemas']['Delivery'];

/** An event as it is delivered, its data typed by its type. Portions that the reader may not read are not there. */
export type DeliveredEvent<T extends EventType = EventType> = {
  readonly [K in T]: Omit<SealedEvent, 'type' | 'data'> & {
    readonly type: K;
    readonly data: EventData[K] & Pick<SealedEvent['data'], 'label' | 'portions'>;
  };
}[T];

/** What a page or a stream holds: the event, or where to read it. */
type Given<T extends EventType> = DeliveredEvent<T> | components['schemas']['LargeEvent'];

export interface Query<T extends EventType = EventType> {
  readonly type?: T;
  readonly subject?: string;
  /** The task that the events are read for. */
  readonly task?: string;
  /** Only what the gateway took at this time (ISO 8601) or later. Not with a cursor. */
  readonly from?: string;
}

/** The gateway's answer was a problem (RFC 9457). */
export class GatewayProblem extends Error {
  override readonly name = 'GatewayProblem';
  readonly problem: Problem;
  /** Seconds to wait before the same is sent again, where the gateway says so. */
  readonly retryAfter: number | undefined;
  constructor(problem: Problem, retryAfter?: number) {
    super(`${problem.status} ${problem.title}`);
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}

/** The keys of the gateway's seals cannot be had at the moment: whether a seal holds is not known. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

export interface Interchange {
  /** Every operation of the contract. */
  readonly api: Client<paths>;
  /** Sends a message as a legacy system made it. Throws {@link GatewayProblem} when it was not accepted: a quarantined one has the reasons. */
  submitMessage(
    message: string | Uint8Array,
    options?: { readonly mediaType?: string; readonly idempotencyKey?: string },
  ): Promise<Receipt>;
  /** Sends an event in canonical form. Throws {@link GatewayProblem} when it was not accepted. */
  submit<T extends EventType>(
    type: T,
    data: Omit<EventData[T], 'portions' | 'protections' | 'quality'>,
    options?: { readonly idempotencyKey?: string },
  ): Promise<Receipt>;
  /** Every event that is there now, from a cursor on, those that came by reference too; the generator returns the cursor to go on from. Throws {@link GatewayProblem}. */
  events<T extends EventType>(query?: Query<T> & { readonly cursor?: string }): AsyncGenerator<DeliveredEvent<T>, string>;
  /** Every event as it comes, for ever. A connection that is lost is made again where it was: no event is lost, and none comes twice. Throws {@link GatewayProblem}. */
  follow<T extends EventType>(
    query?: Query<T> & { readonly cursor?: string; readonly signal?: AbortSignal },
  ): AsyncGenerator<{ readonly event: DeliveredEvent<T>; readonly cursor: string }>;
  /** The attempts of a subscription of yours, the newest first, over all pages. Throws {@link GatewayProblem}. */
  attempts(subscription: string, query?: { readonly outcome?: Attempt['outcome'] }): AsyncGenerator<Attempt>;
  /**
   * Whether it can be shown that an event, whole or redacted, is what this gateway sealed. Give its text where you have it: a parsed event
   * does not show that a name stood twice. `topic` is where it was read from, if from the bus. The label policy is not looked at. Throws
   * {@link KeysUnavailable}.
   */
  verify(event: DeliveredEvent | string, topic?: string): Promise<boolean>;
  /** The same, and why not: undefined where it verifies. An event by reference does not: read it at its `dataref`. */
  sealFault(event: DeliveredEvent | string, topic?: string): Promise<SealFault | undefined>;
}

const MOST_WAIT = 10_000;

/** What a stream of server-sent events holds: the data of each, and the id to go on after it. */
export async function* serverSentEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<{ readonly id: string; readonly data: string }> {
  const parsed: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => parsed.push(message) });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  // An event without an id has that of the one before.
  let last = '';
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      parser.feed(decoder.decode(read.value, { stream: true }));
      for (const { id, data } of parsed.splice(0)) {
        last = id ?? last;
        yield { id: last, data };
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Parses events from the gateway. Throws an Error for JSON that can be understood in two ways: what was verified may not be what is read. */
function parseEvents<T>(text: string): T {
  const read = parseStrict(text);
  if (!read.ok) throw new SyntaxError(read.refusals[0].reason);
  return read.value as T;
}

const defined = <T extends object>(value: T): T => Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;

/** Opens a client. `token` is an access token, or gives one whenever it is asked. */
export function openInterchange(options: { readonly url: string; readonly token: string | (() => string | Promise<string>) }): Interchange {
  const url = options.url.replace(/\/$/, '');
  const { token } = options;
  const authorized = async (request: Request): Promise<Response> => {
    request.headers.set('Authorization', `Bearer ${typeof token === 'string' ? token : await token()}`);
    // A redirect would take the token, and what is sent, to somebody else.
    return fetch(request.redirect === 'follow' ? new Request(request, { redirect: 'error' }) : request);
  };
  const api = createClient<paths>({ baseUrl: url, fetch: authorized });
  const published = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`));
  const keys: typeof published = Object.assign(async (...asked: Parameters<typeof published>) => {
    try {
      return await published(...asked);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JOSENotSupported) throw error;
      throw new KeysUnavailable('The keys of seals cannot be had', { cause: error });
    }
  }, published);
  const open = async (path: string, init: RequestInit): Promise<Response> => {
    const response = await authorized(new Request(url + path, init));
    if (!response.ok) {
      const seconds = response.headers.get('Retry-After');
      throw new GatewayProblem((await response.json()) as Problem, seconds === null ? undefined : Number(seconds));
    }
    return response;
  };
  const post = async (path: string, body: string | Uint8Array, mediaType: string, idempotencyKey?: string): Promise<Receipt> => {
    const headers = defined({ 'Content-Type': mediaType, 'Idempotency-Key': idempotencyKey }) as Record<string, string>;
    return (await open(path, { method: 'POST', body: body as string, headers })).json() as Promise<Receipt>;
  };

  /** The event itself where it came by reference; nothing where it may not be read any more. */
  async function* wholeOf<T extends EventType>(given: Given<T>, { task }: Pick<Query<T>, 'task'>): AsyncGenerator<DeliveredEvent<T>> {
    if (!('dataref' in given)) {
      yield given;
      return;
    }
    const forTask = task === undefined ? '' : `?task=${encodeURIComponent(task)}`;
    try {
      yield parseEvents<DeliveredEvent<T>>(await (await open(`/v1/events/${encodeURIComponent(given.id)}${forTask}`, {})).text());
    } catch (error) {
      if (!(error instanceof GatewayProblem) || error.problem.status !== 404) throw error;
    }
  }

  async function* events<T extends EventType>(
    query: Query<T> & { readonly cursor?: string } = {},
  ): AsyncGenerator<DeliveredEvent<T>, string> {
    let { cursor, from, ...rest } = query;
    for (;;) {
      const path = `/v1/events?${new URLSearchParams(defined({ ...rest, cursor, from }) as Record<string, string>)}`;
      const page = parseEvents<{ events: readonly Given<T>[]; cursor: string; more: boolean }>(await (await open(path, {})).text());
      for (const one of page.events) yield* wholeOf(one, query);
      if (!page.more) return page.cursor;
      cursor = page.cursor;
      from = undefined;
    }
  }

  async function* follow<T extends EventType>(query: Query<T> & { readonly cursor?: string; readonly signal?: AbortSignal } = {}) {
    const { signal, cursor, ...rest } = query;
    const path = `/v1/events/stream?${new URLSearchParams(defined({ ...rest, cursor }) as Record<string, string>)}`;
    const isOver = () => signal?.aborted === true;
    let last: string | undefined;
    for (let failures = 0; !isOver(); ) {
      try {
        const headers = defined({ Accept: 'text/event-stream', 'Last-Event-ID': last }) as Record<string, string>;
        const { body } = await open(path, { headers, ...(signal === undefined ? {} : { signal }) });
        for await (const { id, data } of serverSentEvents(body as ReadableStream<Uint8Array>)) {
          failures = 0;
          for await (const event of wholeOf(parseEvents<Given<T>>(data), query)) yield { event, cursor: id };
          last = id;
        }
      } catch (error) {
        if (isOver()) return;
        // What the gateway refuses now it will refuse again, but for these.
        if (error instanceof SyntaxError) throw error;
        if (error instanceof GatewayProblem && ![429, 503].includes(error.problem.status)) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, Math.min(100 * 2 ** failures++, MOST_WAIT)));
    }
  }

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
    events,
    follow,
    attempts,
    submitMessage: (message, { mediaType = 'application/xml', idempotencyKey } = {}) =>
      post('/v1/messages', message, mediaType, idempotencyKey),
    submit: (type, data, { idempotencyKey } = {}) =>
      post('/v1/events', JSON.stringify({ specversion: '1.0', type, data }), 'application/cloudevents+json', idempotencyKey),
    sealFault: faultOf,
    verify: async (event, topic) => (await faultOf(event, topic)) === undefined,
  };
}
