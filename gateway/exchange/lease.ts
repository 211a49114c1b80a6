/** Of several gateways on one bus, one does a job: who has said so on the bus, and says it again in time. All see the same order, and so the same holder. */
import type { Bus, Follower, StoredRecord } from '../bus/bus.ts';
import { LEASES, type LeaseRecord, parseRecord, record } from '../store/streams.ts';

export interface LeaseOptions {
  readonly bus: Bus;
  /** This run of this gateway. */
  readonly run: string;
  /** A claim holds so long after its time on the bus. It is renewed three times in it. */
  readonly milliseconds?: number;
  /** Whether there is anything to hold it for. */
  readonly wanted: () => boolean;
}

/** Who holds a lease, and until when (milliseconds since 1970, by the clock of the bus). */
export interface Holder {
  readonly run: string;
  readonly until: number;
}

/** Who holds after one more claim: the holder renews, another takes over only what has run out. */
export const after = (holder: Holder | undefined, { run, milliseconds }: LeaseRecord, time: number): Holder =>
  holder === undefined || holder.run === run || time > holder.until ? { run, until: time + milliseconds } : holder;

const MILLISECONDS = 30_000;
/** So many claims back, the holder's own is among them. */
const LOOK_BACK = 20;

export class Lease {
  readonly #options: LeaseOptions;
  readonly #milliseconds: number;
  #holder: Holder | undefined;
  /** When this run last claimed, by this machine's own clock: a clock that is set must not make two holders. */
  #claimed = Number.NEGATIVE_INFINITY;
  #follower: Follower | undefined;
  #timer: NodeJS.Timeout | undefined;
  #claiming: Promise<void> | undefined;

  private constructor(options: LeaseOptions) {
    this.#options = options;
    this.#milliseconds = options.milliseconds ?? MILLISECONDS;
  }

  static async open(options: LeaseOptions): Promise<Lease> {
    const lease = new Lease(options);
    const ends = await options.bus.ends(LEASES);
    lease.#follower = await options.bus.follow({
      matches: (topic) => topic === LEASES,
      from: (_topic, partition) => Math.max(0, (ends[partition] ?? 0) - LOOK_BACK),
      take: (records) => lease.#take(records),
    });
    lease.#timer = setInterval(() => lease.#tick(), lease.#milliseconds / 3).unref();
    lease.#tick();
    return lease;
  }

  #take(records: readonly StoredRecord[]): void {
    for (const { value, time } of records) this.#holder = after(this.#holder, parseRecord<LeaseRecord>(value), time);
    // Whoever stops says so, and nobody need wait for its time to run out.
    if (this.#timer !== undefined && this.#holder?.run !== this.#options.run) setImmediate(() => this.#tick());
  }

  /** Whether this run holds it now, with time to spare. */
  get isHeld(): boolean {
    return this.#holder?.run === this.#options.run && performance.now() - this.#claimed < (this.#milliseconds * 2) / 3;
  }

  /** Looks at once whether there is something to hold it for: what is new need not wait for the next round. */
  look(): void {
    if (!this.isHeld) this.#tick();
  }

  #tick(): void {
    const { wanted, run } = this.#options;
    const isOthers = this.#holder !== undefined && this.#holder.run !== run && Date.now() <= this.#holder.until;
    if (this.#timer === undefined) return;
    if (wanted() && !isOthers) this.#claiming ??= this.#claim().finally(() => (this.#claiming = undefined));
  }

  async #claim(milliseconds = this.#milliseconds): Promise<void> {
    const { bus, run } = this.#options;
    const claimed = performance.now();
    const claim: LeaseRecord = { run, milliseconds };
    await bus.publish([record(LEASES, LEASES, claim)]).then(
      () => (this.#claimed = claimed),
      // A bus that is away takes no claims: what is held runs out.
      () => undefined,
    );
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#claiming;
    if (this.isHeld) {
      this.#claimed = Number.NEGATIVE_INFINITY;
      await this.#claim(0);
      this.#claimed = Number.NEGATIVE_INFINITY;
    }
    await this.#follower?.close();
  }
}
