/**
 * The local view's table of messages as they are searched for. Messages that are alike in everything that is filtered by and in everything
 * that decides who may see them are one group. A search looks only into the groups that its reader may see, so that nothing else takes time,
 * and each group is in the order of time, so that a page takes a few look-ups for each group, however many messages there are.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Label } from '../../labels/label.ts';
import { isId } from '../../wire/id-form.ts';
import type { AuditRecord, ReceiptRecord } from '../../wire/streams.ts';
import { pseudonymsOf } from '../outcomes.ts';
import { isNewer, type ListPlace, mergeGroups } from './merge-groups.ts';
import { prepareAll } from './statements.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS message_group (id INTEGER PRIMARY KEY, source TEXT, adapter TEXT, status TEXT, seen TEXT,
    UNIQUE (source, adapter, status, seen));
  CREATE TABLE IF NOT EXISTS listed (n INTEGER PRIMARY KEY, id TEXT UNIQUE, grp INTEGER, received INTEGER, tie INTEGER, events INTEGER,
    warnings INTEGER, more TEXT);
  CREATE INDEX IF NOT EXISTS listed_in ON listed (grp, received, tie);
  CREATE TABLE IF NOT EXISTS message_about (subject TEXT, grp INTEGER, received INTEGER, tie INTEGER, n INTEGER,
    PRIMARY KEY (subject, grp, received, tie, n)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS message_about_of ON message_about (n);`;

const BEFORE = '(received, tie) < (?, ?) AND received >= ? ORDER BY received DESC, tie DESC LIMIT 1';

const SQL = {
  group: 'INSERT INTO message_group (source, adapter, status, seen) VALUES (?, ?, ?, ?)',
  groupId: 'SELECT id FROM message_group WHERE source = ? AND adapter = ? AND status = ? AND seen = ?',
  groupOf: 'SELECT g.source, g.adapter, g.seen FROM listed l JOIN message_group g ON g.id = l.grp WHERE l.id = ?',
  groups: `SELECT id, source, adapter, status, seen FROM message_group
    WHERE (?1 IS NULL OR source = ?1) AND (?2 IS NULL OR adapter = ?2) AND (?3 IS NULL OR status = ?3)`,
  name: 'INSERT OR IGNORE INTO listed (id, tie) VALUES (?, ?)',
  number: 'SELECT n, grp, received FROM listed WHERE id = ?',
  put: 'UPDATE listed SET grp = ?, received = ?, events = ?, warnings = ?, more = ? WHERE n = ?',
  regroup: 'UPDATE listed SET grp = ?, more = ? WHERE n = ?',
  moveAbout: 'UPDATE OR IGNORE message_about SET grp = ?, received = ? WHERE n = ?',
  putAbout: 'INSERT OR IGNORE INTO message_about VALUES (?, ?, ?, ?, ?)',
  next: `SELECT n, received, tie FROM listed WHERE grp = ? AND ${BEFORE}`,
  nextAbout: `SELECT n, received, tie FROM message_about WHERE subject = ? AND grp = ? AND ${BEFORE}`,
  row: 'SELECT id, grp, received, events, warnings, more FROM listed WHERE n = ?',
  isAbout: 'SELECT 1 AS found FROM message_about WHERE subject = ? AND grp = ? AND received = ? AND tie = ? AND n = ?',
  rowOf: 'SELECT n, received, tie FROM listed WHERE id = ? AND grp = ?',
} as const;

/** The group of messages that no receipt names yet. Nobody sees it. */
const UNKNOWN = 0;

export type ListedStatus = 'accepted' | 'quarantined' | 'resubmitted';

/** What decides who may see the receipt of a message. */
export interface SeenBy {
  readonly status: ReceiptRecord['status'];
  readonly label: Label;
  readonly origin?: Label;
  readonly assertion?: unknown;
  /** The restrictions of its protections, each once. */
  readonly restrictions?: readonly string[];
}

export interface MessageGroup {
  readonly id: number;
  readonly source: string;
  readonly adapter: string | undefined;
  readonly status: ListedStatus;
  readonly seen: SeenBy;
}

/** What few messages have. */
interface More {
  readonly reason?: { readonly code: string; readonly reason: string };
  readonly resubmissionOf?: string;
  readonly resubmittedAs?: string;
  readonly record?: ReceiptRecord['record'];
}

