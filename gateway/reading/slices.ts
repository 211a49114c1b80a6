/**
 * Shares the event loop among the pages that are being made (T50). Deciding on a record waits for nothing, so nothing else would come
 * between: in one round of the event loop one page goes on for a while, and then all else has its turn.
 */

/** Milliseconds. */
const LONGEST = 3;

/** The time of one page. */
export interface Slice {
  /** Resolves at once, or when it is the client's turn again where the page has gone on for too long. */
  ifDue(): Promise<void>;
}

export class Slices {
  /** Who waits, by client; the client whose turn is next is the first. */
  readonly #waiting = new Map<string, (() => void)[]>();
  /** Whether a page goes on in this round of the event loop. */
  #isTaken = false;

  /** The time of a page that a client asks for. It begins when it is the client's turn. */
  begin(client: string): Slice {
    let until = 0;
    return {
      ifDue: async () => {
        if (performance.now() < until) return;
        await this.#turn(client);
        until = performance.now() + LONGEST;
      },
    };
  }

  #turn(client: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const line = this.#waiting.get(client) ?? [];
    line.push(resolve);
    this.#waiting.set(client, line);
    if (!this.#isTaken) this.#next();
    return promise;
  }

  /** Of the clients that wait each has its turn, however many pages of one wait. */
  #next(): void {
    const [first] = this.#waiting;
    this.#isTaken = first !== undefined;
    if (first === undefined) return;
    const [client, [resolve, ...rest]] = first;
    this.#waiting.delete(client);
    if (rest.length > 0) this.#waiting.set(client, rest);
    resolve?.();
    setImmediate(() => this.#next());
  }
}
