/** Lets readers wait for the next event of the topics that they may read. Events on other topics do not wake them (T25). */

interface Waiting {
  readonly matches: (topic: string) => boolean;
  readonly wake: (isGrown: boolean) => void;
}

const LONGEST_TIMER = 2 ** 31 - 1;

export class OrderWatch {
  readonly #waiting = new Set<Waiting>();

  /** Wakes the readers that wait for a topic. */
  tell(topic: string): void {
    for (const { matches, wake } of this.#waiting) if (matches(topic)) wake(true);
  }

  /** Resolves to `true` at the next event of a matching topic, or to `false` after a time (milliseconds) or on abort. */
  async next(matches: (topic: string) => boolean, milliseconds: number, signal?: AbortSignal): Promise<boolean> {
    if (signal?.aborted === true) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiting = { matches, wake: resolve };
    const stop = () => resolve(false);
    const timer = setTimeout(stop, Math.min(milliseconds, LONGEST_TIMER));
    signal?.addEventListener('abort', stop, { once: true });
    this.#waiting.add(waiting);
    try {
      return await promise;
    } finally {
      this.#waiting.delete(waiting);
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    }
  }
}
