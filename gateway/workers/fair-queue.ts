/** Who waits for a worker, and whose turn it is (T50). */

/** Work that waits. */
export interface Waiting {
  /** The client that it is for. */
  readonly owner: string;
  /** Whether it can take long. */
  readonly isHeavy: boolean;
}

interface Line<T> {
  readonly light: T[];
  readonly heavy: T[];
  /** Milliseconds of the workers that the owner has used, on the queue's own clock. */
  used: number;
}

/**
 * The turn goes to the client that has used the workers least among those that wait, so one that sends much, or what takes long, waits for
 * the others and they do not wait for it. A client that comes back starts with the least that any waiting one has used: it saves up nothing.
 */
export class FairQueue<T extends Waiting> {
  readonly #lines = new Map<string, Line<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(one: T): void {
    const { light, heavy } = this.#lineOf(one.owner);
    (one.isHeavy ? heavy : light).push(one);
    this.#size++;
  }

  /** Takes the next one, of all or only of those that cannot take long. Undefined where none waits. */
  next(takesHeavy: boolean): T | undefined {
    let best: Line<T> | undefined;
    for (const line of this.#lines.values())
      if (line.light.length + (takesHeavy ? line.heavy.length : 0) > 0 && (best === undefined || line.used < best.used)) best = line;
    if (best === undefined) return undefined;
    this.#size--;
    return takesHeavy ? (best.heavy.shift() ?? best.light.shift()) : best.light.shift();
  }

  /** Counts time that a client has used. */
  charge(owner: string, milliseconds: number): void {
    const line = this.#lines.get(owner);
    if (line !== undefined) line.used += milliseconds;
  }

  /** Takes out all that waits. */
  drain(): readonly T[] {
    const all = [...this.#lines.values()].flatMap(({ light, heavy }) => [...light.splice(0), ...heavy.splice(0)]);
    this.#size = 0;
    return all;
  }

  #lineOf(owner: string): Line<T> {
    const least = this.#leastUsed();
    let line = this.#lines.get(owner);
    if (line === undefined) this.#lines.set(owner, (line = { light: [], heavy: [], used: least }));
    else if (line.light.length + line.heavy.length === 0) line.used = Math.max(line.used, least);
    return line;
  }

  /** What the waiting client that has used least has used. */
  #leastUsed(): number {
    let least = Number.POSITIVE_INFINITY;
    for (const { light, heavy, used } of this.#lines.values()) if (light.length + heavy.length > 0) least = Math.min(least, used);
    return least === Number.POSITIVE_INFINITY ? 0 : least;
  }
}
