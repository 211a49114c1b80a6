/** The local view's table of messages: where the bytes of each are on the bus. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EventPlace } from './event-table.ts';
import { prepareAll } from './statements.ts';

/** Where a message is on its topic. */
export type MessagePlace = Omit<EventPlace, 'topic'>;

const SCHEMA = 'CREATE TABLE IF NOT EXISTS message (id TEXT PRIMARY KEY, part INTEGER, pos INTEGER) WITHOUT ROWID;';

const SQL = {
  put: 'INSERT OR IGNORE INTO message VALUES (?, ?, ?)',
  get: 'SELECT part AS partition, pos AS offset FROM message WHERE id = ?',
} as const;

export class MessageTable {
  readonly #statements: Readonly<Record<keyof typeof SQL, StatementSync>>;

  constructor(db: DatabaseSync) {
    db.exec(SCHEMA);
    this.#statements = prepareAll(db, SQL);
  }

  /** Adds a message. The first record of a message stays its place. */
  take(id: string, { partition, offset }: MessagePlace): void {
    this.#statements.put.run(id, partition, offset);
  }

  get(id: string): MessagePlace | undefined {
    return this.#statements.get.get(id) as unknown as MessagePlace | undefined;
  }
}
