/**
 * Reads events for clients. The gateway verifies each record, decides on it for this reader now, redacts it, and audits it before it sends
 * it.
 */
import type { Encoded, Refusal } from '../../adapters/adapter.ts';
import type { Bus, StoredRecord } from '../bus/bus.ts';
import type { SealedEvent } from '../labels/event.ts';
import type { Labelling } from '../labels/label-event.ts';
import { levelsOf } from '../labels/levels.ts';
import { policyName } from '../labels/policy.ts';
import type { Form, WrittenDelivery } from '../pipeline/write-delivery.ts';
import { actorOf, type Client, GATEWAY } from '../rules/clients.ts';
import type { Journal } from '../store/journal.ts';
import type { Barrier } from '../store/view/barrier.ts';
import type { EventIndex } from '../store/view/event-index.ts';
import type { EventClaim } from '../store/view/event-table.ts';
import type { OrderedEvent } from '../store/view/order-table.ts';
import { mustBeRemoved } from '../store/view/removed.ts';
import type { View } from '../store/view/view.ts';
import { ORDER } from '../wire/streams.ts';
import { holdsCorrections, isEvents, ofLevels } from '../wire/topics.ts';
import type { Standing } from './cursor.ts';
import type { DeliverToReader, DeliveryRequest } from './deliver-to-reader.ts';
import { isOfCase, linkedCases } from './linked-cases.ts';
import { mayReadOf } from './may-read-event.ts';
import { OrderedRecords } from './ordered-records.ts';
import { isNotice, isOwed } from './owed.ts';
import { PageLimit } from './page-limit.ts';
import { add, consultationsOf, disclosureOf, note, nothingPending, type PendingDisclosure, sizeOf } from './pending-disclosure.ts';
import type { EventQuery, PageQuery, ReadQuery } from './read-query.ts';
import { beginScan, type Scan } from './scan.ts';
import { Slices } from './slices.ts';
import { placeOf, standingAt } from './standing.ts';
import { mustHaveRoom } from './unread.ts';
import type { Volume } from './volume.ts';

export interface ReadingContext {
  readonly labelling: () => Labelling;
  readonly deliverToReader: DeliverToReader;
  readonly bus: Bus;
  readonly view: View;
  readonly events: Pick<EventIndex, 'find' | 'record'>;
  readonly journal: Journal;
  readonly volume: Volume;
  /** The most bytes on a page, unless the query sets a lower limit. */
  readonly pageBytes: number;
  /** Passes when the view holds all protections that are on the bus now, so that no reader gets an event without them. */
  readonly protections: Barrier;
  /** Called for a record that no reader can be given. */
  readonly onBroken: (record: StoredRecord, codes: readonly string[]) => Promise<void>;
  /** Called for a record that holds its readers back, because the policy in force does not know its label. */
  readonly onHeld: (record: StoredRecord) => void;
}

/** An event as a reader gets it. Where a worker wrote it, the data is only in `json` or `encoded`. */
export interface DeliveredEvent {
  readonly event: SealedEvent;
  readonly json?: string;
  readonly encoded?: Encoded;
}

export interface Page {
  readonly items: readonly (DeliveredEvent & { readonly json: string; readonly standing: Standing })[];
  readonly standing: Standing;
  readonly more: boolean;
  /** Whether an event that the policy in force cannot judge holds the reader back. The reader waits before it asks again. */
  readonly isHeld: boolean;
}

/** The policy in force does not know the event's label. A later policy may know it. */
export class Unjudged extends Error {
  override readonly name = 'Unjudged';
}

const isBroken = (refusals: readonly Refusal[]): boolean => refusals.some(({ code }) => code === 'seal-broken');

/** An event to deliver, and the size of its record. */
interface SizedEvent {
  readonly delivered: DeliveredEvent & { readonly json: string };
  readonly bytes: number;
}

/** Whether a topic can hold events that match the query, or corrections of them. */
function canMatch(topic: string, { type }: Pick<ReadQuery, 'type'>): boolean {
  const [noun, , version] = type?.split('.').slice(2) ?? [];
  return type === undefined || topic.endsWith(`.${noun}.${version}`) || holdsCorrections(topic);
}

