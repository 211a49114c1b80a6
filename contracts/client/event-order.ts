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

/** How many events are remembered, to know which come again. */
const REMEMBERED = 100_000;
/** How many records are kept until their turn. */
const MOST_KEPT = 200_000;

interface Due {
  readonly event: string;
  readonly topic: string;
}

const keyOf = ({ topic, event }: Due): string => `${topic} ${event}`;

/** A line that is taken from at its front, in constant time. */
class Line<T> {
  #items: T[] = [];
  #at = 0;

  get length(): number {
    return this.#items.length - this.#at;
  }

  get first(): T | undefined {
    return this.#items[this.#at];
  }

  add(item: T): void {
    this.#items.push(item);
  }

  shift(): void {
    this.#at++;
    if (this.#at < 1000 || this.#at * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#at);
    this.#at = 0;
  }
}

export class EventOrder<T> {
  readonly #topics: ReadonlySet<string>;
  /** What the order names and was not given yet, in order. */
  readonly #due = new Line<Due>();
  readonly #isDue = new Set<string>();
  /** What was read and was not given yet, the oldest first. */
  readonly #kept = new Map<string, T>();
  readonly #before = new Set<string>();

  /** @param topics the topics of events that you read, by their names without a prefix */
  constructor(topics: Iterable<string>) {
    this.#topics = new Set(topics);
  }

  /** Takes a record of the order that you had dealt with before you started again: its event comes no more. */
  passed({ event }: OrderedEvent): void {
    this.#remember(event);
  }

  /** Takes a record of the order. Returns the records that are due now, in order. */
  order({ event, topics }: OrderedEvent): readonly T[] {
    const topic = topics.find((candidate) => this.#topics.has(candidate));
    // The first record of an event counts. What stands on no topic that is read never comes.
    if (topic === undefined || !this.#remember(event)) return [];
    // The renditions of an event are dropped where a reader gets it from another topic.
    for (const other of topics) if (other !== topic) this.#kept.delete(keyOf({ topic: other, event }));
    this.#due.add({ topic, event });
    this.#isDue.add(keyOf({ topic, event }));
    return this.#release();
  }

  /** Takes a record of an event whose seal you verified, and its id. Returns the records that are due now, in order. */
  event(topic: string, event: string, record: T): readonly T[] {
    const key = keyOf({ topic, event });
    if (this.#kept.has(key) || (this.#before.has(event) && !this.#isDue.has(key))) return [];
    this.#kept.set(key, record);
    if (this.#kept.size > MOST_KEPT) this.#forgetOldest();
    return this.#release();
  }

  /** The topic that the next event stands on; undefined where the order has to be read first. Read it, whatever else waits. */
  get next(): string | undefined {
    return this.#due.first?.topic;
  }

  /** How many events were read and wait for their turn. */
  get waiting(): number {
    return this.#kept.size;
  }

  /** How many events the order names and are not given yet. Where they are many, read topics of events and not the order. */
  get due(): number {
    return this.#due.length;
  }

  /**
   * Say that you have read all topics up to the ends that Kafka told after the last record of the order. What is due and did not come was
   * removed by retention, and is passed over. Returns the records that are due now, in order.
   */
  caughtUp(): readonly T[] {
    const released: T[] = [];
    while (this.#due.first !== undefined) {
      released.push(...this.#release());
      this.#pass();
    }
    return released;
  }

  #remember(event: string): boolean {
    if (this.#before.has(event)) return false;
    this.#before.add(event);
    const [oldest] = this.#before;
    if (this.#before.size > REMEMBERED && oldest !== undefined) this.#before.delete(oldest);
    return true;
  }

  /** What the order did not name for so long is a copy of what was given long ago. What is due is kept. */
  #forgetOldest(): void {
    for (const key of this.#kept.keys()) {
      if (this.#isDue.has(key)) continue;
      this.#kept.delete(key);
      return;
    }
  }

  #pass(): void {
    const { first } = this.#due;
    if (first === undefined) return;
    this.#isDue.delete(keyOf(first));
    this.#due.shift();
  }

  #release(): readonly T[] {
    const released: T[] = [];
    for (let due = this.#due.first; due !== undefined; due = this.#due.first) {
      const key = keyOf(due);
      if (!this.#kept.has(key)) break;
      released.push(this.#kept.get(key) as T);
      this.#kept.delete(key);
      this.#pass();
    }
    return released;
  }
}
