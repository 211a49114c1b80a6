/** The local view's table of the work on messages in quarantine. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ClosingCode, WorkChange } from '../../wire/quarantine-records.ts';
import { prepareAll } from './statements.ts';

/** The longest lock, in milliseconds, whatever its record says. */
export const LONGEST_LOCK = 3_600_000;

interface Done {
  readonly by: string;
  /** ISO 8601. */
  readonly time: string;
}

export interface WorkLock {
  readonly by: string;
  readonly person?: string;
  /** ISO 8601. */
  readonly until: string;
}

/** The state of the work on an item. */
export interface ItemState {
  /** 0 for an item on which nobody has worked. */
  readonly version: number;
  readonly closed?: Done & { readonly code: ClosingCode; readonly text?: string };
  /** The oldest first. */
  readonly notes: readonly (Done & { readonly text: string })[];
  readonly assignee?: string;
  /** A day, ISO 8601. */
  readonly due?: string;
  /** It may have expired: {@link lockAt} says. */
  readonly lock?: WorkLock;
}

export const NO_WORK: ItemState = { version: 0, notes: [] };

/** The state after a change. A change of another version than the next is not taken: another one was first. */
export function stateAfter(state: ItemState, change: WorkChange): ItemState {
  if (change.version !== state.version + 1) return state;
  const { version, by, time, close, note } = change;
  const { closed, assignee, due, lock, ...rest } = state;
  const done = { by, time };
  const stillClosed = change.reopen === true ? undefined : closed;
  const nextClosed = close === undefined ? stillClosed : { ...close, ...done };
  const nextAssignee = change.assignee ?? assignee ?? '';
  const nextDue = change.due ?? due ?? '';
  const stillLocked = change.unlock === true ? undefined : lock;
  const nextLock = change.lock === undefined ? stillLocked : lockOf(change);
  return {
    ...rest,
    version,
    notes: note === undefined ? state.notes : [...state.notes, { text: note, ...done }],
    ...(nextClosed === undefined ? {} : { closed: nextClosed }),
    ...(nextAssignee === '' ? {} : { assignee: nextAssignee }),
    ...(nextDue === '' ? {} : { due: nextDue }),
    ...(nextLock === undefined ? {} : { lock: nextLock }),
  };
}

/** The lock of a change. None is longer than {@link LONGEST_LOCK}; a time that does not exist, such as a leap second, makes none. */
function lockOf({ by, person, time, lock }: WorkChange): WorkLock | undefined {
  const until = Math.min(Date.parse(lock?.until ?? ''), Date.parse(time) + LONGEST_LOCK);
  return Number.isNaN(until) ? undefined : { by, ...(person === undefined ? {} : { person }), until: new Date(until).toISOString() };
}

/** The lock that holds at a time (milliseconds since 1970); undefined where there is none. */
export const lockAt = ({ lock }: ItemState, now: number): WorkLock | undefined =>
  lock !== undefined && Date.parse(lock.until) > now && Date.parse(lock.until) <= now + LONGEST_LOCK ? lock : undefined;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS quarantine_change (item TEXT, version INTEGER, id TEXT, PRIMARY KEY (item, version)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS quarantine_work (item TEXT PRIMARY KEY, closed INTEGER, state TEXT) WITHOUT ROWID;`;

const SQL = {
  get: 'SELECT state FROM quarantine_work WHERE item = ?',
  put: 'INSERT OR REPLACE INTO quarantine_work VALUES (?, ?, ?)',
  win: 'INSERT INTO quarantine_change VALUES (?, ?, ?)',
  winner: 'SELECT id FROM quarantine_change WHERE item = ? AND version = ?',
} as const;

/** The state of an item in its written form; null for an item that nobody has worked on. */
export const stateOf = (written: string | null): ItemState => (written === null ? NO_WORK : (JSON.parse(written) as ItemState));

export class WorkTable {
  readonly #statements: Readonly<Record<keyof typeof SQL, StatementSync>>;

  constructor(db: DatabaseSync) {
    db.exec(SCHEMA);
    this.#statements = prepareAll(db, SQL);
  }

  /** Takes a change, in the order of the stream. */
  take(change: WorkChange): void {
    const { put, win } = this.#statements;
    const before = this.get(change.item);
    const after = stateAfter(before, change);
    if (after === before) return;
    win.run(change.item, change.version, change.id);
    put.run(change.item, after.closed === undefined ? 0 : 1, JSON.stringify(after));
  }

  get(item: string): ItemState {
    const row = this.#statements.get.get(item) as { state: string } | undefined;
    return stateOf(row?.state ?? null);
  }

  /** Whether a change is the one of its version. */
  hasWon({ item, version, id }: Pick<WorkChange, 'item' | 'version' | 'id'>): boolean {
    return (this.#statements.winner.get(item, version) as { id: string } | undefined)?.id === id;
  }
}
