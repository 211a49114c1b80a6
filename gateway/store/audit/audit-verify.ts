/** Verifies the audit log: every record, every signed head, and what a witness saw of them. */
import type { Certificate } from 'pkijs';
import type { Bus } from '../../bus/bus.ts';
import type { TrustedKeys } from '../../labels/verify.ts';
import { readAudit } from '../../wire/stream-reader.ts';
import { AUDIT, AUDIT_HEADS, AUDIT_KEY, type AuditRecord, HEAD_EVERY } from '../../wire/streams.ts';
import { type ChainHead, EMPTY_CHAIN, GENESIS, hashOfRecord, ONLY_CHAIN, streamRecords } from './audit.ts';
import { type LastHead, NO_HEAD, readHeadClaims } from './audit-head.ts';
import { HeadWalk } from './head-walk.ts';
import { type TimestampFault, type Timestamps, TimestampWalk } from './timestamp-walk.ts';

export interface SoundLog {
  readonly ok: true;
  readonly records: number;
  readonly heads: number;
  readonly chains: number;
  /** Of the chain of a bus that one gateway writes. */
  readonly head: ChainHead;
  readonly last: LastHead;
  /** How many of its records come after its last signed head. */
  readonly unsigned: number;
  /** What is no fault, and should be known. */
  readonly notes: readonly string[];
  /** Records on the stream that are no audit records. */
  readonly gaps: readonly AuditGap[];
  readonly timestamps: Timestamps;
}

/** A record on the stream of the audit log that is no audit record. */
export interface AuditGap {
  /** Its place in the log. */
  readonly record: number;
  /** Whether a record of the log was there: the records around it name one that is not there any more. */
  readonly isLost: boolean;
}

export interface BrokenLog {
  readonly ok: false;
  readonly records: number;
  readonly badRecord: number;
  readonly reason: string;
}

export type ChainReport = SoundLog | BrokenLog;

const LOST = 'A record of the log was here and cannot be read: it is lost';

export interface VerifyOptions {
  /** The heads that a witness saw, as compact JWS, oldest first. Without it the log is checked against its own heads only. */
  readonly witnessed?: readonly string[];
  /** Verifies only the last so many records and heads. A gateway does this when it starts. */
  readonly latest?: number;
  /** Names the secret that pseudonyms are made with now: heads that name another one are refused. */
  readonly secret?: string;
  /** Does not compare where topics end with what heads state of it: administrators of Kafka may remove a topic. */
  readonly withoutEnds?: boolean;
  /**
   * Takes a log of which a record is lost for sound where the records around it are as they were written. A gateway that starts does: it
   * adds to the log, and says what is lost. What was changed, cut or forged is never taken.
   */
  readonly takesLost?: boolean;
  /** The certificates of timestamp authorities. Without them it is not checked who signed a timestamp. */
  readonly authorities?: readonly Certificate[];
}

/** A bus that delivers at least once can repeat so many records: more than are ever in one request. */
const MOST_REPEATED = 10_000;

interface Chain {
  head: ChainHead;
  /** The place in the log of the first record that no head signs. */
  unsignedAt: number | undefined;
  /** Whether a gateway stopped with the last record. */
  isStopped: boolean;
  hasOnlyStarted: boolean;
  firstAt: number;
  lastAt: number;
}

/** One walk over the records: where each chain is, and what was stated of it elsewhere. */
class RecordWalk {
  readonly chains = new Map<string, Chain>();
  readonly #heads: HeadWalk;
  readonly #isWhole: boolean;
  /** By chain: the hash that the first record of another chain states for a number. */
  readonly #stated = new Map<string, Map<number, string>>();
  /** Of the last records of each chain, to know one that came twice. */
  readonly #recent = new Map<string, string>();
  /** By chain: the places of the records that come after a signed one. */
  readonly #places = new Map<string, Map<number, number>>();
  /** Places of what is no audit record: others put it there, or a record of the log was there. */
  readonly #foreign = new Set<number>();
  readonly #lost = new Set<number>();
  /** The record that was taken last, unless it came twice. */
  taken: AuditRecord | undefined;

  constructor(heads: HeadWalk, isWhole: boolean) {
    this.#heads = heads;
    this.#isWhole = isWhole;
  }

