/** A bound on all the bytes that requests and answers hold at once (T50, T58). Each client has a part that no other client can use. */

export interface ByteBudgetOptions {
  readonly bytes: number;
  /** How many clients there are. Callers without a token share one more part. */
  readonly clients: () => number;
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
    let own = 0;
    const change = (bytes: number) => {
      own += bytes;
      const held = (this.#held.get(client) ?? 0) + bytes;
      if (held > 0) this.#held.set(client, held);
      else this.#held.delete(client);
    };
    return {
      take: (bytes) => {
        if (!this.#hasRoom(client, bytes)) return false;
        change(bytes);
        return true;
      },
      giveBack: (bytes) => change(-Math.min(bytes, own)),
      close: () => change(-own),
    };
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
