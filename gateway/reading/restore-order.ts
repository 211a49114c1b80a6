/**
 * Gives a place in the order to events that have none: a gateway died between the event and the record of its place, or a version before
 * the order wrote it. What is no event is put aside. A place that is given twice harms nobody: the first one holds.
 */
import { setImmediate } from 'node:timers/promises';
import type { Bus, BusRecord, StoredRecord } from '../bus/bus.ts';
import { type MissingPlace, type MissingPlacesContext, missingPlace } from '../intake/missing-places.ts';
import { kindOfFault } from '../kind-of-fault.ts';
import type { Journal } from '../store/journal.ts';
import type { UnorderedRecord } from '../store/view/order-table.ts';
import { mustBeRemoved } from '../store/view/removed.ts';

export interface RestoreOrderContext extends MissingPlacesContext {
  readonly bus: Pick<Bus, 'read' | 'offsetAt'>;
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
/** So many records are held at once, each of which may be as large as a record can be. */
const AT_ONCE = 4;

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
      .catch((error: unknown) => this.#context.onFault(kindOfFault(error)))
      .finally(() => (this.#running = undefined));
  }

  async #look(): Promise<void> {
    const { view, holds } = this.#context;
    const upTo = this.#seen;
    this.#seen = view.order.lastWaiting;
    if (upTo === 0 || !holds()) return;
    // A view that is behind on one topic must not give what stands on another its place first.
    await Promise.all([view.caughtUp('events'), view.caughtUp('order')]);
    const until = view.order.latestOf(upTo);
    if (until === undefined) return;
    let behind = 0;
    let isEnd = false;
    while (!isEnd && !this.#closed && holds()) {
      const waiting = view.order.waiting(until, BATCH, behind);
      behind += await this.#give(waiting);
      isEnd = waiting.length < BATCH;
    }
  }

  /** Gives some records their places. Resolves to how many go on waiting. */
  async #give(waiting: readonly UnorderedRecord[]): Promise<number> {
    const { view, journal } = this.#context;
    const given = new Map<string, BusRecord>();
    const done: UnorderedRecord[] = [];
    for (let at = 0; at < waiting.length && !this.#closed; at += AT_ONCE) {
      const some = waiting.slice(at, at + AT_ONCE);
      const found = await Promise.all(some.map((one) => this.#find(one)));
      for (const [n, one] of some.entries()) {
        const place = found[n];
        if (place === undefined || place === 'later') continue;
        if (place !== 'none') {
          // What corrects an event comes after it, whatever the clocks of two brokers say, and whatever holds the event back.
          const { corrects, record } = place;
          if (corrects !== undefined && !given.has(corrects) && view.order.isWaiting(corrects)) continue;
          given.set(one.id, record);
        }
        done.push(one);
      }
      await setImmediate();
    }
    if (given.size > 0) await journal.commit([...given.values()], []);
    for (const one of done) view.order.drop(one);
    return waiting.length - done.length;
  }

  async #find({ id, topic, partition, offset }: UnorderedRecord): Promise<MissingPlace | 'none' | 'later'> {
    const { bus, onBroken } = this.#context;
    const [record] = await bus.read(topic, partition, offset, 1);
    if (record?.offset !== offset) {
      await mustBeRemoved(bus, { topic, partition, offset });
      return 'none';
    }
    if (id === '') {
      await onBroken(record, ['seal-broken']);
      return 'none';
    }
    return missingPlace(this.#context, id);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#running;
  }
}
