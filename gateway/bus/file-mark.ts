/** Entries in the SQLite file of a bus about the file: its id, its deployment, and whether it is complete. */
import { randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { BusUnavailable } from './bus.ts';
import { NamedValues } from './named-values.ts';

export const ABOUT = 'CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;';

const ID = 'id';
/** The last checkpoint that began, and the last that was completed. */
const BEGUN = 'checkpoint-begun';
const COMPLETED = 'checkpoint-completed';

/** How many bytes go into the write-ahead log between two checkpoints. */
const CHECKPOINT_BYTES = 16 * 1024 * 1024;

/** The size of a file's write-ahead log in bytes: 0 where there is none. */
const walBytes = (file: string): number => (existsSync(`${file}-wal`) ? statSync(`${file}-wal`).size : 0);

/**
 * Each checkpoint leaves a mark in the file that only the write-ahead log takes back. So a file that was copied without that log, while it
 * was in use or after a crash, is known by its mark: the newest records were in the log.
 */
export class FileMark {
  readonly #db: DatabaseSync;
  readonly #values: NamedValues;
  #bytes = 0;

  /**
   * @param walSize how large the write-ahead log was before SQLite opened the file
   * @param isCopy whether SQLite made the file from both
   */
  private constructor(db: DatabaseSync, walSize: number, isCopy: boolean) {
    this.#db = db;
    this.#values = new NamedValues(db, 'about');
    if (walSize === 0 && !isCopy && this.get(BEGUN) !== this.get(COMPLETED))
      throw new BusUnavailable(
        'The bus file is incomplete: it was copied without its -wal file while a gateway used it. Use both files, or make a copy with "interchange backup"',
      );
  }

  /** Opens a database and reads its marks. Throws {@link BusUnavailable} when the file is incomplete. */
  static open(file: string, open: () => DatabaseSync, isCopy = false): { readonly db: DatabaseSync; readonly mark: FileMark } {
    // SQLite makes an empty log when it opens the file.
    const walSize = walBytes(file);
    const db = open();
    try {
      return { db, mark: new FileMark(db, walSize, isCopy) };
    } catch (error) {
      db.close();
      throw error;
    }
  }

  /** Makes the id of a file that has none. */
  begin(): void {
    if (this.get(ID) === undefined) this.set(ID, randomUUID());
    this.#checkpoint();
  }

  /** Undefined where an earlier version made the file, and no process has opened it for writing since. */
  get id(): string | undefined {
    return this.get(ID);
  }

  get(name: string): string | undefined {
    return this.#values.exists ? this.#values.get(name) : undefined;
  }

  set(name: string, value: string): void {
    this.#values.set(name, value);
  }

  /** Counts written bytes, and starts a checkpoint where there are enough. */
  wrote(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes >= CHECKPOINT_BYTES) this.#checkpoint();
  }

  #checkpoint(): void {
    this.#bytes = 0;
    const mark = randomUUID();
    this.set(BEGUN, mark);
    this.#db.exec('PRAGMA wal_checkpoint(PASSIVE)');
    this.set(COMPLETED, mark);
  }

  /** Removes the mark in a complete copy. */
  complete(): void {
    const begun = this.get(BEGUN);
    if (begun !== undefined) this.set(COMPLETED, begun);
  }
}
