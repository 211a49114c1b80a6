/**
 * A lease lets one of several gateways on a bus do a job. A gateway claims it with a record on the bus, and renews it in time. All gateways
 * see the claims in the same order, so they agree on the holder. No wall clock decides: each claim names the claim that it replaces, and
 * each gateway measures elapsed time itself.
 */
import type { Bus, Follower, StoredRecord } from '../bus/bus.ts';
import type { RecordAuthenticator } from '../wire/record-authenticator.ts';
import type { StreamReader } from '../wire/stream-reader.ts';
import { LONGEST_LEASE } from '../wire/stream-schemas.ts';
import { LEASES, type LeaseRecord, record } from '../wire/streams.ts';

export interface LeaseOptions {
  readonly bus: Bus;
  readonly reader: StreamReader;
  readonly authenticator: RecordAuthenticator;
  /** The id of this run of this gateway. */
  readonly run: string;
  /** How long a claim holds. The holder renews it three times in this time. */
  readonly milliseconds?: number;
  /** Whether there is work that needs the lease. */
  readonly wanted: () => boolean;
  /** Milliseconds since 1970 by this machine's clock. */
  readonly now?: () => number;
  /** Milliseconds on a monotonic clock. */
  readonly elapsed?: () => number;
  /** Called when another gateway's clock, or the broker's, is far ahead of this one (in milliseconds), and when it no longer is. */
  readonly onSkew?: (milliseconds: number) => void;
}

/** The holder of a lease, and the offset of its claim. */
export interface Holder extends Pick<LeaseRecord, 'run' | 'milliseconds' | 'over'> {
  readonly offset: number;
}

/**
 * The holder after one more claim. A claim names the claim that held when it was made. Of several that name the same one, the first on the
 * stream wins. A repeated or late claim names an earlier one, and has no effect.
 */
export const after = (holder: Holder | undefined, { run, milliseconds, over }: LeaseRecord, offset: number): Holder =>
  holder === undefined || (over > holder.over && over < offset) ? { run, milliseconds, over, offset } : holder;

const MILLISECONDS = 30_000;
/** How many records to read back at first: they contain the holder's last claim, unless others wrote to the stream. */
const LOOK_BACK = 20;
/** A larger difference between clocks is reported: tokens, the end of restrictions and the audit log depend on clocks. */
const SKEW_MILLISECONDS = 30_000;

export class Lease {
  readonly #options: LeaseOptions;
  readonly #elapsed: () => number;
  readonly #milliseconds: number;
  #holder: Holder | undefined;
  // Elapsed time on this machine: setting a wall clock must not make two holders.
  /** When this run saw the holder's last claim. */
  #seen: number;
  /** When this run began to make each of its last claims, by offset. Only a claim that won counts. */
  readonly #claimed = new Map<number, number>();
  #follower: Follower | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Fires when the last claim of another run has expired. */
  #expiry: NodeJS.Timeout | undefined;
  #claiming: Promise<void> | undefined;
  #isFollowing = false;
  #skew = 0;

  private constructor(options: LeaseOptions) {
    this.#options = options;
    this.#elapsed = options.elapsed ?? (() => performance.now());
    this.#seen = this.#elapsed();
    this.#milliseconds = Math.min(options.milliseconds ?? MILLISECONDS, LONGEST_LEASE);
  }

