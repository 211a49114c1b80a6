/** An administrator who changes the audit log of a stopped gateway, with all files and keys of its data folder. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openKeys } from '../../gateway/keys/keys.ts';
import { type ChainHead, EMPTY_CHAIN, link } from '../../gateway/store/audit/audit.ts';
import { type AuditHead, hashOfHead, NO_HEAD, signHead } from '../../gateway/store/audit/audit-head.ts';
import type { AuditEntry, AuditRecord } from '../../gateway/wire/streams.ts';

const TOPICS = { records: 'interchange.audit', heads: 'interchange.audit-heads' } as const;

/** What the log says: its records, and its heads as compact JWS. */
export interface Log {
  records: AuditRecord[];
  heads: string[];
}

const claimsOf = (jws: string): AuditHead => JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as AuditHead;

function open(folder: string) {
  const db = new DatabaseSync(join(folder, 'bus.sqlite'));
  const idOf = (name: string) => (db.prepare('SELECT id FROM topic WHERE name = ?').get(name) as { id: number }).id;
  return { db, idOf };
}

/** The records and heads, as they are in the bus file. */
export function textsOf(folder: string): { readonly records: readonly string[]; readonly heads: string[] } {
  const { db, idOf } = open(folder);
  const read = db.prepare('SELECT value FROM record WHERE topic = ? ORDER BY pos');
  const values = (name: string) => (read.all(idOf(name)) as { value: Uint8Array }[]).map(({ value }) => Buffer.from(value).toString());
  const texts = { records: values(TOPICS.records), heads: values(TOPICS.heads) };
  db.close();
  return texts;
}

export function readLog(folder: string): Log {
  const { records, heads } = textsOf(folder);
  return { records: records.map((text) => JSON.parse(text) as AuditRecord), heads };
}

/** Replaces the log in the bus file. Nothing else there changes. */
export function writeLog(folder: string, { records, heads }: Log): void {
  const { db, idOf } = open(folder);
  const put = (name: string, values: readonly string[]) => {
    const id = idOf(name);
    db.prepare('DELETE FROM record WHERE topic = ?').run(id);
    const insert = db.prepare('INSERT INTO record VALUES (?, 0, ?, ?, ?, ?, ?)');
    for (const [n, value] of values.entries()) insert.run(id, n, 1_700_000_000_000, 'audit', '', Buffer.from(value));
  };
  db.exec('BEGIN');
  put(
    TOPICS.records,
    records.map((record) => JSON.stringify(record)),
  );
  put(TOPICS.heads, heads);
  db.exec('COMMIT');
  db.close();
}

/** Makes the chain of hashes again, from a record on. */
export function rehash(records: readonly AuditRecord[], from = 0): AuditRecord[] {
  let head: ChainHead = EMPTY_CHAIN;
  return records.map((record, n) => {
    const { seq: _seq, time, prev: _prev, hash: _hash, ...entry } = record;
    const linked = n < from ? record : link(head, entry as AuditEntry, time);
    head = { seq: linked.seq, hash: linked.hash };
    return linked;
  });
}

/** Signs every head again, from a number on, over the records that there are now, with the key that is in a folder. */
export async function resign({ records, heads }: Log, keysFolder: string, from = 0): Promise<string[]> {
  const { seal } = await openKeys(keysFolder);
  let last = NO_HEAD;
  const signed: string[] = [];
  for (const [n, jws] of heads.entries()) {
    const { number: _number, prev: _prev, ...claims } = claimsOf(jws);
    const record = records.find(({ seq }) => seq === claims.seq);
    if (record === undefined) break;
    const next = n < from ? jws : signHead({ ...claims, hash: record.hash }, last, { kid: seal.kid, key: seal.privateKey });
    last = { number: last.number + 1, hash: hashOfHead(next) };
    signed.push(next);
  }
  return signed;
}

/** The record that a head signs. */
export const signedBy = (jws: string): number => claimsOf(jws).seq;

/** Some bytes of a file, as a copy that was cut short has them. */
export const cut = (file: string, length: number): string => readFileSync(file, 'utf8').slice(0, length);
