/**
 * Takes messages from a queue, one after another. A message is accepted only when all of it is durable and its sender was answered: one that
 * comes again has the same receipt.
 */
import { createHash } from 'node:crypto';
import { type AboutSettings, arrivalOf } from './about.ts';
import { type Report, refusedReport, reportOf, writeReport } from './outcome.ts';
import type { Publication, QueuedMessage, QueueReader, Unread } from './queue.ts';
import { NotDelivered, type Receive, type TransportContext } from './transport.ts';

export interface QueueIntakeOptions extends AboutSettings {
  readonly context: Pick<TransportContext, 'sender' | 'log'>;
  readonly open: () => Promise<QueueReader>;
  readonly publish: (address: string, publication: Publication) => Promise<void>;
  /** The queue that is read. */
  readonly from: string;
  /** Where reports go. Without it, where each message says. */
  readonly replies?: string;
}

const REASONS: Readonly<Record<Unread | 'empty', readonly [code: string, reason: string]>> = {
  'too-large': ['message-too-large', 'The message is larger than the gateway takes'],
  'not-bytes': ['not-bytes', 'The content of the message is neither bytes nor text'],
  malformed: ['malformed-message', 'The message cannot be read: its form is not that of the protocol'],
  empty: ['empty-message', 'The message is empty'],
};

export class QueueIntake implements AsyncDisposable {
  readonly #options: QueueIntakeOptions;
  #reader: QueueReader | undefined;
  /** A message that is neither accepted nor rejected yet. It is kept over a failure, so that the order stays as it is. */
  #held: QueuedMessage | undefined;
  #rejected = 0;

  constructor(options: QueueIntakeOptions) {
    this.#options = options;
  }

  /** How many messages were rejected since the start. */
  get rejected(): number {
    return this.#rejected;
  }

  /** Takes the next message, where there is one. Rejects where the bus or the broker is not available. */
  async takeNext(receive: Receive, signal: AbortSignal): Promise<boolean> {
    this.#reader ??= await this.#options.open();
    try {
      this.#held ??= await this.#reader.next(signal);
    } catch (error) {
      // What the broker lent goes back to it with the connection.
      await this.#close();
      throw error;
    }
    if (this.#held !== undefined) await this.#take(this.#held, receive);
    this.#held = undefined;
    return true;
  }

  async #take(message: QueuedMessage, receive: Receive): Promise<void> {
    const { context } = this.#options;
    const { content } = message;
    const unread = typeof content === 'string' ? content : content.length === 0 ? 'empty' : undefined;
    const report = unread === undefined ? await this.#receive(message, content as Uint8Array, receive) : refusedReport(...REASONS[unread]);
    await this.#reply(message, report);
    if (unread === undefined) {
      message.accept();
      context.log.info({ status: report.status, receipt: report.receipt }, 'a message was taken');
    } else {
      this.#rejected++;
      message.reject();
      context.log.warn({ code: REASONS[unread][0] }, 'a message was rejected: the broker has it in its queue of dead letters, or drops it');
    }
  }

  async #receive({ mediaType }: QueuedMessage, bytes: Uint8Array, receive: Receive): Promise<Report> {
    const { context, ...settings } = this.#options;
    let report: Report | undefined;
    await receive(arrivalOf(settings, context.sender(), bytes, mediaType), (result) => {
      report = reportOf(result);
    });
    if (report === undefined) throw new TypeError('A message was received without an answer');
    return report;
  }

  /** Sends the report. Where the sender named an address that does not work, that holds up nobody else. */
  async #reply({ replyTo, correlationId }: QueuedMessage, report: Report): Promise<void> {
    const { replies, from, publish, context } = this.#options;
    const address = replies ?? replyTo;
    // A report in the queue that is read would come back as a message.
    if (address === undefined || address === from) return;
    const bytes = Buffer.from(writeReport(report));
    const id = report.receipt ?? createHash('sha256').update(bytes).digest('base64url');
    try {
      await publish(address, { bytes, mediaType: 'application/json', id, ...(correlationId === undefined ? {} : { correlationId }) });
    } catch (error) {
      if (replies !== undefined || !(error instanceof NotDelivered)) throw error;
      context.log.warn({ reason: error.reason }, 'a report could not be sent where the sender of a message wants it');
    }
  }

  async #close(): Promise<void> {
    this.#held = undefined;
    const reader = this.#reader;
    this.#reader = undefined;
    await reader?.[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}
