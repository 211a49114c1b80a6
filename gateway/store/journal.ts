/**
 * The one writer: what belongs together (events, receipt, message, audit record) goes onto the bus in one publication, or not at all.
 * Writers that arrive while a publication is under way share the next one. The audit chain is extended only by what became durable.
 */
import { type Bus, type BusRecord, BusUnavailable, type Position, type StoredRecord } from '../bus/bus.ts';
import type { SealKey } from '../labels/seal.ts';
import type { TrustedKeys } from '../labels/verify.ts';
import type { RecordAuthenticator } from '../wire/record-authenticator.ts';
import { AUDIT, AUDIT_HEADS, AUDIT_KEY, type AuditEntry, HEAD_EVERY, RECEIPTS, record } from '../wire/streams.ts';
import { type ChainHead, EMPTY_CHAIN, link, ONLY_CHAIN } from './audit/audit.ts';
import { hashOfHead, type LastHead, NO_HEAD, readHeadClaims, signHead } from './audit/audit-head.ts';
import { type AuditGap, type SoundLog, verifyAudit } from './audit/audit-verify.ts';
import { type DurableHead, Timestamper, type TimestampOptions, type TimestampState } from './audit/timestamper.ts';
import { type FeedOptions, WitnessFeed } from './audit/witness-feed.ts';
import { joinDisclosures } from './outcomes.ts';

interface Waiting {
  readonly records: readonly BusRecord[];
  readonly audit: readonly AuditEntry[];
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
  /** Signs heads; another one after a rotation. */
  readonly key: () => SealKey;
  /** Every key that heads were ever signed with, by `kid`. */
  readonly keys: TrustedKeys;
  /** Names the secret that pseudonyms are made with. */
  readonly secret?: string;
  /** Authenticates the records that give rights. */
  readonly authenticator?: Pick<RecordAuthenticator, 'sign'>;
  readonly now: () => number;
  /** Sees what became durable, in order, before the writer is told. */
  readonly onCommitted: (records: readonly StoredRecord[]) => void;
  /** The name of this gateway's own chain on a bus that others write too: a new one with each start. */
  readonly chain?: string;
  /** Keeps the heads outside of the data folder. The gateway goes on for so many seconds while it is away. */
  readonly witness?: Pick<FeedOptions, 'witness' | 'seconds' | 'onFault'>;
  /** Puts timestamps of the heads into the log. */
  readonly timestamps?: TimestampOptions;
  /** The bus does not answer yet, and what is written goes into a spool: the log is verified before it goes on, by {@link Journal.verify}. */
  readonly isLate?: boolean;
  /** Milliseconds after which a writer is told that the bus does not take its records. Without it, the writer hears when the bus has said so. */
  readonly patience?: number;
}

/** What became of a commit. */
export interface Committed {
  /** It is durable on this machine, and goes on to the bus when that is back. */
  readonly isSpooled: boolean;
}

/** A signed head after HEAD_EVERY audit records, or so many milliseconds, whichever comes first. */
const HEAD_MILLISECONDS = 10_000;
const MOST_RECORDS = 1000;
const LATE_MILLISECONDS = 2000;
/** When a gateway starts it verifies so many of the last records; `interchange audit verify` verifies all. */
const VERIFIED_AT_START = 50_000;
/** On a bus that several gateways write, another one may be in the middle of a publication. */
const LOOKS = 3;
const BETWEEN_LOOKS_MILLISECONDS = 1000;

/** The audit log is not what was written: nothing may be added to it. */
export class AuditRefused extends Error {
  override readonly name = 'AuditRefused';
}

/** Verifies the end of the log before anything is added to it. Throws {@link AuditRefused}, which names the first bad record. */
async function verifyEnd({ bus, keys, secret, chain, witness, timestamps }: JournalOptions): Promise<SoundLog & { readonly from: number }> {
  for (let look = 1; ; look++) {
    // First what the witness saw: it is told of a head when that is on the bus.
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
    if (chain === undefined || look === LOOKS)
      throw new AuditRefused(`The audit log does not verify. First bad record: ${report.badRecord}. ${report.reason}`);
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MILLISECONDS));
  }
}

/** Of a log that is not known yet: a run on a bus of several writers has a chain of its own. The witness is told of its heads from the first on. */
const UNVERIFIED = { gaps: [], head: EMPTY_CHAIN, last: NO_HEAD, unsigned: 0, from: 0, timestamps: { count: 0, isChecked: false } };

