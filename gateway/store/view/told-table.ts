/** Who was given which events, as the audit log has it. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { AuditRecord } from '../../wire/streams.ts';
import { givenEvents, shortId } from '../outcomes.ts';
import { prepareAll } from './statements.ts';

const SCHEMA = 'CREATE TABLE IF NOT EXISTS told (client TEXT, event TEXT, PRIMARY KEY (client, event)) WITHOUT ROWID;';

const SQL = {
  put: 'INSERT OR IGNORE INTO told VALUES (?, ?)',
  has: 'SELECT 1 AS told FROM told WHERE client = ? AND event IN (?, ?)',
} as const;

export class ToldTable {
  readonly #statements: Readonly<Record<keyof typeof SQL, StatementSync>>;

  constructor(db: DatabaseSync) {
    db.exec(SCHEMA);
    this.#statements = prepareAll(db, SQL);
  }

  /** Takes a record of the audit log. */
  take(entry: AuditRecord): void {
    for (const id of givenEvents(entry)) this.#statements.put.run(entry.who, id);
  }

  /** Whether an event was disclosed to a client, whole or redacted. */
  has(client: string, event: string): boolean {
    return this.#statements.has.get(client, event, shortId(event)) !== undefined;
  }
}
