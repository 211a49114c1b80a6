/** A local view of the streams for looking things up. It holds nothing that the bus does not: delete it, and it is rebuilt. */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Bus, Offsets, StoredRecord } from '../bus/bus.ts';
import { MESSAGES, parseRecord, RECEIPTS, type ReceiptRecord } from './streams.ts';

export interface EventPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface QuarantineQuery {
  readonly status?: 'open' | 'resubmitted';
  /** Rows after this one, by arrival. */
  readonly after: number;
  readonly limit: number;
}

const SCHEMA = `
  PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
  CREATE TABLE IF NOT EXISTS followed (topic TEXT, part INTEGER, next INTEGER, PRIMARY KEY (topic, part)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS event (id TEXT PRIMARY KEY, topic TEXT, part INTEGER, pos INTEGER) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS message (id TEXT PRIMARY KEY, part INTEGER, pos INTEGER) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS receipt (id TEXT PRIMARY KEY, source TEXT, body TEXT) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS quarantine (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, source TEXT, resubmitted TEXT);
  CREATE TABLE IF NOT EXISTS idempotency (source TEXT, key TEXT, fingerprint TEXT, receipt TEXT, PRIMARY KEY (source, key)) WITHOUT ROWID;`;

const keyOf = (source: string, key: string): string => JSON.stringify([source, key]);

const isEvents = (topic: string): boolean => topic.startsWith('justice.');

export class View {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #waiting: StoredRecord[] = [];
  /** Receipts that are durable on the bus and not yet written here. */
  readonly #pending = new Map<string, ReceiptRecord>();
  readonly #pendingKeys = new Map<string, ReceiptRecord>();
  #timer: NodeJS.Timeout | undefined;

  private constructor(file: string) {
    this.#db = new DatabaseSync(file);
    this.#db.exec(SCHEMA);
  }

  /** Opens the view and brings it up to the bus. */
  static async open(file: string, bus: Bus): Promise<View> {
    const view = new View(file);
    for (const topic of await bus.topics())
      if (isEvents(topic) || topic === RECEIPTS || topic === MESSAGES) await view.#catchUp(bus, topic, await bus.ends(topic));
    return view;
  }