  static async open(options: LeaseOptions): Promise<Lease> {
    const lease = new Lease(options);
    const from = await lease.#start();
    lease.#follower = await options.bus.follow({
      matches: (topic) => topic === LEASES,
      from: () => from,
      take: (records) => lease.#take(records),
    });
    lease.#isFollowing = true;
    lease.#timer = setInterval(() => lease.#tick(), lease.#milliseconds / 3).unref();
    lease.#tick();
    return lease;
  }

  /** The offset to begin at: far enough back to include a claim, whatever else was written. */
  async #start(): Promise<number> {
    const { bus, reader } = this.#options;
    const end = (await bus.ends(LEASES))[0] ?? 0;
    for (let back = LOOK_BACK; ; back *= 4) {
      const from = Math.max(0, end - back);
      if (from === 0) return 0;
      const records = await bus.read(LEASES, 0, from, back);
      if (records.some((claim) => reader.isGood(claim))) return from;
    }
  }

  #take(records: readonly StoredRecord[]): void {
    for (const stored of records) {
      const claim = stored.partition === 0 ? this.#options.reader.read<LeaseRecord>(stored) : undefined;
      if (claim === undefined) continue;
      const before = this.#holder;
      this.#holder = after(before, claim, stored.offset);
      if (this.#holder !== before) this.#seen = this.#elapsed();
      if (this.#isFollowing) this.#compareClocks(claim, stored);
    }
    // A gateway that stops releases the lease, so that another need not wait until it expires.
    if (this.#timer !== undefined && this.#holder?.run !== this.#options.run) setImmediate(() => this.#tick());
  }

  /** A claim arrives just after it was made, so its time, and the time that the bus gave it, should be close to this machine's. */
  #compareClocks({ run, clock }: LeaseRecord, { time }: StoredRecord): void {
    const { now = Date.now, onSkew, run: thisRun } = this.#options;
    const ahead = [time - now(), run === thisRun ? 0 : clock - now()].toSorted((a, b) => Math.abs(b) - Math.abs(a))[0] ?? 0;
    const skew = Math.abs(ahead) > SKEW_MILLISECONDS ? ahead : 0;
    if (Math.sign(skew) !== Math.sign(this.#skew)) onSkew?.(skew);
    this.#skew = skew;
  }

  /** How many milliseconds another gateway's clock, or the broker's, is ahead of this machine's; 0 for a small difference. */
  get skew(): number {
    return this.#skew;
  }

  /** Whether this run holds the lease now, with time left. */
  get isHeld(): boolean {
    if (this.#holder?.run !== this.#options.run) return false;
    const claimed = this.#claimed.get(this.#holder.offset) ?? Number.NEGATIVE_INFINITY;
    return this.#elapsed() - claimed < (this.#milliseconds * 2) / 3;
  }

  /** Milliseconds since this run saw the holder's last claim, or since it started. */
  get age(): number {
    return this.#elapsed() - this.#seen;
  }

  /** `warn` where work needs the lease, and no gateway has claimed it for twice its length. */
  get health(): 'pass' | 'warn' {
    return this.#options.wanted() && this.age > 2 * this.#milliseconds ? 'warn' : 'pass';
  }

  /** Checks at once whether work needs the lease, so that new work does not wait for the next tick. */
  check(): void {
    if (!this.isHeld) this.#tick();
  }

  /** For how many milliseconds another run can still hold the lease, counted from its last claim; negative where none does. */
  get #leftToOther(): number {
    if (this.#holder === undefined || this.#holder.run === this.#options.run) return -1;
    return this.#holder.milliseconds - (this.#elapsed() - this.#seen);
  }

  #tick(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#expiry);
    if (!this.#options.wanted()) return;
    const left = this.#leftToOther;
    // Claim as soon as another run's claim expires: the next tick can be a third of a lease later.
    if (left >= 0) this.#expiry = setTimeout(() => this.#tick(), left + 1).unref();
    else this.#claiming ??= this.#claim().finally(() => (this.#claiming = undefined));
  }

  async #claim(milliseconds = this.#milliseconds): Promise<void> {
    const { bus, run, authenticator, now = Date.now } = this.#options;
    const claimed = this.#elapsed();
    const claim: LeaseRecord = { run, milliseconds, over: this.#holder?.offset ?? -1, clock: now() };
    await bus.publish([authenticator.sign(record(LEASES, LEASES, claim))]).then(
      ([position]) => {
        for (const offset of this.#claimed.keys()) if (offset < claim.over) this.#claimed.delete(offset);
        if (position !== undefined) this.#claimed.set(position.offset, claimed);
      },
      // The bus is unavailable and takes no claims: the lease expires.
      () => undefined,
    );
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    clearTimeout(this.#expiry);
    this.#timer = undefined;
    await this.#claiming;
    if (this.isHeld) {
      await this.#claim(0);
      this.#claimed.clear();
    }
    await this.#follower?.close();
  }
}
