/** The embedded bus's file: topics as an append-only log in SQLite. One process writes it; others may read it meanwhile. */
import { closeSync, fdatasync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { BusUnavailable, type Offsets, type Position, type StoredRecord } from '../bus.ts';
import { ABOUT, FileMark } from '../file-mark.ts';
import { makePrivate } from '../private-file.ts';
import { isStream } from '../record.ts';

const SCHEMA = `
  PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0; ${ABOUT}
  CREATE TABLE IF NOT EXISTS topic (id INTEGER PRIMARY KEY, name TEXT UNIQUE, partitions INTEGER);
  CREATE TABLE IF NOT EXISTS record (topic INTEGER, part INTEGER, pos INTEGER, time INTEGER, key TEXT, headers TEXT, value BLOB, PRIMARY KEY (topic, part, pos));
  CREATE TABLE IF NOT EXISTS setback (topic INTEGER, part INTEGER, pos INTEGER, PRIMARY KEY (topic, part, pos)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS probe (bytes BLOB);
  CREATE TABLE IF NOT EXISTS committed (grp TEXT, topic TEXT, part INTEGER, next INTEGER, PRIMARY KEY (grp, topic, part)) WITHOUT ROWID;`;

/** A thousand records of 900 kB must not be in memory at once: a read stops when it holds this many bytes. */
const MOST_BYTES = 1024 * 1024;
const PAGE_BYTES = 4096;

/** A checked record, ready to be stored. */
export interface Entry {
  readonly topic: string;
  readonly key: string;
  /** As JSON; empty for none. */
  readonly headers: string;
  readonly value: Uint8Array;
}

interface Partition {
  end: number;
  /** Of the last record. */
  time: number;
  /** Offsets at which the clock was set back. Between them, times only grow, so they can be searched. */
  setbacks: readonly number[];
}

interface Topic {
  readonly id: number;
  readonly partitions: readonly Partition[];
}

type Row = Record<string, string | number | null | Uint8Array>;

/** FNV-1a over UTF-16 code units. Part of the file format: a key must always map to the same partition. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let n = 0; n < key.length; n++) hash = Math.imul(hash ^ key.charCodeAt(n), 0x01000193);
  return hash >>> 0;
}

export const headersOf = (text: string): Readonly<Record<string, string>> => (text === '' ? {} : JSON.parse(text));

/** The reason without SQLite's own message, which may quote content. */
export function unavailable(error: unknown): BusUnavailable {
  if (error instanceof BusUnavailable) return error;
  return new BusUnavailable(`The bus file cannot be used (${(error as { errstr?: string }).errstr ?? 'failed'})`);
}

export class LogFile {
  readonly readOnly: boolean;
  readonly #lock: DatabaseSync | undefined;
  readonly #db: DatabaseSync;
  readonly #wal: number | undefined;
  readonly mark: FileMark;
  readonly #newPartitions: number;
  readonly #topics = new Map<string, Topic>();
  readonly #insert: StatementSync;
  readonly #from: StatementSync;
  readonly #timeAt: StatementSync;
  readonly #committed: StatementSync;

  /** Throws BusUnavailable when another process writes the file. */
  constructor(file: string, partitions: number, readOnly: boolean) {
    this.readOnly = readOnly;
    this.#newPartitions = partitions;
    this.#lock = readOnly ? undefined : takeLock(`${file}.lock`);
    let db: DatabaseSync | undefined;
    try {
      if (!readOnly) makePrivate(file);
      const opened = FileMark.open(file, () => new DatabaseSync(file, { readOnly }));
      db = opened.db;
      this.#db = db;
      this.mark = opened.mark;
      if (!readOnly) db.exec(SCHEMA);
      this.#insert = db.prepare('INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?)');
      this.#from = db.prepare(
        'SELECT pos, time, key, headers, value FROM record WHERE topic = ? AND part = ? AND pos >= ? AND pos < ? ORDER BY pos LIMIT ?',
      );
      this.#timeAt = db.prepare('SELECT time FROM record WHERE topic = ? AND part = ? AND pos = ?');
      this.#committed = db.prepare('SELECT next FROM committed WHERE grp = ? AND topic = ? AND part = 0');
      this.#load();
      this.#wal = readOnly ? undefined : openWal(file);
      if (!readOnly) this.mark.begin();
    } catch (error) {
      db?.close();
      this.#lock?.close();
      throw unavailable(error);
    }
  }

  #load(): void {
    const last = this.#db.prepare('SELECT pos, time FROM record WHERE topic = ? AND part = ? ORDER BY pos DESC LIMIT 1');
    const setbacks = this.#db.prepare('SELECT pos FROM setback WHERE topic = ? AND part = ? ORDER BY pos');
    const topics = this.#db.prepare('SELECT id, name, partitions FROM topic ORDER BY id').all() as Row[];
    for (const { id, name, partitions: count } of topics as { id: number; name: string; partitions: number }[]) {
      const partitions = Array.from({ length: count }, (_, partition) => {
        const row = last.get(id, partition) as { pos: number; time: number } | undefined;
        const back = setbacks.all(id, partition) as { pos: number }[];
        return { end: row === undefined ? 0 : row.pos + 1, time: row?.time ?? 0, setbacks: back.map(({ pos }) => pos) };
      });
      this.#topics.set(name, { id, partitions });
    }
  }

  /**
   * Appends publications in one transaction, and resolves when they are synced. Rejects with BusUnavailable and keeps nothing when that
   * fails. One call at a time: the next may start only after this one has settled. Until then, nobody can read the new records.
   */
  async append(publications: readonly (readonly Entry[])[], time: number): Promise<readonly (readonly Position[])[]> {
    // Update the topics in memory only after the commit.
    const draft = new Map<string, Topic>();
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      const positions = publications.map((entries) => entries.map((entry) => this.#append(draft, entry, time)));
      this.#db.exec('COMMIT');
      await this.#sync().catch((error: unknown) => {
        this.#takeBack(positions.flat(), draft);
        throw error;
      });
      for (const [name, topic] of draft) this.#topics.set(name, topic);
      this.#wrote(publications.flat().reduce((sum, { value }) => sum + value.length + PAGE_BYTES, 0));
      return positions;
    } catch (error) {
      this.#rollBack();
      throw unavailable(error);
    }
  }

  /** A failed checkpoint loses nothing: its records stay in the write-ahead log, and the next checkpoint moves them to the file. */
  #wrote(bytes: number): void {
    try {
      this.mark.wrote(bytes);
    } catch {
      // The next write reports the reason.
    }
  }

  /** Syncs the file in the background: a sync by SQLite at the commit would block everything else. It covers what any process wrote. */
  #sync(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (this.#wal === undefined) throw new BusUnavailable('The bus file is closed');
    fdatasync(this.#wal, (error) => (error === null ? resolve() : reject(error)));
    return promise;
  }

  /** Removes records that could not be synced: they were refused, and must not become durable with the next ones. */
  #takeBack(positions: readonly Position[], draft: ReadonlyMap<string, Topic>): void {
    const forget = this.#db.prepare('DELETE FROM record WHERE topic = ? AND part = ? AND pos = ?');
    const forgetSetback = this.#db.prepare('DELETE FROM setback WHERE topic = ? AND part = ? AND pos = ?');
    this.#db.exec('BEGIN IMMEDIATE');
    for (const { topic, partition, offset } of positions) {
      const id = draft.get(topic)?.id ?? -1;
      forget.run(id, partition, offset);
      forgetSetback.run(id, partition, offset);
    }
    this.#db.exec('COMMIT');
  }

  #append(draft: Map<string, Topic>, { topic: name, key, headers, value }: Entry, time: number): Position {
    let topic = draft.get(name);
    if (topic === undefined) {
      topic = this.#draftOf(name);
      draft.set(name, topic);
    }
    const number = topic.partitions.length === 1 ? 0 : hashOf(key) % topic.partitions.length;
    const partition = topic.partitions[number] as Partition;
    const offset = partition.end;
    this.#insert.run(topic.id, number, offset, time, key, headers, value);
    if (time < partition.time) {
      this.#db.prepare('INSERT INTO setback VALUES (?, ?, ?)').run(topic.id, number, offset);
      partition.setbacks = [...partition.setbacks, offset];
    }
    partition.end = offset + 1;
    partition.time = time;
    return { topic: name, partition: number, offset };
  }

  #draftOf(name: string): Topic {
    const known = this.#topics.get(name);
    if (known !== undefined) return { id: known.id, partitions: known.partitions.map((partition) => ({ ...partition })) };
    const count = this.partitions(name);
    const { lastInsertRowid } = this.#db.prepare('INSERT INTO topic (name, partitions) VALUES (?, ?)').run(name, count);
    return { id: Number(lastInsertRowid), partitions: Array.from({ length: count }, () => ({ end: 0, time: 0, setbacks: [] })) };
  }

  #rollBack(): void {
    try {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    } catch {
      // The next BEGIN fails for the same reason, and is refused with it.
    }
  }

  /** Writes a number of bytes, syncs and removes them. Throws BusUnavailable when this fails. */
  probe(bytes: number): void {
    try {
      this.#db.exec(`PRAGMA synchronous = FULL; BEGIN IMMEDIATE; INSERT INTO probe VALUES (zeroblob(${bytes})); COMMIT`);
    } catch (error) {
      this.#rollBack();
      throw unavailable(error);
    } finally {
      // The next probe removes the rest of this one.
      this.#db.exec('PRAGMA synchronous = NORMAL');
      this.#forgetProbes();
    }
  }

  #forgetProbes(): void {
    try {
      this.#db.exec('DELETE FROM probe');
    } catch {
      // There is no room for that either; the probe has already failed.
    }
  }

  partitions(name: string): number {
    return this.#topics.get(name)?.partitions.length ?? (isStream(name) ? 1 : this.#newPartitions);
  }

  topics(): readonly string[] {
    return [...this.#topics].filter(([, { partitions }]) => partitions.some(({ end }) => end > 0)).map(([name]) => name);
  }

  #end(name: string, partition: number): number {
    return this.#topics.get(name)?.partitions[partition]?.end ?? 0;
  }

  ends(name: string): Offsets {
    return Object.fromEntries(Array.from({ length: this.partitions(name) }, (_, partition) => [partition, this.#end(name, partition)]));
  }

  /** At least one record where there is one, at most `limit`, and fewer when they are large. */
  read(name: string, partition: number, offset: number, limit: number): readonly StoredRecord[] {
    const topic = this.#topics.get(name);
    if (topic === undefined || limit < 1) return [];
    const records: StoredRecord[] = [];
    let bytes = 0;
    for (const row of this.#from.iterate(topic.id, partition, offset, this.#end(name, partition), limit)) {
      const { pos, time, key, headers, value } = row as { pos: number; time: number; key: string; headers: string; value: Uint8Array };
      records.push({ topic: name, partition, offset: pos, time, key, headers: headersOf(headers), value });
      bytes += value.length;
      if (bytes >= MOST_BYTES) break;
    }
    return records;
  }

  offsetAt(name: string, partition: number, time: number): number {
    const topic = this.#topics.get(name);
    const known = topic?.partitions[partition];
    if (topic === undefined || known === undefined) return 0;
    const timeAt = (offset: number) => (this.#timeAt.get(topic.id, partition, offset) as { time: number }).time;
    let low = 0;
    for (const stop of [...known.setbacks, known.end]) {
      if (stop > low && timeAt(stop - 1) >= time) {
        for (let high = stop - 1; low < high; ) {
          const middle = (low + high) >>> 1;
          if (timeAt(middle) >= time) high = middle;
          else low = middle + 1;
        }
        return low;
      }
      low = stop;
    }
    return known.end;
  }

  /** Stores the position of a reader in a stream, which has one partition. Durable when it returns. */
  commit(reader: string, stream: string, next: number): void {
    this.#db.exec('PRAGMA synchronous = FULL');
    try {
      this.#db
        .prepare('INSERT INTO committed VALUES (?, ?, 0, ?) ON CONFLICT DO UPDATE SET next = excluded.next')
        .run(reader, stream, next);
    } finally {
      this.#db.exec('PRAGMA synchronous = NORMAL');
    }
    this.#wrote(PAGE_BYTES);
  }

  /**
   * Removes the records before an existing record, which keeps the numbering. Not synced: records that come back after a crash do no harm.
   */
  forget(topic: string, before: number): void {
    const id = this.#topics.get(topic)?.id ?? -1;
    this.#db.prepare('DELETE FROM record WHERE topic = ? AND part = 0 AND pos < ?').run(id, before);
  }

  /** The next offset of a stream for a reader. */
  committed(reader: string, stream: string): number {
    const row = this.#committed.get(reader, stream) as { next: number } | undefined;
    return row?.next ?? 0;
  }

  close(): void {
    this.#db.close();
    if (this.#wal !== undefined) closeSync(this.#wal);
    this.#lock?.close();
  }
}

/** The write-ahead log that SQLite has just opened, and its name made durable. */
function openWal(file: string): number {
  const wal = openSync(`${file}-wal`, 'r+');
  const folder = openSync(dirname(file), 'r');
  fsyncSync(folder);
  closeSync(folder);
  return wal;
}

const SQLITE_BUSY = 5;

/** Opens a transaction for the life of the process. The operating system releases its lock however the process ends. */
function takeLock(file: string): DatabaseSync {
  let lock: DatabaseSync | undefined;
  try {
    makePrivate(file);
    lock = new DatabaseSync(file);
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) throw new BusUnavailable('The bus file is in use by another process');
    throw unavailable(error);
  }
}