export interface ListedMessage extends More, ListPlace {
  readonly id: string;
  readonly group: MessageGroup;
  readonly events: number;
  readonly warnings: number;
}

export interface GroupFilters {
  readonly source?: string | undefined;
  readonly adapter?: string | undefined;
  readonly status?: ListedStatus | undefined;
}

export interface MessageQuery {
  /** Only in these groups. */
  readonly groups: readonly MessageGroup[];
  /** A message is before this place, and not before this time. */
  readonly before: ListPlace;
  readonly from: number;
  readonly limit: number;
  /** Only messages about the case or person of these pseudonyms. */
  readonly about?: readonly string[] | undefined;
  /** Only this message. */
  readonly id?: string | undefined;
}

/** A place after every message. */
export const NEWEST: ListPlace = { received: Number.MAX_SAFE_INTEGER, tie: 0 };

/** The same number for a message at every gateway: 48 bits of its id. A record on the bus can hold any id. */
function tieOf(id: string): number {
  const bits = Buffer.alloc(6);
  Buffer.from(id.slice(0, 8), 'base64url').copy(bits);
  return bits.readUIntBE(0, 6);
}

/** 72 bits of a keyed hash, as for events: two pseudonyms that share them do not occur. */
const shortSubject = (pseudonym: string): string => pseudonym.slice(0, 12);

function seenOf({ status, label, origin, assertion, protections = [] }: ReceiptRecord): string {
  const restrictions = [...new Set(protections.flatMap((protection) => protection.restrictions))].toSorted();
  const seen: SeenBy = {
    status,
    label,
    ...(origin === undefined ? {} : { origin }),
    // A receipt with an origin says there what the sender's label raised. Any other text of a sender would be a separate group.
    ...(assertion === undefined || origin !== undefined || status === 'accepted' ? {} : { assertion }),
    ...(restrictions.length === 0 ? {} : { restrictions }),
  };
  return JSON.stringify(seen);
}

function moreOf({ reasons: [first], resubmissionOf, record }: ReceiptRecord): More {
  return {
    ...(first === undefined ? {} : { reason: { code: first.code, reason: first.reason } }),
    ...(resubmissionOf === undefined ? {} : { resubmissionOf }),
    ...(record === undefined ? {} : { record }),
  };
}

const textOf = (more: More): string | null => (Object.keys(more).length === 0 ? null : JSON.stringify(more));

interface Numbered {
  readonly n: number;
  readonly grp: number | null;
  readonly received: number | null;
}

interface Placed extends ListPlace {
  readonly n: number;
}

export class MessageListTable {
  readonly #statements: Readonly<Record<keyof typeof SQL, StatementSync>>;

  constructor(db: DatabaseSync) {
    db.exec(SCHEMA);
    this.#statements = prepareAll(db, SQL);
  }

  /** Takes a receipt that holds: no later one of the same message is known. */
  take(receipt: ReceiptRecord): void {
    const { id, source, adapter = '', status, received, events, warnings, resubmissionOf } = receipt;
    const { n, isNew } = this.#number(id);
    // Sent once more as it was: what happened to its resubmission still holds.
    const resubmittedAs = status === 'quarantined' && !isNew ? this.#more(n).resubmittedAs : undefined;
    const more = { ...moreOf(receipt), ...(resubmittedAs === undefined ? {} : { resubmittedAs }) };
    const grp = this.#group(source, adapter, resubmittedAs === undefined ? status : 'resubmitted', seenOf(receipt));
    const time = Date.parse(received);
    this.#statements.put.run(grp, time, events.length, warnings.length, textOf(more), n);
    if (!isNew) this.#statements.moveAbout.run(grp, time, n);
    if (status === 'accepted' && resubmissionOf !== undefined) this.#resubmitted(resubmissionOf, id);
  }

  /** Takes a record of the audit log: a collection says which cases and people a message is about. */
  takeAudit({ action, messageId, events = [] }: AuditRecord): void {
    if (messageId === undefined || !isId(messageId) || (action !== 'collection' && action !== 'alteration')) return;
    const subjects = new Set(events.flatMap(pseudonymsOf));
    if (subjects.size === 0) return;
    const { n, grp, received } = this.#number(messageId);
    for (const subject of subjects)
      this.#statements.putAbout.run(shortSubject(subject), grp ?? UNKNOWN, received ?? 0, tieOf(messageId), n);
  }

