/** How much a client has read lately: many records that are harmless one by one are not harmless together (T15). */
import type { Client } from '../rules/clients.ts';

/** Reading goes on when somebody has looked at it: by a higher limit in the configuration, or when the hours have passed. */
export class UnderReview extends Error {
  override readonly name = 'UnderReview';
  /** So long until the first hour of what was read has passed. */
  readonly seconds: number;
  constructor(seconds: number) {
    super('The client has read as much as it may without a review');
    this.seconds = seconds;
  }
}

const HOUR = 3_600_000;

export class Volume {
  readonly #now: () => number;
  /** Events of each client by the hour, the oldest first. */
  readonly #read = new Map<string, Map<number, number>>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes so many events, or as many as are left, off what a client may read now. Throws {@link UnderReview} when it is none. */
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
    this.#count(client, taken);
    return taken;
  }

  /** What was taken and not read. */
  giveBack(client: Client, count: number): void {
    this.#count(client, -count);
  }

  #count({ id, volume }: Client, count: number): void {
    if (volume === undefined || count === 0) return;
    const hours = this.#read.get(id) ?? new Map<number, number>();
    const hour = Math.floor(this.#now() / HOUR);
    this.#read.set(id, hours.set(hour, (hours.get(hour) ?? 0) + count));
  }
}
