/** The register of protections, as the local view has it: by case. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ProtectionRecord, RegisterEntry } from '../../protections/register.ts';
import type { ProtectionStreamRecord } from '../../wire/streams.ts';
import { prepareAll } from './statements.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS protection (id TEXT PRIMARY KEY, subject TEXT, seq INTEGER, body TEXT, lifted TEXT, until TEXT, audience INTEGER)
    WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS protection_of ON protection (subject, seq);
  CREATE INDEX IF NOT EXISTS protection_at ON protection (seq);
  CREATE TABLE IF NOT EXISTS audience (id INTEGER PRIMARY KEY, body TEXT UNIQUE);
  CREATE TABLE IF NOT EXISTS unchecked (event TEXT PRIMARY KEY, subject TEXT, since INTEGER, turn INTEGER) WITHOUT ROWID;`;

/** What is on this machine and not on the bus yet has no place there: it comes last. */
const NO_PLACE = Number.MAX_SAFE_INTEGER;

const PAGE = `SELECT seq, body, lifted FROM protection WHERE seq > ? AND seq < ${NO_PLACE} AND audience IN (SELECT value FROM json_each(?))`;
const ASK_AGAIN = 'ON CONFLICT DO UPDATE SET turn = turn + 1';

const SQL = {
  put: `INSERT INTO protection VALUES (?, ?, ?, ?, NULL, ?, ?)
    ON CONFLICT DO UPDATE SET seq = excluded.seq WHERE seq = ${NO_PLACE} AND excluded.seq < seq`,
  lift: 'UPDATE protection SET lifted = ? WHERE id = ? AND lifted IS NULL',
  one: 'SELECT body, lifted FROM protection WHERE id = ?',
  of: 'SELECT body, lifted FROM protection WHERE subject = ? ORDER BY seq',
  addAudience: 'INSERT OR IGNORE INTO audience (body) VALUES (?)',
  audience: 'SELECT id FROM audience WHERE body = ?',
  audiences: 'SELECT id, body FROM audience',
  isKnown: 'SELECT 1 AS known FROM protection WHERE subject = ? LIMIT 1',
  // A record that says that it is an event must not hide the event of the case.
  checkAll: `INSERT INTO unchecked SELECT id, key, ?, 0 FROM (SELECT id, key FROM event UNION SELECT id, key FROM event_claim)
    WHERE key = ? ${ASK_AGAIN}`,
  check: `INSERT INTO unchecked VALUES (?, ?, ?, 0) ${ASK_AGAIN}`,
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

/** An event that stood on the bus before a protection of its case, and has to be looked at. */
export interface UncheckedEvent {
  readonly event: string;
  readonly subject: string;
  /** Grows each time that there is a new reason to look at the event. */
  readonly turn: number;
}

/** What decides who may know of a protection: many protections have the same. */
export type Audience = Pick<ProtectionRecord, 'restrictions' | 'label'> & { readonly isImposed: boolean };

/** What decides who may know of a protection. */
export const audienceOf = ({ restrictions, label, event }: ProtectionRecord): Audience => ({
  restrictions,
  ...(label === undefined ? {} : { label }),
  isImposed: event === undefined,
});

/** Which protections a page has. */
export interface RegisterPageQuery {
  readonly subject?: string;
  readonly status?: keyof typeof STATUS;
  /** Today, `YYYY-MM-DD`: what ended before it has ended. */
  readonly day: string;
  /** After this place. */
  readonly after: number;
  readonly limit: number;
  /** Who asks may know of protections of this audience. */
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

  /** Whether there are events to look at that were not there when this was last asked. */
  hasNew(): boolean {
    const hasNew = this.#hasNew;
    this.#hasNew = false;
    return hasNew;
  }

  /**
   * Takes a record of the stream, with its offset (below zero where it has none yet) and the time at which the bus took it (milliseconds).
   * Returns whether it is a protection that is new.
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
    const isNew = put.run(id, subject, seq, JSON.stringify(protection), until, this.#audience(protection)).changes > 0;
    if (isNew) this.lookAgain(subject, time);
    return isNew;
  }

  /** Whether somebody was ever protected in a case. */
  protects(subject: string): boolean {
    return this.#statements.isKnown.get(subject) !== undefined;
  }

  /** Notes that every event of a case is to be looked at. */
  lookAgain(subject: string, time: number): void {
    if (this.#statements.checkAll.run(time, subject).changes > 0) this.#hasNew = true;
  }

  #audience(protection: ProtectionRecord): number {
    const body = JSON.stringify(audienceOf(protection));
    this.#statements.addAudience.run(body);
    return (this.#statements.audience.get(body) as { id: number }).id;
  }

  /** Takes note of an event of a case that protects somebody. */
  note(event: string, subject: string, time: number): void {
    if (this.#statements.check.run(event, subject, time).changes > 0) this.#hasNew = true;
  }

  get(id: string): RegisterEntry | undefined {
    const row = this.#statements.one.get(id) as Row | undefined;
    return row === undefined ? undefined : entryOf(row);
  }

  /** All protections of a case, the oldest first. */
  of(subject: string): readonly RegisterEntry[] {
    return (this.#statements.of.all(subject) as unknown as Row[]).map(entryOf);
  }

  /** Protections after a place, with the place of each. Only what is on the page is read. */
  page({
    subject,
    status,
    day,
    after,
    limit,
    maySee,
  }: RegisterPageQuery): readonly { readonly seq: number; readonly entry: RegisterEntry }[] {
    const audiences = this.#statements.audiences.all() as unknown as { id: number; body: string }[];
    const seen = audiences.filter(({ body }) => maySee(JSON.parse(body) as Audience)).map(({ id }) => id);
    const ofCase = subject === undefined ? '' : 'AND subject = ?';
    const ofStatus = status === undefined ? '' : `AND ${STATUS[status]}`;
    const rows = this.#prepare(`${PAGE} ${ofCase} ${ofStatus} ORDER BY seq LIMIT ?`).all(
      ...[after, JSON.stringify(seen)],
      ...(subject === undefined ? [] : [subject]),
      ...(status === undefined || status === 'lifted' ? [] : [day]),
      limit,
    ) as unknown as (Row & { seq: number })[];
    return rows.map((row) => ({ seq: row.seq, entry: entryOf(row) }));
  }

  /** The pages that can be asked for are few. */
  #prepare(sql: string): StatementSync {
    const known = this.#pages.get(sql) ?? this.#db.prepare(sql);
    this.#pages.set(sql, known);
    return known;
  }

  /** Events that have to be looked at, the longest known first. */
  unchecked(limit: number): readonly UncheckedEvent[] {
    return this.#statements.due.all(limit) as unknown as UncheckedEvent[];
  }

  /** Takes note that an event was looked at. Where there is a newer reason to look at it than there was then, it is looked at again. */
  checked({ event, turn }: UncheckedEvent): void {
    this.#statements.done.run(event, turn);
  }
}
