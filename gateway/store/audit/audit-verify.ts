/** Verifies the audit log: every record, every signed head, and the heads that a witness saw. */
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
  /** The head of the chain on a bus that one gateway writes to. */
  readonly head: ChainHead;
  readonly last: LastHead;
  /** How many of its records come after its last signed head. */
  readonly unsigned: number;
  /** Notes for operators that are not faults. */
  readonly notes: readonly string[];
  /** Records on the stream that are not audit records. */
  readonly gaps: readonly AuditGap[];
  readonly timestamps: Timestamps;
}

/** A record on the stream of the audit log that is not an audit record. */
export interface AuditGap {
  /** Its place in the log. */
  readonly record: number;
  /** Whether a record of the log is lost at this place: its neighbours refer to a record that is no longer there. */
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
  /** Verifies only this number of records and heads, from the end. A gateway does this when it starts. */
  readonly latest?: number;
  /** The name of the secret for pseudonyms. Heads that name another secret are refused. */
  readonly secret?: string;
  /** Does not compare the ends of topics with those in heads: administrators of Kafka may remove a topic. */
  readonly withoutEnds?: boolean;
  /**
   * Accepts a log with a lost record where the records around it are unchanged. A gateway does this when it starts: it continues the log, and reports the loss. A log that was changed, cut or forged is never accepted.
   */
  readonly takesLost?: boolean;
  /** The certificates of timestamp authorities. Without them, the signers of timestamps are not checked. */
  readonly authorities?: readonly Certificate[];
  /** Called after each hundred records, with their number. The verification waits for it, and ends with the error that it throws. */
  readonly onProgress?: (records: number) => Promise<void>;
}

const BETWEEN_PROGRESS = 100;

/** How many records a bus that delivers at least once can repeat: more than one request ever has. */
const MOST_REPEATED = 10_000;

interface Chain {
  head: ChainHead;
  /** The place in the log of the first record without a signed head. */
  unsignedAt: number | undefined;
  /** Whether the last record says that the gateway stopped. */
  isStopped: boolean;
  hasOnlyStarted: boolean;
  firstAt: number;
  lastAt: number;
}

/** One walk over the records: the end of each chain, and what other chains state about it. */
class RecordWalk {
  readonly chains = new Map<string, Chain>();
  readonly #heads: HeadWalk;
  readonly #isWhole: boolean;
  /** By chain and number: the hash that the first record of another chain states. */
  readonly #stated = new Map<string, Map<number, string>>();
  /** The hashes of the last records of each chain, to recognise a repeated record. */
  readonly #recent = new Map<string, string>();
  /** By chain: the places of the records after a signed one. */
  readonly #places = new Map<string, Map<number, number>>();
  /** Places of records that are not audit records: others wrote them, or a record of the log is lost there. */
  readonly #foreign = new Set<number>();
  readonly #lost = new Set<number>();
  /** The last record of the walk, unless it was a repeated one. */
  taken: AuditRecord | undefined;

  constructor(heads: HeadWalk, isWhole: boolean) {
    this.#heads = heads;
    this.#isWhole = isWhole;
  }

