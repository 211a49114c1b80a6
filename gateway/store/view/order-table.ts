/**
 * The one order of all events, from its stream: readers get events in this order, whatever the topic
 * (docs/decisions/0020-one-order-of-events.md). The table also holds the records of events that the stream does not name yet.
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
  /** The topic with the complete event. */
  readonly topic: string;
  /** The topics with a rendition of the event. */
  readonly renditions: readonly string[];
}

/** Events in their order, and the place up to which there are no others. */
export interface OrderedRows {
  readonly rows: readonly OrderedEvent[];
  readonly until: number;
}

/** A record on a topic of events that the order does not name yet. */
export interface UnorderedRecord extends EventPlace {
  /** Grows with each record. */
  readonly n: number;
  /** The event id in the record's headers; empty where there is none. */
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
  // By the bus's time. A correction comes after its event, whatever the clocks of two brokers say.
  latest: 'SELECT max(time) AS time FROM unordered WHERE n <= ? AND rendition = 0',
  waiting: `SELECT n, id, topic, part AS partition, pos AS offset, rendition FROM unordered WHERE rendition = 0 AND time <= ?
    ORDER BY time, correction, topic, part, pos LIMIT ? OFFSET ?`,
  isWaiting: 'SELECT 1 FROM unordered WHERE id = ? AND rendition = 0',
} as const;

/** How much of the order one query reads, from the reader's first event on. */
const STEP = 1000;
/** The longest id of an event. */
const LONGEST_ID = 100;

type Row = EventPlace & { readonly n: number; readonly id: string; readonly rendition: number };

const toRecord = ({ rendition, ...rest }: Row): UnorderedRecord => ({ ...rest, isRendition: rendition === 1 });

export class OrderTable {
  readonly #statements: Readonly<Record<keyof typeof SQL, StatementSync>>;
  /** All topics that the order names. Another gateway may have made one that this gateway's bus client does not know yet. */
  readonly #topics: Set<string>;

  constructor(db: DatabaseSync) {
    db.exec(SCHEMA);
    this.#statements = prepareAll(db, SQL);
    this.#topics = new Set((this.#statements.names.all() as { topic: string }[]).map(({ topic }) => topic));
  }

  /** Takes a record of the stream. An event keeps its first place. */
  take({ event, topic, renditions = [] }: OrderRecord, offset: number): void {
    this.#statements.put.run(offset, event, topic, renditions.join(' '));
    if (!this.#topics.has(topic)) this.#statements.name.run(topic);
    this.#topics.add(topic);
    this.#statements.done.run(event);
  }

  /** Adds a record of a topic of events, with the bus's time for it (milliseconds). */
  saw(claimedId: string, { topic, partition, offset }: EventPlace, isRendition: boolean, time: number): void {
    const id = claimedId.length > LONGEST_ID ? '' : claimedId;
    // Ignore a rendition without an id. Only complete records without an id are put aside.
    const isOfRendition = isRendition && id !== '';
    if (id !== '' && this.placeOf(id) !== undefined) return;
    const isCorrection = holdsCorrections(topic);
    this.#statements.saw.run(id, topic, partition, offset, Number(isOfRendition), Number(isCorrection), time);
  }

  /** All topics that the order names. */
  get topics(): ReadonlySet<string> {
    return this.#topics;
  }

  /** The place of an event in the order, or undefined. */
  placeOf(id: string): number | undefined {
    return (this.#statements.at.get(id) as { at: number } | undefined)?.at;
  }

  /**
   * The next events of the matching topics between two places, up to a limit. One call need not read the complete range. Events on other topics take no time: the time must not reveal how many there are (T25).
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

  /** The number of the last record without a place in the order; 0 where there is none. */
  get lastWaiting(): number {
    return (this.#statements.last.get() as { n: number | null }).n ?? 0;
  }

  /** The latest bus time (milliseconds) of the waiting records up to a number; undefined where there are none. */
  latestOf(upTo: number): number | undefined {
    return (this.#statements.latest.get(upTo) as { time: number | null }).time ?? undefined;
  }

  /**
   * Records up to a bus time that have no place in the order yet, up to a limit, in the order in which they get their places. `behind` skips records that must still wait.
   */
  waiting(until: number, limit: number, behind = 0): readonly UnorderedRecord[] {
    return (this.#statements.waiting.all(until, limit, behind) as unknown as Row[]).map(toRecord);
  }

  /** Whether a complete record that claims to be an event has no place yet. */
  isWaiting(id: string): boolean {
    return this.#statements.isWaiting.get(id) !== undefined;
  }

  /** All records without a place that claim to be an event or its rendition. */
  waitingOf(id: string): readonly UnorderedRecord[] {
    return (this.#statements.of.all(id) as unknown as Row[]).map(toRecord);
  }

  /** Removes a record that gets no place. */
  drop({ n }: Pick<UnorderedRecord, 'n'>): void {
    this.#statements.drop.run(n);
  }
}
