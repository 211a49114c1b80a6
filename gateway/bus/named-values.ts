/** A table of values by name in an SQLite file. */
import type { DatabaseSync } from 'node:sqlite';

export class NamedValues {
  readonly #db: DatabaseSync;
  readonly #table: string;

  /** `table` must exist before a value is set, with columns `name` and `value`. Its name is part of the SQL: never take it from input. */
  constructor(db: DatabaseSync, table: 'about' | 'bound') {
    this.#db = db;
    this.#table = table;
  }

  /** Whether the file has the table. */
  get exists(): boolean {
    return this.#db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").get(this.#table) !== undefined;
  }

  get(name: string): string | undefined {
    const row = this.#db.prepare(`SELECT value FROM ${this.#table} WHERE name = ?`).get(name) as { value: string } | undefined;
    return row?.value;
  }

  set(name: string, value: string): void {
    this.#db.prepare(`INSERT INTO ${this.#table} VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value`).run(name, value);
  }
}
