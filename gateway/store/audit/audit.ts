/** The audit log: a chain of hashes on the bus. Signed heads (audit-head.ts) and audit-verify.ts find an edit, a deletion or a reorder. */
import { hash } from 'node:crypto';
import type { Json } from '../../../adapters/adapter.ts';
import { canonicalJson } from '../../../adapters/canonical-json.ts';
import type { Bus } from '../../bus/bus.ts';
import { readAudit } from '../../wire/stream-reader.ts';
import { AUDIT, type AuditEntry, type AuditRecord } from '../../wire/streams.ts';

export const GENESIS = '0'.repeat(43);

/** The end of a chain: the last record's number (-1 before the first) and hash. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

export const EMPTY_CHAIN: ChainHead = { seq: -1, hash: GENESIS };

export const hashOfRecord = (entry: Omit<AuditRecord, 'hash'>): string =>
  hash('sha256', canonicalJson(entry as unknown as Json), 'base64url');

/** The next record of the chain. */
export function link(head: ChainHead, entry: AuditEntry, time: string): AuditRecord {
  const unhashed = { ...entry, seq: head.seq + 1, time, prev: head.hash };
  return { ...unhashed, hash: hashOfRecord(unhashed) };
}

/** Every record of a stream, from an offset on. */
export async function* streamRecords(bus: Bus, topic: string, from = 0) {
  for (let offset = from; ; ) {
    const records = await bus.read(topic, 0, offset, 500);
    if (records.length === 0) return;
    yield* records;
    offset = (records.at(-1)?.offset ?? offset) + 1;
  }
}

/** The only chain of a bus that one gateway writes to. */
export const ONLY_CHAIN = '';

/** The ends of the chains that were written to lately. Records that cannot be read are skipped. */
export async function readChains(bus: Bus): Promise<NonNullable<AuditRecord['follows']>> {
  const chains = new Map<string, ChainHead>();
  const end = (await bus.ends(AUDIT))[0] ?? 0;
  for await (const { value } of streamRecords(bus, AUDIT, Math.max(0, end - LATELY))) {
    // Verification of the log reports records that are not audit records.
    const entry = readAudit(value);
    if (entry !== undefined) chains.set(entry.chain ?? ONLY_CHAIN, { seq: entry.seq, hash: entry.hash });
  }
  return [...chains].map(([chain, head]) => ({ chain, ...head }));
}

/** How many of the last records of the log are searched for chains. */
const LATELY = 10_000;