  async #catchUp(bus: Bus, topic: string, ends: Offsets): Promise<void> {
    for (const [name, end] of Object.entries(ends)) {
      const partition = Number(name);
      const known = this.#get('SELECT next FROM followed WHERE topic = ? AND part = ?', topic, partition) as { next: number } | undefined;
      // A view that is ahead of its bus belongs to another bus.
      if ((known?.next ?? 0) > end) throw new Error(`The view is ahead of the bus on ${topic}: delete the view, it will be rebuilt`);
      for (let offset = known?.next ?? 0; offset < end; ) {
        const records = await bus.read(topic, partition, offset, 1000);
        if (records.length === 0) break;
        this.#write(records);
        offset += records.length;
      }
    }
  }

  /** Takes records that became durable. They are written together a little later, or when somebody looks. */
  add(records: readonly StoredRecord[]): void {
    for (const one of records) {
      if (isEvents(one.topic) || one.topic === RECEIPTS || one.topic === MESSAGES) this.#waiting.push(one);
      if (one.topic !== RECEIPTS) continue;
      const receipt = parseRecord<ReceiptRecord>(one.value);
      this.#pending.set(receipt.id, receipt);
      if (receipt.idempotency !== undefined) this.#pendingKeys.set(keyOf(receipt.source, receipt.idempotency.key), receipt);
    }
    if (this.#waiting.length >= 2000) this.#drain();
    else this.#timer ??= setTimeout(() => this.#drain(), 100).unref();
  }

  #drain(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length > 0) this.#write(waiting);
    this.#pending.clear();
    this.#pendingKeys.clear();
  }

  #write(records: readonly StoredRecord[]): void {
    this.#db.exec('BEGIN');
    const followed = new Map<string, StoredRecord>();
    for (const one of records) {
      this.#apply(one);
      followed.set(`${one.topic}/${one.partition}`, one);
    }
    for (const { topic, partition, offset } of followed.values())
      this.#run('INSERT INTO followed VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET next = excluded.next', topic, partition, offset + 1);
    this.#db.exec('COMMIT');
  }

  #apply({ topic, partition, offset, value, headers, key }: StoredRecord): void {
    if (topic === MESSAGES) this.#run('INSERT OR IGNORE INTO message VALUES (?, ?, ?)', key, partition, offset);
    else if (topic === RECEIPTS) this.#receipt(parseRecord<ReceiptRecord>(value));
    else if (headers.ce_id !== undefined)
      this.#run('INSERT OR IGNORE INTO event VALUES (?, ?, ?, ?)', headers.ce_id, topic, partition, offset);
  }

  #receipt(receipt: ReceiptRecord): void {
    const { id, source, status, resubmissionOf, idempotency } = receipt;
    this.#run('INSERT INTO receipt VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body', id, source, JSON.stringify(receipt));
    if (status === 'quarantined') this.#run('INSERT OR IGNORE INTO quarantine (id, source) VALUES (?, ?)', id, source);
    else this.#run('UPDATE quarantine SET resubmitted = ? WHERE id = ? AND resubmitted IS NULL', id, id);
    if (resubmissionOf !== undefined && status === 'accepted')
      this.#run('UPDATE quarantine SET resubmitted = ? WHERE id = ?', id, resubmissionOf);
    if (idempotency !== undefined)
      this.#run('INSERT OR IGNORE INTO idempotency VALUES (?, ?, ?, ?)', source, idempotency.key, idempotency.fingerprint, id);
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, (statement = this.#db.prepare(sql)));
    return statement;
  }

  #run(sql: string, ...values: (string | number)[]): void {
    this.#prepare(sql).run(...values);
  }

  #look(sql: string, ...values: (string | number)[]): unknown {
    return this.#prepare(sql).get(...values);
  }

  #get(sql: string, ...values: (string | number)[]): unknown {
    this.#drain();
    return this.#look(sql, ...values);
  }

  receipt(id: string): ReceiptRecord | undefined {
    const pending = this.#pending.get(id);
    if (pending !== undefined) return pending;
    const row = this.#look('SELECT body FROM receipt WHERE id = ?', id) as { body: string } | undefined;
    return row === undefined ? undefined : (JSON.parse(row.body) as ReceiptRecord);
  }

  /** Where an event stands first: a duplicate of it stands later, and is dropped. */
  event(id: string): EventPlace | undefined {
    return this.#get('SELECT topic, part AS partition, pos AS offset FROM event WHERE id = ?', id) as EventPlace | undefined;
  }

  message(id: string): { readonly partition: number; readonly offset: number } | undefined {
    return this.#get('SELECT part AS partition, pos AS offset FROM message WHERE id = ?', id) as
      | { partition: number; offset: number }
      | undefined;
  }

  idempotent(source: string, key: string): { readonly fingerprint: string; readonly receipt: string } | undefined {
    const pending = this.#pendingKeys.get(keyOf(source, key));
    if (pending?.idempotency !== undefined) return { fingerprint: pending.idempotency.fingerprint, receipt: pending.id };
    const row = this.#look('SELECT fingerprint, receipt FROM idempotency WHERE source = ? AND key = ?', source, key);
    return row as { fingerprint: string; receipt: string } | undefined;
  }

  /** What became of a quarantined message: the id of the accepted resubmission, `undefined` while it is open. */
  resubmitted(id: string): string | undefined {
    const row = this.#get('SELECT resubmitted FROM quarantine WHERE id = ?', id) as { resubmitted: string | null } | undefined;
    return row?.resubmitted ?? undefined;
  }

  quarantined({ status, after, limit }: QuarantineQuery): readonly {
    readonly seq: number;
    readonly id: string;
    readonly source: string;
    readonly resubmitted: string | null;
  }[] {
    this.#drain();
    const filter = status === 'open' ? 'AND resubmitted IS NULL' : status === 'resubmitted' ? 'AND resubmitted IS NOT NULL' : '';
    const rows = this.#prepare(`SELECT seq, id, source, resubmitted FROM quarantine WHERE seq > ? ${filter} ORDER BY seq LIMIT ?`).all(
      after,
      limit,
    );
    return rows as unknown as { seq: number; id: string; source: string; resubmitted: string | null }[];
  }

  close(): void {
    this.#drain();
    this.#db.close();
  }
}
