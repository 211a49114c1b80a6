/** The local view's table of requests to lift a protection, with their approvals. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ApprovalStreamRecord, LiftApproval, LiftRequest } from '../../wire/streams.ts';
import { prepareAll } from './statements.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS lift_request (id TEXT PRIMARY KEY, protection TEXT, seq INTEGER, expires TEXT, body TEXT, approval TEXT)
    WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS lift_request_of ON lift_request (protection, seq);
  CREATE INDEX IF NOT EXISTS lift_request_open ON lift_request (seq) WHERE approval IS NULL;`;

const SQL = {
  put: 'INSERT OR IGNORE INTO lift_request VALUES (?, ?, ?, ?, ?, NULL)',
  approve: 'UPDATE lift_request SET approval = ? WHERE id = ? AND approval IS NULL',
  of: 'SELECT seq, body, approval FROM lift_request WHERE protection = ? ORDER BY seq DESC LIMIT ?',
  byId: 'SELECT seq, body, approval FROM lift_request WHERE id = ? AND protection = ?',
  open: 'SELECT seq, body, approval FROM lift_request WHERE seq > ? AND expires > ? AND approval IS NULL ORDER BY seq LIMIT ?',
} as const;

export interface LiftRequestEntry {
  /** Its place on the stream of approvals. */
  readonly seq: number;
  readonly request: LiftRequest;
  readonly approval?: LiftApproval;
}

interface Row {
  readonly seq: number;
  readonly body: string;
  readonly approval: string | null;
}

const entryOf = ({ seq, body, approval }: Row): LiftRequestEntry => ({
  seq,
  request: JSON.parse(body) as LiftRequest,
  ...(approval === null ? {} : { approval: JSON.parse(approval) as LiftApproval }),
});

export class LiftRequestTable {
  readonly #statements: Readonly<Record<keyof typeof SQL, StatementSync>>;

  constructor(db: DatabaseSync) {
    db.exec(SCHEMA);
    this.#statements = prepareAll(db, SQL);
  }

  /** Takes a record of the stream, with its offset. */
  take(record: ApprovalStreamRecord, offset: number): void {
    const { put, approve } = this.#statements;
    if ('liftApproval' in record) approve.run(JSON.stringify(record.liftApproval), record.liftApproval.request);
    if (!('liftRequest' in record)) return;
    const { id, protection, expires } = record.liftRequest;
    put.run(id, protection, offset + 1, expires, JSON.stringify(record.liftRequest));
  }

  /** The requests for a protection, newest first, up to a limit. */
  of(protection: string, limit: number): readonly LiftRequestEntry[] {
    return (this.#statements.of.all(protection, limit) as unknown as Row[]).map(entryOf);
  }

  /** One request for a protection, however many came after it. */
  request(protection: string, id: string): LiftRequestEntry | undefined {
    const row = this.#statements.byId.get(id, protection) as unknown as Row | undefined;
    return row && entryOf(row);
  }

  /** Requests after a place that nobody approved and that have not expired by a time (ISO 8601), oldest first, up to a limit. */
  open(after: number, now: string, limit: number): readonly LiftRequestEntry[] {
    return (this.#statements.open.all(after, now, limit) as unknown as Row[]).map(entryOf);
  }
}
