/** The local view's table of protections, by case. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type ProtectionRecord, type RegisterEntry, withKeysOf } from '../../protections/register.ts';
import type { ProtectionStreamRecord } from '../../wire/streams.ts';
import { prepareAll } from './statements.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS protection (id TEXT PRIMARY KEY, subject TEXT, seq INTEGER, body TEXT, lifted TEXT, until TEXT, audience INTEGER)
    WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS protection_of ON protection (subject, seq);
  CREATE INDEX IF NOT EXISTS protection_at ON protection (seq);
  CREATE TABLE IF NOT EXISTS audience (id INTEGER PRIMARY KEY, body TEXT UNIQUE);
  CREATE TABLE IF NOT EXISTS unchecked (event TEXT PRIMARY KEY, subject TEXT, since INTEGER, turn INTEGER) WITHOUT ROWID;`;

/** The place of protections that are not on the bus yet: they come last. */
const NO_PLACE = Number.MAX_SAFE_INTEGER;

const PAGE = `SELECT seq, body, lifted FROM protection WHERE seq > ? AND seq < ${NO_PLACE} AND audience IN (SELECT value FROM json_each(?))`;
const CHECK_AGAIN = 'ON CONFLICT DO UPDATE SET turn = turn + 1';

const SQL = {
  put: `INSERT INTO protection VALUES (?, ?, ?, ?, NULL, ?, ?)
    ON CONFLICT DO UPDATE SET seq = excluded.seq WHERE seq = ${NO_PLACE} AND excluded.seq < seq`,
  setBody: 'UPDATE protection SET body = ? WHERE id = ?',
  lift: 'UPDATE protection SET lifted = ? WHERE id = ? AND lifted IS NULL',
  byId: 'SELECT body, lifted FROM protection WHERE id = ?',
  of: 'SELECT body, lifted FROM protection WHERE subject = ? ORDER BY seq',
  addAudience: 'INSERT OR IGNORE INTO audience (body) VALUES (?)',
  audience: 'SELECT id FROM audience WHERE body = ?',
  audiences: 'SELECT id, body FROM audience',
  isKnown: 'SELECT 1 AS known FROM protection WHERE subject = ? LIMIT 1',
  // A record that claims to be an event must not hide the event of the case.
  checkAll: `INSERT INTO unchecked SELECT id, key, ?, 0 FROM (SELECT id, key FROM event UNION SELECT id, key FROM event_claim)
    WHERE key = ? ${CHECK_AGAIN}`,
  check: `INSERT INTO unchecked VALUES (?, ?, ?, 0) ${CHECK_AGAIN}`,
  due: 'SELECT event, subject, turn FROM unchecked ORDER BY since LIMIT ?',
  done: 'DELETE FROM unchecked WHERE event = ? AND turn = ?',
} as const;

/** Conditions of a page, by the status that is asked for. */
const STATUS = {
  lifted: 'lifted IS NOT NULL',
  ended: 'lifted IS NULL AND until <= ?',
  'in-force': 'lifted IS NULL AND (until IS NULL OR until > ?)',
} as const;

interface Row {
  readonly body: string;
  readonly lifted: string | null;
}

const entryOf = ({ body, lifted }: Row): RegisterEntry => ({
  protection: JSON.parse(body) as RegisterEntry['protection'],
  ...(lifted === null ? {} : { lifted: JSON.parse(lifted) as NonNullable<RegisterEntry['lifted']> }),
});

/** An event that was on the bus before a protection of its case, and that the gateway must check. */
export interface UncheckedEvent {
  readonly event: string;
  readonly subject: string;
  /** Grows with each new reason to check the event. */
  readonly turn: number;
}

/** The properties that decide who may know of a protection. Many protections share them. */
export type Audience = Pick<ProtectionRecord, 'restrictions' | 'label'> & { readonly isImposed: boolean };

/** The audience of a protection. */
export const audienceOf = ({ restrictions, label, event }: ProtectionRecord): Audience => ({
  restrictions,
  ...(label === undefined ? {} : { label }),
  isImposed: event === undefined,
});

/** A query for a page of protections. */
export interface RegisterPageQuery {
  readonly subject?: string;
  readonly status?: keyof typeof STATUS;
  /** Today, `YYYY-MM-DD`, to find protections that have ended. */
  readonly day: string;
  /** After this place. */
  readonly after: number;
  readonly limit: number;
  /** Whether the reader may know of protections with this audience. */
  readonly maySee: (audience: Audience) => boolean;
}

/** Needs the tables of {@link EventTable}. */
export class RegisterTable {
  readonly #statements: Readonly<Record<keyof typeof SQL, StatementSync>>;
  readonly #db: DatabaseSync;
  readonly #pages = new Map<string, StatementSync>();
  #hasNew = false;

