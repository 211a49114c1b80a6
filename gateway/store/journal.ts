/**
 * The only writer to the bus. It publishes records that belong together (events, receipt, message, audit record) in one publication, or not
 * at all. Commits that arrive during a publication share the next one. The audit chain grows only by durable records.
 */
import { type Bus, type BusRecord, BusUnavailable, onlyUnavailable, type Position, type StoredRecord } from '../bus/bus.ts';
import type { SealKey } from '../labels/seal.ts';
import type { TrustedKeys } from '../labels/verify.ts';
import type { RecordAuthenticator } from '../wire/record-authenticator.ts';
import { readAudit } from '../wire/stream-reader.ts';
import { AUDIT, AUDIT_HEADS, AUDIT_KEY, type AuditEntry, HEAD_EVERY, RECEIPTS, record } from '../wire/streams.ts';
import { type ChainHead, EMPTY_CHAIN, link, ONLY_CHAIN, streamRecords } from './audit/audit.ts';
import { hashOfHead, type LastHead, NO_HEAD, readHeadClaims, signHead } from './audit/audit-head.ts';
import { type AuditGap, type SoundLog, verifyAudit } from './audit/audit-verify.ts';
import { MerkleTree } from './audit/merkle.ts';
import { type LeafSalt, leafOfRecord } from './audit/record-leaf.ts';
import { type DurableHead, Timestamper, type TimestampOptions, type TimestampState } from './audit/timestamper.ts';
import { type FeedOptions, WitnessFeed } from './audit/witness-feed.ts';
import { joinDisclosures } from './outcomes.ts';

interface Waiting {
  readonly records: readonly BusRecord[];
  readonly audit: readonly AuditEntry[];
  readonly signs: boolean;
  readonly resolve: (committed: Committed) => void;
  readonly reject: (error: unknown) => void;
}

interface SignedHead {
  readonly jws: string;
  readonly seq: number;
  readonly record: BusRecord;
}

export interface JournalOptions {
  readonly bus: Bus;
  /** The key that signs heads. It changes with a rotation. */
  readonly key: () => SealKey;
  /** Every key that ever signed heads, by `kid`. */
  readonly keys: TrustedKeys;
  /** The name of the secret for pseudonyms. */
  readonly secret?: string;
  /** The salts of records in the trees of heads. Without it, heads have no root. */
  readonly salt?: LeafSalt;
  /** Authenticates the records that give rights. */
  readonly authenticator?: Pick<RecordAuthenticator, 'sign'>;
  readonly now: () => number;
  /** Called with durable records, in order, before their commit resolves. */
  readonly onCommitted: (records: readonly StoredRecord[]) => void;
  /** The name of this run's chain on a bus that several gateways write to. Each start has a new chain. */
  readonly chain?: string;
  /** Stores the heads outside the data folder. The gateway continues for this number of seconds while the witness is unavailable. */
  readonly witness?: Pick<FeedOptions, 'witness' | 'seconds' | 'onFault'>;
  /** Adds timestamps of the heads to the log. */
  readonly timestamps?: TimestampOptions;
  /**
   * Whether the bus does not answer yet, and records go into a spool. {@link Journal.verify} must verify the log before the spool is
   * published.
   */
  readonly isLate?: boolean;
  /** Milliseconds after which a commit rejects when the bus does not acknowledge. Without it, a commit waits for the bus. */
  readonly patience?: number;
}

/** The result of a commit. */
export interface Committed {
  /** The records are durable on this machine, and are published when the bus is available again. */
  readonly isSpooled: boolean;
}

/** The gateway signs a head after HEAD_EVERY audit records or this time, whichever comes first. */
const HEAD_MILLISECONDS = 10_000;
const MOST_RECORDS = 1000;
const LATE_MILLISECONDS = 2000;
/** How many of the last records a gateway verifies when it starts. `interchange audit verify` verifies all. */
const VERIFIED_AT_START = 50_000;
/** How often to try: on a bus that several gateways write to, another one may be in the middle of a publication. */
const ATTEMPTS = 3;
const BETWEEN_ATTEMPTS_MILLISECONDS = 1000;

/** The audit log was changed: nothing may be added to it. */
export class AuditRefused extends Error {
  override readonly name = 'AuditRefused';
}

