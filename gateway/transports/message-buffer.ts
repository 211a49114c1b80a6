/** Messages that the broker lent and nobody took yet, in their order. The broker lends no more than it was asked for. */
import type { QueuedMessage } from './queue.ts';

/** How long {@link MessageBuffer.next} waits. */
const MILLISECONDS = 1000;

export class MessageBuffer {
  readonly #messages: QueuedMessage[] = [];
  #error: Error | undefined;
  #wake: () => void = () => undefined;
  #taken: () => void = () => undefined;

  get length(): number {
    return this.#messages.length;
  }

  /** Resolves when less than so many messages wait, or at the end. One caller at a time. */
  async room(most: number): Promise<void> {
    while (this.#messages.length >= most && this.#error === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#taken = resolve;
      await promise;
    }
  }

  push(message: QueuedMessage): void {
    this.#messages.push(message);
    this.#wake();
  }

  /** Nothing comes any more, and what was not taken belongs to the broker again. */
  end(error: Error): void {
    this.#error ??= error;
    this.#messages.length = 0;
    this.#wake();
    this.#taken();
  }

  /** The next message; undefined where none comes in a second, or `signal` says so. Rejects after the end. */
  async next(signal: AbortSignal): Promise<QueuedMessage | undefined> {
    if (this.#messages.length === 0 && this.#error === undefined && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, MILLISECONDS);
      this.#wake = resolve;
      const stop = () => resolve();
      signal.addEventListener('abort', stop);
      await promise;
      signal.removeEventListener('abort', stop);
      clearTimeout(timer);
    }
    if (this.#error !== undefined) throw this.#error;
    if (signal.aborted) return undefined;
    const message = this.#messages.shift();
    this.#taken();
    return message;
  }
}
