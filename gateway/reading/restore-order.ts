/**
 * Gives a place in the order to events that have none: a gateway stopped between writing the event and its place, or an earlier version
 * wrote the event. Records that are not events are put aside. Where an event gets two places, the first one counts.
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
  /** Whether this gateway holds the lease: only one of several gateways does this work. */
  readonly holdsLease: () => boolean;
  /** Called for a record that names no event. */
  readonly onBroken: (record: StoredRecord, codes: readonly string[]) => Promise<void>;
  readonly onFault: (kind: string) => void;
  /** Milliseconds between two checks. A record that was already waiting at the last check is not still being written. Default 2,000. */
  readonly milliseconds?: number;
}

const MILLISECONDS = 2000;
const BATCH = 200;
/** How many records are in memory at once. Each can have the largest size. */
const AT_ONCE = 4;

export class RestoreOrder {
  readonly #context: RestoreOrderContext;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;
  #closed = false;
  /** The last record that was waiting at the last check. */
  #seen = 0;

  constructor(context: RestoreOrderContext) {
    this.#context = context;
    // Another gateway, or an earlier run, published the records that wait at the start.
    this.#seen = context.view.order.lastWaiting;
    this.#timer = setInterval(() => this.check(), context.milliseconds ?? MILLISECONDS).unref();
  }

  /** Whether records wait for a place. */
  get isWanted(): boolean {
    return this.#context.view.order.lastWaiting > 0;
  }

  /** Gives places to the records that waited at the last check and still wait. */
  check(): void {
    if (this.#closed) return;
    this.#running ??= this.#check()
      .catch((error: unknown) => this.#context.onFault(kindOfFault(error)))
      .finally(() => (this.#running = undefined));
  }

  async #check(): Promise<void> {
    const { view, holdsLease } = this.#context;
    const upTo = this.#seen;
    this.#seen = view.order.lastWaiting;
    if (upTo === 0 || !holdsLease()) return;
    // The view must hold all topics first, so that an event on a slower topic does not come too late in the order.
    await Promise.all([view.caughtUp('events'), view.caughtUp('order')]);
    const until = view.order.latestOf(upTo);
    if (until === undefined) return;
    let behind = 0;
    let isEnd = false;
    while (!isEnd && !this.#closed && holdsLease()) {
      const waiting = view.order.waiting(until, BATCH, behind);
      behind += await this.#give(waiting);
      isEnd = waiting.length < BATCH;
    }
  }

  /** Gives some records their places. Resolves to how many still wait. */
  async #give(waiting: readonly UnorderedRecord[]): Promise<number> {
    const { view, journal } = this.#context;
    const ordered = new Map<string, BusRecord>();
    const done: UnorderedRecord[] = [];
    for (let at = 0; at < waiting.length && !this.#closed; at += AT_ONCE) {
      const batch = waiting.slice(at, at + AT_ONCE);
      const found = await Promise.all(batch.map((waitingRecord) => this.#find(waitingRecord)));
      for (const [n, waitingRecord] of batch.entries()) {
        const place = found[n];
        if (place === undefined || place === 'later') continue;
        if (place !== 'none') {
          // A correction comes after its event, whatever the clocks of two brokers say, even where the event must wait.
          const { corrects, record } = place;
          if (corrects !== undefined && !ordered.has(corrects) && view.order.isWaiting(corrects)) continue;
          ordered.set(waitingRecord.id, record);
        }
        done.push(waitingRecord);
      }
      await setImmediate();
    }
    if (ordered.size > 0) await journal.commit([...ordered.values()], []);
    for (const placed of done) view.order.drop(placed);
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
