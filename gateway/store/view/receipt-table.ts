/**
 * The local view's tables of receipts, by message id, and of idempotency keys. They include durable receipts that are not written to the
 * file yet.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ReceiptRecord } from '../../wire/streams.ts';
import { prepareAll } from './statements.ts';

/** The first use of an Idempotency-Key: its fingerprint and receipt. */
export interface FirstUse {
  readonly fingerprint: string;
  readonly receipt: string;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS receipt (n INTEGER PRIMARY KEY, id TEXT UNIQUE, source TEXT, body TEXT);
  CREATE TABLE IF NOT EXISTS idempotency (source TEXT, key TEXT, fingerprint TEXT, receipt TEXT, PRIMARY KEY (source, key)) WITHOUT ROWID;`;

const SQL = {
  put: 'INSERT INTO receipt (id, source, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body',
  get: 'SELECT body FROM receipt WHERE id = ?',
  use: 'INSERT OR IGNORE INTO idempotency VALUES (?, ?, ?, ?)',
  used: 'SELECT fingerprint, receipt FROM idempotency WHERE source = ? AND key = ?',
} as const;

const keyOf = (source: string, key: string): string => JSON.stringify([source, key]);

/** Whether a receipt replaces an earlier one: an accepted message stays accepted, and a copy changes nothing. */
const replaces = (receipt: ReceiptRecord, earlier: ReceiptRecord | undefined): boolean =>
  earlier === undefined || (earlier.status !== 'accepted' && (receipt.status === 'accepted' || receipt.received > earlier.received));

export class ReceiptTable {
  readonly #statements: Readonly<Record<keyof typeof SQL, StatementSync>>;
  /** Receipts that are durable and not yet written to the file. */
  readonly #pending = new Map<string, ReceiptRecord>();
  readonly #pendingKeys = new Map<string, ReceiptRecord>();

  constructor(db: DatabaseSync) {
    db.exec(SCHEMA);
    this.#statements = prepareAll(db, SQL);
  }

  /** Adds a durable receipt before it is written to the file. */
  expect(receipt: ReceiptRecord): void {
    const { id, source, idempotency } = receipt;
    if (replaces(receipt, this.get(id))) this.#pending.set(id, receipt);
    if (idempotency !== undefined && this.firstUse(source, idempotency.key) === undefined)
      this.#pendingKeys.set(keyOf(source, idempotency.key), receipt);
  }

  /** Writes a receipt. Returns the earlier receipt of the same message, and whether the new one replaces it. */
  take(receipt: ReceiptRecord): { readonly earlier: ReceiptRecord | undefined; readonly holds: boolean } {
    const { id, source, idempotency } = receipt;
    const { put, use } = this.#statements;
    const earlier = this.#written(id);
    const holds = replaces(receipt, earlier);
    if (holds) put.run(id, source, JSON.stringify(receipt));
    if (idempotency !== undefined) use.run(source, idempotency.key, idempotency.fingerprint, id);
    this.#pending.delete(id);
    if (idempotency !== undefined) this.#pendingKeys.delete(keyOf(source, idempotency.key));
    return { earlier, holds };
  }

  get(id: string): ReceiptRecord | undefined {
    return this.#pending.get(id) ?? this.#written(id);
  }

  #written(id: string): ReceiptRecord | undefined {
    const row = this.#statements.get.get(id) as { body: string } | undefined;
    return row === undefined ? undefined : (JSON.parse(row.body) as ReceiptRecord);
  }

  /** The first use of a source's key, or undefined. */
  firstUse(source: string, key: string): FirstUse | undefined {
    const pending = this.#pendingKeys.get(keyOf(source, key));
    if (pending?.idempotency !== undefined) return { fingerprint: pending.idempotency.fingerprint, receipt: pending.id };
    return this.#statements.used.get(source, key) as unknown as FirstUse | undefined;
  }
}
