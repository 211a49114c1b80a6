/** Counts of the ledger, by source and hour: what the gateways say that they received, and what stands on the bus. */
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
  /** Answered with an error: nothing of it was kept. */
  readonly refused: number;
  /** Had been received before: answered with the receipt that it had. */
  readonly repeated: number;
  /** Under way, or when its gateway died: the sender has no answer. */
  readonly unanswered: number;
  /** `received` less all others: above 0 something was lost. Below 0 something is on the bus that its sender was not told of. */
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
  readonly #book: StatementSync;
  readonly #count: StatementSync;
  readonly #rows: StatementSync;

  constructor(db: DatabaseSync) {
    db.exec(SCHEMA);
    this.#book = db.prepare('INSERT OR REPLACE INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#count = db.prepare(
      `INSERT INTO tally VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET published = published + excluded.published,
       quarantined = quarantined + excluded.quarantined`,
    );
    this.#rows = db.prepare(ROWS);
  }

  /** What a gateway says of an hour: all that it counted since its start. */
  book({ run, source, hour, received, refused, repeated, unanswered }: LedgerRecord): void {
    this.#book.run(run, source, hour, received, refused, repeated, unanswered);
  }

  /** A receipt on the bus. One that stands there again says when its message came, and is known by that. */
  receipt({ source, received, status, record, resubmissionOf }: ReceiptRecord, earlier: ReceiptRecord | undefined): void {
    // A record that waits alone came within its message, which is counted. Sent again it is a message like any other.
    if (earlier?.received === received || (record !== undefined && resubmissionOf === undefined)) return;
    const isPublished = status === 'accepted';
    this.#count.run(source, hourOf(received), Number(isPublished), Number(!isPublished));
  }

  rows({ source, from }: LedgerQuery): readonly LedgerRow[] {
    const only = source ?? null;
    return this.#rows.all(from, only, only) as unknown as LedgerRow[];
  }
}
