/** Limits how many pages the gateway makes at once for one client. Further requests wait, and use no memory while they wait (T50). */

export class PageLimit {
  readonly #atOnce: number;
  readonly #underWay = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** Runs a client's work when the limit allows it. Rejects as the work does. */
  async run<T>(client: string, work: () => Promise<T>): Promise<T> {
    const count = this.#underWay.get(client) ?? 0;
    if (count < this.#atOnce) this.#underWay.set(client, count + 1);
    else {
      const { promise, resolve } = Promise.withResolvers<void>();
      const queue = this.#waiting.get(client) ?? [];
      this.#waiting.set(client, queue);
      queue.push(resolve);
      await promise;
    }
    try {
      return await work();
    } finally {
      this.#next(client);
    }
  }

  /** Starts the client's next waiting request, or frees the place where none waits. */
  #next(client: string): void {
    const queue = this.#waiting.get(client);
    const next = queue?.shift();
    if (queue?.length === 0) this.#waiting.delete(client);
    if (next !== undefined) {
      next();
      return;
    }
    const left = (this.#underWay.get(client) ?? 1) - 1;
    if (left > 0) this.#underWay.set(client, left);
    else this.#underWay.delete(client);
  }
}
