/** The local view's table of messages in quarantine, and their resubmissions. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ReceiptRecord } from '../../wire/streams.ts';
import { prepareAll } from './statements.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS quarantine (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, source TEXT, resubmitted TEXT);`;

const ROWS = `SELECT seq, id, source, resubmitted, closed FROM quarantine LEFT JOIN quarantine_work ON item = id WHERE seq > ?`;

const SQL = {
  put: 'INSERT OR IGNORE INTO quarantine (seq, id, source) VALUES (?, ?, ?)',
  accept: 'UPDATE quarantine SET resubmitted = ? WHERE id = ? AND resubmitted IS NULL',
  resubmit: 'UPDATE quarantine SET resubmitted = ? WHERE id = ?',
  get: 'SELECT resubmitted FROM quarantine WHERE id = ?',
  all: `${ROWS} ORDER BY seq LIMIT ?`,
  open: `${ROWS} AND resubmitted IS NULL AND closed IS NOT 1 ORDER BY seq LIMIT ?`,
  closed: `${ROWS} AND resubmitted IS NULL AND closed = 1 ORDER BY seq LIMIT ?`,
  resubmitted: `${ROWS} AND resubmitted IS NOT NULL ORDER BY seq LIMIT ?`,
} as const;

/** Whether an item waits, was closed, or was resubmitted and accepted. */
export type QuarantineStatus = 'open' | 'closed' | 'resubmitted';

export interface QuarantineQuery {
  readonly status?: QuarantineStatus;
  /** Rows after this one, by arrival. */
  readonly after: number;
  readonly limit: number;
}

interface QuarantineRow {
  readonly seq: number;
  readonly id: string;
  readonly source: string;
  readonly resubmitted: string | null;
}

export class QuarantineTable {
  readonly #statements: Readonly<Record<keyof typeof SQL, StatementSync>>;

  /** The table of the work must exist. */
  constructor(db: DatabaseSync) {
    db.exec(SCHEMA);
    this.#statements = prepareAll(db, SQL);
  }

  /** Takes a receipt, with its offset. */
  take({ id, source, status, resubmissionOf }: Pick<ReceiptRecord, 'id' | 'source' | 'status' | 'resubmissionOf'>, offset: number): void {
    const { put, accept, resubmit } = this.#statements;
    if (status === 'quarantined') put.run(offset + 1, id, source);
    else accept.run(id, id);
    if (resubmissionOf !== undefined && status === 'accepted') resubmit.run(id, resubmissionOf);
  }

  /** The id of the message that a quarantined message was accepted as, `undefined` while it is open. */
  resubmittedAs(id: string): string | undefined {
    return (this.#statements.get.get(id) as { resubmitted: string | null } | undefined)?.resubmitted ?? undefined;
  }

  /** Rows in the order of arrival. */
  rows({ status, after, limit }: QuarantineQuery): readonly QuarantineRow[] {
    return this.#statements[status ?? 'all'].all(after, limit) as unknown as QuarantineRow[];
  }
}