const BATCH = 100;
/** How many decisions wait for the audit log: a reader that may read little passes very many events on one page. */
const MOST_PENDING = 5000;
/** How many pages the gateway makes at once for one client. */
const PAGES_AT_ONCE = 4;
/** How many events of a case are counted at most. */
const MOST_COUNTED = 1000;

const deliveryRequest = (client: Client, { profile }: Pick<ReadQuery, 'profile'>, form: Form): DeliveryRequest => ({
  client,
  form,
  ...(profile === undefined ? {} : { profile }),
});

export class EventReader {
  readonly #context: ReadingContext;
  readonly #pageLimit = new PageLimit(PAGES_AT_ONCE);
  readonly #slices = new Slices();

  constructor(context: ReadingContext) {
    this.#context = context;
  }

  /** Tests whether a client is cleared for the level of a topic. */
  #mayHold({ clearance }: Client): (topic: string) => boolean {
    return ofLevels(levelsOf(this.#context.labelling().policy, clearance));
  }

  /** Tests whether a topic can hold events that a client asks for, or corrections that it must get. */
  #matches(client: Client, query: Pick<ReadQuery, 'type'>): (topic: string) => boolean {
    const mayHold = this.#mayHold(client);
    return (topic) => mayHold(topic) && canMatch(topic, query);
  }

  /** The position of a client that wants events from a time (milliseconds) on, by the clock of the bus. */
  async since(time: number): Promise<Standing> {
    const { bus } = this.#context;
    // The stream may be new: this refreshes the list of topics.
    await bus.identity();
    return standingAt(await bus.offsetAt(ORDER, 0, time));
  }

  /** The next events that a client may read. Resolves when the audit log holds their disclosure. */
  page(client: Client, from: Standing, query: ReadQuery): Promise<Page> {
    return this.#pageLimit.run(client.id, () => this.#page(client, from, query));
  }

  async #page(client: Client, from: Standing, query: ReadQuery): Promise<Page> {
    const { view, protections, volume } = this.#context;
    // A sender that has just received 202 must find its event.
    await Promise.all([view.caughtUp('order'), protections.pass()]);
    const slice = this.#slices.begin(client.id);
    const pause = () => slice.ifDue();
    const subjects =
      query.subject === undefined || query.isLinked !== true ? undefined : await linkedCases(this.#context, client, query.subject, pause);
    const granted = await this.#mayRead(client, query.limit);
    const bytes = Math.min(query.bytes ?? Number.POSITIVE_INFINITY, this.#context.pageBytes);
    const scan = beginScan(0, granted, bytes, slice, view);
    try {
      scan.at = await placeOf(from, view, this.#matches(client, query), pause);
      await this.#scan(client, view.followed(ORDER, 0), subjects === undefined ? query : { ...query, subjects }, scan);
      await this.#audit(client, scan.pending, query);
    } finally {
      volume.giveBack(client, granted - scan.items.length);
    }
    const { items, at, more, isHeld } = scan;
    return { items, standing: standingAt(at), more, isHeld };
  }

  async #scan(client: Client, end: number, query: PageQuery, scan: Scan): Promise<void> {
    const { bus, view } = this.#context;
    const matches = this.#matches(client, query);
    // Read no more records than the page has room for. Where this reader may see few of them, read larger batches.
    for (let batch = scan.limit + 1; scan.at < end; batch *= 2) {
      await scan.slice.ifDue();
      // Nobody gets the page any more: what was decided so far is in the audit log, and no cursor passes the rest.
      if (query.signal?.aborted === true) return;
      const { rows, until } = view.order.rows(scan.at, end, matches, Math.min(batch, BATCH));
      const places = rows.map(({ id }) => view.events.first(id));
      const records = new OrderedRecords(
        bus,
        places.filter((place) => place !== undefined),
      );
      for (const row of rows) {
        await scan.slice.ifDue();
        const eventDisclosure = nothingPending();
        const delivered = await this.#read(client, row, records, query, eventDisclosure, scan);
        scan.isHeld = delivered === 'unjudged';
        if (delivered === 'unjudged') return;
        // On a full page, look for one more event that the client may read: `more` must not reveal other events.
        scan.more = delivered !== undefined && !this.#fits(delivered.bytes, query, scan);
        if (scan.more) return;
        add(scan.pending, eventDisclosure);
        scan.at = row.at + 1;
        if (sizeOf(scan.pending) >= MOST_PENDING) {
          const decided = scan.pending;
          scan.pending = nothingPending();
          await this.#audit(client, decided, query);
        }
        if (delivered !== undefined) scan.items.push({ ...delivered.delivered, standing: standingAt(scan.at) });
      }
      scan.at = until;
    }
  }

  /** Whether a page has room for one more event. Throws TooMuchUnread where the reader has no room for the first one. */
  #fits(length: number, { hasRoom }: ReadQuery, scan: Scan): boolean {
    if (scan.items.length === 0) mustHaveRoom(hasRoom, length);
    else if (scan.items.length >= scan.limit || length > scan.left || hasRoom?.(length) === false) return false;
    scan.left -= length;
    return true;
  }

