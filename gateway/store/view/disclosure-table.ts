/** The local view's table of disclosures, from the audit log. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { AuditRecord } from '../../wire/streams.ts';
import { disclosedIds, shortId } from '../outcomes.ts';
import { prepareAll } from './statements.ts';

const SCHEMA = 'CREATE TABLE IF NOT EXISTS told (client TEXT, event TEXT, PRIMARY KEY (client, event)) WITHOUT ROWID;';

const SQL = {
  put: 'INSERT OR IGNORE INTO told VALUES (?, ?)',
  has: 'SELECT 1 AS told FROM told WHERE client = ? AND event IN (?, ?)',
} as const;

export class DisclosureTable {
  readonly #statements: Readonly<Record<keyof typeof SQL, StatementSync>>;

  constructor(db: DatabaseSync) {
    db.exec(SCHEMA);
    this.#statements = prepareAll(db, SQL);
  }

  /** Takes a record of the audit log. */
  take(entry: AuditRecord): void {
    for (const id of disclosedIds(entry)) this.#statements.put.run(entry.who, id);
  }

  /** Whether an event was disclosed to a client, complete or redacted. */
  has(client: string, event: string): boolean {
    return this.#statements.has.get(client, event, shortId(event)) !== undefined;
  }
}
