/**
 * Writes, for each level, in which order the events come that its readers find on the topics: they read the bus directly, and may not read
 * the order of all events, which says how many they do not see. One gateway copies it; what is written twice counts once, where it is first.
 */
import type { Bus } from '../bus/bus.ts';
import { kindOfFault } from '../kind-of-fault.ts';
import type { Level } from '../labels/policy.ts';
import type { OrderedEvent } from '../store/view/order-table.ts';
import type { View } from '../store/view/view.ts';
import type { RecordAuthenticator } from '../wire/record-authenticator.ts';
import { ORDER, parseRecord, record } from '../wire/streams.ts';
import { isOfLevel, levelOrder } from '../wire/topics.ts';

/** What the order of a level says: an event, and the topics of this level and those below that it, or a rendition of it, stands on. */
export interface LevelOrderRecord {
  readonly event: string;
  readonly topics: readonly string[];
}

export interface LevelOrdersContext {
  readonly bus: Pick<Bus, 'publish' | 'read' | 'ends'>;
  readonly view: View;
  /** The levels of the policy in force, the lowest first. */
  readonly levels: () => readonly Pick<Level, 'topic'>[];
  /** Whether this gateway does it: of several, one does. */
  readonly holds: () => boolean;
  /** Marks what gateways wrote: what somebody else writes must not make this gateway leave events out. */
  readonly authenticator: RecordAuthenticator;
  readonly onFault: (kind: string) => void;
}

const REST_MILLISECONDS = 500;
const BATCH = 200;
const LOOK_BACK = 100;

/**
 * What the order of a level says of an event, the level and those below it being given, the lowest first; undefined where its readers do not
 * find it. The topic that holds most of the event comes first.
 */
function inLevel({ id, topic, renditions }: OrderedEvent, levels: readonly string[]): LevelOrderRecord | undefined {
  const all = [topic, ...renditions];
  const topics = levels.toReversed().flatMap((level) => all.filter((name) => isOfLevel(name, level)));
  return topics.length === 0 ? undefined : { event: id, topics };
}

export class LevelOrders {
  readonly #context: LevelOrdersContext;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  /** By level, the place in the order of all events from which it is not copied yet. */
  readonly #places = new Map<string, number>();

  constructor(context: LevelOrdersContext) {
    this.#context = context;
    this.#running = this.#run();
  }

  /** Whether there is something to copy, as far as this gateway knows. */
  get isWanted(): boolean {
    const { view, levels } = this.#context;
    const end = view.followed(ORDER, 0);
    return levels().some(({ topic }) => (this.#places.get(topic) ?? 0) < end);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        if (this.#context.holds()) await this.#copyAll();
        // Another gateway goes on from where it finds itself to be.
        else this.#places.clear();
        await this.#context.view.grown(() => true, REST_MILLISECONDS, signal);
      } catch (error) {
        this.#places.clear();
        this.#context.onFault(kindOfFault(error));
        await this.#context.view.grown(() => false, REST_MILLISECONDS, signal);
      }
    }
  }

  async #copyAll(): Promise<void> {
    const levels = this.#context.levels().map(({ topic }) => topic);
    for (const [n, level] of levels.entries()) await this.#copy(level, levels.slice(0, n + 1));
  }

  async #copy(level: string, levels: readonly string[]): Promise<void> {
    const { bus, view, holds, authenticator } = this.#context;
    let from = this.#places.get(level) ?? (await this.#start(level));
    for (const end = view.followed(ORDER, 0); from < end && holds() && !this.#stopping.signal.aborted; ) {
      const { rows, until } = view.order.rows(from, end, () => true, BATCH);
      const found = rows.map((row) => inLevel(row, levels)).filter((one) => one !== undefined);
      // One publication after the other: what is sent again stands behind what was sent first.
      if (found.length > 0) await bus.publish(found.map((one) => authenticator.sign(record(levelOrder(level), one.event, one))));
      from = until;
    }
    this.#places.set(level, from);
  }

  /** Where the copy of a level goes on: after the last event that it names. */
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
        const written = records.filter((one) => authenticator.check(one) === 'authentic');
        const places = written.map(({ value }) => view.order.placeOf(eventOf(value))).filter((place) => place !== undefined);
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

/** The event that a record of a level's order names; empty where it is none. */
function eventOf(value: Uint8Array): string {
  try {
    const { event } = parseRecord<LevelOrderRecord>(value);
    return typeof event === 'string' ? event : '';
  } catch {
    return '';
  }
}
