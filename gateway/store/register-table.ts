/** The register of protections, as the local view has it: by case. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { RegisterEntry } from '../protections/register.ts';
import type { ProtectionStreamRecord } from './streams.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS protection (id TEXT PRIMARY KEY, subject TEXT, seq INTEGER, body TEXT, lifted TEXT) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS protection_of ON protection (subject, seq);
  CREATE TABLE IF NOT EXISTS unchecked (event TEXT PRIMARY KEY, subject TEXT, since INTEGER) WITHOUT ROWID;`;

const SQL = {
  put: 'INSERT OR IGNORE INTO protection VALUES (?, ?, ?, ?, NULL)',
  lift: 'UPDATE protection SET lifted = ? WHERE id = ? AND lifted IS NULL',
  one: 'SELECT body, lifted FROM protection WHERE id = ?',
  of: 'SELECT body, lifted FROM protection WHERE subject = ? ORDER BY seq',
  page: 'SELECT seq, body, lifted FROM protection WHERE seq > ? ORDER BY seq LIMIT ?',
  isKnown: 'SELECT 1 AS known FROM protection WHERE subject = ? LIMIT 1',
  checkAll: `INSERT OR IGNORE INTO unchecked SELECT id, key, ? FROM event WHERE key = ?`,
  check: 'INSERT OR IGNORE INTO unchecked VALUES (?, ?, ?)',
  due: 'SELECT event, subject FROM unchecked WHERE since <= ? ORDER BY since LIMIT ?',
  done: 'DELETE FROM unchecked WHERE event = ?',
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
}

/** Needs the table `event` of the view. */
export class RegisterTable {
  readonly #statements: Readonly<Record<keyof typeof SQL, StatementSync>>;
  #hasNew = false;

  constructor(db: DatabaseSync) {
    db.exec(SCHEMA);
    this.#statements = Object.fromEntries(Object.entries(SQL).map(([name, sql]) => [name, db.prepare(sql)])) as Record<
      keyof typeof SQL,
      StatementSync
    >;
  }

  /** Whether there are events to look at that were not there when this was last asked. */
  hasNew(): boolean {
    const hasNew = this.#hasNew;
    this.#hasNew = false;
    return hasNew;
  }

  /** Takes a record of the stream, with its offset and the time at which the bus took it (milliseconds). */
  take(record: ProtectionStreamRecord, offset: number, time: number): void {
    const { put, lift, checkAll } = this.#statements;
    if ('lift' in record) lift.run(JSON.stringify(record.lift), record.lift.id);
    else {
      const { protection } = record;
      const isNew = put.run(protection.id, protection.case, offset + 1, JSON.stringify(protection)).changes > 0;
      if (isNew && checkAll.run(time, protection.case).changes > 0) this.#hasNew = true;
    }
  }

  /** Takes note of an event of a case, which may have been labelled before its gateway knew of a protection. */
  note(event: string, subject: string, time: number): void {
    const { isKnown, check } = this.#statements;
    if (isKnown.get(subject) !== undefined && check.run(event, subject, time).changes > 0) this.#hasNew = true;
  }

  get(id: string): RegisterEntry | undefined {
    const row = this.#statements.one.get(id) as Row | undefined;
    return row === undefined ? undefined : entryOf(row);
  }

  /** All protections of a case, the oldest first. */
  of(subject: string): readonly RegisterEntry[] {
    return (this.#statements.of.all(subject) as unknown as Row[]).map(entryOf);
  }

  /** Protections after a place, with the place of each. */
  page(after: number, limit: number): readonly { readonly seq: number; readonly entry: RegisterEntry }[] {
    const rows = this.#statements.page.all(after, limit) as unknown as (Row & { seq: number })[];
    return rows.map((row) => ({ seq: row.seq, entry: entryOf(row) }));
  }

  /** Events that were to be looked at since a time (milliseconds) or longer. */
  unchecked(until: number, limit: number): readonly UncheckedEvent[] {
    return this.#statements.due.all(until, limit) as unknown as UncheckedEvent[];
  }

  checked(event: string): void {
    this.#statements.done.run(event);
  }
}