export class Journal {
  readonly #options: JournalOptions;
  readonly #feed: WitnessFeed | undefined;
  readonly #timestamper: Timestamper | undefined;
  #signedHead: DurableHead | undefined;
  #head: ChainHead;
  #last: LastHead;
  /** Where topics end, as far as this run wrote them since the last head. */
  #ends: Record<string, Record<number, number>> = {};
  /** How many records before this run no head has signed. */
  #unsigned: number;
  /** A head that may be on the bus already: it is sent again as it is, because two heads must not have one number. */
  #pending: SignedHead | undefined;
  // What came after the last signed head, if anything did, is signed with the first record of this run.
  #signed = -1;
  #signedAt = 0;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  #closed = false;
  #refusal: string | undefined;
  /** What is no audit record, among those that were verified at the start. */
  readonly gaps: readonly AuditGap[];
  #failedSince: number | undefined;
  #publishingSince: number | undefined;

  private constructor(
    options: JournalOptions,
    { head, last, unsigned, timestamps, gaps }: Pick<SoundLog, 'head' | 'last' | 'unsigned' | 'timestamps' | 'gaps'>,
    feed: WitnessFeed | undefined,
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
    this.#unsigned = unsigned;
  }

  /** Opens the journal once the end of the log verifies. Rejects with {@link AuditRefused} when it does not. */
  static async open(options: JournalOptions): Promise<Journal> {
    const { from, ...sound } = options.isLate === true ? UNVERIFIED : await verifyEnd(options);
    const { chain, witness } = options;
    const feed = witness === undefined ? undefined : new WitnessFeed({ ...options, ...witness, chain: chain ?? ONLY_CHAIN, from });
    const journal = new Journal(options, chain === undefined ? sound : { ...sound, head: EMPTY_CHAIN, last: NO_HEAD, unsigned: 0 }, feed);
    await feed?.report();
    if (feed !== undefined && feed.health !== 'pass' && options.isLate !== true)
      throw new AuditRefused('The witness of the audit log does not take its heads');
    return journal;
  }

