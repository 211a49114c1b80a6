/** Lets others have their turn while a long page is made: deciding on a record waits for nothing, so nothing else would come between. */
import { setImmediate } from 'node:timers/promises';

/** Milliseconds. */
const LONGEST = 5;

export class Pause {
  #began = performance.now();

  /** Resolves at once, or after the others where the work has gone on for too long. */
  async ifDue(): Promise<void> {
    if (performance.now() - this.#began < LONGEST) return;
    await setImmediate();
    this.#began = performance.now();
  }
}
