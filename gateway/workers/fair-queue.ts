/** A queue of work for the workers, fair between clients (T50). */

/** Work in the queue. */
export interface Waiting {
  /** The client that it is for. */
  readonly owner: string;
  /** Whether it can take long. */
  readonly isHeavy: boolean;
}

interface ClientQueue<T> {
  readonly light: T[];
  readonly heavy: T[];
  /** Milliseconds of the workers that the owner has used, on the queue's own clock. */
  used: number;
}

/**
 * The next work is from the waiting client that has used the least worker time. So a client with much or slow work waits for the others,
 * and they do not wait for it. A client that returns starts at the lowest use of any waiting client, so it cannot save up time.
 */
export class FairQueue<T extends Waiting> {
  readonly #lines = new Map<string, ClientQueue<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(work: T): void {
    const { light, heavy } = this.#lineOf(work.owner);
    (work.isHeavy ? heavy : light).push(work);
    this.#size++;
  }

  /** Takes the next work: any, or only light work. Undefined where none waits. */
  next(takesHeavy: boolean): T | undefined {
    let best: ClientQueue<T> | undefined;
    for (const line of this.#lines.values())
      if (line.light.length + (takesHeavy ? line.heavy.length : 0) > 0 && (best === undefined || line.used < best.used)) best = line;
    if (best === undefined) return undefined;
    this.#size--;
    return takesHeavy ? (best.heavy.shift() ?? best.light.shift()) : best.light.shift();
  }

  /** Adds to the worker time that a client has used. */
  charge(owner: string, milliseconds: number): void {
    const line = this.#lines.get(owner);
    if (line !== undefined) line.used += milliseconds;
  }

  /** Removes and returns all waiting work. */
  drain(): readonly T[] {
    const all = [...this.#lines.values()].flatMap(({ light, heavy }) => [...light.splice(0), ...heavy.splice(0)]);
    this.#size = 0;
    return all;
  }

  #lineOf(owner: string): ClientQueue<T> {
    const least = this.#leastUsed();
    let line = this.#lines.get(owner);
    if (line === undefined) this.#lines.set(owner, (line = { light: [], heavy: [], used: least }));
    else if (line.light.length + line.heavy.length === 0) line.used = Math.max(line.used, least);
    return line;
  }

  /** The lowest worker time of any waiting client. */
  #leastUsed(): number {
    let least = Number.POSITIVE_INFINITY;
    for (const { light, heavy, used } of this.#lines.values()) if (light.length + heavy.length > 0) least = Math.min(least, used);
    return least === Number.POSITIVE_INFINITY ? 0 : least;
  }
}
