/**
 * Puts events that are read from Kafka directly in their one order. Kafka keeps order within a partition, and the events of a case stand on
 * several topics. The order of a level (`interchange.order.<level>`) says which comes after which. It needs nothing but this file.
 */

/** What a record of `interchange.order.<level>` holds. */
export interface OrderedEvent {
  readonly event: string;
  /** The topics that the event, or a rendition of it, stands on. The first that you read is the one to take. */
  readonly topics: readonly string[];
}

interface Kept<T> {
  readonly record: T;
  readonly time: number;
}

/** So many ids are remembered, to know what came before. At least once means: soon again. */
const REMEMBERED = 100_000;
/** What waits and was written so long before the last record of the order is named by none: it is a second copy. Milliseconds. */
const LATE = 600_000;

const keyOf = (topic: string, event: string): string => `${topic} ${event}`;

export class EventOrder<T> {
  readonly #topics: ReadonlySet<string>;
  /** What the order names and was not given yet, in order. */
  readonly #due: string[] = [];
  readonly #isDue = new Set<string>();
  readonly #kept = new Map<string, Kept<T>>();
  readonly #before = new Set<string>();
  #time = 0;

  /** @param topics the topics of events that you read, by their names without a prefix */
  constructor(topics: Iterable<string>) {
    this.#topics = new Set(topics);
  }

  /**
   * Takes a record of the order, and the time that Kafka gave it (milliseconds). Returns the records that are due now, in order.
   */
  order({ event, topics }: OrderedEvent, time: number): readonly T[] {
    this.#time = Math.max(this.#time, time);
    const topic = topics.find((one) => this.#topics.has(one));
    // The first record of an event counts. What stands on no topic that is read never comes.
    if (topic === undefined || !this.#remember(event)) return [];
    // A rendition of what is taken whole is not given.
    for (const other of topics) if (other !== topic) this.#kept.delete(keyOf(other, event));
    this.#due.push(keyOf(topic, event));
    this.#isDue.add(keyOf(topic, event));
    return this.#release();
  }

  /** Takes a record of an event, by its `ce_id`, and the time that Kafka gave it (milliseconds). Returns the records that are due now, in order. */
  event(topic: string, event: string, record: T, time: number): readonly T[] {
    const key = keyOf(topic, event);
    if (this.#kept.has(key) || (this.#before.has(event) && !this.#isDue.has(key))) return [];
    this.#kept.set(key, { record, time });
    return this.#release();
  }

  /** How many events wait for their turn. Where they are many, stop reading topics of events, and go on with the order. */
  get waiting(): number {
    for (const [key, { time }] of this.#kept) {
      if (this.#time - time <= LATE) break;
      this.#kept.delete(key);
    }
    return this.#kept.size;
  }

  #remember(event: string): boolean {
    if (this.#before.has(event)) return false;
    this.#before.add(event);
    const [oldest] = this.#before;
    if (this.#before.size > REMEMBERED && oldest !== undefined) this.#before.delete(oldest);
    return true;
  }

  #release(): readonly T[] {
    const released: T[] = [];
    for (let key = this.#due[0]; key !== undefined; key = this.#due[0]) {
      const kept = this.#kept.get(key);
      if (kept === undefined) break;
      released.push(kept.record);
      this.#kept.delete(key);
      this.#isDue.delete(key);
      this.#due.shift();
    }
    return released;
  }
}
