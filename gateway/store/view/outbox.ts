/** The local view's tables of subscriptions and their delivery attempts. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { DeliveryRecord, SubscriptionRecord, SubscriptionStreamRecord } from '../../wire/streams.ts';
import { prepareAll } from './statements.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS subscription (id TEXT PRIMARY KEY, client TEXT, status TEXT, body TEXT) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS place (subscription TEXT PRIMARY KEY, standing TEXT, attempt INTEGER, next TEXT, failed TEXT) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS delivery (seq INTEGER PRIMARY KEY, subscription TEXT, body TEXT);
  CREATE INDEX IF NOT EXISTS delivery_of ON delivery (subscription, seq);
  CREATE TABLE IF NOT EXISTS replay (client TEXT, key TEXT, fingerprint TEXT, subscription TEXT, body TEXT,
    PRIMARY KEY (client, key)) WITHOUT ROWID;`;

/** How many attempts of a subscription are kept at least. */
const KEPT = 1000;
/** How many attempts of a subscription come between two removals of older ones. */
const TRIM_EVERY = 50;

/** The position of a subscription. */
export interface Place {
  readonly standing: SubscriptionRecord['standing'];
  /** How many attempts the next event has had. */
  readonly attempt: number;
  /** When the next attempt is due, ISO 8601. */
  readonly next?: string;
  /** The event whose delivery failed, and the position after it. It is delivered next. */
  readonly failed?: Pick<DeliveryRecord, 'event' | 'standing'>;
}

/** A query for attempts of a subscription. */
export interface DeliveryQuery {
  /** Only attempts before this place in the log. */
  readonly before?: number;
  readonly limit: number;
  readonly outcome?: DeliveryRecord['outcome'];
}

/** An attempt in its place in the log: later attempts have higher ones. */
export interface LoggedDelivery {
  readonly seq: number;
  readonly delivery: DeliveryRecord;
}

type Standing = SubscriptionRecord['standing'];

const nextOf = (standing: Standing, topic: string, partition: string): number => standing[topic]?.[Number(partition)] ?? 0;

/** A replay with an Idempotency-Key: the fingerprint of the request, and the subscription after it. */
export interface KnownReplay {
  readonly fingerprint: string;
  readonly subscription: SubscriptionRecord;
}

/** Whether a position is at or after another one on every partition. */
const hasPassed = (at: Standing, other: Standing): boolean =>
  Object.entries(other).every(([topic, offsets]) =>
    Object.entries(offsets).every(([partition, next]) => next <= nextOf(at, topic, partition)),
  );

/** The later of two positions, for each partition. */
function further(at: Standing, other: Standing): Standing {
  const joined: Record<string, Record<string, number>> = structuredClone(at);
  for (const [topic, offsets] of Object.entries(other))
    for (const [partition, next] of Object.entries(offsets))
      (joined[topic] ??= {})[partition] = Math.max(next, nextOf(at, topic, partition));
  return joined;
}

/** The earlier of two positions, for each partition. */
export const earlier = (at: Standing, other: Standing): Standing =>
  Object.fromEntries(
    Object.entries(at).map(([topic, offsets]) => [
      topic,
      Object.fromEntries(Object.entries(offsets).map(([partition, next]) => [partition, Math.min(next, nextOf(other, topic, partition))])),
    ]),
  );

export class Outbox {
  readonly #statements: Readonly<Record<keyof typeof SQL, StatementSync>>;
  readonly #untrimmed = new Map<string, number>();

  constructor(db: DatabaseSync) {
    db.exec(SCHEMA);
    this.#statements = prepareAll(db, SQL);
  }

  /** Takes a record of the stream, with its offset. */
  take(record: SubscriptionStreamRecord, offset: number): void {
    if ('subscription' in record) this.#subscription(record.subscription);
    else if ('delivery' in record) this.#delivery(record.delivery, offset);
  }

