/** Sends messages over one connection, which is opened for the first message and again after it has ended. */
import { undelivered } from './broker-socket.ts';
import type { Publication, Publisher } from './queue.ts';

export class LastingPublisher implements AsyncDisposable {
  readonly #open: () => Promise<Publisher>;
  #publisher: Promise<Publisher> | undefined;

  constructor(open: () => Promise<Publisher>) {
    this.#open = open;
  }

  /** Resolves when the broker keeps the message. Rejects with NotDelivered. */
  async publish(address: string, publication: Publication): Promise<void> {
    const publisher = await this.#opened().catch((error: unknown) => {
      throw undelivered(error);
    });
    await publisher.publish(address, publication);
  }

  async #opened(): Promise<Publisher> {
    const former = this.#publisher;
    if (former !== undefined && (await former).isOpen()) return former;
    // Another message may have opened a connection meanwhile.
    if (former !== this.#publisher && this.#publisher !== undefined) return this.#publisher;
    const opening = this.#open();
    this.#publisher = opening;
    opening.catch(() => {
      if (this.#publisher === opening) this.#publisher = undefined;
    });
    return opening;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const publisher = await this.#publisher?.catch(() => undefined);
    await publisher?.[Symbol.asyncDispose]();
  }
}