  constructor(db: DatabaseSync) {
    this.#db = db;
    db.exec(SCHEMA);
    this.#statements = prepareAll(db, SQL);
  }

  /** Whether there are new events to check since the last call. */
  hasNew(): boolean {
    const hasNew = this.#hasNew;
    this.#hasNew = false;
    return hasNew;
  }

  /**
   * Takes a record of the stream, with its offset (negative where it has none yet) and the bus's time for it (milliseconds). Returns whether it is a new protection,
   * or says more about the person of a known one.
   */
  take(
    record: Extract<ProtectionStreamRecord, { protection: unknown } | { lift: unknown } | { begin: unknown }>,
    offset: number,
    time: number,
  ): boolean {
    const { put, lift } = this.#statements;
    if ('lift' in record) lift.run(JSON.stringify(record.lift), record.lift.id);
    if (!('protection' in record)) return false;
    const { protection } = record;
    const seq = offset < 0 ? NO_PLACE : offset + 1;
    const { id, case: subject, until = null } = protection;
    const isPut = put.run(id, subject, seq, JSON.stringify(protection), until, this.#audience(protection)).changes > 0;
    const isNew = this.#addKeys(protection) || isPut;
    if (isNew) this.checkAgain(subject, time);
    return isNew;
  }

  /** Adds what a record knows of the person to a protection that is not lifted. Returns whether it knew more. */
  #addKeys(protection: ProtectionRecord): boolean {
    const known = this.get(protection.id);
    const more = known === undefined || known.lifted !== undefined ? undefined : withKeysOf(known.protection, protection);
    if (more !== undefined) this.#statements.setBody.run(JSON.stringify(more), more.id);
    return more !== undefined;
  }

  /** Whether a case ever had a protection. */
  protects(subject: string): boolean {
    return this.#statements.isKnown.get(subject) !== undefined;
  }

  /** Marks every event of a case as unchecked. */
  checkAgain(subject: string, time: number): void {
    if (this.#statements.checkAll.run(time, subject).changes > 0) this.#hasNew = true;
  }

  #audience(protection: ProtectionRecord): number {
    const body = JSON.stringify(audienceOf(protection));
    this.#statements.addAudience.run(body);
    return (this.#statements.audience.get(body) as { id: number }).id;
  }

  /** Marks an event of a case with protections as unchecked. */
  note(event: string, subject: string, time: number): void {
    if (this.#statements.check.run(event, subject, time).changes > 0) this.#hasNew = true;
  }

  get(id: string): RegisterEntry | undefined {
    const row = this.#statements.byId.get(id) as Row | undefined;
    return row === undefined ? undefined : entryOf(row);
  }

  /** All protections of a case, oldest first. */
  of(subject: string): readonly RegisterEntry[] {
    return (this.#statements.of.all(subject) as unknown as Row[]).map(entryOf);
  }

  /** Protections after a place, with the place of each. Reads only the rows of the page. */
  page({
    subject,
    status,
    day,
    after,
    limit,
    maySee,
  }: RegisterPageQuery): readonly { readonly seq: number; readonly entry: RegisterEntry }[] {
    const audiences = this.#statements.audiences.all() as unknown as { id: number; body: string }[];
    const visible = audiences.filter(({ body }) => maySee(JSON.parse(body) as Audience)).map(({ id }) => id);
    const ofCase = subject === undefined ? '' : 'AND subject = ?';
    const ofStatus = status === undefined ? '' : `AND ${STATUS[status]}`;
    const rows = this.#prepare(`${PAGE} ${ofCase} ${ofStatus} ORDER BY seq LIMIT ?`).all(
      ...[after, JSON.stringify(visible)],
      ...(subject === undefined ? [] : [subject]),
      ...(status === undefined || status === 'lifted' ? [] : [day]),
      limit,
    ) as unknown as (Row & { seq: number })[];
    return rows.map((row) => ({ seq: row.seq, entry: entryOf(row) }));
  }

  /** Prepares a query once. There are few different queries for pages. */
  #prepare(sql: string): StatementSync {
    const known = this.#pages.get(sql) ?? this.#db.prepare(sql);
    this.#pages.set(sql, known);
    return known;
  }

  /** Unchecked events, oldest first. */
  unchecked(limit: number): readonly UncheckedEvent[] {
    return this.#statements.due.all(limit) as unknown as UncheckedEvent[];
  }

  /** Marks an event as checked, unless there is a newer reason to check it. */
  checked({ event, turn }: UncheckedEvent): void {
    this.#statements.done.run(event, turn);
  }
}
