/** The events that a consumer is checked with, read from a gateway, so that their seals verify under the keys that it publishes. */
import type { SealedEvent } from '../../gateway/labels/event.ts';
import { CASE, CORRECTION, caseLinked, correctionOf, hearingResulted, newCase, personStopped, urnOf } from './facts.ts';
import { canBeForged } from './forgery.ts';

export interface Deliverables {
  /** An event to begin with. */
  readonly first: SealedEvent;
  /** Another, which has labelled portions: forgeries are made of it, and delivered before it. */
  readonly genuine: SealedEvent;
  readonly rendition: SealedEvent | undefined;
  readonly correction: SealedEvent | undefined;
  /** One of each type that there is. */
  readonly ofEachType: readonly SealedEvent[];
}

/** A request to the gateway as a client of it. */
export type Call = (path: string, init?: RequestInit) => Promise<Response>;

/** A task that needs no personal data: what is read for it is redacted. */
const TASK = 'public-statistics';

async function json<T>(call: Call, path: string): Promise<T> {
  const response = await call(path);
  const body = (await response.json()) as T & { readonly title?: string };
  if (!response.ok) throw new Error(`The gateway answers ${response.status}: ${body.title ?? ''}`);
  return body;
}

/** Reads what is needed, and no more. Rejects with an Error that says what the gateway does not have. */
export async function readDeliverables(call: Call): Promise<Deliverables> {
  const { events: types } = await json<{ events: readonly { type: string }[] }>(call, '/standards');
  const found = new Map<string, SealedEvent>();
  for (const { type } of types) {
    const page = await json<{ events: readonly SealedEvent[] }>(call, `/v1/events?limit=10&type=${type}`);
    for (const event of page.events) found.set(event.id, event);
  }
  const events = [...found.values()];
  const genuine = events.find(canBeForged) ?? events.find(({ data }) => data.portions.length > 0);
  const others = events.filter(({ id }) => id !== genuine?.id);
  // What every consumer takes first, where it is there.
  const first = others.find(({ type }) => type === CASE) ?? others[0];
  if (genuine === undefined || first === undefined)
    throw new Error('The gateway gives this reader too little: two events are needed, one of them with a labelled portion');
  // The genuine one only where there is no other: the consumer is to see forgeries of it first.
  const ofEachType = [...new Map([genuine, ...events.filter(({ id }) => id !== genuine.id)].map((event) => [event.type, event])).values()];
  let rendition = events.find((event) => event.rendition !== undefined);
  for (const { id } of rendition === undefined ? ofEachType : []) {
    const response = await call(`/v1/events/${id}?task=${TASK}`);
    const event = response.ok ? ((await response.json()) as SealedEvent) : undefined;
    if (event?.rendition !== undefined) rendition ??= event;
  }
  return { first, genuine, rendition, correction: events.find(({ type }) => type === CORRECTION), ofEachType };
}

/** Sends invented events of every type to a gateway. They are always the same, so that sending them again has no effect. */
export async function sendInvented(force: Call, court: Call): Promise<void> {
  const send = async (call: Call, type: string, data: object): Promise<string> => {
    const response = await call('/v1/events', {
      method: 'POST',
      headers: { 'Content-Type': 'application/cloudevents+json' },
      body: JSON.stringify({ specversion: '1.0', type, data }),
    });
    const body = (await response.json()) as { events?: readonly { id: string }[]; title?: string };
    if (response.status !== 202) throw new Error(`The gateway answers ${response.status} to an invented event: ${body.title ?? ''}`);
    return body.events?.[0]?.id ?? '';
  };
  const urn = urnOf(1);
  const wrong = await send(force, CASE, newCase(urn));
  await send(force, CASE, newCase(urnOf(2)));
  await send(force, 'uk.justice.case.linked.v1', caseLinked(urn, urnOf(2)));
  await send(force, CORRECTION, correctionOf(urn, wrong));
  await send(force, 'uk.justice.person.stopped.v1', personStopped('WX-9000001'));
  await send(court, 'uk.justice.hearing.resulted.v1', hearingResulted(urn));
}
