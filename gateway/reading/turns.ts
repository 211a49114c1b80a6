/** How many pages are made at once for one client: what it asks for beyond that waits, and holds nothing (T50). */

export class Turns {
  readonly #atOnce: number;
  readonly #underWay = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** Does work of a client when it is its turn. Rejects as the work does. */
  async take<T>(client: string, work: () => Promise<T>): Promise<T> {
    const count = this.#underWay.get(client) ?? 0;
    if (count < this.#atOnce) this.#underWay.set(client, count + 1);
    else {
      const { promise, resolve } = Promise.withResolvers<void>();
      const line = this.#waiting.get(client) ?? [];
      this.#waiting.set(client, line);
      line.push(resolve);
      await promise;
    }
    try {
      return await work();
    } finally {
      this.#next(client);
    }
  }

  /** Hands the turn on, or ends it where nobody of the client waits. */
  #next(client: string): void {
    const line = this.#waiting.get(client);
    const next = line?.shift();
    if (line?.length === 0) this.#waiting.delete(client);
    if (next !== undefined) {
      next();
      return;
    }
    const left = (this.#underWay.get(client) ?? 1) - 1;
    if (left > 0) this.#underWay.set(client, left);
    else this.#underWay.delete(client);
  }
}