  /** Takes the record at a place of the log. Returns what is wrong with it, or undefined. */
  take(value: Uint8Array, at: number): string | undefined {
    this.taken = undefined;
    const entry = readAudit(value);
    if (entry === undefined) {
      this.#foreign.add(at);
      return undefined;
    }
    const { hash: own, ...unhashed } = entry;
    const name = entry.chain ?? ONLY_CHAIN;
    const isItsOwn = hashOfRecord(unhashed) === own;
    // A bus that delivers at least once can hold a record again, just as it was.
    if (entry.chain !== undefined && this.#recent.get(`${name} ${entry.seq}`) === own && isItsOwn) return undefined;
    const known = this.chains.get(name);
    // A walk over the end of the log begins in the middle of a chain.
    const head = known?.head ?? (this.#isWhole || entry.seq === 0 ? EMPTY_CHAIN : { seq: entry.seq - 1, hash: entry.prev });
    const missing = entry.seq - head.seq - 1;
    if (missing < 0 || !this.#lose(missing, known?.lastAt ?? -1)) return 'A record is missing or out of order';
    // Of a record that is lost, its hash is known where a head states it.
    const before = missing === 0 ? head.hash : (this.#heads.chains.get(name)?.stated.get(entry.seq - 1) ?? entry.prev);
    if (entry.prev !== before || (entry.seq === 0 && entry.prev !== GENESIS)) return 'The record does not follow the one before it';
    if (!isItsOwn) return 'The record was changed after it was written';
    const fault = this.#heads.faults.get(name);
    if (fault !== undefined && entry.seq > fault.after) return fault.reason;
    const heads = this.#heads.chains.get(name);
    const stated = heads?.stated.get(entry.seq) ?? this.#stated.get(name)?.get(entry.seq);
    if (stated !== undefined && stated !== own) return 'The record is not the one whose head was signed';
    const signed = heads?.seq ?? EMPTY_CHAIN.seq;
    // A gateway signs a head with the first records of each run.
    if (known?.isStopped === true && entry.seq > signed) return 'The record follows the end of a run, and no head signs it';
    if (name === ONLY_CHAIN && heads !== undefined && entry.seq - signed >= HEAD_EVERY)
      return `A gateway signs every ${HEAD_EVERY} records, and no head signs these`;
    for (const other of entry.follows ?? []) this.#state(other.chain, other);
    if (entry.seq === 0 || heads?.stated.has(entry.seq - 1) === true) this.#put(name, entry.seq, at);
    this.taken = entry;
    this.chains.set(name, {
      head: { seq: entry.seq, hash: own },
      unsignedAt: known?.unsignedAt ?? (entry.seq > signed ? at : undefined),
      isStopped: entry.action === 'stop' && entry.who === 'gateway',
      hasOnlyStarted: known?.hasOnlyStarted !== false && entry.action === 'start' && entry.who === 'gateway',
      firstAt: known?.firstAt ?? at,
      lastAt: at,
    });
    if (entry.chain !== undefined) {
      this.#recent.set(`${name} ${entry.seq}`, own);
      this.#recent.delete(`${name} ${entry.seq - MOST_REPEATED}`);
    }
    return undefined;
  }

  /** Whether so many records of a chain can have been where there is no audit record now, after a place. They are then lost. */
  #lose(count: number, after: number): boolean {
    const places = [...this.#foreign].filter((place) => place > after).slice(0, count);
    if (places.length < count) return false;
    for (const place of places) {
      this.#foreign.delete(place);
      this.#lost.add(place);
    }
    return true;
  }

  /** What is wrong, or that a record before it is lost. */
  first(fault: BrokenLog): BrokenLog {
    const [lost] = [...this.#lost].toSorted((one, other) => one - other);
    return lost === undefined || lost >= fault.badRecord ? fault : { ...fault, badRecord: lost, reason: `${LOST}. ${fault.reason}` };
  }

  get gaps(): readonly AuditGap[] {
    const gaps = [...this.#foreign, ...this.#lost].map((record) => ({ record, isLost: this.#lost.has(record) }));
    return gaps.toSorted((one, other) => one.record - other.record);
  }

  #put(chain: string, seq: number, at: number): void {
    const known = this.#places.get(chain) ?? new Map<number, number>();
    this.#places.set(chain, known.set(seq, at));
  }

  /** The place of the record after one that a head signs, if it was taken. */
  placeAfter(chain: string, seq: number): number | undefined {
    return this.#places.get(chain)?.get(seq + 1);
  }

  #state(chain: string, { seq, hash: own }: ChainHead): void {
    const known = this.#stated.get(chain) ?? new Map<number, string>();
    this.#stated.set(chain, known.set(seq, own));
  }

  /** What is wrong with the log as a whole, when its last record was taken. */
  end(records: number): { readonly badRecord: number; readonly reason: string } | undefined {
    for (const [, { reason }] of this.#heads.faults) return { badRecord: records, reason };
    for (const [name, { seq, stated }] of this.#heads.chains) {
      const missing = seq - this.#seqOf(name);
      if (missing <= 0) continue;
      const known = this.chains.get(name);
      // A walk over the end of the log does not see chains that ended before.
      if (known === undefined && !this.#isWhole && name !== ONLY_CHAIN) continue;
      if (known === undefined || !this.#lose(missing, known.lastAt))
        return { badRecord: records, reason: `The log is cut: a signed head names record ${seq}` };
      // The chain goes on from what its head says.
      known.head = { seq, hash: stated.get(seq) ?? known.head.hash };
    }
    for (const [name, stated] of this.#stated) {
      const beyond = [...stated.keys()].find((seq) => seq > this.#seqOf(name));
      if (beyond === undefined || (!this.#isWhole && !this.chains.has(name))) continue;
      if (!this.#lose(beyond - this.#seqOf(name), this.chains.get(name)?.lastAt ?? -1))
        return { badRecord: records, reason: `The log is cut: another gateway saw record ${beyond}` };
    }
    if (!this.#isWhole) return undefined;
    // On a bus that several gateways write, a run that was killed at once may have no head: it did nothing.
    for (const [name, { firstAt, hasOnlyStarted }] of this.chains)
      if (!this.#heads.chains.has(name) && (name === ONLY_CHAIN || !hasOnlyStarted))
        return { badRecord: firstAt, reason: 'The log has no signed head, and a gateway always signs one' };
    return undefined;
  }

  #seqOf(chain: string): number {
    return this.chains.get(chain)?.head.seq ?? EMPTY_CHAIN.seq;
  }

  notes(): readonly string[] {
    const notes: string[] = [];
    for (const { unnumbered, late } of this.#heads.chains.values()) {
      notes.push(...late);
      if (unnumbered > 0)
        notes.push(`${unnumbered} heads are of an earlier version and have no number: a missing one would not be noticed`);
    }
    for (const { unsignedAt } of this.chains.values())
      if (unsignedAt !== undefined) notes.push(`No head signs the records from ${unsignedAt} on yet`);
    return notes;
  }
}

const chainOf = (key: string): string => (key === AUDIT_KEY ? ONLY_CHAIN : key);

/**
 * Walks the log and its signed heads, or the end of both. Names the first record (by its place in the log) that is not as it was written,
 * as far as that can be known: of records that one head signs together, the one that the head names.
 */
export async function verifyAudit(bus: Bus, keys: TrustedKeys, options: VerifyOptions = {}): Promise<ChainReport> {
  const { witnessed = [], latest, secret, authorities, takesLost } = options;
  const [end = 0, headsEnd = 0] = [(await bus.ends(AUDIT))[0], (await bus.ends(AUDIT_HEADS))[0]];
  const from = Math.max(0, end - (latest ?? end));
  const headsFrom = from === 0 ? 0 : Math.max(0, headsEnd - (latest ?? headsEnd));
  const isWhole = from === 0;
  const heads = new HeadWalk(keys, isWhole, secret);
  for await (const { key, value } of streamRecords(bus, AUDIT_HEADS, headsFrom))
    await heads.take(chainOf(key), Buffer.from(value).toString());
  // The last head that the witness saw is what the rest stands on: the walk must reach it.
  const only = heads.chains.get(ONLY_CHAIN);
  const lastSeen = witnessed.map(readHeadClaims).findLast((claims) => claims?.chain === undefined);
  if (!isWhole && lastSeen !== undefined && lastSeen.number < (only?.first ?? 0))
    return verifyAudit(bus, keys, { ...options, latest: Number.POSITIVE_INFINITY });
  for (const jws of witnessed) {
    const claims = readHeadClaims(jws);
    if (claims !== undefined) await heads.witnessed(claims.chain ?? ONLY_CHAIN, claims.number, jws);
    else heads.fault(ONLY_CHAIN, { after: EMPTY_CHAIN.seq, reason: 'What the witness has is not a signed head' });
  }
  const walk = new RecordWalk(heads, isWhole);
  const timestamps = new TimestampWalk(heads, authorities);
  let records = from;
  for await (const { value } of streamRecords(bus, AUDIT, from)) {
    const reason = walk.take(value, records);
    if (reason !== undefined) return walk.first({ ok: false, records, badRecord: records, reason });
    const fault = walk.taken === undefined ? undefined : await timestamps.take(walk.taken);
    if (fault !== undefined) return walk.first({ ok: false, records, badRecord: placeOf(fault, walk, records), reason: fault.reason });
    records++;
  }
  const wrong = walk.end(records);
  if (wrong !== undefined) return walk.first({ ok: false, records, ...wrong });
  const cut = options.withoutEnds === true ? undefined : await heads.cut(bus);
  if (cut !== undefined) return walk.first({ ok: false, records, badRecord: records, reason: cut });
  const [lost] = walk.gaps.filter(({ isLost }) => isLost);
  if (lost !== undefined && takesLost !== true) return { ok: false, records, badRecord: lost.record, reason: LOST };
  const head = walk.chains.get(ONLY_CHAIN)?.head ?? EMPTY_CHAIN;
  return {
    ok: true,
    records,
    heads: heads.count,
    chains: walk.chains.size,
    head,
    last: only?.last ?? NO_HEAD,
    unsigned: head.seq - (only?.seq ?? EMPTY_CHAIN.seq),
    notes: [...walk.notes(), ...heads.notes(), ...timestamps.notes()],
    gaps: walk.gaps,
    timestamps: timestamps.report,
  };
}

/** The place of the first bad record that a timestamp shows. */
function placeOf({ after }: TimestampFault, walk: RecordWalk, at: number): number {
  const chain = walk.taken?.chain ?? ONLY_CHAIN;
  return after === undefined ? at : (walk.placeAfter(chain, after) ?? at);
}
