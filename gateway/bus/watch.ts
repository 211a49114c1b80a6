/** Those who wait for a bus to get on. */
import { BusUnavailable } from './bus.ts';

export class Watch {
  readonly #watchers = new Set<() => void>();
  #isOver = false;

  /** Something came: everybody looks again. */
  notify(): void {
    for (const watch of this.#watchers) watch();
  }

  /** The bus closes: nobody waits any more. */
  end(): void {
    this.#isOver = true;
    this.notify();
  }

  /** Resolves when something holds. Rejects with BusUnavailable when the bus closes first. */
  until(holds: () => boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const watch = () => {
      if (holds()) resolve();
      else if (this.#isOver) reject(new BusUnavailable('The bus is closing'));
    };
    this.#watchers.add(watch);
    watch();
    return promise.finally(() => this.#watchers.delete(watch));
  }
}
