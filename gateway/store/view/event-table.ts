/** The places of events on the bus, by the headers of their records. A header is only a claim until the record's seal has been verified. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { prepareAll } from './statements.ts';

export interface EventPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A record that claims to be an event. */
export interface EventClaim extends EventPlace {
  /** Whether its seal was verified, and is of that event. */
  readonly isVerified: boolean;
}

/** The longest id of an event. */
const LONGEST_ID = 100;

// Most events are on the bus once, so further claims have a separate table.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS event (id TEXT PRIMARY KEY, topic TEXT, part INTEGER, pos INTEGER, key TEXT, verified INTEGER) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS event_of ON event (key);
  CREATE TABLE IF NOT EXISTS event_claim (id TEXT, topic TEXT, part INTEGER, pos INTEGER, key TEXT, PRIMARY KEY (id, topic, part, pos))
    WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS event_claim_of ON event_claim (key);`;

const SQL = {
  put: 'INSERT OR IGNORE INTO event VALUES (?, ?, ?, ?, ?, 0)',
  add: 'INSERT OR IGNORE INTO event_claim VALUES (?, ?, ?, ?, ?)',
  giveWay: 'INSERT OR IGNORE INTO event_claim SELECT id, topic, part, pos, key FROM event WHERE id = ?',
  remove: 'DELETE FROM event WHERE id = ? AND topic = ? AND part = ? AND pos = ?',
  removeAny: 'DELETE FROM event WHERE id = ?',
  removeClaim: 'DELETE FROM event_claim WHERE id = ? AND topic = ? AND part = ? AND pos = ?',
  first: 'SELECT topic, part, pos, verified FROM event WHERE id = ?',
  next: 'SELECT topic, part, pos, key FROM event_claim WHERE id = ? ORDER BY topic, part, pos LIMIT 1',
  vouch: 'UPDATE event SET verified = 1 WHERE id = ? AND topic = ? AND part = ? AND pos = ?',
  of: 'SELECT id FROM event WHERE key = ? UNION SELECT id FROM event_claim WHERE key = ? LIMIT ?',
} as const;

interface Row {
  readonly topic: string;
  readonly part: number;
  readonly pos: number;
}

const isBefore = (place: EventPlace, { topic, part, pos }: Row): boolean => {
  if (place.topic !== topic) return place.topic < topic;
  return place.partition === part ? place.offset < pos : place.partition < part;
};

export class EventTable {
  readonly #statements: Readonly<Record<keyof typeof SQL, StatementSync>>;

  constructor(db: DatabaseSync) {
    db.exec(SCHEMA);
    this.#statements = prepareAll(db, SQL);
  }

  /** Adds a record that claims to be an event. All gateways choose the same first record, in whatever order they see the records. */
  claim(id: string, place: EventPlace, key: string): void {
    if (id.length > LONGEST_ID) return;
    const { put, add, giveWay, removeAny, first } = this.#statements;
    const { topic, partition, offset } = place;
    if (put.run(id, topic, partition, offset, key).changes > 0) return;
    const now = first.get(id) as unknown as Row;
    if (now.topic === topic && now.part === partition && now.pos === offset) return;
    if (!isBefore(place, now)) {
      add.run(id, topic, partition, offset, key);
      return;
    }
    giveWay.run(id);
    removeAny.run(id);
    put.run(id, topic, partition, offset, key);
  }

  /** The first record that claims to be the event and was not refuted. */
  first(id: string): EventClaim | undefined {
    const row = this.#statements.first.get(id) as unknown as (Row & { readonly verified: number }) | undefined;
    return row && { topic: row.topic, partition: row.part, offset: row.pos, isVerified: row.verified === 1 };
  }

  /** Marks a record as verified: its seal is of the event. */
  vouch(id: string, { topic, partition, offset }: EventPlace): void {
    this.#statements.vouch.run(id, topic, partition, offset);
  }

  /** Marks a record as not the event that it claims to be. The next record that claims it takes its place. */
  refute(id: string, { topic, partition, offset }: EventPlace): void {
    const { remove, next, put, removeClaim } = this.#statements;
    removeClaim.run(id, topic, partition, offset);
    if (remove.run(id, topic, partition, offset).changes === 0) return;
    const found = next.get(id) as unknown as (Row & { readonly key: string }) | undefined;
    if (found === undefined) return;
    removeClaim.run(id, found.topic, found.part, found.pos);
    put.run(id, found.topic, found.part, found.pos, found.key);
  }

  /** The ids of the events of a case, by the claims of their records, up to a limit. */
  of(key: string, limit: number): readonly string[] {
    return (this.#statements.of.all(key, key, limit) as unknown as { id: string }[]).map(({ id }) => id);
  }
}