  /**
   * Takes a change where it is the first of its version and the subscription is not deleted. A new turn begins at the record's position.
   */
  #subscription(record: SubscriptionRecord): void {
    const { put, begin, afresh, unplace, unlog, keep, forgetReplays } = this.#statements;
    const { id, client, status, turn, standing, version, replay } = record;
    const before = this.get(id);
    if (version !== (before?.version ?? 0) + 1 || before?.status === 'deleted') return;
    put.run(id, client, status, JSON.stringify(record));
    if (status === 'deleted') {
      unplace.run(id);
      unlog.run(id);
      forgetReplays.run(id);
    } else if (before?.turn !== turn) {
      begin.run(id, JSON.stringify(standing));
      if (replay !== undefined) keep.run(client, replay.key, replay.fingerprint, id, JSON.stringify(record));
    } else if (before.status !== status) afresh.run(id);
  }

  /**
   * An attempt of an earlier turn does not move the position, and no attempt moves it back: a paused gateway can record an old delivery when the next gateway is already much further.
   */
  #delivery(record: DeliveryRecord, offset: number): void {
    const { log, forget, move, stay } = this.#statements;
    const { subscription, standing, attempt, next, turn, outcome, event } = record;
    const now = this.get(subscription);
    if (now === undefined || now.status === 'deleted') return;
    log.run(offset + 1, subscription, JSON.stringify(record));
    const count = (this.#untrimmed.get(subscription) ?? 0) + 1;
    this.#untrimmed.set(subscription, count % TRIM_EVERY);
    if (count === TRIM_EVERY) forget.run(subscription, subscription);
    if (now.turn !== turn) return;
    const place = this.place(subscription);
    if (hasPassed(place.standing, standing)) return;
    if (outcome === 'failed') stay.run(attempt, next ?? null, JSON.stringify({ event, standing }), subscription);
    else move.run(JSON.stringify(further(place.standing, standing)), subscription);
  }

  get(id: string): SubscriptionRecord | undefined {
    const row = this.#statements.byId.get(id) as { body: string } | undefined;
    return row === undefined ? undefined : (JSON.parse(row.body) as SubscriptionRecord);
  }

  /** All subscriptions that are not deleted. */
  all(): readonly SubscriptionRecord[] {
    const rows = this.#statements.all.all() as unknown as { body: string }[];
    return rows.map(({ body }) => JSON.parse(body) as SubscriptionRecord);
  }

  place(id: string): Place {
    type Row = { standing: string; attempt: number; next: string | null; failed: string | null };
    const row = this.#statements.place.get(id) as Row | undefined;
    if (row === undefined) return { standing: {}, attempt: 0 };
    const { standing, attempt, next, failed } = row;
    return {
      standing: JSON.parse(standing) as Place['standing'],
      attempt,
      ...(next === null ? {} : { next }),
      ...(failed === null ? {} : { failed: JSON.parse(failed) as NonNullable<Place['failed']> }),
    };
  }

  /** The replay that a client asked for with an Idempotency-Key, or undefined. */
  replay(client: string, key: string): KnownReplay | undefined {
    const row = this.#statements.replay.get(client, key) as { fingerprint: string; body: string } | undefined;
    return row && { fingerprint: row.fingerprint, subscription: JSON.parse(row.body) as SubscriptionRecord };
  }

  /** The position of a subscription after a delivered event; undefined where the event is no longer in its log. */
  standingAfter(id: string, event: string): Standing | undefined {
    const row = this.#statements.after.get(id, event) as { body: string } | undefined;
    return row && (JSON.parse(row.body) as DeliveryRecord).standing;
  }

  /** The attempts to deliver some events that are still in the log, oldest first, up to a limit. */
  attemptsOf(events: readonly string[], limit: number): readonly DeliveryRecord[] {
    const rows = this.#statements.ofEvents.all(JSON.stringify(events), limit) as unknown as { body: string }[];
    return rows.map(({ body }) => JSON.parse(body) as DeliveryRecord);
  }

  /** Attempts, newest first, each with its place in the log. */
  deliveries(id: string, { before = Number.MAX_SAFE_INTEGER, limit, outcome }: DeliveryQuery): readonly LoggedDelivery[] {
    const { last, lastOf } = this.#statements;
    const rows = outcome === undefined ? last.all(id, before, limit) : lastOf.all(id, before, outcome, limit);
    return (rows as unknown as { seq: number; body: string }[]).map(({ seq, body }) => ({
      seq,
      delivery: JSON.parse(body) as DeliveryRecord,
    }));
  }
}

const SQL = {
  put: 'INSERT INTO subscription VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET status = excluded.status, body = excluded.body',
  byId: 'SELECT body FROM subscription WHERE id = ?',
  all: "SELECT body FROM subscription WHERE status <> 'deleted'",
  begin: `INSERT INTO place VALUES (?, ?, 0, NULL, NULL)
    ON CONFLICT DO UPDATE SET standing = excluded.standing, attempt = 0, next = NULL, failed = NULL`,
  move: 'UPDATE place SET standing = ?, attempt = 0, next = NULL, failed = NULL WHERE subscription = ?',
  stay: 'UPDATE place SET attempt = ?, next = ?, failed = ? WHERE subscription = ?',
  afresh: 'UPDATE place SET attempt = 0, next = NULL WHERE subscription = ?',
  unplace: 'DELETE FROM place WHERE subscription = ?',
  place: 'SELECT standing, attempt, next, failed FROM place WHERE subscription = ?',
  log: 'INSERT OR IGNORE INTO delivery VALUES (?, ?, ?)',
  keep: 'INSERT OR IGNORE INTO replay VALUES (?, ?, ?, ?, ?)',
  replay: 'SELECT fingerprint, body FROM replay WHERE client = ? AND key = ?',
  forgetReplays: 'DELETE FROM replay WHERE subscription = ?',
  // An event that was sent again by itself has no position.
  after: `SELECT body FROM delivery WHERE subscription = ? AND body ->> '$.outcome' = 'delivered' AND body ->> '$.event' = ?
    AND body ->> '$.standing' <> '{}'
    ORDER BY seq DESC LIMIT 1`,
  ofEvents: `SELECT body FROM delivery WHERE body ->> '$.event' IN (SELECT value FROM json_each(?)) ORDER BY seq LIMIT ?`,
  unlog: 'DELETE FROM delivery WHERE subscription = ?',
  forget: `DELETE FROM delivery WHERE subscription = ? AND seq <=
    (SELECT seq FROM delivery WHERE subscription = ? ORDER BY seq DESC LIMIT 1 OFFSET ${KEPT})`,
  last: 'SELECT seq, body FROM delivery WHERE subscription = ? AND seq < ? ORDER BY seq DESC LIMIT ?',
  lastOf: `SELECT seq, body FROM delivery WHERE subscription = ? AND seq < ? AND body ->> '$.outcome' = ? ORDER BY seq DESC LIMIT ?`,
} as const;
