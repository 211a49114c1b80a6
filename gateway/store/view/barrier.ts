/** Waits until a view has caught up with the bus, once for all who ask at the same time. */

export class Barrier {
  readonly #catchUp: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(catchUp: () => Promise<void>) {
    this.#catchUp = catchUp;
  }

  /**
   * Resolves when everything that was on the bus at this call is in the view. Who asks while a look is under way shares the one after it,
   * which begins later than the call. Rejects where the bus cannot be asked.
   */
  pass(): Promise<void> {
    if (this.#running === undefined) return this.#begin();
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#begin();
      });
    return this.#next;
  }

  #begin(): Promise<void> {
    const running = this.#catchUp().finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }
}
