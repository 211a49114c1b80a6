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

/** A signed statement of where a chain stood: what comes after may grow, but not what came before shrink. */
export const signHead = (head: ChainHead, time: string, key: SealKey, chain?: string): string =>
  signCompact(JSON.stringify({ ...head, time, ...(chain === undefined ? {} : { chain }) }), HEAD_TYPE, key);

/** The head of the chain on a bus that one gateway writes, as far as its last record says. */
export async function readHead(bus: Bus): Promise<ChainHead> {
  const end = (await bus.ends(AUDIT))[0] ?? 0;
  const [last] = end === 0 ? [] : await bus.read(AUDIT, 0, end - 1, 1);
  if (last === undefined) return EMPTY_CHAIN;
  const { seq, hash: own } = parseRecord<AuditRecord>(last.value);
  return { seq, hash: own };
}

export type ChainReport =
  | { readonly ok: true; readonly records: number; readonly heads: number; readonly chains: number; readonly head: ChainHead }
  | { readonly ok: false; readonly records: number; readonly badRecord: number; readonly reason: string };

async function* all(bus: Bus, topic: string, from = 0) {
  for (let offset = from; ; ) {
    const records = await bus.read(topic, 0, offset, 500);
    if (records.length === 0) return;
    yield* records;
    offset = (records.at(-1)?.offset ?? offset) + 1;
  }
}

/** The one chain of a bus that one gateway writes. */
const ONLY = '';

/** Where each chain that wrote lately stands on a bus; what cannot be read is passed over. */
export async function readChains(bus: Bus): Promise<NonNullable<AuditRecord['follows']>> {
  const chains = new Map<string, ChainHead>();
  const end = (await bus.ends(AUDIT))[0] ?? 0;
  for await (const { value } of all(bus, AUDIT, Math.max(0, end - LATELY)))
    try {
      const { chain = ONLY, seq, hash: own } = parseRecord<AuditRecord>(value);
      chains.set(chain, { seq, hash: own });
    } catch {
      // It is named when the log is verified.
    }
  return [...chains].map(([chain, head]) => ({ chain, ...head }));
}

/** One walk over the log: where each chain stands, and what was said of it elsewhere. */
class Walk {
  readonly chains = new Map<string, ChainHead>();
  /** By chain: the hash that a signed head or another chain's start states for a number. */
  readonly #stated = new Map<string, Map<number, string>>();
  /** Of the last records of each chain, to know one that came twice. */
  readonly #recent = new Map<string, string>();

  state(chain: string, { seq, hash: own }: ChainHead): void {
    const known = this.#stated.get(chain) ?? new Map<number, string>();
    this.#stated.set(chain, known.set(seq, own));
  }

  /** Takes the next record; returns what is wrong with it, or undefined. */
  take(value: Uint8Array): string | undefined {
    let entry: AuditRecord;
    try {
      entry = parseRecord<AuditRecord>(value);
    } catch {
      return 'The record cannot be read';
    }
    const { hash: own, ...unhashed } = entry;
    const chain = entry.chain ?? ONLY;
    const head = this.chains.get(chain) ?? EMPTY_CHAIN;
    // A bus that delivers at least once can hold a record again, just as it was.
    if (entry.chain !== undefined && this.#recent.get(`${chain} ${entry.seq}`) === own && hashOf(unhashed) === own) return undefined;
    if (entry.seq !== head.seq + 1) return 'A record is missing or out of order';
    if (entry.prev !== head.hash) return 'The record does not follow the one before it';
    if (hashOf(unhashed) !== own) return 'The record was changed after it was written';
    const stated = this.#stated.get(chain)?.get(entry.seq);
    if (stated !== undefined && stated !== own) return 'The record is not the one whose head was signed';
    for (const other of entry.follows ?? []) this.state(other.chain, other);
    this.chains.set(chain, { seq: entry.seq, hash: own });
    if (entry.chain !== undefined) {
      this.#recent.set(`${chain} ${entry.seq}`, own);
      this.#recent.delete(`${chain} ${entry.seq - MOST_REPEATED}`);
    }
    return undefined;
  }

  /** A number that was stated of a chain and that the chain does not reach. */
  get cut(): number | undefined {
    for (const [chain, stated] of this.#stated) {
      const { seq } = this.chains.get(chain) ?? EMPTY_CHAIN;
      const beyond = [...stated.keys()].find((one) => one > seq);
      if (beyond !== undefined) return beyond;
    }
    return undefined;
  }
}

/** Of the log's last records. */
const LATELY = 10_000;

/** So many records may come again: more than are ever in one request. */
const MOST_REPEATED = 10_000;

/** Walks the whole log and every signed head. Names the first record (by its place in the log) that is not as it was written. */
export async function verifyAudit(bus: Bus, keys: TrustedKeys): Promise<ChainReport> {
  const walk = new Walk();
  let heads = 0;
  for await (const { value } of all(bus, AUDIT_HEADS)) {
    const stated = await openHead(Buffer.from(value).toString(), keys);
    if (stated === undefined) return { ok: false, records: 0, badRecord: 0, reason: `Signed head ${heads} does not verify` };
    walk.state(stated.chain ?? ONLY, stated);
    heads++;
  }
  let records = 0;
  for await (const { value } of all(bus, AUDIT)) {
    const reason = walk.take(value);
    if (reason !== undefined) return { ok: false, records, badRecord: records, reason };
    records++;
  }
  const { cut } = walk;
  if (cut !== undefined) return { ok: false, records, badRecord: records, reason: `The log is cut: a signed head names record ${cut}` };
  return { ok: true, records, heads, chains: walk.chains.size, head: walk.chains.get(ONLY) ?? EMPTY_CHAIN };
}

async function openHead(jws: string, keys: TrustedKeys): Promise<(ChainHead & { readonly chain?: string }) | undefined> {
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
    return protectedHeader.typ === HEAD_TYPE
      ? (JSON.parse(Buffer.from(payload).toString()) as ChainHead & { readonly chain?: string })
      : undefined;
  } catch {
    return undefined;
  }
}