  /** Verifies the end of the log, where it could not be verified when the journal opened. Rejects with {@link AuditRefused}. */
  async verify(): Promise<void> {
    await verifyEnd(this.#options);
  }

  /** Takes nothing more. */
  refuse(reason: string): void {
    this.#refusal = reason;
  }

  /** Whether the bus was found to be another than it should be. */
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
   * Resolves when all records and audit entries are durable. Rejects with BusUnavailable when none of them is, or when after the patience
   * of this journal it is not known: they may be durable later, and what is sent again is the same.
   */
  commit(records: readonly BusRecord[], audit: readonly AuditEntry[]): Promise<Committed> {
    const stop = this.#closed ? 'The gateway is stopping' : (this.#refusal ?? this.#feed?.stop);
    if (stop !== undefined) return Promise.reject(new BusUnavailable(stop));
    return this.#enqueue(records, audit);
  }

  #enqueue(records: readonly BusRecord[], audit: readonly AuditEntry[]): Promise<Committed> {
    const { promise, resolve, reject } = Promise.withResolvers<Committed>();
    const waiting: Waiting = { records, audit, resolve, reject };
    this.#waiting.push(waiting);
    const { patience } = this.#options;
    if (patience !== undefined) {
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((one) => one !== waiting);
        reject(new BusUnavailable('The bus does not acknowledge'));
      }, patience);
      const stop = () => clearTimeout(timer);
      promise.then(stop, stop);
    }
    this.#running ??= this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    // One turn of the event loop lets the writers that are ready now share the publication.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      let count = 0;
      let size = 0;
      while (count < this.#waiting.length && size < MOST_RECORDS) size += this.#waiting[count++]?.records.length ?? 0;
      await this.#publish(this.#waiting.splice(0, count));
    }
    // In the same step as the last look at who waits: a writer who comes a step later would otherwise wait for the next one.
    this.#running = undefined;
  }

  async #publish(batch: readonly Waiting[]): Promise<void> {
    const { bus, now, onCommitted, chain, authenticator } = this.#options;
    const time = new Date(now()).toISOString();
    let head = this.#head;
    const records: BusRecord[] = [];
    this.#publishingSince = now();
    try {
      for (const one of batch.flatMap(({ records: own }) => own))
        records.push(one.topic === RECEIPTS ? { ...one, after: true } : (authenticator?.sign(one) ?? one));
      for (const entry of joinDisclosures(batch.flatMap(({ audit }) => audit))) {
        const linked = link(head, chain === undefined ? entry : { ...entry, chain }, time);
        head = { seq: linked.seq, hash: linked.hash };
        records.push({ ...record(AUDIT, chain ?? AUDIT_KEY, linked), after: true });
      }
      const isDue = head.seq - this.#signed >= HEAD_EVERY || now() - this.#signedAt >= HEAD_MILLISECONDS || this.#closed;
      const signs = isDue && head.seq > this.#signed;
      const signed = signs && chain === undefined ? this.#sign(head, time) : undefined;
      if (signed !== undefined) records.push(signed.record);
      const positions = await bus.publish(records);
      this.#head = head;
      if (signed !== undefined) this.#ends = {};
      this.#grew(positions);
      if (signed !== undefined) this.#hasSigned(signed);
      else if (signs) await this.#publishHead(head, time);
      this.#failedSince = undefined;
      const isSpooled = positions.some(({ offset }) => offset < 0);
      onCommitted(records.map((one, n) => ({ ...one, headers: one.headers ?? {}, ...(positions[n] as Position), time: now() })));
      for (const { resolve } of batch) resolve({ isSpooled });
    } catch (error) {
      this.#failedSince ??= now();
      for (const { reject } of batch) reject(error);
    } finally {
      this.#publishingSince = undefined;
    }
  }

  #sign(head: ChainHead, time: string): SignedHead {
    const { key, chain, secret } = this.#options;
    const more = {
      ...(chain === undefined ? {} : { chain }),
      ...(secret === undefined ? {} : { secret }),
      ...(this.#unsigned === 0 ? {} : { unsigned: this.#unsigned }),
      ...(Object.keys(this.#ends).length === 0 ? {} : { ends: this.#ends }),
    };
    const jws = signHead({ ...head, time, ...more }, this.#last, key());
    return { jws, seq: head.seq, record: { topic: AUDIT_HEADS, key: chain ?? AUDIT_KEY, value: Buffer.from(jws), after: true } };
  }

  /** What is in a spool is nowhere on the bus yet. */
  #grew(positions: readonly Position[]): void {
    for (const { topic, partition, offset } of positions) {
      if (offset < 0) continue;
      this.#ends[topic] = { ...this.#ends[topic], [partition]: Math.max(offset + 1, this.#ends[topic]?.[partition] ?? 0) };
    }
  }

  #hasSigned({ jws, seq }: SignedHead): void {
    this.#last = { number: this.#last.number + 1, hash: hashOfHead(jws) };
    this.#signed = seq;
    this.#signedAt = this.#options.now();
    this.#unsigned = 0;
    this.#signedHead = { number: this.#last.number, jws };
    void this.#feed?.report();
    this.#timestamper?.check();
  }

  /** Whether the witness takes the heads; undefined where there is none. */
  get witness(): WitnessFeed['health'] | undefined {
    return this.#feed?.health;
  }

  /** What became of the timestamps; undefined where no authority is asked for any. */
  get timestamps(): TimestampState | undefined {
    return this.#timestamper?.state;
  }

  /**
   * Where records and their head cannot be written as one, the head comes when its records are durable. If it fails, they are durable
   * all the same: it is sent again with the next ones.
   */
  async #publishHead(head: ChainHead, time: string): Promise<void> {
    try {
      while (this.#signed < head.seq) {
        if (this.#pending === undefined) {
          this.#pending = this.#sign(head, time);
          this.#ends = {};
        }
        this.#grew(await this.#options.bus.publish([this.#pending.record]));
        this.#hasSigned(this.#pending);
        this.#pending = undefined;
      }
    } catch (error) {
      if (!(error instanceof BusUnavailable)) throw error;
    }
  }

  /** Refuses new writers, waits for those under way, and signs the last head. */
  async close(last?: AuditEntry): Promise<void> {
    await this.#timestamper?.close();
    this.#closed = true;
    await this.#running;
    // No head is signed where the witness saw another log.
    const signs = last !== undefined && this.#feed?.isRefused !== true;
    if (signs) await this.#enqueue([], [last]).catch(() => undefined); // nobody is left to tell
    await this.#feed?.close();
  }
}