/** Verifies the end of the log before anything is added to it. Throws {@link AuditRefused}, which names the first bad record. */
async function verifyEnd({ bus, keys, secret, chain, witness, timestamps }: JournalOptions): Promise<SoundLog & { readonly from: number }> {
  for (let look = 1; ; look++) {
    // Ask the witness first: it only gets heads that are on the bus.
    const witnessed = (await witness?.witness.seen()) ?? [];
    const report = await verifyAudit(bus, keys, {
      latest: VERIFIED_AT_START,
      witnessed,
      takesLost: true,
      withoutEnds: chain !== undefined,
      ...(secret === undefined ? {} : { secret }),
      ...(timestamps === undefined ? {} : { authorities: timestamps.authority.certificates }),
    });
    const ends = chain === undefined ? witnessed.findLast((jws) => readHeadClaims(jws)?.chain === undefined) : undefined;
    const from = chain === undefined ? (readHeadClaims(ends ?? '')?.number ?? -1) + 1 : ((await bus.ends(AUDIT_HEADS))[0] ?? 0);
    if (report.ok) return { ...report, from };
    if (chain === undefined || look === ATTEMPTS)
      throw new AuditRefused(`The audit log does not verify. First bad record: ${report.badRecord}. ${report.reason}`);
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_ATTEMPTS_MILLISECONDS));
  }
}

/** The leaves of the records that a killed run left without a head. None where one of them is lost: the next head then leaves them out. */
async function unsignedLeaves(
  { bus, salt }: Pick<JournalOptions, 'bus' | 'salt'>,
  { head, unsigned }: Pick<SoundLog, 'head' | 'unsigned'>,
): Promise<readonly Buffer[]> {
  if (salt === undefined || unsigned <= 0) return [];
  const leaves: Buffer[] = [];
  const end = (await bus.ends(AUDIT))[0] ?? 0;
  for await (const { value } of streamRecords(bus, AUDIT, Math.max(0, end - unsigned))) {
    const entry = readAudit(value);
    if (entry !== undefined && entry.seq === head.seq - unsigned + 1 + leaves.length) leaves.push(leafOfRecord(entry, salt));
  }
  return leaves.length === unsigned ? leaves : [];
}

/**
 * The state for a log that is not verified yet: a run on a shared bus has its own chain, and reports its heads to the witness from the
 * first one.
 */
const UNVERIFIED = { gaps: [], head: EMPTY_CHAIN, last: NO_HEAD, unsigned: 0, from: 0, timestamps: { count: 0, isChecked: false } };

export class Journal {
  readonly #options: JournalOptions;
  readonly #feed: WitnessFeed | undefined;
  readonly #timestamper: Timestamper | undefined;
  #signedHead: DurableHead | undefined;
  #head: ChainHead;
  #last: LastHead;
  /** The ends of the topics that this run wrote to since the last head. */
  #ends: Record<string, Record<number, number>> = {};
  /** The leaves of the records since the last head, as far as this run knows them. */
  #leaves: readonly Buffer[] = [];
  /** How many records of earlier runs have no signed head. */
  #unsigned: number;
  /** A head that may be on the bus already. It is sent again unchanged, because two heads must not have the same number. */
  #pending: SignedHead | undefined;
  // The head of this run's first record also signs the records after the last signed head.
  #signed = -1;
  #signedAt = 0;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  #closed = false;
  #refusal: string | undefined;
  /** Records that are not audit records, among those that the start verified. */
  readonly gaps: readonly AuditGap[];
  #failedSince: number | undefined;
  #publishingSince: number | undefined;

