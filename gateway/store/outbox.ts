/** Subscriptions and what was delivered of them, as the local view has them. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { DeliveryRecord, SubscriptionRecord } from './streams.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS subscription (id TEXT PRIMARY KEY, client TEXT, body TEXT) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS place (subscription TEXT PRIMARY KEY, standing TEXT, attempt INTEGER, next TEXT, failed TEXT) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS delivery (seq INTEGER PRIMARY KEY, subscription TEXT, body TEXT);
  CREATE INDEX IF NOT EXISTS delivery_of ON delivery (subscription, seq);`;

/** So many attempts of a subscription can be looked at. */
export const KEPT = 1000;

/** Where a subscription stands. */
export interface Place {
  readonly standing: SubscriptionRecord['standing'];
  /** How often the next event was tried. */
  readonly attempt: number;
  /** When it may be tried again, ISO 8601. */
  readonly next?: string;
  /** The event that was not taken, and where the subscription stands after it: it comes first. */
  readonly failed?: Pick<DeliveryRecord, 'event' | 'standing'>;
}

export class Outbox {
  readonly #put: StatementSync;
  readonly #begin: StatementSync;
  readonly #place: StatementSync;
  readonly #afresh: StatementSync;
  readonly #log: StatementSync;
  readonly #forget: StatementSync;
  readonly #one: StatementSync;
  readonly #all: StatementSync;
  readonly #at: StatementSync;
  readonly #last: StatementSync;

  constructor(db: DatabaseSync) {
    db.exec(SCHEMA);
    this.#put = db.prepare('INSERT INTO subscription VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body');
    this.#begin = db.prepare(`INSERT INTO place VALUES (?, ?, 0, NULL, NULL)
      ON CONFLICT DO UPDATE SET standing = excluded.standing, attempt = 0, next = NULL, failed = NULL`);
    this.#place = db.prepare('UPDATE place SET standing = coalesce(?, standing), attempt = ?, next = ?, failed = ? WHERE subscription = ?');
    this.#afresh = db.prepare('UPDATE place SET attempt = 0, next = NULL WHERE subscription = ?');
    this.#log = db.prepare('INSERT OR IGNORE INTO delivery VALUES (?, ?, ?)');
    this.#forget = db.prepare(`DELETE FROM delivery WHERE subscription = ? AND seq <=
      (SELECT seq FROM delivery WHERE subscription = ? ORDER BY seq DESC LIMIT 1 OFFSET ${KEPT})`);
    this.#one = db.prepare('SELECT body FROM subscription WHERE id = ?');
    this.#all = db.prepare('SELECT body FROM subscription');
    this.#at = db.prepare('SELECT standing, attempt, next, failed FROM place WHERE subscription = ?');
    this.#last = db.prepare('SELECT body FROM delivery WHERE subscription = ? ORDER BY seq DESC LIMIT ?');
  }

  /** Takes a subscription as it now is. A new turn begins where the record says. */
  subscription(record: SubscriptionRecord): void {
    const before = this.get(record.id);
    this.#put.run(record.id, record.client, JSON.stringify(record));
    if (before?.turn !== record.turn) this.#begin.run(record.id, JSON.stringify(record.standing));
    else if (before.status !== record.status) this.#afresh.run(record.id);
  }

  /** Takes an attempt, with the offset that it has on its stream. What is of an earlier turn moves nothing. */
  delivery(record: DeliveryRecord, offset: number): void {
    const { subscription, standing, attempt, next, turn, outcome, event } = record;
    this.#log.run(offset + 1, subscription, JSON.stringify(record));
    if (offset % 100 === 0) this.#forget.run(subscription, subscription);
    if (this.get(subscription)?.turn !== turn) return;
    if (outcome !== 'failed') this.#place.run(JSON.stringify(standing), 0, null, null, subscription);
    else this.#place.run(null, attempt, next ?? null, JSON.stringify({ event, standing }), subscription);
  }

  get(id: string): SubscriptionRecord | undefined {
    const row = this.#one.get(id) as { body: string } | undefined;
    return row === undefined ? undefined : (JSON.parse(row.body) as SubscriptionRecord);
  }

  /** All that were not deleted. */
  all(): readonly SubscriptionRecord[] {
    const rows = this.#all.all() as unknown as { body: string }[];
    return rows.map(({ body }) => JSON.parse(body) as SubscriptionRecord).filter(({ status }) => status !== 'deleted');
  }

  place(id: string): Place {
    const row = this.#at.get(id) as { standing: string; attempt: number; next: string | null; failed: string | null } | undefined;
    if (row === undefined) return { standing: {}, attempt: 0 };
    const { standing, attempt, next, failed } = row;
    return {
      standing: JSON.parse(standing) as Place['standing'],
      attempt,
      ...(next === null ? {} : { next }),
      ...(failed === null ? {} : { failed: JSON.parse(failed) as NonNullable<Place['failed']> }),
    };
  }

  /** The last attempts, the newest first. */
  deliveries(id: string, limit: number): readonly DeliveryRecord[] {
    const rows = this.#last.all(id, Math.min(limit, KEPT)) as unknown as { body: string }[];
    return rows.map(({ body }) => JSON.parse(body) as DeliveryRecord);
  }
}