  /** The number of a message, and where it is. Of a new one nothing else is known. */
  #number(id: string): Numbered & { readonly isNew: boolean } {
    const { name, number } = this.#statements;
    const isNew = name.run(id, tieOf(id)).changes > 0;
    return { ...(number.get(id) as unknown as Numbered), isNew };
  }

  #more(n: number): More {
    const { more } = this.#statements.row.get(n) as { more: string | null };
    return more === null ? {} : (JSON.parse(more) as More);
  }

  #group(source: string, adapter: string, status: ListedStatus, seen: string): number {
    const { group, groupId } = this.#statements;
    const known = groupId.get(source, adapter, status, seen) as { id: number } | undefined;
    return known?.id ?? Number(group.run(source, adapter, status, seen).lastInsertRowid);
  }

  /** Notes that a message in quarantine was accepted as another one. */
  #resubmitted(id: string, resubmittedAs: string): void {
    const { groupOf, number, regroup, moveAbout } = this.#statements;
    const group = groupOf.get(id) as { source: string; adapter: string; seen: string } | undefined;
    const known = number.get(id) as unknown as Numbered | undefined;
    if (group === undefined || known === undefined) return;
    const grp = this.#group(group.source, group.adapter, 'resubmitted', group.seen);
    regroup.run(grp, textOf({ ...this.#more(known.n), resubmittedAs }), known.n);
    moveAbout.run(grp, known.received, known.n);
  }

  /** The groups that match some filters. Their number grows with the sources, adapters and labels, not with the messages. */
  groups({ source, adapter, status }: GroupFilters): readonly MessageGroup[] {
    const rows = this.#statements.groups.all(source ?? null, adapter ?? null, status ?? null) as unknown as (Omit<MessageGroup, 'seen'> & {
      adapter: string;
      seen: string;
    })[];
    return rows.map((group) => ({
      ...group,
      adapter: group.adapter === '' ? undefined : group.adapter,
      seen: JSON.parse(group.seen) as SeenBy,
    }));
  }

  /** Messages of some groups, the newest first. */
  find({ groups, before, from, limit, about, id }: MessageQuery): readonly ListedMessage[] {
    const byId = new Map(groups.map((group) => [group.id, group]));
    const places = mergeGroups([...byId.keys()], limit, this.#nextIn(from, about, id), before);
    return places.map(({ n }) => this.#listed(n, byId));
  }

  /** The newest message of a group before a place. */
  #nextIn(from: number, about: readonly string[] | undefined, id: string | undefined) {
    const { next, nextAbout } = this.#statements;
    return (group: number, { received, tie }: ListPlace): Placed | undefined => {
      if (id !== undefined) {
        const only = this.#only(id, group, about);
        return only !== undefined && isNewer({ received, tie }, only) && only.received >= from ? only : undefined;
      }
      if (about === undefined) return next.get(group, received, tie, from) as unknown as Placed | undefined;
      const rows = about.map(
        (pseudonym) => nextAbout.get(shortSubject(pseudonym), group, received, tie, from) as unknown as Placed | undefined,
      );
      return rows.reduce((newest, row) => (newest === undefined || (row !== undefined && isNewer(row, newest)) ? row : newest), undefined);
    };
  }

  /** The place of one message, where it is in a group and about a pseudonym. */
  #only(id: string, group: number, about: readonly string[] | undefined): Placed | undefined {
    const { rowOf, isAbout } = this.#statements;
    const row = rowOf.get(id, group) as unknown as Placed | undefined;
    if (row === undefined || about === undefined) return row;
    return about.some((pseudonym) => isAbout.get(shortSubject(pseudonym), group, row.received, row.tie, row.n) !== undefined)
      ? row
      : undefined;
  }

  #listed(n: number, groups: ReadonlyMap<number, MessageGroup>): ListedMessage {
    const row = this.#statements.row.get(n) as unknown as Omit<ListedMessage, 'group'> & { grp: number; more: string | null };
    const { id, grp, received, events, warnings, more } = row;
    const rest = more === null ? {} : (JSON.parse(more) as More);
    return { id, group: groups.get(grp) as MessageGroup, received, tie: tieOf(id), events, warnings, ...rest };
  }
}
