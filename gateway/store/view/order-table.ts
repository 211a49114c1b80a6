/**
 * The one order of all events, as the stream of it says: what stands on it first is given first, whatever the topic
 * (docs/decisions/0020-one-order-of-events.md). And the records of events that the stream does not name yet.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { OrderRecord } from '../../wire/streams.ts';
import { holdsCorrections } from '../../wire/topics.ts';
import type { EventPlace } from './event-table.ts';
import { prepareAll } from './statements.ts';

/** An event in its order. */
export interface OrderedEvent {
  /** Its place in the order: the offset on the stream. */
  readonly at: number;
  readonly id: string;
  /** The topic that the event stands on whole. */
  readonly topic: string;
  /** The topics that a rendition of it stands on. */
  readonly renditions: readonly string[];
}

/** Some events in their order, and the place up to which there are no others. */
export interface OrderedRows {
  readonly rows: readonly OrderedEvent[];
  readonly until: number;
}

/** A record of a topic of events that no record of the order names. */
export interface UnorderedRecord extends EventPlace {
  /** Grows with each record that is seen. */
  readonly n: number;
  /** What the record says of itself; empty where it says nothing. */
  readonly id: string;
  readonly isRendition: boolean;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS event_order (at INTEGER PRIMARY KEY, id TEXT UNIQUE, topic TEXT, renditions TEXT);
  CREATE INDEX IF NOT EXISTS event_order_of ON event_order (topic, at);
  CREATE TABLE IF NOT EXISTS order_topic (topic TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS unordered (n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT, topic TEXT, part INTEGER, pos INTEGER,
    rendition INTEGER, correction INTEGER, time INTEGER, UNIQUE (topic, part, pos));
  CREATE INDEX IF NOT EXISTS unordered_of ON unordered (id);
  CREATE INDEX IF NOT EXISTS unordered_by_time ON unordered (rendition, time, correction, topic, part, pos);`;

const SQL = {
  put: 'INSERT OR IGNORE INTO event_order VALUES (?, ?, ?, ?)',
  name: 'INSERT OR IGNORE INTO order_topic VALUES (?)',
  names: 'SELECT topic FROM order_topic',
  at: 'SELECT at FROM event_order WHERE id = ?',
  next: 'SELECT min(at) AS at FROM event_order WHERE topic = ? AND at >= ?',
  rows: `SELECT at, id, topic, renditions FROM event_order INDEXED BY event_order_of
    WHERE topic IN (SELECT value FROM json_each(?)) AND at >= ? AND at < ? ORDER BY at LIMIT ?`,
  saw: 'INSERT OR IGNORE INTO unordered (id, topic, part, pos, rendition, correction, time) VALUES (?, ?, ?, ?, ?, ?, ?)',
  done: 'DELETE FROM unordered WHERE id = ?',
  drop: 'DELETE FROM unordered WHERE n = ?',
  last: 'SELECT max(n) AS n FROM unordered WHERE rendition = 0',
  of: 'SELECT n, id, topic, part AS partition, pos AS offset, rendition FROM unordered WHERE id = ? ORDER BY n',
  // As the bus took them; what corrects an event comes after it, whatever the clocks of two brokers say.
  latest: 'SELECT max(time) AS time FROM unordered WHERE n <= ? AND rendition = 0',
  waiting: `SELECT n, id, topic, part AS partition, pos AS offset, rendition FROM unordered WHERE rendition = 0 AND time <= ?
    ORDER BY time, correction, topic, part, pos LIMIT ? OFFSET ?`,
  isWaiting: 'SELECT 1 FROM unordered WHERE id = ? AND rendition = 0',
} as const;

/** So much of the order is looked through in one step, from the first event of the reader on. */
const STEP = 1000;
/** What is longer is the id of no event. */
const LONGEST_ID = 100;

type Row = EventPlace & { readonly n: number; readonly id: string; readonly rendition: number };

const toRecord = ({ rendition, ...rest }: Row): UnorderedRecord => ({ ...rest, isRendition: rendition === 1 });

export class OrderTable {
  readonly #statements: Readonly<Record<keyof typeof SQL, StatementSync>>;
  /** All topics that the order names: another gateway may have made one that the bus has not told of yet. */
  readonly #topics: Set<string>;

  constructor(db: DatabaseSync) {
    db.exec(SCHEMA);
    this.#statements = prepareAll(db, SQL);
    this.#topics = new Set((this.#statements.names.all() as { topic: string }[]).map(({ topic }) => topic));
  }

  /** Takes a record of the stream. An event keeps the place that it was given first. */
  take({ event, topic, renditions = [] }: OrderRecord, offset: number): void {
    this.#statements.put.run(offset, event, topic, renditions.join(' '));
    if (!this.#topics.has(topic)) this.#statements.name.run(topic);
    this.#topics.add(topic);
    this.#statements.done.run(event);
  }

  /** Takes note of a record of a topic of events, which the bus took at a time (milliseconds). `id` is what it says of itself. */
  saw(said: string, { topic, partition, offset }: EventPlace, isRendition: boolean, time: number): void {
    const id = said.length > LONGEST_ID ? '' : said;
    // A rendition without an id is of no event: what puts records aside is the record of an event.
    const isOfRendition = isRendition && id !== '';
    if (id !== '' && this.placeOf(id) !== undefined) return;
    const isCorrection = holdsCorrections(topic);
    this.#statements.saw.run(id, topic, partition, offset, Number(isOfRendition), Number(isCorrection), time);
  }

  /** All topics that the order names. */
  get topics(): ReadonlySet<string> {
    return this.#topics;
  }

  /** Where an event stands in the order, or undefined. */
  placeOf(id: string): number | undefined {
    return (this.#statements.at.get(id) as { at: number } | undefined)?.at;
  }

  /**
   * The next events of the topics that match from a place on, up to another one, so many at the most. Not all that is there is looked
   * through at once. What stands on other topics costs nothing: the time must not tell how much of it there is (T25).
   */
  rows(from: number, end: number, matches: (topic: string) => boolean, limit: number): OrderedRows {
    const topics = [...this.#topics].filter(matches);
    const firsts = topics.map((topic) => (this.#statements.next.get(topic, from) as { at: number | null }).at ?? end);
    const first = Math.min(end, ...firsts);
    if (first >= end) return { rows: [], until: end };
    const until = Math.min(end, first + STEP);
    const found = this.#statements.rows.all(JSON.stringify(topics), first, until, limit) as unknown as (Omit<OrderedEvent, 'renditions'> & {
      renditions: string;
    })[];
    const rows = found.map(({ renditions, ...row }) => ({ ...row, renditions: renditions === '' ? [] : renditions.split(' ') }));
    const last = rows.at(-1);
    return { rows, until: rows.length < limit || last === undefined ? until : last.at + 1 };
  }

  /** The number of the last record that waits for its place in the order, 0 where none does. */
  get lastWaiting(): number {
    return (this.#statements.last.get() as { n: number | null }).n ?? 0;
  }

  /** When the bus took the last record, up to a number, that waits (milliseconds); undefined where none does. */
  latestOf(upTo: number): number | undefined {
    return (this.#statements.latest.get(upTo) as { time: number | null }).time ?? undefined;
  }

  /**
   * So many records at the most that the bus took up to a time and that wait for their place in the order, in the order in which they are
   * given it; those behind so many that go on waiting.
   */
  waiting(until: number, limit: number, behind = 0): readonly UnorderedRecord[] {
    return (this.#statements.waiting.all(until, limit, behind) as unknown as Row[]).map(toRecord);
  }

  /** Whether a record says that it is an event, whole, and waits. */
  isWaiting(id: string): boolean {
    return this.#statements.isWaiting.get(id) !== undefined;
  }

  /** All records that say that they are an event, or a rendition of it, and wait. */
  waitingOf(id: string): readonly UnorderedRecord[] {
    return (this.#statements.of.all(id) as unknown as Row[]).map(toRecord);
  }

  /** Takes note that a record is given no place. */
  drop({ n }: Pick<UnorderedRecord, 'n'>): void {
    this.#statements.drop.run(n);
  }
}
