/** The audit log: a chain of hashes on the bus. Signed heads (audit-head.ts) and audit-verify.ts find an edit, a deletion or a reorder. */
import { hash } from 'node:crypto';
import type { Json } from '../../../adapters/adapter.ts';
import { canonicalJson } from '../../../adapters/canonical-json.ts';
import type { Bus } from '../../bus/bus.ts';
import { readAudit } from '../../wire/stream-reader.ts';
import { AUDIT, type AuditEntry, type AuditRecord } from '../../wire/streams.ts';

export const GENESIS = '0'.repeat(43);

/** Where the chain stands: the last record's number (-1 before the first) and hash. */
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

/** The one chain of a bus that one gateway writes. */
export const ONLY_CHAIN = '';

/** Where each chain that wrote lately stands on a bus; what cannot be read is passed over. */
export async function readChains(bus: Bus): Promise<NonNullable<AuditRecord['follows']>> {
  const chains = new Map<string, ChainHead>();
  const end = (await bus.ends(AUDIT))[0] ?? 0;
  for await (const { value } of streamRecords(bus, AUDIT, Math.max(0, end - LATELY))) {
    // What is no audit record is named when the log is verified.
    const entry = readAudit(value);
    if (entry !== undefined) chains.set(entry.chain ?? ONLY_CHAIN, { seq: entry.seq, hash: entry.hash });
  }
  return [...chains].map(([chain, head]) => ({ chain, ...head }));
}

/** How many of the log's last records are searched for chains. */
const LATELY = 10_000;
