/** Gives events out: every record is verified, decided on for this reader now, redacted, and audited before it leaves. */
import type { Encoded, Refusal } from '../../adapters/adapter.ts';
import type { Bus, StoredRecord } from '../bus/bus.ts';
import type { SealedEvent } from '../labels/event.ts';
import type { Labelling } from '../labels/label-event.ts';
import { levelsOf } from '../labels/levels.ts';
import { policyName } from '../labels/policy.ts';
import type { Form, GivenDelivery } from '../pipeline/give.ts';
import { actorOf, type Client, GATEWAY } from '../rules/clients.ts';
import type { Journal } from '../store/journal.ts';
import type { Barrier } from '../store/view/barrier.ts';
import type { EventIndex } from '../store/view/event-index.ts';
import type { EventClaim } from '../store/view/event-table.ts';
import type { OrderedEvent } from '../store/view/order-table.ts';
import { mustBeRemoved } from '../store/view/removed.ts';
import type { View } from '../store/view/view.ts';
import { ORDER } from '../wire/streams.ts';
import { holdsCorrections, isEvents, isOfLevel } from '../wire/topics.ts';
import type { Standing } from './cursor.ts';
import type { GiveOut, Wanted } from './give-out.ts';
import { isOfCase, linkedCases } from './linked-cases.ts';
import { mayReadOf } from './may-read-event.ts';
import { OrderedRecords } from './ordered-records.ts';
import { isNotice, isOwed } from './owed.ts';
import { add, disclosureOf, note, nothingPending, type PendingDisclosure } from './pending-disclosure.ts';
import type { EventQuery, PageQuery, ReadQuery } from './read-query.ts';
import { beginScan, type Scan } from './scan.ts';
import { Slices } from './slices.ts';
import { placeOf, standingAt } from './standing.ts';
import { Turns } from './turns.ts';
import { mustHaveRoom } from './unread.ts';
import type { Volume } from './volume.ts';

export interface ReadingContext {
  readonly labelling: () => Labelling;
  readonly giveOut: GiveOut;
  readonly bus: Bus;
  readonly view: View;
  readonly events: Pick<EventIndex, 'find' | 'record'>;
  readonly journal: Journal;
  readonly volume: Volume;
  /** So many bytes a page has at the most, if a query names no less. */
  readonly pageBytes: number;
  /** Passes when all protections that are on the bus now are in the view: what the register holds is never given out. */
  readonly protections: Barrier;
  /** Called for a record that cannot be delivered to anybody. */
  readonly onBroken: (record: StoredRecord, codes: readonly string[]) => Promise<void>;
  /** Called for a record that keeps its readers waiting, because the policy in force does not know its label. */
  readonly onHeld: (record: StoredRecord) => void;
}

/** An event as a reader gets it. What was written in a worker has its data only in `json`, or in the format that was asked for. */
export interface GivenEvent {
  readonly event: SealedEvent;
  readonly json?: string;
  readonly encoded?: Encoded;
}

export interface Page {
  readonly items: readonly { readonly event: SealedEvent; readonly json: string; readonly standing: Standing }[];
  readonly standing: Standing;
  readonly more: boolean;
  /** Whether something was not passed that the policy in force cannot judge: a reader rests before it asks again. */
  readonly isHeld: boolean;
}

/** The policy in force does not know the label: it can be judged when a policy knows it again. */
export class Unjudged extends Error {
  override readonly name = 'Unjudged';
}

const isBroken = (refusals: readonly Refusal[]): boolean => refusals.some(({ code }) => code === 'seal-broken');

/** An event that is given, and the size of its record. */
interface Passed {
  readonly event: SealedEvent;
  readonly json: string;
  readonly bytes: number;
}

/** Whether a topic can hold what is asked for, or a correction of it. */
function mayBeAsked(topic: string, { type }: Pick<ReadQuery, 'type'>): boolean {
  const [noun, , version] = type?.split('.').slice(2) ?? [];
  return type === undefined || topic.endsWith(`.${noun}.${version}`) || holdsCorrections(topic);
}