  async #read(
    client: Client,
    { id, topic }: OrderedEvent,
    records: OrderedRecords,
    query: PageQuery,
    pending: PendingDisclosure,
    scan: Scan,
  ): Promise<SizedEvent | 'unjudged' | undefined> {
    const { view } = this.#context;
    // The view follows the order and the topics separately, so the order may be ahead of a topic.
    let place = view.events.first(id);
    if (place === undefined) {
      await view.caughtUpWith([topic]);
      place = view.events.first(id);
    }
    while (place !== undefined) {
      const record = await records.read(place);
      const delivery = record && (await this.#context.deliverToReader(record, deliveryRequest(client, query, query.form ?? 'reference')));
      if (record !== undefined && delivery?.ok === true && delivery.value.id === id)
        return this.#decide(client, delivery.value, record.value.length, query, pending, scan);
      // A reader does not ask again for a skipped event. Another gateway, which knows the label, may answer its next request.
      if (record !== undefined && delivery?.ok === false && !isBroken(delivery.refusals)) {
        this.#context.onHeld(record);
        return 'unjudged';
      }
      place = await this.#after(id, place, record);
    }
    return undefined;
  }

  /** The next place that may hold an event, where the record at this place is not that event. */
  async #after(id: string, place: EventClaim, record: StoredRecord | undefined): Promise<EventClaim | undefined> {
    const { bus, view, events, onBroken } = this.#context;
    if (record === undefined) await mustBeRemoved(bus, place);
    else await onBroken(record, ['seal-broken']);
    // The record verified before, and may do so again: its key is not trusted at the moment.
    if (record !== undefined && place.isVerified) return undefined;
    view.events.refute(id, place);
    return events.find(id);
  }

  /** The part of a verified event that a reader gets; undefined where it gets none. */
  async #decide(
    client: Client,
    delivery: WrittenDelivery,
    bytes: number,
    query: PageQuery,
    pending: PendingDisclosure,
    scan: Scan,
  ): Promise<SizedEvent | undefined> {
    const { decision, json = '', encoded } = delivery;
    if (decision.verdict === 'deny') {
      note(pending, delivery);
      return undefined;
    }
    const { event } = decision;
    const isMatch = !isNotice(event) && (query.type ?? event.type) === event.type && isOfCase(query, event);
    if (!isMatch && !(await isOwed(this.#context, client.id, event, scan.items, scan.caughtUp))) return undefined;
    note(pending, delivery);
    return { delivered: { event, json, ...(encoded === undefined ? {} : { encoded }) }, bytes };
  }

  /** Reports a record with a broken seal. A label that the policy in force does not know is denied until a policy knows it. */
  async #refuse(record: StoredRecord, refusals: readonly Refusal[], { otherRecords }: PendingDisclosure): Promise<void> {
    const codes = refusals.map(({ code }) => code);
    if (isBroken(refusals)) await this.#context.onBroken(record, codes);
    else otherRecords.push({ id: `${record.topic}/${record.partition}/${record.offset}`, decision: 'deny', reasons: codes });
  }

  async #audit(
    client: Client,
    pending: PendingDisclosure,
    { profile, subscription, reason }: Pick<EventQuery, 'profile' | 'subscription' | 'reason'>,
  ): Promise<void> {
    const disclosure = disclosureOf(pending);
    if (disclosure === undefined) return;
    const policy = policyName(this.#context.labelling().policy);
    const entry = { action: 'disclosure', ...actorOf(client), ...disclosure, policy } as const;
    const forTask = profile === undefined ? {} : { task: profile.document.id, fields: pending.fields };
    const by = subscription === undefined ? {} : { subscription };
    const consultations = consultationsOf(pending, reason).map((opened) => ({ ...opened, ...actorOf(client), policy }));
    await this.#context.journal.commit([], [{ ...entry, ...forTask, ...by }, ...consultations]);
  }

  /**
   * Reads one event by its id. Returns undefined where the event is absent or denied: both take the same work. Rejects with Unjudged for a subscription, and with TooMuchUnread where the reader has no room.
   */
  async event(client: Client, id: string, query: EventQuery = {}): Promise<DeliveredEvent | undefined> {
    await this.#context.protections.pass();
    const granted = await this.#mayRead(client, 1);
    let found: DeliveredEvent | undefined;
    try {
      found = await this.#event(client, id, query);
      if (found === undefined) {
        // Another gateway may have published it just before.
        await this.#context.view.caughtUp('events');
        found = await this.#event(client, id, query);
      }
    } finally {
      if (found === undefined) this.#context.volume.giveBack(client, granted);
    }
    return found;
  }

  /** Returns events to a client's volume that were decided on and not sent: the client will read them again. */
  giveBack(client: Client, count: number): void {
    this.#context.volume.giveBack(client, count);
  }

  /** How many of the first {@link MOST_COUNTED} events of a case a clearance may read now, without the gateway's own events. */
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

  /**
   * Takes up to a number of events from a client's volume, and returns how many. Rejects with UnderReview, and audits that, where none is
   * left.
   */
  async #mayRead(client: Client, wanted: number): Promise<number> {
    try {
      return this.#context.volume.take(client, wanted);
    } catch (error) {
      const policy = policyName(this.#context.labelling().policy);
      await this.#context.journal.commit([], [{ action: 'disclosure', ...actorOf(client), decision: 'deny', reasons: ['volume'], policy }]);
      throw error;
    }
  }

  async #event(client: Client, id: string, query: EventQuery): Promise<DeliveredEvent | undefined> {
    const { events, bus } = this.#context;
    const place = (await events.find(id)) ?? (await this.#anyPlace());
    if (place === undefined) return undefined;
    const [found] = await bus.read(place.topic, place.partition, place.offset, 1);
    if (found === undefined) return undefined;
    mustHaveRoom(query.hasRoom, found.value.length);
    const delivery = await this.#context.deliverToReader(found, deliveryRequest(client, query, query.form ?? 'reference'));
    const pending = nothingPending();
    if (!delivery.ok) {
      if (query.subscription !== undefined && !isBroken(delivery.refusals))
        throw new Unjudged('The policy in force does not know the label');
      await this.#refuse(found, delivery.refusals, pending);
    } else if (delivery.value.id === id) note(pending, delivery.value);
    else pending.otherRecords.push({ id, decision: 'deny', reasons: ['absent'] });
    await this.#audit(client, pending, query);
    if (!delivery.ok || delivery.value.id !== id) return undefined;
    const { decision, json, encoded } = delivery.value;
    if (decision.verdict === 'deny') return undefined;
    return { event: decision.event, ...(json === undefined ? {} : { json }), ...(encoded === undefined ? {} : { encoded }) };
  }

  /** The place of any event, so that an absent id takes the same work as a denied one (T24). */
  async #anyPlace() {
    const { bus } = this.#context;
    const topic = (await bus.topics()).find(isEvents);
    if (topic === undefined) return undefined;
    const [partition, end] = Object.entries(await bus.ends(topic)).find(([, next]) => next > 0) ?? [];
    return partition === undefined || end === undefined ? undefined : { topic, partition: Number(partition), offset: end - 1 };
  }

  /**
   * Resolves when there may be new events for a reader, or to `false` after a time. Events on levels that the reader may not read do not
   * wake it (T25).
   */
  async wait(client: Client, standing: Standing, milliseconds: number, signal?: AbortSignal): Promise<boolean> {
    const { view } = this.#context;
    const mayHold = this.#mayHold(client);
    const slice = this.#slices.begin(client.id);
    const at = await placeOf(standing, view, mayHold, () => slice.ifDue());
    const { rows } = view.order.rows(at, view.followed(ORDER, 0), mayHold, 1);
    return rows.length > 0 || view.grown(mayHold, milliseconds, signal);
  }
}
