/** The local view's table of links between cases. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type LinkedCases, type LinkRecord, linkedWith, type UnlinkRecord } from '../../protections/link.ts';
import { prepareAll } from './statements.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS link (event TEXT PRIMARY KEY, ended TEXT) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS linked_case (subject TEXT, other TEXT, event TEXT, PRIMARY KEY (subject, other, event)) WITHOUT ROWID;`;

const SQL = {
  put: 'INSERT OR IGNORE INTO link VALUES (?, NULL)',
  join: 'INSERT OR IGNORE INTO linked_case VALUES (?, ?, ?)',
  end: 'UPDATE link SET ended = ? WHERE event = ? AND ended IS NULL',
  of: 'SELECT other, ended, event FROM linked_case JOIN link USING (event) WHERE subject = ? LIMIT ?',
  isAny: 'SELECT 1 AS found FROM link LIMIT 1',
} as const;

/** A link of a case with another one. */
export interface LinkRow {
  readonly other: string;
  /** The event that contains the link. */
  readonly event: string;
  /** When it was corrected, ISO 8601. */
  readonly ended: string | null;
}

/** For how many cases the linked cases are cached. */
const MOST_REMEMBERED = 10_000;
const NONE: LinkedCases = { cases: [], isCut: false };

export class LinkTable {
  readonly #statements: Readonly<Record<keyof typeof SQL, StatementSync>>;
  readonly #found = new Map<string, LinkedCases>();
  /** Whether there are any links. Many deployments have none, and then need no look-up. */
  #isAny: boolean;

  constructor(db: DatabaseSync) {
    db.exec(SCHEMA);
    this.#statements = prepareAll(db, SQL);
    this.#isAny = this.#statements.isAny.get() !== undefined;
  }

  /** Adds a link. Returns whether it is new. */
  add({ event, case: subject, linked }: LinkRecord): boolean {
    this.#isAny = true;
    if (this.#statements.put.run(event).changes === 0) return false;
    for (const other of linked) {
      this.#statements.join.run(subject, other, event);
      this.#statements.join.run(other, subject, event);
    }
    this.#found.clear();
    return true;
  }

  /** Ends a link. */
  end({ event, time }: UnlinkRecord): void {
    if (this.#statements.end.run(time, event).changes > 0) this.#found.clear();
  }

  /** The links of a case, up to a limit. */
  of(subject: string, limit: number): readonly LinkRow[] {
    return this.#isAny ? (this.#statements.of.all(subject, limit) as unknown as LinkRow[]) : [];
  }

  /** The cases that are linked with a case, or were linked until a correction ended the link. */
  around(subject: string): LinkedCases {
    if (!this.#isAny) return NONE;
    let found = this.#found.get(subject);
    if (found !== undefined) return found;
    if (this.#found.size >= MOST_REMEMBERED) this.#found.clear();
    this.#found.set(subject, (found = linkedWith(subject, (urn, limit) => this.of(urn, limit))));
    return found;
  }
}
