/** Proves that signed heads name audit records, from the log on the bus. */
import type { Bus } from '../bus/bus.ts';
import type { TrustedKeys } from '../labels/verify.ts';
import { hashOfRecord, ONLY_CHAIN } from '../store/audit/audit.ts';
import { type AuditHead, openHead } from '../store/audit/audit-head.ts';
import { MerkleTree } from '../store/audit/merkle.ts';
import { type PlacedRecord, recordAt } from '../store/audit/record-at.ts';
import { type LeafSalt, leafOfRecord } from '../store/audit/record-leaf.ts';
import { readAudit } from '../wire/stream-reader.ts';
import { AUDIT, AUDIT_HEADS, type AuditRecord } from '../wire/streams.ts';
import type { RecordProof } from './shown-audit.ts';

export interface AuditProofsContext {
  readonly bus: Pick<Bus, 'read' | 'offsetAt'>;
  /** Every key that ever signed heads. */
  readonly keys: TrustedKeys;
  readonly salt: LeafSalt;
}

/** The audit record at a place; undefined where there is none, or it was changed. */
export async function auditRecordAt({ bus }: Pick<AuditProofsContext, 'bus'>, offset: number): Promise<PlacedRecord | undefined> {
  const placed = await recordAt(bus, offset);
  if (placed === undefined) return undefined;
  const { hash: statedHash, ...unhashed } = placed.record;
  return hashOfRecord(unhashed) === statedHash ? placed : undefined;
}

/** A head with the tree of the records that it names. */
interface HeadTree {
  readonly jws: string;
  readonly from: number;
  readonly seq: number;
  readonly tree: MerkleTree;
}

const BATCH = 500;
/** How many heads, and how many audit records around a record, are searched. */
const MOST_HEADS = 5000;
const MOST_RECORDS = 20_000;
/** How far the clocks of brokers may differ. */
const CLOCK_MILLISECONDS = 60_000;

const chainOf = ({ chain }: Pick<AuditRecord, 'chain'>): string => chain ?? ONLY_CHAIN;

export class AuditProofs {
  readonly #context: AuditProofsContext;
  /** The last tree of each chain. */
  readonly #trees = new Map<string, HeadTree>();
  readonly heads: string[] = [];

  constructor(context: AuditProofsContext) {
    this.#context = context;
  }

  /** The proof for a record; undefined where no head with a tree names it. Ask for records in their order in the log. */
  async of(placed: PlacedRecord): Promise<RecordProof | undefined> {
    const { record } = placed;
    const found = await this.#treeOf(placed);
    if (found === undefined) return undefined;
    const { jws, tree, from } = found;
    const index = record.seq - from;
    if (tree.leaf(index)?.equals(leafOfRecord(record, this.#context.salt)) !== true) return undefined;
    let head = this.heads.lastIndexOf(jws);
    if (head < 0) head = this.heads.push(jws) - 1;
    const path = tree.path(index).map((node) => node.toString('base64url'));
    return { head, salt: this.#context.salt(record.hash), index, count: tree.count, path };
  }

  async #treeOf(placed: PlacedRecord): Promise<HeadTree | undefined> {
    const { record } = placed;
    const chain = chainOf(record);
    const known = this.#trees.get(chain);
    if (known !== undefined && known.from <= record.seq && record.seq <= known.seq) return known;
    const head = await this.#headOver(placed);
    if (head === undefined) return undefined;
    const leaves = await this.#leaves(placed, head);
    const tree = leaves === undefined ? undefined : new MerkleTree(leaves);
    if (tree === undefined || tree.root.toString('base64url') !== head.root) return undefined;
    const found = { jws: head.jws, from: head.from, seq: head.seq, tree };
    this.#trees.set(chain, found);
    return found;
  }

  /** The first head of the record's chain that signs it. */
  async #headOver({ record, time }: PlacedRecord): Promise<(AuditHead & { jws: string; from: number }) | undefined> {
    const { bus, keys } = this.#context;
    let offset = await bus.offsetAt(AUDIT_HEADS, 0, time - CLOCK_MILLISECONDS);
    for (let looked = 0; looked < MOST_HEADS; ) {
      const batch = await bus.read(AUDIT_HEADS, 0, offset, BATCH);
      if (batch.length === 0) return undefined;
      for (const { value } of batch) {
        const jws = Buffer.from(value).toString();
        const head = await openHead(jws, keys);
        if (head === undefined || chainOf(head) !== chainOf(record) || head.seq < record.seq) continue;
        return head.root === undefined || head.from === undefined || head.from > record.seq ? undefined : { ...head, jws, from: head.from };
      }
      looked += batch.length;
      offset = (batch.at(-1)?.offset ?? offset) + 1;
    }
    return undefined;
  }

  /** The leaves of the records that a head names; undefined where one of them is not in the log. */
  async #leaves({ offset, record }: PlacedRecord, { from, seq }: { from: number; seq: number }): Promise<readonly Buffer[] | undefined> {
    const { bus, salt } = this.#context;
    const found = new Map<number, Buffer>();
    const take = async (start: number, count: number): Promise<number> => {
      const batch = await bus.read(AUDIT, 0, start, count);
      for (const { value } of batch) {
        const entry = readAudit(value);
        if (entry !== undefined && chainOf(entry) === chainOf(record) && entry.seq >= from && entry.seq <= seq)
          found.set(entry.seq, leafOfRecord(entry, salt));
      }
      return batch.length;
    };
    for (let start = offset; start > 0 && !found.has(from) && offset - start < MOST_RECORDS; ) {
      const next = Math.max(0, start - BATCH);
      await take(next, start - next);
      start = next;
    }
    for (let start = offset; !found.has(seq) && start - offset < MOST_RECORDS; ) {
      const read = await take(start, BATCH);
      if (read === 0) break;
      start += read;
    }
    if (found.size !== seq - from + 1) return undefined;
    return Array.from({ length: found.size }, (_, n) => found.get(from + n) as Buffer);
  }
}
