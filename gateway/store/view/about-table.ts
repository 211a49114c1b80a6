/** The local view's table of which events are about a case or a person, from the audit log: by pseudonyms. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { isId } from '../../wire/id-form.ts';
import type { AuditRecord } from '../../wire/streams.ts';
import { pseudonymsOf } from '../outcomes.ts';
import { prepareAll } from './statements.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS about (pseudonym TEXT, event TEXT, seq INTEGER, PRIMARY KEY (pseudonym, event)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS about_at ON about (pseudonym, seq);`;

const SQL = {
  put: 'INSERT OR IGNORE INTO about VALUES (?, ?, ?)',
  from: `SELECT event, min(seq) AS seq FROM about WHERE pseudonym IN (SELECT value FROM json_each(?)) AND seq >= ?
    GROUP BY event ORDER BY 2 LIMIT ?`,
} as const;

/** More events than one audit record names. */
const EVENTS_OF_RECORD = 1_000_000;

/** An event, in its place among all events that the audit log names. */
export interface EventAbout {
  readonly event: string;
  readonly seq: number;
}

export class AboutTable {
  readonly #statements: Readonly<Record<keyof typeof SQL, StatementSync>>;

  constructor(db: DatabaseSync) {
    db.exec(SCHEMA);
    this.#statements = prepareAll(db, SQL);
  }

  /** Takes a record of the audit log, with its offset. */
  take({ events = [] }: AuditRecord, offset: number): void {
    for (const [n, event] of events.entries()) {
      if (!isId(event.id)) continue;
      for (const pseudonym of pseudonymsOf(event)) this.#statements.put.run(pseudonym, event.id, offset * EVENTS_OF_RECORD + n);
    }
  }

  /** The events about a case or a person that is known by some pseudonyms, in order, from a place on, up to a limit. */
  from(pseudonyms: readonly string[], seq: number, limit: number): readonly EventAbout[] {
    return this.#statements.from.all(JSON.stringify(pseudonyms), seq, limit) as unknown as EventAbout[];
  }
}
