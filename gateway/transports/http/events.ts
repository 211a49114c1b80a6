/** `GET /v1/events`, one event, and the stream of them: what a client may read, decided when it is delivered. */
import { setTimeout } from 'node:timers/promises';
import type { Response } from 'express';
import type { SealedEvent } from '../../labels/event.ts';
import type { Form } from '../../pipeline/write-delivery.ts';
import type { Cursors, Filters, Standing } from '../../reading/cursor.ts';
import type { EventReader, Page } from '../../reading/event-reader.ts';
import type { ReadQuery } from '../../reading/read-query.ts';
import { TooMuchUnread } from '../../reading/unread.ts';
import { type Client, mayRead } from '../../rules/clients.ts';
import type { Standards } from '../../rules/standards.ts';
import { callerOf, tokenEnd } from './auth.ts';
import { accountOf } from './body.ts';
import type { OperationHandler } from './call.ts';
import { closedSignal } from './closed.ts';
import { standingAt } from './cursors.ts';
import { acceptable } from './negotiate.ts';
import type { Observe } from './observe.ts';
import type { Parameters } from './parameters.ts';
import { HttpProblem } from './problem.ts';
import { traceOf } from './trace.ts';

export interface EventsContext {
  readonly eventReader: EventReader;
  readonly cursors: Cursors;
  readonly standards: Standards;
  /** All that adapters can write. */
  readonly mediaTypes: () => readonly string[];
  readonly observe: Observe;
  /** The clients as configuration states them now: what one may read can change while it waits (T13). */
  readonly clients: () => ReadonlyMap<string, Client>;
  /** Aborted when the gateway stops. */
  readonly stopping: AbortSignal;
}

const EVENT = 'application/cloudevents+json';

/** Where a reader begins, who gives a cursor, a time, or neither. */
interface Beginning {
  readonly cursor?: string | undefined;
  /** The parameter that the cursor came in. */
  readonly at?: string;
  readonly from?: string | undefined;
}

async function standingOf(context: EventsContext, client: Client, query: Filtered, { cursor, at, from }: Beginning): Promise<Standing> {
  const { cursors, eventReader } = context;
  if (from !== undefined && Number.isNaN(Date.parse(from)))
    throw new HttpProblem('invalid-request', { detail: 'Enter a real date and time' });
  if (cursor === undefined) return from === undefined ? {} : eventReader.since(Date.parse(from));
  if (from !== undefined) throw new HttpProblem('invalid-request', { detail: 'Give a cursor or a time, not both' });
  return standingAt(cursors, client, cursor, filtersOf(query), at);
}

type Filtered = Pick<ReadQuery, 'type' | 'subject' | 'isLinked' | 'profile'>;

/** What a cursor is bound to: what it passed was passed because of them. */
const filtersOf = ({ type, subject, isLinked, profile }: Filtered): Filters => ({
  type,
  subject,
  task: profile?.document.id,
  linked: isLinked === true ? 'true' : undefined,
});

/** The profile of the task that the client named. It must name one that configuration allows it, if configuration names any. */
function profileOf({ standards }: EventsContext, client: Client, task: string | undefined): Pick<ReadQuery, 'profile'> {
  if (task === undefined && client.tasks !== undefined)
    throw new HttpProblem('forbidden', {
      detail: `This client reads only for a task. Name one with ?task=: ${[...client.tasks].join(', ')}`,
    });
  if (!mayRead(client, task)) throw new HttpProblem('forbidden', { detail: 'This client may not read for that task' });
  const profile = task === undefined ? undefined : standards.profiles.get(task);
  if (task !== undefined && profile === undefined)
    throw new HttpProblem('invalid-request', {
      reasons: [{ code: 'unknown-task', at: '/query/task', reason: 'There is no such task profile' }],
    });
  return profile === undefined ? {} : { profile };
}

/** What a page and a stream are asked for in the same way. */
type Asked = Parameters<'streamEvents'>['query'];

function queryOf(context: EventsContext, client: Client, { type, subject, linked, task }: Asked): Omit<ReadQuery, 'limit'> {
  if (linked && subject === undefined)
    throw new HttpProblem('invalid-request', {
      reasons: [{ code: 'subject-missing', at: '/query/linked', reason: 'Name the subject whose linked cases are meant' }],
    });
  return {
    ...(linked ? { isLinked: linked } : {}),
    ...(type === undefined ? {} : { type }),
    ...(subject === undefined ? {} : { subject }),
    ...profileOf(context, client, task),
  };
}

