/** The local view's table of requests to lower the label of a message in quarantine, with their approvals. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ApprovalStreamRecord, LabelApproval, LabelRequest } from '../../wire/streams.ts';
import { prepareAll } from './statements.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS label_request (id TEXT PRIMARY KEY, message TEXT, seq INTEGER, body TEXT, approval TEXT) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS label_request_of ON label_request (message, seq);`;

const SQL = {
  put: 'INSERT OR IGNORE INTO label_request VALUES (?, ?, ?, ?, NULL)',
  approve: 'UPDATE label_request SET approval = ? WHERE id = ? AND approval IS NULL',
  open: `SELECT seq, body FROM label_request WHERE seq > ? AND approval IS NULL AND body ->> '$.expires' > ? ORDER BY seq LIMIT ?`,
  of: 'SELECT body, approval FROM label_request WHERE message = ? ORDER BY seq',
} as const;

export interface LabelRequestEntry {
  readonly request: LabelRequest;
  readonly approval?: LabelApproval;
}

export class ApprovalsTable {
  readonly #statements: Readonly<Record<keyof typeof SQL, StatementSync>>;

  constructor(db: DatabaseSync) {
    db.exec(SCHEMA);
    this.#statements = prepareAll(db, SQL);
  }

  /** Takes a record of the stream, with its offset. */
  take(record: ApprovalStreamRecord, offset: number): void {
    const { put, approve } = this.#statements;
    if ('approval' in record) approve.run(JSON.stringify(record.approval), record.approval.request);
    else if ('request' in record) put.run(record.request.id, record.request.message, offset + 1, JSON.stringify(record.request));
  }

  /** Requests after a place that nobody approved and that have not expired by a time (ISO 8601), each with its place, oldest first. */
  open(after: number, now: string, limit: number): readonly { readonly seq: number; readonly request: LabelRequest }[] {
    const rows = this.#statements.open.all(after, now, limit) as unknown as { seq: number; body: string }[];
    return rows.map(({ seq, body }) => ({ seq, request: JSON.parse(body) as LabelRequest }));
  }

  /** The requests for a message, oldest first. */
  of(message: string): readonly LabelRequestEntry[] {
    const rows = this.#statements.of.all(message) as unknown as { body: string; approval: string | null }[];
    return rows.map(({ body, approval }) => ({
      request: JSON.parse(body) as LabelRequest,
      ...(approval === null ? {} : { approval: JSON.parse(approval) as LabelApproval }),
    }));
  }
}
