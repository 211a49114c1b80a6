/** Callers that wait until a condition on a bus holds. */
import { BusUnavailable } from './bus.ts';

export class Watch {
  readonly #watchers = new Set<() => void>();
  #isOver = false;

  /** Lets every caller test its condition again. */
  notify(): void {
    for (const watch of this.#watchers) watch();
  }

  /** Rejects all waiting callers, because the bus closes. */
  end(): void {
    this.#isOver = true;
    this.notify();
  }

  /** Resolves when a condition holds. Rejects with BusUnavailable when the bus closes first. */
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