function count({ observe }: EventsContext, response: Response, events: readonly SealedEvent[]): void {
  if (events.length > 0) traceOf(response.locals).delivered(events);
  const redacted = events.filter(({ rendition }) => rendition !== undefined).length;
  if (redacted > 0) observe.delivered('redact', redacted);
  if (events.length > redacted) observe.delivered('permit', events.length - redacted);
}

/** The client as it is now, or undefined when it may read no events for its task any more. */
function clientNow({ clients }: EventsContext, before: Client, { profile }: Pick<ReadQuery, 'profile'>): Client | undefined {
  const client = clients().get(before.id);
  if (client?.scopes.has('events:read') !== true || !mayRead(client, profile?.document.id)) return undefined;
  return before.onBehalfOf === undefined ? client : { ...client, onBehalfOf: before.onBehalfOf };
}

/** The next page that is not empty, or an empty one after so many milliseconds. What is hidden from the client does not end the wait. */
async function nextPage(
  context: EventsContext,
  before: Client,
  from: Standing,
  query: ReadQuery,
  milliseconds: number,
  signal: AbortSignal,
): Promise<Page> {
  const until = performance.now() + milliseconds;
  let page: Page = { items: [], standing: from, more: false, isHeld: false };
  for (;;) {
    const client = clientNow(context, before, query);
    if (client === undefined) return page;
    page = await context.eventReader.page(client, page.standing, { ...query, signal });
    const left = until - performance.now();
    if (page.items.length > 0 || page.more || signal.aborted || left <= 0) return page;
    // What is held back is there already, and would end every wait at once.
    if (page.isHeld) await setTimeout(Math.min(left, HELD), undefined, { signal }).catch(() => undefined);
    else if (!(await context.eventReader.wait(client, page.standing, left, signal))) return page;
    // Whatever wakes a reader for nothing must not keep the others from their turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What no policy in force can judge is looked at again after so long. */
const HELD = 1000;

const endOf = (response: Response, stopping: AbortSignal): AbortSignal =>
  AbortSignal.any([closedSignal(response), stopping, tokenEnd(response.locals)]);

export const listEvents =
  (context: EventsContext): OperationHandler<'listEvents'> =>
  async ({ query: asked }, response) => {
    const { client } = callerOf(response.locals);
    const query = { ...queryOf(context, client, asked), limit: asked.limit, hasRoom: accountOf(response.locals).take };
    const from = await standingOf(context, client, query, { cursor: asked.cursor, from: asked.from });
    const wait = asked.wait * 1000;
    const end = wait === 0 ? closedSignal(response) : endOf(response, context.stopping);
    const page = await nextPage(context, client, from, query, wait, end);
    const events = page.items.map(({ event }) => event);
    count(context, response, events);
    const rest = JSON.stringify({ cursor: await context.cursors.write(client.id, page.standing, filtersOf(query)), more: page.more });
    // The events are in JSON already: they are not parsed and written once more.
    response.type('application/json').send(`{"events":[${page.items.map(({ json }) => json).join()}],${rest.slice(1)}`);
  };

/** RFC 7240, section 4.4: the client takes what the format can hold. */
const LENIENT = /(?:^|,)\s*handling\s*=\s*"?lenient"?\s*(?:[;,]|$)/i;

const JSON_TYPES: readonly string[] = [EVENT, 'application/json'];

/**
 * The form of what a client takes, the best first: legacy formats until JSON, which holds every event. Throws HttpProblem `not-acceptable`
 * where there is none, before anything is read: an event that is not there gives the same.
 */
function formOf(mediaTypes: readonly string[], isLenient: boolean): Form {
  const json = mediaTypes.findIndex((mediaType) => JSON_TYPES.includes(mediaType));
  if (json === 0) return 'event';
  if (mediaTypes.length === 0) throw new HttpProblem('not-acceptable');
  return json === -1 ? { mediaTypes, isLenient, orEvent: false } : { mediaTypes: mediaTypes.slice(0, json), isLenient, orEvent: true };
}

export const getEvent =
  (context: EventsContext): OperationHandler<'getEvent'> =>
  async ({ path, query, header, request }, response) => {
    const { client } = callerOf(response.locals);
    response.vary('Accept, Prefer');
    const isLenient = LENIENT.test(header.Prefer ?? '');
    const form = formOf(acceptable(request, [...JSON_TYPES, ...context.mediaTypes()]), isLenient);
    const given = await context.eventReader.event(client, path.id, {
      ...profileOf(context, client, query.task),
      hasRoom: accountOf(response.locals).take,
      form,
      reason: header['Interchange-Reason'],
    });
    if (given === undefined) throw new HttpProblem('not-found');
    const { event, json, encoded } = given;
    count(context, response, [event]);
    if (encoded === undefined) {
      response.type(EVENT).send(json);
      return;
    }
    if (!encoded.ok) throw new HttpProblem('not-acceptable', { reasons: encoded.refusals });
    if (isLenient)
      response.set({ 'Preference-Applied': 'handling=lenient', 'Interchange-Left-Out': String(encoded.value.leftOut?.length ?? 0) });
    response.type(encoded.value.mediaType).send(Buffer.from(encoded.value.bytes));
  };

/** Keeps the connection alive through proxies, and shows a client that it is. */
const HEARTBEAT = 15_000;
/** The most events that are decided at once, and the most bytes. */
const STREAM_PAGE = 100;
const STREAM_BYTES = 262_144;
/** A stream whose client has not read what it was given is looked at again after so long. */
const NO_ROOM = 1000;

/**
 * Where a stream begins. A client that comes back says where it stands, and says again where it began. Browsers send Last-Event-ID; what sends
 * an access token in their place (event-source-polyfill) sends the parameter.
 */
function beginningOf({ query, header }: Parameters<'streamEvents'>): Beginning {
  if (header['Last-Event-ID']) return { cursor: header['Last-Event-ID'], at: '/header/Last-Event-ID' };
  return query.lastEventId ? { cursor: query.lastEventId, at: '/query/lastEventId' } : { cursor: query.cursor, from: query.from };
}

export const streamEvents =
  (context: EventsContext): OperationHandler<'streamEvents'> =>
  async (call, response) => {
    const { client } = callerOf(response.locals);
    const account = accountOf(response.locals);
    let held = 0;
    const hasRoom = (bytes: number): boolean => {
      if (!account.take(bytes)) return false;
      held += bytes;
      return true;
    };
    const query = { ...queryOf(context, client, call.query), bytes: STREAM_BYTES, hasRoom };
    let standing = await standingOf(context, client, query, beginningOf(call));
    let limit = STREAM_PAGE;
    const signal = endOf(response, context.stopping);
    response.status(200).set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
    response.flushHeaders();
    response.write('retry: 1000\n\n');
    while (!signal.aborted && clientNow(context, client, query) !== undefined) {
      const page = await unlessFull(nextPage(context, client, standing, { ...query, limit }, HEARTBEAT, signal));
      if (page === undefined) {
        await setTimeout(NO_ROOM, undefined, { signal }).catch(() => undefined);
        continue;
      }
      let written = 0;
      let hasWaited = false;
      for (const { event, json, standing: after } of page.items) {
        // What has not been written when the reader is slow is decided again: a protection may have begun meanwhile.
        if (signal.aborted || hasWaited) break;
        const id = await context.cursors.write(client.id, after, filtersOf(query));
        hasWaited = await write(response, `id: ${id}\nevent: ${event.type}\ndata: ${json}\n\n`, signal);
        count(context, response, [event]);
        standing = after;
        written++;
      }
      const isLeft = written < page.items.length;
      if (isLeft) context.eventReader.giveBack(client, page.items.length - written);
      else standing = page.standing;
      // As many as went through at once: little is decided twice, and little is in the audit log that was not written yet.
      limit = hasWaited ? written : Math.min(STREAM_PAGE, limit * 2);
      if (page.items.length === 0) await write(response, ': still here\n\n', signal);
      account.giveBack(held);
      held = 0;
    }
    response.end();
  };

/** A page, or undefined where the client has not read what it was given before. */
const unlessFull = (page: Promise<Page>): Promise<Page | undefined> =>
  page.catch((error: unknown) => {
    if (error instanceof TooMuchUnread) return undefined;
    throw error;
  });

/** A slow reader holds the stream back; nothing is piled up for it. Resolves to whether it had to be waited for. */
async function write(response: Response, chunk: string, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted || response.write(chunk)) return false;
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = () => resolve();
  response.once('drain', done);
  signal.addEventListener('abort', done, { once: true });
  await promise;
  response.off('drain', done);
  signal.removeEventListener('abort', done);
  return true;
}
