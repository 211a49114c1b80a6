/** The local view's table of where the audit log names a message or an event. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { AuditRecord } from '../../wire/streams.ts';
import { disclosedEvents, disclosedIds, shortId } from '../outcomes.ts';
import { prepareAll } from './statements.ts';

// Ids are short, as in the audit log itself: who looks reads the record.
const SCHEMA = 'CREATE TABLE IF NOT EXISTS trail (name TEXT, pos INTEGER, PRIMARY KEY (name, pos)) WITHOUT ROWID;';

const SQL = {
  put: 'INSERT OR IGNORE INTO trail VALUES (?, ?)',
  of: 'SELECT DISTINCT pos FROM trail WHERE name IN (SELECT value FROM json_each(?)) ORDER BY pos LIMIT ?',
  from: 'SELECT pos FROM trail WHERE name = ? AND pos >= ? ORDER BY pos LIMIT ?',
} as const;

/** The name of the refusals of an event: they are not its disclosures. */
const refusalsOf = (id: string): string => `deny ${shortId(id)}`;

export class TrailTable {
  readonly #statements: Readonly<Record<keyof typeof SQL, StatementSync>>;

  constructor(db: DatabaseSync) {
    db.exec(SCHEMA);
    this.#statements = prepareAll(db, SQL);
  }

  /** Takes a record of the audit log, with its offset. */
  take(entry: AuditRecord, offset: number): void {
    const ids = entry.action === 'disclosure' ? disclosedIds(entry) : (entry.events ?? []).map(({ id }) => id);
    const names = new Set(ids.map(shortId));
    if (entry.messageId !== undefined) names.add(shortId(entry.messageId));
    if (entry.action === 'disclosure')
      for (const { id, decision } of disclosedEvents(entry)) if (decision === 'deny') names.add(refusalsOf(id));
    for (const name of names) this.#statements.put.run(name, offset);
  }

  /** The offsets of the records that name one of some messages and events, in order, up to a limit. */
  of(ids: readonly string[], limit: number): readonly number[] {
    return this.#of(ids.map(shortId), limit);
  }

  /** As {@link of} for one message or event, with the records that say to whom the event was refused. */
  withRefusals(id: string, limit: number): readonly number[] {
    return this.#of([shortId(id), refusalsOf(id)], limit);
  }

  #of(names: readonly string[], limit: number): readonly number[] {
    const rows = this.#statements.of.all(JSON.stringify(names), limit) as unknown as { pos: number }[];
    return rows.map(({ pos }) => pos);
  }

  /** The offsets of the records that name a message or an event, in order, from an offset on, up to a limit. */
  from(id: string, offset: number, limit: number): readonly number[] {
    const rows = this.#statements.from.all(shortId(id), offset, limit) as unknown as { pos: number }[];
    return rows.map(({ pos }) => pos);
  }
}
