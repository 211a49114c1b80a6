/** A bound on all the bytes that requests and answers hold at once (T50, T58). Each client has a part that no other client can use. */

const MINUTE = 60_000;

export interface ByteBudgetOptions {
  readonly bytes: number;
  /** How many clients there are. Callers without a token share one more part. */
  readonly clients: () => number;
  /** How many bytes one client may send and be given in a minute. */
  readonly perMinute?: number;
  /** Milliseconds. */
  readonly now?: () => number;
}

/** What one request holds. It must be closed when nothing of the request is in memory any more. */
export interface Account {
  /** Whether the request may hold so many bytes more. If it may, they count from now on. */
  take(bytes: number): boolean;
  giveBack(bytes: number): void;
  close(): void;
}

/**
 * Half of the budget is in equal parts, one for each client. The other half is shared, and one client can have half of it at the most: so a
 * client that takes all it can leaves something for every other one.
 */
export class ByteBudget {
  readonly #options: ByteBudgetOptions;
  readonly #held = new Map<string, number>();
  /** What each client has left of its minute, and when that was so. */
  readonly #left = new Map<string, { bytes: number; at: number }>();

  constructor(options: ByteBudgetOptions) {
    this.#options = options;
  }

  /** Bytes that are held now. */
  get held(): number {
    let sum = 0;
    for (const bytes of this.#held.values()) sum += bytes;
    return sum;
  }

  /** An account for a request of a client. */
  open(client: string): Account {
    let taken = 0;
    const change = (bytes: number) => {
      taken += bytes;
      const held = (this.#held.get(client) ?? 0) + bytes;
      if (held > 0) this.#held.set(client, held);
      else this.#held.delete(client);
    };
    return {
      take: (bytes) => {
        if (!this.#hasRoom(client, bytes) || !this.#spend(client, bytes)) return false;
        change(bytes);
        return true;
      },
      giveBack: (bytes) => change(-Math.min(bytes, taken)),
      close: () => change(-taken),
    };
  }

  /** Whether a client has so many bytes left of its minute. They come back evenly. */
  #spend(client: string, bytes: number): boolean {
    const { perMinute = Number.POSITIVE_INFINITY, now = Date.now } = this.#options;
    if (perMinute === Number.POSITIVE_INFINITY) return true;
    const time = now();
    const known = this.#left.get(client);
    const left = known === undefined ? perMinute : Math.min(perMinute, known.bytes + ((time - known.at) * perMinute) / MINUTE);
    if (bytes > left) return false;
    this.#left.set(client, { bytes: left - bytes, at: time });
    return true;
  }

  #hasRoom(client: string, bytes: number): boolean {
    const part = Math.floor(this.#options.bytes / 2 / (this.#options.clients() + 1));
    const shared = this.#options.bytes / 2;
    const wanted = (this.#held.get(client) ?? 0) + bytes - part;
    if (wanted <= 0) return true;
    if (wanted > shared / 2) return false;
    let used = 0;
    for (const [other, held] of this.#held) if (other !== client) used += Math.max(0, held - part);
    return used + wanted <= shared;
  }
}
