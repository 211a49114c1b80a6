/** The local view's table of messages in quarantine, and their resubmissions. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ReceiptRecord } from '../../wire/streams.ts';
import { prepareAll } from './statements.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS quarantine (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, source TEXT, resubmitted TEXT);
  CREATE INDEX IF NOT EXISTS quarantine_source ON quarantine (source, seq);`;

const ROWS = `SELECT seq, id, source, resubmitted, state FROM quarantine LEFT JOIN quarantine_work ON item = id WHERE seq > ?`;

const STATUSES = {
  open: ' AND resubmitted IS NULL AND closed IS NOT 1',
  closed: ' AND resubmitted IS NULL AND closed = 1',
  resubmitted: ' AND resubmitted IS NOT NULL',
} as const;
const OF_SOURCE = ' AND source = ?';
const LAST = ' ORDER BY seq LIMIT ?';

const SQL = {
  put: 'INSERT OR IGNORE INTO quarantine (seq, id, source) VALUES (?, ?, ?)',
  accept: 'UPDATE quarantine SET resubmitted = ? WHERE id = ? AND resubmitted IS NULL',
  resubmit: 'UPDATE quarantine SET resubmitted = ? WHERE id = ?',
  get: 'SELECT resubmitted FROM quarantine WHERE id = ?',
  all: ROWS + LAST,
  open: ROWS + STATUSES.open + LAST,
  closed: ROWS + STATUSES.closed + LAST,
  resubmitted: ROWS + STATUSES.resubmitted + LAST,
  allOf: ROWS + OF_SOURCE + LAST,
  openOf: ROWS + OF_SOURCE + STATUSES.open + LAST,
  closedOf: ROWS + OF_SOURCE + STATUSES.closed + LAST,
  resubmittedOf: ROWS + OF_SOURCE + STATUSES.resubmitted + LAST,
} as const;

/** Whether an item waits, was closed, or was resubmitted and accepted. */
export type QuarantineStatus = 'open' | 'closed' | 'resubmitted';

export interface QuarantineQuery {
  readonly status?: QuarantineStatus;
  /** Only messages of this client. */
  readonly source?: string;
  /** Rows after this one, by arrival. */
  readonly after: number;
  readonly limit: number;
}

interface QuarantineRow {
  readonly seq: number;
  readonly id: string;
  readonly source: string;
  readonly resubmitted: string | null;
  /** The work on it, as `stateOf` reads it. */
  readonly state: string | null;
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
  rows({ status, source, after, limit }: QuarantineQuery): readonly QuarantineRow[] {
    const wanted = status ?? 'all';
    const rows =
      source === undefined ? this.#statements[wanted].all(after, limit) : this.#statements[`${wanted}Of`].all(after, source, limit);
    return rows as unknown as QuarantineRow[];
  }
}
