/** Counts how many events each client has read lately. Many records can be harmful together although each one is harmless (T15). */
import type { Client } from '../rules/clients.ts';

/** The client has reached its limit. It can read again after a review that raises the limit, or when the hours have passed. */
export class UnderReview extends Error {
  override readonly name = 'UnderReview';
  /** Seconds until the oldest hour of reading no longer counts. */
  readonly seconds: number;
  constructor(seconds: number) {
    super('The client has reached the number of events that it may read without a review');
    this.seconds = seconds;
  }
}

const HOUR = 3_600_000;

export class Volume {
  readonly #now: () => number;
  /** The number of events that each client read, by hour, oldest first. */
  readonly #read = new Map<string, Map<number, number>>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Takes up to a number of events from the events that a client may read now. Returns how many. Throws {@link UnderReview} where none is
   * left.
   */
  take(client: Client, wanted: number): number {
    const { volume, id } = client;
    if (volume === undefined) return wanted;
    const hours = this.#read.get(id);
    const oldest = Math.floor(this.#now() / HOUR) - volume.hours;
    let sum = 0;
    let first: number | undefined;
    for (const [hour, count] of hours ?? []) {
      if (hour <= oldest) hours?.delete(hour);
      else {
        sum += count;
        if (count > 0) first ??= hour;
      }
    }
    if (sum >= volume.events)
      throw new UnderReview(Math.ceil((((first ?? oldest + volume.hours) + volume.hours) * HOUR - this.#now()) / 1000));
    const taken = Math.min(wanted, volume.events - sum);
    const hour = Math.floor(this.#now() / HOUR);
    const counts = hours ?? new Map<number, number>();
    this.#read.set(id, counts.set(hour, (counts.get(hour) ?? 0) + taken));
    return taken;
  }

  /** Returns events that were taken and not read. The hour in which they were taken may be over: the oldest ones count as returned. */
  giveBack({ id, volume }: Client, count: number): void {
    const hours = this.#read.get(id);
    if (volume === undefined || hours === undefined) return;
    let left = count;
    for (const [hour, read] of hours) {
      const returned = Math.min(left, read);
      hours.set(hour, read - returned);
      left -= returned;
    }
  }
}
