/** Events of a gateway, page by page and as they come. */
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { parseStrict } from '../../adapters/json.ts';
import type { EventData } from '../generated/events.d.ts';
import type { components } from '../generated/openapi.d.ts';
import { type Connection, defined, GatewayProblem } from './connection.ts';
import type { SealedEvent } from './event.ts';

export type EventType = keyof EventData;

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

/** The event itself where it came by reference; nothing where it may not be read any more. */
async function* wholeOf<T extends EventType>(
  { open }: Connection,
  given: Given<T>,
  { task }: Pick<Query<T>, 'task'>,
): AsyncGenerator<DeliveredEvent<T>> {
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

/** Every event that is there now, from a cursor on; returns the cursor to go on from. */
export async function* eventsOf<T extends EventType>(
  connection: Connection,
  query: Query<T> & { readonly cursor?: string } = {},
): AsyncGenerator<DeliveredEvent<T>, string> {
  let { cursor, from, ...rest } = query;
  for (;;) {
    const path = `/v1/events?${new URLSearchParams(defined({ ...rest, cursor, from }) as Record<string, string>)}`;
    const text = await (await connection.open(path, {})).text();
    const page = parseEvents<{ events: readonly Given<T>[]; cursor: string; more: boolean }>(text);
    for (const event of page.events) yield* wholeOf(connection, event, query);
    if (!page.more) return page.cursor;
    cursor = page.cursor;
    from = undefined;
  }
}

export type FollowQuery<T extends EventType = EventType> = Query<T> & {
  readonly cursor?: string;
  readonly signal?: AbortSignal;
  /** Called whenever a connection was lost, with its error if it had one. What it throws ends the stream. */
  readonly onLost?: (error?: unknown) => void;
};

/** What the gateway refuses now it will refuse again, but for too many requests and a gateway that is not ready. */
const isFinal = (error: unknown): boolean => error instanceof SyntaxError || (error instanceof GatewayProblem && !error.isTemporary);

/** One connection of a stream, from after the event with an id on. */
async function* connected<T extends EventType>(
  connection: Connection,
  { signal, onLost: _, ...query }: FollowQuery<T>,
  last: string | undefined,
): AsyncGenerator<{ readonly id: string; readonly data: string }> {
  const path = `/v1/events/stream?${new URLSearchParams(defined(query) as Record<string, string>)}`;
  const headers = defined({ Accept: 'text/event-stream', 'Last-Event-ID': last }) as Record<string, string>;
  const { body } = await connection.open(path, { headers, ...(signal === undefined ? {} : { signal }) });
  yield* serverSentEvents(body as ReadableStream<Uint8Array>);
}

/** Every event as it comes. A connection that is lost is made again where it was. */
export async function* followed<T extends EventType>(
  connection: Connection,
  query: FollowQuery<T> = {},
): AsyncGenerator<{ readonly event: DeliveredEvent<T>; readonly cursor: string }> {
  const isOver = () => query.signal?.aborted === true;
  let last: string | undefined;
  for (let failures = 0; !isOver(); failures++) {
    let reason: unknown;
    try {
      for await (const { id, data } of connected(connection, query, last)) {
        failures = 0;
        for await (const event of wholeOf(connection, parseEvents<Given<T>>(data), query)) yield { event, cursor: id };
        last = id;
      }
    } catch (error) {
      if (isOver()) return;
      if (isFinal(error)) throw error;
      reason = error;
    }
    query.onLost?.(reason);
    await new Promise((resolve) => setTimeout(resolve, Math.min(100 * 2 ** failures, MOST_WAIT)));
  }
}
