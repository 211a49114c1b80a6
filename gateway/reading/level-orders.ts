/**
 * Writes the order of the events of each level, for clients that read the level's topics directly. They may not read the order of all
 * events: it would show how many events they do not see. One gateway copies the order. Where an event is written twice, its first place
 * counts.
 */
import type { Bus } from '../bus/bus.ts';
import { kindOfFault } from '../kind-of-fault.ts';
import type { Level } from '../labels/policy.ts';
import type { OrderedEvent } from '../store/view/order-table.ts';
import type { View } from '../store/view/view.ts';
import type { RecordAuthenticator } from '../wire/record-authenticator.ts';
import { ORDER, parseRecord, record } from '../wire/streams.ts';
import { isOfLevel, levelOrder } from '../wire/topics.ts';

/** A record of a level's order: an event, and the topics of this level and lower ones that hold it or its renditions. */
export interface LevelOrderRecord {
  readonly event: string;
  readonly topics: readonly string[];
}

export interface LevelOrdersContext {
  readonly bus: Pick<Bus, 'publish' | 'read' | 'ends'>;
  readonly view: View;
  /** The levels of the policy in force, lowest first. */
  readonly levels: () => readonly Pick<Level, 'topic'>[];
  /** Whether this gateway holds the lease: only one of several gateways does this work. */
  readonly holdsLease: () => boolean;
  /** Authenticates records of gateways: a forged record must not make this gateway leave events out. */
  readonly authenticator: RecordAuthenticator;
  readonly onFault: (kind: string) => void;
}

const DELAY_MILLISECONDS = 500;
const BATCH = 200;
const LOOK_BACK = 100;

/**
 * The record of an event in a level's order, given the level and those below it, lowest first. Undefined where readers of the level do not
 * find the event. The topic with the fullest copy of the event comes first.
 */
function inLevel({ id, topic, renditions }: OrderedEvent, levels: readonly string[]): LevelOrderRecord | undefined {
  const ofLevels = [topic, ...renditions];
  const topics = levels.toReversed().flatMap((level) => ofLevels.filter((name) => isOfLevel(name, level)));
  return topics.length === 0 ? undefined : { event: id, topics };
}

export class LevelOrders {
  readonly #context: LevelOrdersContext;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  /** By level, the first place in the order of all events that is not copied yet. */
  readonly #places = new Map<string, number>();

  constructor(context: LevelOrdersContext) {
    this.#context = context;
    this.#running = this.#run();
  }

  /** Whether this gateway knows of places to copy. */
  get isWanted(): boolean {
    const { view, levels } = this.#context;
    const end = view.followed(ORDER, 0);
    return levels().some(({ topic }) => (this.#places.get(topic) ?? 0) < end);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        if (this.#context.holdsLease()) await this.#copyAll();
        // Another gateway copies now. If this one takes over again, it reads from the bus where the copy ends.
        else this.#places.clear();
        await this.#context.view.grown(() => true, DELAY_MILLISECONDS, signal);
      } catch (error) {
        this.#places.clear();
        this.#context.onFault(kindOfFault(error));
        await this.#context.view.grown(() => false, DELAY_MILLISECONDS, signal);
      }
    }
  }

  async #copyAll(): Promise<void> {
    const levels = this.#context.levels().map(({ topic }) => topic);
    for (const [n, level] of levels.entries()) await this.#copy(level, levels.slice(0, n + 1));
  }

  async #copy(level: string, levels: readonly string[]): Promise<void> {
    const { bus, view, holdsLease, authenticator } = this.#context;
    let from = this.#places.get(level) ?? (await this.#start(level));
    for (const end = view.followed(ORDER, 0); from < end && holdsLease() && !this.#stopping.signal.aborted; ) {
      const { rows, until } = view.order.rows(from, end, () => true, BATCH);
      const found = rows.map((row) => inLevel(row, levels)).filter((entry) => entry !== undefined);
      // Wait for each publication, so that a repeated record comes after the first one.
      if (found.length > 0) await bus.publish(found.map((entry) => authenticator.sign(record(levelOrder(level), entry.event, entry))));
      from = until;
    }
    this.#places.set(level, from);
  }

  /** Where copying a level continues: after the last event in its order. */
  async #start(level: string): Promise<number> {
    const { bus, view, authenticator } = this.#context;
    await view.caughtUp('order');
    const stream = levelOrder(level);
    const end = (await bus.ends(stream))[0] ?? 0;
    for (let back = LOOK_BACK; end > 0; back *= 4) {
      const from = Math.max(0, end - back);
      for (let offset = from; offset < end; ) {
        const records = await bus.read(stream, 0, offset, back);
        const last = records.at(-1);
        if (last === undefined) break;
        const authentic = records.filter((written) => authenticator.check(written) === 'authentic');
        const places = authentic.map(({ value }) => view.order.placeOf(eventOf(value))).filter((place) => place !== undefined);
        if (places.length > 0) return Math.max(...places) + 1;
        offset = last.offset + 1;
      }
      if (from === 0) break;
    }
    return 0;
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }
}

/** The event that a record of a level's order names; empty where the record is not valid. */
function eventOf(value: Uint8Array): string {
  try {
    const { event } = parseRecord<LevelOrderRecord>(value);
    return typeof event === 'string' ? event : '';
  } catch {
    return '';
  }
}
