/** Waits until a view has caught up with the bus. Callers that ask at the same time share one wait. */

export class Barrier {
  readonly #catchUp: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(catchUp: () => Promise<void>) {
    this.#catchUp = catchUp;
  }

  /**
   * Resolves when the view holds everything that was on the bus at this call. A call during a running wait shares the next one, because that begins after the call. Rejects where the bus does not answer.
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
