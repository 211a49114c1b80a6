/**
 * Of several gateways on one bus, one does a job: who has said so on the bus, and says it again in time. All see the same order, and so the
 * same holder. No clock decides: each claim names the claim that it takes over, and a gateway waits by its own measure of time.
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
  /** This run of this gateway. */
  readonly run: string;
  /** A claim holds so long. It is renewed three times in it. */
  readonly milliseconds?: number;
  /** Whether there is anything to hold it for. */
  readonly wanted: () => boolean;
  /** Milliseconds since 1970 by this machine's clock. */
  readonly now?: () => number;
  /** Milliseconds on a clock that nobody sets. */
  readonly elapsed?: () => number;
  /** Is told how many milliseconds another gateway's clock, or the broker's, is ahead of this one, where that is much; and when it is not any more. */
  readonly onSkew?: (milliseconds: number) => void;
}

/** Who holds a lease, since the claim at an offset. */
export interface Holder extends Pick<LeaseRecord, 'run' | 'milliseconds' | 'over'> {
  readonly offset: number;
}

/**
 * Who holds after one more claim. A claim names the one that held when it was made: of several the first on the stream holds, and one that
 * comes again, or late, names an earlier one.
 */
export const after = (holder: Holder | undefined, { run, milliseconds, over }: LeaseRecord, offset: number): Holder =>
  holder === undefined || (over > holder.over && over < offset) ? { run, milliseconds, over, offset } : holder;

const MILLISECONDS = 30_000;
/** So many records back, the holder's last claim is among them, unless others have written there. */
const LOOK_BACK = 20;
/** Clocks that differ by more are reported: tokens, restrictions that end and the audit log go by them. */
const SKEW_MILLISECONDS = 30_000;

export class Lease {
  readonly #options: LeaseOptions;
  readonly #elapsed: () => number;
  readonly #milliseconds: number;
  #holder: Holder | undefined;
  // By this machine's own measure of time: a clock that is set must not make two holders.
  /** When the holder's last claim was seen. */
  #seen: number;
  /** When this run began to make each of its last claims, by offset: only one that the others took for the holder's counts. */
  readonly #claimed = new Map<number, number>();
  #follower: Follower | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Goes off when the last claim of another run has run out. */
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

  /** Where to begin: far enough back that a claim is there, whatever else was written. */
  async #start(): Promise<number> {
    const { bus, reader } = this.#options;
    const end = (await bus.ends(LEASES))[0] ?? 0;
    for (let back = LOOK_BACK; ; back *= 4) {
      const from = Math.max(0, end - back);
      if (from === 0) return 0;
      const records = await bus.read(LEASES, 0, from, back);
      if (records.some((one) => reader.isGood(one))) return from;
    }
  }

  #take(records: readonly StoredRecord[]): void {
    for (const one of records) {
      const claim = one.partition === 0 ? this.#options.reader.read<LeaseRecord>(one) : undefined;
      if (claim === undefined) continue;
      const before = this.#holder;
      this.#holder = after(before, claim, one.offset);
      if (this.#holder !== before) this.#seen = this.#elapsed();
      if (this.#isFollowing) this.#compareClocks(claim, one);
    }
    // Whoever stops says so, and nobody need wait for its time to run out.
    if (this.#timer !== undefined && this.#holder?.run !== this.#options.run) setImmediate(() => this.#tick());
  }

  /** A claim comes a moment after it was made: its clock, and the one that the bus gave it, say nearly what this machine's says. */
  #compareClocks({ run, clock }: LeaseRecord, { time }: StoredRecord): void {
    const { now = Date.now, onSkew, run: own } = this.#options;
    const ahead = [time - now(), run === own ? 0 : clock - now()].toSorted((a, b) => Math.abs(b) - Math.abs(a))[0] ?? 0;
    const skew = Math.abs(ahead) > SKEW_MILLISECONDS ? ahead : 0;
    if (Math.sign(skew) !== Math.sign(this.#skew)) onSkew?.(skew);
    this.#skew = skew;
  }

  /** How many milliseconds another gateway's clock, or the broker's, is ahead of this machine's; 0 where that is little. */
  get skew(): number {
    return this.#skew;
  }

  /** Whether this run holds it now, with time to spare. */
  get isHeld(): boolean {
    if (this.#holder?.run !== this.#options.run) return false;
    const claimed = this.#claimed.get(this.#holder.offset) ?? Number.NEGATIVE_INFINITY;
    return this.#elapsed() - claimed < (this.#milliseconds * 2) / 3;
  }

  /** How many milliseconds ago the last claim of whoever holds it was seen, or this run began to look. */
  get age(): number {
    return this.#elapsed() - this.#seen;
  }

  /** `warn` where there is something to hold it for, and nobody has claimed it for two leases. */
  get health(): 'pass' | 'warn' {
    return this.#options.wanted() && this.age > 2 * this.#milliseconds ? 'warn' : 'pass';
  }

  /** Looks at once whether there is something to hold it for: what is new need not wait for the next round. */
  look(): void {
    if (!this.isHeld) this.#tick();
  }

  /** For how many milliseconds another run may still hold it, counted from when its last claim was seen; below 0 where none does. */
  get #leftToOther(): number {
    if (this.#holder === undefined || this.#holder.run === this.#options.run) return -1;
    return this.#holder.milliseconds - (this.#elapsed() - this.#seen);
  }

  #tick(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#expiry);
    if (!this.#options.wanted()) return;
    const left = this.#leftToOther;
    // A holder that is gone is followed when its claim runs out: the next round may be a third of a lease later.
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
      // A bus that is away takes no claims: what is held runs out.
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