  /** Checks the record at a place of the log. Returns the fault, or undefined. */
  take(value: Uint8Array, at: number): string | undefined {
    this.taken = undefined;
    const entry = readAudit(value);
    if (entry === undefined) {
      this.#foreign.add(at);
      return undefined;
    }
    const { hash: statedHash, ...unhashed } = entry;
    const name = entry.chain ?? ONLY_CHAIN;
    const isItsOwn = hashOfRecord(unhashed) === statedHash;
    // A bus that delivers at least once can hold the same record twice.
    if (entry.chain !== undefined && this.#recent.get(`${name} ${entry.seq}`) === statedHash && isItsOwn) return undefined;
    const known = this.chains.get(name);
    // A walk over the end of the log begins in the middle of a chain.
    const head = known?.head ?? (this.#isWhole || entry.seq === 0 ? EMPTY_CHAIN : { seq: entry.seq - 1, hash: entry.prev });
    const missing = entry.seq - head.seq - 1;
    if (missing < 0 || !this.#lose(missing, known?.lastAt ?? -1)) return 'A record is missing or out of order';
    // The hash of a lost record is known only where a head states it.
    const before = missing === 0 ? head.hash : (this.#heads.chains.get(name)?.stated.get(entry.seq - 1) ?? entry.prev);
    if (entry.prev !== before || (entry.seq === 0 && entry.prev !== GENESIS)) return 'The record does not follow the one before it';
    if (!isItsOwn) return 'The record was changed after it was written';
    const fault = this.#heads.faults.get(name);
    if (fault !== undefined && entry.seq > fault.after) return fault.reason;
    const heads = this.#heads.chains.get(name);
    const stated = heads?.stated.get(entry.seq) ?? this.#stated.get(name)?.get(entry.seq);
    if (stated !== undefined && stated !== statedHash) return 'The record is not the one whose head was signed';
    const signed = heads?.seq ?? EMPTY_CHAIN.seq;
    // A gateway signs a head with the first records of each run.
    if (known?.isStopped === true && entry.seq > signed) return 'The record follows the end of a run, and no head signs it';
    if (name === ONLY_CHAIN && heads !== undefined && entry.seq - signed >= HEAD_EVERY)
      return `A gateway signs every ${HEAD_EVERY} records, and no head signs these`;
    for (const followed of entry.follows ?? []) this.#state(followed.chain, followed);
    if (entry.seq === 0 || heads?.stated.has(entry.seq - 1) === true) this.#put(name, entry.seq, at);
    this.taken = entry;
    this.chains.set(name, {
      head: { seq: entry.seq, hash: statedHash },
      unsignedAt: known?.unsignedAt ?? (entry.seq > signed ? at : undefined),
      isStopped: entry.action === 'stop' && entry.who === 'gateway',
      hasOnlyStarted: known?.hasOnlyStarted !== false && entry.action === 'start' && entry.who === 'gateway',
      firstAt: known?.firstAt ?? at,
      lastAt: at,
    });
    if (entry.chain !== undefined) {
      this.#recent.set(`${name} ${entry.seq}`, statedHash);
      this.#recent.delete(`${name} ${entry.seq - MOST_REPEATED}`);
    }
    return undefined;
  }

  /** Marks records of a chain as lost, where enough places after a place hold no audit record. Returns whether there are enough. */
  #lose(count: number, after: number): boolean {
    const places = [...this.#foreign].filter((place) => place > after).slice(0, count);
    if (places.length < count) return false;
    for (const place of places) {
      this.#foreign.delete(place);
      this.#lost.add(place);
    }
    return true;
  }

  /** Returns the fault, or an earlier lost record. */
  first(fault: BrokenLog): BrokenLog {
    const [lost] = [...this.#lost].toSorted((first, second) => first - second);
    return lost === undefined || lost >= fault.badRecord ? fault : { ...fault, badRecord: lost, reason: `${LOST}. ${fault.reason}` };
  }

  get gaps(): readonly AuditGap[] {
    const gaps = [...this.#foreign, ...this.#lost].map((record) => ({ record, isLost: this.#lost.has(record) }));
    return gaps.toSorted((first, second) => first.record - second.record);
  }

  #put(chain: string, seq: number, at: number): void {
    const known = this.#places.get(chain) ?? new Map<number, number>();
    this.#places.set(chain, known.set(seq, at));
  }

  /** The place of the record after a signed one, if the walk has reached it. */
  placeAfter(chain: string, seq: number): number | undefined {
    return this.#places.get(chain)?.get(seq + 1);
  }

  #state(chain: string, { seq, hash: headHash }: ChainHead): void {
    const known = this.#stated.get(chain) ?? new Map<number, string>();
    this.#stated.set(chain, known.set(seq, headHash));
  }

  /** Checks the log after its last record. Returns the fault, or undefined. */
  end(records: number): { readonly badRecord: number; readonly reason: string } | undefined {
    for (const [, { reason }] of this.#heads.faults) return { badRecord: records, reason };
    for (const [name, { seq, stated }] of this.#heads.chains) {
      const missing = seq - this.#seqOf(name);
      if (missing <= 0) continue;
      const known = this.chains.get(name);
      // A walk over the end of the log does not see chains that ended earlier.
      if (known === undefined && !this.#isWhole && name !== ONLY_CHAIN) continue;
      if (known === undefined || !this.#lose(missing, known.lastAt))
        return { badRecord: records, reason: `The log is cut: a signed head names record ${seq}` };
      // The chain continues from its head.
      known.head = { seq, hash: stated.get(seq) ?? known.head.hash };
    }
    for (const [name, stated] of this.#stated) {
      const beyond = [...stated.keys()].find((seq) => seq > this.#seqOf(name));
      if (beyond === undefined || (!this.#isWhole && !this.chains.has(name))) continue;
      if (!this.#lose(beyond - this.#seqOf(name), this.chains.get(name)?.lastAt ?? -1))
        return { badRecord: records, reason: `The log is cut: another gateway saw record ${beyond}` };
    }
    if (!this.#isWhole) return undefined;
    // On a bus that several gateways write to, a run that was killed at once may have no head: it did nothing.
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
 * Walks the log and its signed heads, or the end of both. Reports the first record (by its place in the log) that was changed, as far as
 * that can be known: of records that one head signs together, it reports the one that the head names.
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
  // The walk must reach the last head that the witness saw.
  const only = heads.chains.get(ONLY_CHAIN);
  const lastSeen = witnessed.map(readHeadClaims).findLast((claims) => claims?.chain === undefined);
  if (!isWhole && lastSeen !== undefined && lastSeen.number < (only?.first ?? 0))
    return verifyAudit(bus, keys, { ...options, latest: Number.POSITIVE_INFINITY });
  for (const jws of witnessed) {
    const claims = readHeadClaims(jws);
    if (claims !== undefined) await heads.witnessed(claims.chain ?? ONLY_CHAIN, claims.number, jws);
    else heads.fault(ONLY_CHAIN, { after: EMPTY_CHAIN.seq, reason: 'The witness has a record that is not a signed head' });
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
    if (records % BETWEEN_PROGRESS === 0) await options.onProgress?.(records);
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

/** The place of the first bad record that a timestamp reveals. */
function placeOf({ after }: TimestampFault, walk: RecordWalk, at: number): number {
  const chain = walk.taken?.chain ?? ONLY_CHAIN;
  return after === undefined ? at : (walk.placeAfter(chain, after) ?? at);
}
