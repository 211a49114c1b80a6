/** The embedded bus's file: topics as an append-only log in SQLite. One process writes it; others may read it meanwhile. */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { type BusRecord, BusUnavailable, type Offsets, type Position, type StoredRecord } from './bus.ts';

const SCHEMA = `
  PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS topic (id INTEGER PRIMARY KEY, name TEXT UNIQUE, partitions INTEGER);
  CREATE TABLE IF NOT EXISTS record (topic INTEGER, part INTEGER, pos INTEGER, time INTEGER, key TEXT, headers TEXT, value BLOB, PRIMARY KEY (topic, part, pos)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS committed (grp TEXT, topic TEXT, part INTEGER, next INTEGER, PRIMARY KEY (grp, topic, part)) WITHOUT ROWID;`;

interface Topic {
  readonly id: number;
  readonly name: string;
  /** The next offset of each partition. */
  readonly ends: number[];
}

interface Row {
  readonly part: number;
  readonly pos: number;
  readonly time: number;
  readonly key: string;
  readonly headers: string;
  readonly value: Uint8Array;
}

/** FNV-1a: the same key falls into the same partition for ever. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let n = 0; n < key.length; n++) hash = Math.imul(hash ^ key.charCodeAt(n), 0x01000193);
  return hash >>> 0;
}

const unavailable = (error: unknown): BusUnavailable =>
  new BusUnavailable(`The bus file cannot be used (${(error as { errstr?: string }).errstr ?? 'failed'})`);

export class LogFile {
  readonly #db: DatabaseSync;
  readonly #lock: DatabaseSync | undefined;
  readonly #topics = new Map<string, Topic>();
  readonly #partitions: number;
  readonly #statements = new Map<string, StatementSync>();

  /** Throws BusUnavailable when another process writes the file. */
  constructor(file: string, partitions: number, readOnly: boolean) {
    this.#partitions = partitions;
    try {
      this.#lock = readOnly ? undefined : takeLock(`${file}.lock`);
      this.#db = new DatabaseSync(file, { readOnly });
      if (!readOnly) this.#db.exec(SCHEMA);
    } catch (error) {
      throw error instanceof BusUnavailable ? error : unavailable(error);
    }
    for (const { id, name, partitions: count } of this.#prepare('SELECT id, name, partitions FROM topic').all() as unknown as {
      id: number;
      name: string;
      partitions: number;
    }[]) {
      const ends = Array.from({ length: count }, () => 0);
      for (const { part, next } of this.#prepare('SELECT part, max(pos) + 1 AS next FROM record WHERE topic = ? GROUP BY part').all(
        id,
      ) as unknown as { part: number; next: number }[])
        ends[part] = next;
      this.#topics.set(name, { id, name, ends });
    }
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #topic(name: string): Topic {
    const known = this.#topics.get(name);
    if (known !== undefined) return known;
    const count = name.startsWith('interchange.') ? 1 : this.#partitions;
    const { lastInsertRowid } = this.#prepare('INSERT INTO topic (name, partitions) VALUES (?, ?)').run(name, count);
    const made = { id: Number(lastInsertRowid), name, ends: Array.from({ length: count }, () => 0) };
    this.#topics.set(name, made);
    return made;
  }

  /** Appends publications in one transaction, synced when it returns. Throws BusUnavailable and stores nothing when that fails. */
  append(publications: readonly (readonly BusRecord[])[], time: number): readonly (readonly Position[])[] {
    const before = new Map([...this.#topics].map(([name, { ends }]) => [name, [...ends]]));
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      const positions = publications.map((records) => records.map((one) => this.#insert(one, time)));
      this.#db.exec('COMMIT');
      return positions;
    } catch (error) {
      for (const [name, topic] of this.#topics) {
        const ends = before.get(name);
        if (ends === undefined) this.#topics.delete(name);
        else topic.ends.splice(0, ends.length, ...ends);
      }
      try {
        this.#db.exec('ROLLBACK');
      } catch {
        // SQLite has rolled back by itself.
      }
      throw unavailable(error);
    }
  }

  #insert({ topic: name, key, value, headers }: BusRecord, time: number): Position {
    const topic = this.#topic(name);
    const partition = topic.ends.length === 1 ? 0 : hashOf(key) % topic.ends.length;
    const offset = topic.ends[partition] ?? 0;
    this.#prepare('INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?)').run(
      topic.id,
      partition,
      offset,
      time,
      key,
      headers === undefined ? '' : JSON.stringify(headers),
      value,
    );
    topic.ends[partition] = offset + 1;
    return { topic: name, partition, offset };
  }

  partitions(name: string): number {
    return this.#topics.get(name)?.ends.length ?? (name.startsWith('interchange.') ? 1 : this.#partitions);
  }

  topics(): readonly string[] {
    return [...this.#topics.values()].filter(({ ends }) => ends.some((end) => end > 0)).map(({ name }) => name);
  }

  ends(name: string): Offsets {
    return { ...(this.#topics.get(name)?.ends ?? Array.from({ length: this.partitions(name) }, () => 0)) };
  }

  read(name: string, partition: number, offset: number, limit: number): readonly StoredRecord[] {
    const topic = this.#topics.get(name);
    if (topic === undefined) return [];
    const rows = this.#prepare(
      'SELECT part, pos, time, key, headers, value FROM record WHERE topic = ? AND part = ? AND pos >= ? ORDER BY pos LIMIT ?',
    ).all(topic.id, partition, offset, limit);
    return (rows as unknown as Row[]).map(({ part, pos, time, key, headers, value }) => ({
      topic: name,
      partition: part,
      offset: pos,
      time,
      key,
      headers: headers === '' ? {} : (JSON.parse(headers) as Record<string, string>),
      value,
    }));
  }

  offsetAt(name: string, partition: number, time: number): number {
    const topic = this.#topics.get(name);
    const row =
      topic === undefined
        ? undefined
        : this.#prepare('SELECT min(pos) AS pos FROM record WHERE topic = ? AND part = ? AND time >= ?').get(topic.id, partition, time);
    return (row as { pos: number | null } | undefined)?.pos ?? topic?.ends[partition] ?? 0;
  }

  commit(group: string, topic: string, partition: number, next: number): void {
    this.#prepare('INSERT INTO committed VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET next = excluded.next').run(
      group,
      topic,
      partition,
      next,
    );
  }

  committed(group: string, topic: string): Offsets {
    const rows = this.#prepare('SELECT part, next FROM committed WHERE grp = ? AND topic = ?').all(group, topic) as unknown as {
      part: number;
      next: number;
    }[];
    return Object.fromEntries(rows.map(({ part, next }) => [part, next]));
  }

  close(): void {
    this.#db.close();
    this.#lock?.close();
  }
}

/** A transaction held open for the life of the process: the system lets go of it when the process dies, however it dies. */
function takeLock(file: string): DatabaseSync {
  const lock = new DatabaseSync(file);
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch {
    lock.close();
    throw new BusUnavailable('The bus file is in use by another process');
  }
  return lock;
}
