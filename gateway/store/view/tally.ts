/** The counts of the ledger, by source and hour: the messages that gateways say they received, and those on the bus. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { LedgerRecord, ReceiptRecord } from '../../wire/streams.ts';

/** An hour of a source. All numbers count messages; a message that is sent twice counts twice. */
export interface LedgerRow {
  readonly source: string;
  /** The beginning of the hour, ISO 8601. */
  readonly hour: string;
  readonly received: number;
  /** Accepted, with all events on the bus. */
  readonly published: number;
  readonly quarantined: number;
  /** Answered with an error: nothing was stored. */
  readonly refused: number;
  /** Received before: answered with the existing receipt. */
  readonly repeated: number;
  /** In progress, or interrupted when its gateway stopped: the sender has no answer. */
  readonly unanswered: number;
  /** `received` minus all other counts. Positive: messages were lost. Negative: messages are on the bus whose senders got no answer. */
  readonly difference: number;
}

export interface LedgerQuery {
  /** One source only. */
  readonly source?: string;
  /** From this hour on. */
  readonly from: string;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS ledger (run TEXT, source TEXT, hour TEXT, received INTEGER, refused INTEGER, repeated INTEGER, unanswered INTEGER,
    PRIMARY KEY (run, source, hour)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS tally (source TEXT, hour TEXT, published INTEGER, quarantined INTEGER, PRIMARY KEY (source, hour)) WITHOUT ROWID;`;

const ROWS = `
  SELECT source, hour, sum(received) AS received, sum(published) AS published, sum(quarantined) AS quarantined, sum(refused) AS refused,
    sum(repeated) AS repeated, sum(unanswered) AS unanswered,
    sum(received) - sum(published) - sum(quarantined) - sum(refused) - sum(repeated) - sum(unanswered) AS difference
  FROM (
    SELECT source, hour, received, 0 AS published, 0 AS quarantined, refused, repeated, unanswered FROM ledger
    UNION ALL SELECT source, hour, 0, published, quarantined, 0, 0, 0 FROM tally)
  WHERE hour >= ? AND (? IS NULL OR source = ?) GROUP BY source, hour ORDER BY hour, source`;

/** The hour of an ISO 8601 instant in UTC. */
export const hourOf = (time: string): string => `${time.slice(0, 13)}:00:00.000Z`;

export class Tally {
  readonly #write: StatementSync;
  readonly #count: StatementSync;
  readonly #rows: StatementSync;

  constructor(db: DatabaseSync) {
    db.exec(SCHEMA);
    this.#write = db.prepare('INSERT OR REPLACE INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#count = db.prepare(
      `INSERT INTO tally VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET published = published + excluded.published,
       quarantined = quarantined + excluded.quarantined`,
    );
    this.#rows = db.prepare(ROWS);
  }

  /** Takes a gateway's counts for an hour: totals since its start. */
  write({ run, source, hour, received, refused, repeated, unanswered }: LedgerRecord): void {
    this.#write.run(run, source, hour, received, refused, repeated, unanswered);
  }

  /** Takes a receipt on the bus. A repeated receipt has the same time of arrival, and does not count again. */
  receipt({ source, received, status, record, resubmissionOf }: ReceiptRecord, earlier: ReceiptRecord | undefined): void {
    // A record in quarantine arrived inside its message, which is counted. A resubmission counts like any other message.
    if (earlier?.received === received || (record !== undefined && resubmissionOf === undefined)) return;
    const isPublished = status === 'accepted';
    this.#count.run(source, hourOf(received), Number(isPublished), Number(!isPublished));
  }

  rows({ source, from }: LedgerQuery): readonly LedgerRow[] {
    const only = source ?? null;
    return this.#rows.all(from, only, only) as unknown as LedgerRow[];
  }
}