  private constructor(
    options: JournalOptions,
    { head, last, unsigned, timestamps, gaps }: Pick<SoundLog, 'head' | 'last' | 'unsigned' | 'timestamps' | 'gaps'>,
    feed: WitnessFeed | undefined,
    leaves: readonly Buffer[],
  ) {
    this.#feed = feed;
    if (options.timestamps !== undefined)
      this.#timestamper = new Timestamper({
        ...options.timestamps,
        now: options.now,
        head: () => this.#signedHead,
        commit: (entry) => this.commit([], [entry]),
        last: timestamps.last === undefined ? undefined : Date.parse(timestamps.last.time),
      });
    this.#options = options;
    this.gaps = gaps;
    this.#head = head;
    this.#last = last;
    this.#leaves = leaves;
    this.#unsigned = unsigned;
  }

  /** Opens the journal once the end of the log verifies. Rejects with {@link AuditRefused} when it does not. */
  static async open(options: JournalOptions): Promise<Journal> {
    const { from, ...sound } = options.isLate === true ? UNVERIFIED : await verifyEnd(options);
    const { chain, witness } = options;
    const feed = witness === undefined ? undefined : new WitnessFeed({ ...options, ...witness, chain: chain ?? ONLY_CHAIN, from });
    const isNew = chain !== undefined;
    const leaves = isNew ? [] : await unsignedLeaves(options, sound);
    const journal = new Journal(options, isNew ? { ...sound, head: EMPTY_CHAIN, last: NO_HEAD, unsigned: 0 } : sound, feed, leaves);
    await feed?.report();
    if (feed !== undefined && feed.health !== 'pass' && options.isLate !== true) {
      // It would report again and again, from a bus that is closed by then.
      await feed.close();
      throw new AuditRefused('The witness of the audit log does not take its heads');
    }
    return journal;
  }

  /** Verifies the end of the log later, where this was not possible when the journal opened. Rejects with {@link AuditRefused}. */
  async verify(): Promise<void> {
    await verifyEnd(this.#options);
  }

  /** Refuses all further commits. */
  refuse(reason: string): void {
    this.#refusal = reason;
  }

  /** Whether the journal refuses commits, because the bus is not the expected one. */
  get isRefused(): boolean {
    return this.#refusal !== undefined;
  }

  /** Milliseconds since 1970 of the first failure that no success followed, or undefined. */
  get failedSince(): number | undefined {
    const { now } = this.#options;
    const isLate = this.#publishingSince !== undefined && now() - this.#publishingSince > LATE_MILLISECONDS;
    return this.#failedSince ?? (isLate ? this.#publishingSince : undefined);
  }

  /**
   * Resolves when all records and audit entries are durable. Rejects with BusUnavailable when none is, or when the time limit has passed. After the limit they may still become durable; a repeated commit has the same records. With `signs`, a head signs them at once.
   */
  commit(
    records: readonly BusRecord[],
    audit: readonly AuditEntry[],
    { signs = false }: { readonly signs?: boolean } = {},
  ): Promise<Committed> {
    const stop = this.#closed ? 'The gateway is stopping' : (this.#refusal ?? this.#feed?.stop);
    if (stop !== undefined) return Promise.reject(new BusUnavailable(stop));
    return this.#enqueue(records, audit, signs);
  }

  #enqueue(records: readonly BusRecord[], audit: readonly AuditEntry[], signs = false): Promise<Committed> {
    const { promise, resolve, reject } = Promise.withResolvers<Committed>();
    const waiting: Waiting = { records, audit, signs, resolve, reject };
    this.#waiting.push(waiting);
    const { patience } = this.#options;
    if (patience !== undefined) {
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((commit) => commit !== waiting);
        reject(new BusUnavailable('The bus does not acknowledge'));
      }, patience);
      const stop = () => clearTimeout(timer);
      promise.then(stop, stop);
    }
    this.#running ??= this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    // Wait one iteration of the event loop, so that commits that are ready now share the publication.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      let count = 0;
      let size = 0;
      while (count < this.#waiting.length && size < MOST_RECORDS) size += this.#waiting[count++]?.records.length ?? 0;
      await this.#publish(this.#waiting.splice(0, count));
    }
    // In the same tick as the last test of the queue: otherwise a commit that arrives just after it would not be published.
    this.#running = undefined;
  }

  async #publish(batch: readonly Waiting[]): Promise<void> {
    const { bus, now, onCommitted, chain, authenticator, salt } = this.#options;
    const time = new Date(now()).toISOString();
    let head = this.#head;
    const records: BusRecord[] = [];
    const leaves: Buffer[] = [];
    this.#publishingSince = now();
    try {
      for (const record of batch.flatMap(({ records }) => records))
        records.push(record.topic === RECEIPTS ? { ...record, last: true } : (authenticator?.sign(record) ?? record));
      for (const entry of joinDisclosures(batch.flatMap(({ audit }) => audit))) {
        const linked = link(head, chain === undefined ? entry : { ...entry, chain }, time);
        head = { seq: linked.seq, hash: linked.hash };
        if (salt !== undefined) leaves.push(leafOfRecord(linked, salt));
        records.push({ ...record(AUDIT, chain ?? AUDIT_KEY, linked), after: true });
      }
      const isAsked = this.#closed || batch.some((publication) => publication.signs);
      const isDue = isAsked || head.seq - this.#signed >= HEAD_EVERY || now() - this.#signedAt >= HEAD_MILLISECONDS;
      const signs = isDue && head.seq > this.#signed;
      const unsigned = [...this.#leaves, ...leaves];
      const signed = signs && chain === undefined ? this.#sign(head, time, unsigned) : undefined;
      if (signed !== undefined) records.push(signed.record);
      const positions = await bus.publish(records);
      this.#head = head;
      this.#leaves = unsigned;
      if (signed !== undefined) this.#ends = {};
      this.#grew(positions);
      if (signed !== undefined) this.#hasSigned(signed);
      else if (signs) await this.#publishHead(head, time);
      this.#failedSince = undefined;
      const isSpooled = positions.some(({ offset }) => offset < 0);
      onCommitted(records.map((record, n) => ({ ...record, headers: record.headers ?? {}, ...(positions[n] as Position), time: now() })));
      for (const { resolve } of batch) resolve({ isSpooled });
    } catch (error) {
      this.#failedSince ??= now();
      for (const { reject } of batch) reject(error);
    } finally {
      this.#publishingSince = undefined;
    }
  }

  #sign(head: ChainHead, time: string, leaves: readonly Buffer[]): SignedHead {
    const { key, chain, secret } = this.#options;
    const more = {
      ...(chain === undefined ? {} : { chain }),
      ...(secret === undefined ? {} : { secret }),
      ...(this.#unsigned === 0 ? {} : { unsigned: this.#unsigned }),
      ...(leaves.length === 0 ? {} : { root: new MerkleTree(leaves).root.toString('base64url'), from: head.seq - leaves.length + 1 }),
      ...(Object.keys(this.#ends).length === 0 ? {} : { ends: this.#ends }),
    };
    const jws = signHead({ ...head, time, ...more }, this.#last, key());
    return { jws, seq: head.seq, record: { topic: AUDIT_HEADS, key: chain ?? AUDIT_KEY, value: Buffer.from(jws), after: true } };
  }

  /** Records in a spool have no position on the bus yet. */
  #grew(positions: readonly Position[]): void {
    for (const { topic, partition, offset } of positions) {
      if (offset < 0) continue;
      this.#ends[topic] = { ...this.#ends[topic], [partition]: Math.max(offset + 1, this.#ends[topic]?.[partition] ?? 0) };
    }
  }

  #hasSigned({ jws, seq }: SignedHead): void {
    this.#last = { number: this.#last.number + 1, hash: hashOfHead(jws) };
    this.#leaves = this.#leaves.slice(Math.max(0, this.#leaves.length - (this.#head.seq - seq)));
    this.#signed = seq;
    this.#signedAt = this.#options.now();
    this.#unsigned = 0;
    this.#signedHead = { number: this.#last.number, jws };
    void this.#feed?.report();
    this.#timestamper?.check();
  }

  /** The health of the witness; undefined where there is none. */
  get witness(): WitnessFeed['health'] | undefined {
    return this.#feed?.health;
  }

  /** The state of timestamps; undefined where no authority is configured. */
  get timestamps(): TimestampState | undefined {
    return this.#timestamper?.state;
  }

  /**
   * Publishes a head after its records, where the bus cannot write both together. If this fails, the records are durable, and the head is sent again with the next ones.
   */
  async #publishHead(head: ChainHead, time: string): Promise<void> {
    try {
      while (this.#signed < head.seq) {
        if (this.#pending === undefined) {
          this.#pending = this.#sign(head, time, this.#leaves);
          this.#ends = {};
        }
        this.#grew(await this.#options.bus.publish([this.#pending.record]));
        this.#hasSigned(this.#pending);
        this.#pending = undefined;
      }
    } catch (error) {
      onlyUnavailable(error);
    }
  }

  /** Refuses new commits, waits for running ones, and signs the last head. */
  async close(last?: AuditEntry): Promise<void> {
    await this.#timestamper?.close();
    this.#closed = true;
    await this.#running;
    // Sign no head where the witness saw another log.
    const signs = last !== undefined && this.#feed?.isRefused !== true;
    if (signs) await this.#enqueue([], [last]).catch(() => undefined); // the gateway is stopping: nothing can retry
    await this.#feed?.close();
  }
}
