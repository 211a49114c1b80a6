/**
 * Gives a place in the order to events that have none: a gateway died between the event and the record of its place, or a version before
 * the order wrote it. What is no event is put aside. A place that is given twice harms nobody: the first one holds.
 */
import { type Bus, type BusRecord, BusUnavailable, type StoredRecord } from '../bus/bus.ts';
import type { Journal } from '../store/journal.ts';
import type { EventIndex } from '../store/view/event-index.ts';
import type { UnorderedRecord } from '../store/view/order-table.ts';
import type { View } from '../store/view/view.ts';
import { orderRecord } from '../wire/event-records.ts';

export interface RestoreOrderContext {
  readonly bus: Pick<Bus, 'read'>;
  readonly view: View;
  readonly events: Pick<EventIndex, 'find'>;
  readonly journal: Pick<Journal, 'commit'>;
  /** Whether this gateway does it: of several, one does. */
  readonly holds: () => boolean;
  /** Called for a record that names no event. */
  readonly onBroken: (record: StoredRecord, codes: readonly string[]) => Promise<void>;
  readonly onFault: (kind: string) => void;
  /** Milliseconds between two looks. What was there at the look before is not under way any more. Default 2,000. */
  readonly milliseconds?: number;
}

const MILLISECONDS = 2000;
const BATCH = 200;

export class RestoreOrder {
  readonly #context: RestoreOrderContext;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;
  #closed = false;
  /** The last record that was seen at the look before. */
  #seen = 0;

  constructor(context: RestoreOrderContext) {
    this.#context = context;
    // What waits at the start was not published by this gateway.
    this.#seen = context.view.order.lastWaiting;
    this.#timer = setInterval(() => this.look(), context.milliseconds ?? MILLISECONDS).unref();
  }

  /** Whether there is something to do. */
  get isWanted(): boolean {
    return this.#context.view.order.lastWaiting > 0;
  }

  /** Looks at what waited at the look before and still waits. */
  look(): void {
    if (this.#closed) return;
    this.#running ??= this.#look()
      .catch((error: unknown) => this.#context.onFault(error instanceof BusUnavailable ? 'BusUnavailable' : (error as Error).name))
      .finally(() => (this.#running = undefined));
  }

  async #look(): Promise<void> {
    const { view, holds } = this.#context;
    const upTo = this.#seen;
    this.#seen = view.order.lastWaiting;
    if (!holds()) return;
    for (let left = true; left && !this.#closed; ) {
      const waiting = view.order.waiting(upTo, BATCH);
      const looked = await Promise.all(waiting.map(async (one) => ({ one, found: await this.#placeOf(one) })));
      const placed = looked.flatMap(({ found }) => (typeof found === 'object' ? [found] : []));
      if (placed.length > 0) await this.#context.journal.commit(placed, []);
      const done = looked.filter(({ found }) => found !== 'later');
      for (const { one } of done) view.order.drop(one);
      left = done.length === BATCH;
    }
  }

  /** The record that gives an event its place; `none` where the record needs none, `later` where no policy in force can judge it. */
  async #placeOf({ id, topic, partition, offset }: UnorderedRecord): Promise<BusRecord | 'none' | 'later'> {
    const { view, bus, events, onBroken } = this.#context;
    const [record] = await bus.read(topic, partition, offset, 1);
    if (record?.offset !== offset) return 'none';
    if (id === '') {
      await onBroken(record, ['seal-broken']);
      return 'none';
    }
    const found = await events.find(id);
    if (found === undefined || view.order.placeOf(id) !== undefined) return 'none';
    // What is looked up is verified, or cannot be judged.
    if (view.events.first(id)?.isVerified !== true) return 'later';
    const renditions = view.order.waitingOf(id).filter(({ isRendition }) => isRendition);
    return orderRecord(id, record.key, found.topic, [...new Set(renditions.map((one) => one.topic))]);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#running;
  }
}
