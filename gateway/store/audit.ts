/** The audit log: a chain of hashes on the bus, its heads signed, so that an edit, a deletion or a reorder is found and named. */
import { hash } from 'node:crypto';
import { compactVerify } from 'jose';
import type { Json } from '../../adapters/adapter.ts';
import type { Bus } from '../bus/bus.ts';
import { canonicalJson } from '../labels/canonical-json.ts';
import { SEAL_ALGORITHM, type SealKey, signCompact } from '../labels/seal.ts';
import type { TrustedKeys } from '../labels/verify.ts';
import { AUDIT, AUDIT_HEADS, type AuditEntry, type AuditRecord, parseRecord } from './streams.ts';

const GENESIS = '0'.repeat(43);
const HEAD_TYPE = 'audit-head+jwt';

/** Where the chain stands: the last record's number (-1 before the first) and hash. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

export const EMPTY_CHAIN: ChainHead = { seq: -1, hash: GENESIS };

const hashOf = (entry: Omit<AuditRecord, 'hash'>): string => hash('sha256', canonicalJson(entry as unknown as Json), 'base64url');

/** The next record of the chain. */
export function link(head: ChainHead, entry: AuditEntry, time: string): AuditRecord {
  const unhashed = { ...entry, seq: head.seq + 1, time, prev: head.hash };
  return { ...unhashed, hash: hashOf(unhashed) };
}

/** A signed statement of where the chain stood: what comes after may grow, but not what came before shrink. */
export const signHead = (head: ChainHead, time: string, key: SealKey): string =>
  signCompact(JSON.stringify({ ...head, time }), HEAD_TYPE, key);

/** The head of the chain on a bus, as far as its last record says. */
export async function readHead(bus: Bus): Promise<ChainHead> {
  const end = (await bus.ends(AUDIT))[0] ?? 0;
  const [last] = end === 0 ? [] : await bus.read(AUDIT, 0, end - 1, 1);
  if (last === undefined) return EMPTY_CHAIN;
  const { seq, hash: own } = parseRecord<AuditRecord>(last.value);
  return { seq, hash: own };
}

export type ChainReport =
  | { readonly ok: true; readonly records: number; readonly heads: number; readonly head: ChainHead }
  | { readonly ok: false; readonly records: number; readonly badRecord: number; readonly reason: string };

async function* all(bus: Bus, topic: string) {
  for (let offset = 0; ; ) {
    const records = await bus.read(topic, 0, offset, 500);
    if (records.length === 0) return;
    yield* records;
    offset += records.length;
  }
}

/** Walks the whole chain and every signed head. Names the first record that is not as it was written. */
export async function verifyAudit(bus: Bus, keys: TrustedKeys): Promise<ChainReport> {
  const heads = new Map<number, string>();
  let signed = 0;
  for await (const { value } of all(bus, AUDIT_HEADS)) {
    const stated = await openHead(Buffer.from(value).toString(), keys);
    if (stated === undefined) return { ok: false, records: 0, badRecord: 0, reason: `Signed head ${signed} does not verify` };
    heads.set(stated.seq, stated.hash);
    signed++;
  }
  let head = EMPTY_CHAIN;
  for await (const { value } of all(bus, AUDIT)) {
    const bad = (reason: string): ChainReport => ({ ok: false, records: head.seq + 1, badRecord: head.seq + 1, reason });
    let entry: AuditRecord;
    try {
      entry = parseRecord<AuditRecord>(value);
    } catch {
      return bad('The record cannot be read');
    }
    const { hash: own, ...unhashed } = entry;
    if (entry.seq !== head.seq + 1) return bad('A record is missing or out of order');
    if (entry.prev !== head.hash) return bad('The record does not follow the one before it');
    if (hashOf(unhashed) !== own) return bad('The record was changed after it was written');
    if (heads.has(entry.seq) && heads.get(entry.seq) !== own) return bad('The record is not the one whose head was signed');
    head = { seq: entry.seq, hash: own };
  }
  const cut = [...heads.keys()].find((seq) => seq > head.seq);
  if (cut !== undefined)
    return { ok: false, records: head.seq + 1, badRecord: head.seq + 1, reason: `The log is cut: a signed head names record ${cut}` };
  return { ok: true, records: head.seq + 1, heads: signed, head };
}

async function openHead(jws: string, keys: TrustedKeys): Promise<ChainHead | undefined> {
  try {
    const { payload, protectedHeader } = await compactVerify(
      jws,
      ({ kid }) => {
        const key = keys(kid ?? '');
        if (key === undefined) throw new Error('unknown key');
        return key;
      },
      { algorithms: [SEAL_ALGORITHM] },
    );
    return protectedHeader.typ === HEAD_TYPE ? (JSON.parse(Buffer.from(payload).toString()) as ChainHead) : undefined;
  } catch {
    return undefined;
  }
}
