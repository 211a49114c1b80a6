/** Receipts by the id of their message, and the keys that messages were sent with: those that are written, and those that soon are. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ReceiptRecord } from '../../wire/streams.ts';
import { prepareAll } from './statements.ts';

/** What an Idempotency-Key was first used with, and the receipt of that. */
export interface FirstUse {
  readonly fingerprint: string;
  readonly receipt: string;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS receipt (id TEXT PRIMARY KEY, source TEXT, body TEXT) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS idempotency (source TEXT, key TEXT, fingerprint TEXT, receipt TEXT, PRIMARY KEY (source, key)) WITHOUT ROWID;`;

const SQL = {
  put: 'INSERT INTO receipt VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body',
  get: 'SELECT body FROM receipt WHERE id = ?',
  use: 'INSERT OR IGNORE INTO idempotency VALUES (?, ?, ?, ?)',
  used: 'SELECT fingerprint, receipt FROM idempotency WHERE source = ? AND key = ?',
} as const;

const keyOf = (source: string, key: string): string => JSON.stringify([source, key]);

/** Whether a receipt says what became of a message, after another one: nothing takes back what was accepted, and a copy changes nothing. */
const holdsOver = (receipt: ReceiptRecord, earlier: ReceiptRecord | undefined): boolean =>
  earlier === undefined || (earlier.status !== 'accepted' && (receipt.status === 'accepted' || receipt.received > earlier.received));

export class ReceiptTable {
  readonly #statements: Readonly<Record<keyof typeof SQL, StatementSync>>;
  /** Receipts that are durable and not yet written here. */
  readonly #pending = new Map<string, ReceiptRecord>();
  readonly #pendingKeys = new Map<string, ReceiptRecord>();

  constructor(db: DatabaseSync) {
    db.exec(SCHEMA);
    this.#statements = prepareAll(db, SQL);
  }

  /** Takes note of a receipt that is durable, before it is written here. */
  expect(receipt: ReceiptRecord): void {
    const { id, source, idempotency } = receipt;
    if (holdsOver(receipt, this.get(id))) this.#pending.set(id, receipt);
    if (idempotency !== undefined && this.firstUse(source, idempotency.key) === undefined)
      this.#pendingKeys.set(keyOf(source, idempotency.key), receipt);
  }

  /** Writes a receipt. Returns the one of the same message that was written before, and whether this one holds over it. */
  take(receipt: ReceiptRecord): { readonly earlier: ReceiptRecord | undefined; readonly holds: boolean } {
    const { id, source, idempotency } = receipt;
    const { put, use } = this.#statements;
    const earlier = this.#written(id);
    const holds = holdsOver(receipt, earlier);
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

  /** What a source first used a key with, or undefined. */
  firstUse(source: string, key: string): FirstUse | undefined {
    const pending = this.#pendingKeys.get(keyOf(source, key));
    if (pending?.idempotency !== undefined) return { fingerprint: pending.idempotency.fingerprint, receipt: pending.id };
    return this.#statements.used.get(source, key) as unknown as FirstUse | undefined;
  }
}