const BATCH = 100;
/** So many pages of one client are made at once. */
const PAGES_AT_ONCE = 4;
/** A case of more events than this is not counted to its end. */
const MOST_COUNTED = 1000;

const wantedBy = (client: Client, { profile }: Pick<ReadQuery, 'profile'>, form: Form): Wanted => ({
  client,
  form,
  ...(profile === undefined ? {} : { profile }),
});

export class EventReader {
  readonly #context: ReadingContext;
  readonly #turns = new Turns(PAGES_AT_ONCE);
  readonly #slices = new Slices();

  constructor(context: ReadingContext) {
    this.#context = context;
  }

  /** Whether a topic is of a level that a client is cleared for at all. */
  #mayHold({ clearance }: Client): (topic: string) => boolean {
    const levels = levelsOf(this.#context.labelling().policy, clearance);
    return (topic) => levels.some((level) => isOfLevel(topic, level));
  }

  /** Whether a topic can hold what a client asks for, or is owed. */
  #asks(client: Client, query: Pick<ReadQuery, 'type'>): (topic: string) => boolean {
    const mayHold = this.#mayHold(client);
    return (topic) => mayHold(topic) && mayBeAsked(topic, query);
  }

  /** Where a client stands that wants what the bus took at a time (milliseconds) or later. */
  async since(time: number): Promise<Standing> {
    const { bus } = this.#context;
    // The stream may be new: the bus looks at what there is.
    await bus.identity();
    return standingAt(await bus.offsetAt(ORDER, 0, time));
  }

  /** The next events that a client may read. Resolves when their disclosure is in the audit log. */
  page(client: Client, from: Standing, query: ReadQuery): Promise<Page> {
    return this.#turns.take(client.id, () => this.#page(client, from, query));
  }

  async #page(client: Client, from: Standing, query: ReadQuery): Promise<Page> {
    const { view, protections, volume } = this.#context;
    // Who has just been told 202 finds it.
    await Promise.all([view.caughtUp('order'), protections.pass()]);
    const subjects =
      query.subject === undefined || query.isLinked !== true ? undefined : await linkedCases(this.#context, client, query.subject);
    const granted = await this.#mayRead(client, query.limit);
    const bytes = Math.min(query.bytes ?? Number.POSITIVE_INFINITY, this.#context.pageBytes);
    const slice = this.#slices.begin(client.id);
    const scan = beginScan(0, granted, bytes, slice, view);
    try {
      scan.at = await placeOf(from, view, this.#asks(client, query), () => slice.ifDue());
      await this.#scan(client, view.followed(ORDER, 0), subjects === undefined ? query : { ...query, subjects }, scan);
      await this.#tell(client, scan.pending, query);
    } finally {
      volume.giveBack(client, granted - scan.items.length);
    }
    const { items, at, more, isHeld } = scan;
    return { items, standing: standingAt(at), more, isHeld };
  }

  async #scan(client: Client, end: number, query: PageQuery, scan: Scan): Promise<void> {
    const { bus, view } = this.#context;
    const matches = this.#asks(client, query);
    // What a page has no room for is not read; where little of it is for this reader, more comes at once.
    for (let batch = scan.limit + 1; scan.at < end; batch *= 2) {
      await scan.slice.ifDue();
      const { rows, until } = view.order.rows(scan.at, end, matches, Math.min(batch, BATCH));
      const places = rows.map(({ id }) => view.events.first(id));
      const records = new OrderedRecords(
        bus,
        places.filter((place) => place !== undefined),
      );
      for (const row of rows) {
        await scan.slice.ifDue();
        const also = nothingPending();
        const given = await this.#one(client, row, records, query, also, scan);
        scan.isHeld = given === 'unjudged';
        if (given === 'unjudged') return;
        // A full page looks on for one more that the client may read: `more` must not speak of others.
        scan.more = given !== undefined && !this.#fits(given.bytes, query, scan);
        if (scan.more) return;
        add(scan.pending, also);
        scan.at = row.at + 1;
        if (given !== undefined) scan.items.push({ event: given.event, json: given.json, standing: standingAt(scan.at) });
      }
      scan.at = until;
    }
  }

  /** Whether a page has room for one event more. Throws TooMuchUnread where the reader has none for the first. */
  #fits(length: number, { hasRoom }: ReadQuery, scan: Scan): boolean {
    if (scan.items.length === 0) mustHaveRoom(hasRoom, length);
    else if (scan.items.length >= scan.limit || length > scan.left || hasRoom?.(length) === false) return false;
    scan.left -= length;
    return true;
  }

  async #one(
    client: Client,
    { id, topic }: OrderedEvent,
    records: OrderedRecords,
    query: PageQuery,
    pending: PendingDisclosure,
    scan: Scan,
  ): Promise<Passed | 'unjudged' | undefined> {
    const { view } = this.#context;
    // The order is followed apart from the topics, and may be ahead of one.
    let place = view.events.first(id);
    if (place === undefined) {
      await view.caughtUpWith([topic]);
      place = view.events.first(id);
    }
    while (place !== undefined) {
      const record = await records.read(place);
      const delivery = record && (await this.#context.giveOut(record, wantedBy(client, query, 'reference')));
      if (record !== undefined && delivery?.ok === true && delivery.value.id === id)
        return this.#decided(client, delivery.value, record.value.length, query, pending, scan);
      // What is passed over now would not be asked for again: the gateway that knows the label may be the next one that is asked.
      if (record !== undefined && delivery?.ok === false && !isBroken(delivery.refusals)) {
        this.#context.onHeld(record);
        return 'unjudged';
      }
      place = await this.#after(id, place, record);
    }
    return undefined;
  }

  /** The next place that may hold an event, where what stands at one is not that event. */
  async #after(id: string, place: EventClaim, record: StoredRecord | undefined): Promise<EventClaim | undefined> {
    const { bus, view, events, onBroken } = this.#context;
    if (record === undefined) await mustBeRemoved(bus, place);
    else await onBroken(record, ['seal-broken']);
    // It did verify, and may again: the key that it was sealed with is not trusted now.
    if (record !== undefined && place.isVerified) return undefined;
    view.events.refute(id, place);
    return events.find(id);
  }

  /** What a reader is given of an event that verifies. */
  async #decided(
    client: Client,
    delivery: GivenDelivery,
    bytes: number,
    query: PageQuery,
    pending: PendingDisclosure,
    scan: Scan,
  ): Promise<Passed | undefined> {
    const { decision, json = '' } = delivery;
    if (decision.verdict === 'deny') {
      note(pending, delivery);
      return undefined;
    }
    const { event } = decision;
    const isAsked = !isNotice(event) && (query.type ?? event.type) === event.type && isOfCase(query, event);
    if (!isAsked && !(await isOwed(this.#context, client.id, event, scan.items, scan.caughtUp))) return undefined;
    note(pending, delivery);
    return { event, json, bytes };
  }

  /** A broken seal is a broken record. A label that the policy in force does not know is a no, and stays one until a policy knows it. */
  async #refused(one: StoredRecord, refusals: readonly Refusal[], { others }: PendingDisclosure): Promise<void> {
    const codes = refusals.map(({ code }) => code);
    if (isBroken(refusals)) await this.#context.onBroken(one, codes);
    else others.push({ id: `${one.topic}/${one.partition}/${one.offset}`, decision: 'deny', reasons: codes });
  }

  async #tell(
    client: Client,
    pending: PendingDisclosure,
    { profile, subscription }: Pick<ReadQuery, 'profile' | 'subscription'>,
  ): Promise<void> {
    const disclosure = disclosureOf(pending);
    if (disclosure === undefined) return;
    const policy = policyName(this.#context.labelling().policy);
    const entry = { action: 'disclosure', ...actorOf(client), ...disclosure, policy } as const;
    const forTask = profile === undefined ? {} : { task: profile.document.id, fields: pending.fields };
    const by = subscription === undefined ? {} : { subscription };
    await this.#context.journal.commit([], [{ ...entry, ...forTask, ...by }]);
  }

  /**
   * One event by its id, or undefined: absent and denied are the same, and cost the same. Rejects with Unjudged for a subscription, and
   * with TooMuchUnread where the reader has no room for it.
   */
  async event(client: Client, id: string, query: EventQuery = {}): Promise<GivenEvent | undefined> {
    await this.#context.protections.pass();
    const granted = await this.#mayRead(client, 1);
    let found: GivenEvent | undefined;
    try {
      found = await this.#event(client, id, query);
      if (found === undefined) {
        // Another gateway may have published it a moment ago.
        await this.#context.view.caughtUp('events');
        found = await this.#event(client, id, query);
      }
    } finally {
      if (found === undefined) this.#context.volume.giveBack(client, granted);
    }
    return found;
  }

  /** Takes back events of a page that were decided on and not written: they will be read again. */
  giveBack(client: Client, count: number): void {
    this.#context.volume.giveBack(client, count);
  }

  /** How many events of a case a clearance may read now, of the first {@link MOST_COUNTED}. Those that the gateway issued itself do not count. */
  async count(client: Pick<Client, 'id' | 'clearance'>, subject: string): Promise<number> {
    const { view, protections } = this.#context;
    await Promise.all([view.caughtUp('events'), protections.pass()]);
    let count = 0;
    for (const id of view.events.of(subject, MOST_COUNTED)) {
      const event = await mayReadOf(this.#context, client, id);
      if (event !== undefined && event.source !== GATEWAY) count++;
    }
    return count;
  }

  /** How many events a client may read, of so many; they count from now on. Rejects with UnderReview, and says so in the audit log, when it is none. */
  async #mayRead(client: Client, wanted: number): Promise<number> {
    try {
      return this.#context.volume.take(client, wanted);
    } catch (error) {
      const policy = policyName(this.#context.labelling().policy);
      await this.#context.journal.commit([], [{ action: 'disclosure', ...actorOf(client), decision: 'deny', reasons: ['volume'], policy }]);
      throw error;
    }
  }

  async #event(client: Client, id: string, query: EventQuery): Promise<GivenEvent | undefined> {
    const { events, bus } = this.#context;
    const place = (await events.find(id)) ?? (await this.#anyPlace());
    if (place === undefined) return undefined;
    const [found] = await bus.read(place.topic, place.partition, place.offset, 1);
    if (found === undefined) return undefined;
    mustHaveRoom(query.hasRoom, found.value.length);
    const delivery = await this.#context.giveOut(found, wantedBy(client, query, query.form ?? 'reference'));
    const pending = nothingPending();
    if (!delivery.ok) {
      if (query.subscription !== undefined && !isBroken(delivery.refusals))
        throw new Unjudged('The policy in force does not know the label');
      await this.#refused(found, delivery.refusals, pending);
    } else if (delivery.value.id === id) note(pending, delivery.value);
    else pending.others.push({ id, decision: 'deny', reasons: ['absent'] });
    await this.#tell(client, pending, query);
    if (!delivery.ok || delivery.value.id !== id) return undefined;
    const { decision, json, encoded } = delivery.value;
    if (decision.verdict === 'deny') return undefined;
    return { event: decision.event, ...(json === undefined ? {} : { json }), ...(encoded === undefined ? {} : { encoded }) };
  }

  /** Some event, to do the same work for an id that does not exist as for one that is denied (T24). */
  async #anyPlace() {
    const { bus } = this.#context;
    const topic = (await bus.topics()).find(isEvents);
    if (topic === undefined) return undefined;
    const [partition, end] = Object.entries(await bus.ends(topic)).find(([, next]) => next > 0) ?? [];
    return partition === undefined || end === undefined ? undefined : { topic, partition: Number(partition), offset: end - 1 };
  }

  /** Resolves when a reader might find something new, or `false` after the time. What the reader may not read wakes nobody (T25). */
  async wait(client: Client, standing: Standing, milliseconds: number, signal?: AbortSignal): Promise<boolean> {
    const { view } = this.#context;
    const mayHold = this.#mayHold(client);
    const slice = this.#slices.begin(client.id);
    const at = await placeOf(standing, view, mayHold, () => slice.ifDue());
    const { rows } = view.order.rows(at, view.followed(ORDER, 0), mayHold, 1);
    return rows.length > 0 || view.grown(mayHold, milliseconds, signal);
  }
}
