/**
 * Shares the event loop fairly between the pages of all clients (T50). Deciding on a record never waits, so without this one page could
 * block everything else. In one iteration of the event loop, one page runs for a short time. Then other work runs.
 */

/** The longest time of one slice. */
const SLICE_MILLISECONDS = 3;

/** The share of one page in the event loop. */
export interface Slice {
  /** Resolves at once while the slice lasts; after that, when the client's next slice begins. */
  ifDue(): Promise<void>;
}

export class Slices {
  /** Waiting pages by client. The first client is the next to run. */
  readonly #waiting = new Map<string, (() => void)[]>();
  /** Whether a page runs in this iteration of the event loop. */
  #isTaken = false;

  /** A slice for a client's page. It begins at the first call of `ifDue`. */
  begin(client: string): Slice {
    let until = 0;
    return {
      ifDue: async () => {
        if (performance.now() < until) return;
        await this.#waitForSlice(client);
        until = performance.now() + SLICE_MILLISECONDS;
      },
    };
  }

  #waitForSlice(client: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const queue = this.#waiting.get(client) ?? [];
    queue.push(resolve);
    this.#waiting.set(client, queue);
    if (!this.#isTaken) this.#next();
    return promise;
  }

  /** Starts the next client's slice. Each waiting client runs in turn, however many pages it has. */
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
