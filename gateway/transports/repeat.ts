/** Runs a piece of work again and again, as transports do that must look for messages. */
import { setTimeout as delay } from 'node:timers/promises';
import type { TransportHealth } from './transport.ts';

/** A fault that an operator can read about: the reason names no value. */
export class TransportFault extends Error {
  override readonly name = 'TransportFault';
}

export interface RepeatOptions {
  /** Does one round. Resolves to `true` where there may be more to do at once. */
  readonly work: (signal: AbortSignal) => Promise<boolean>;
  /** How long to wait after a round that found nothing. */
  readonly milliseconds: number;
  /** Called with the first fault after a success, and again when the reason changes. */
  readonly onFault: (reason: string) => void;
  readonly onRecovered: () => void;
}

/** After a fault, the wait grows up to this. */
const LONGEST_DELAY = 30_000;

export class Repeat {
  readonly #options: RepeatOptions;
  readonly #closing = new AbortController();
  readonly #done: Promise<void>;
  #reason: string | undefined;

  constructor(options: RepeatOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  /** `fail` from a fault to the next round that succeeds. */
  get health(): TransportHealth {
    return this.#reason === undefined ? { status: 'pass' } : { status: 'fail', reason: this.#reason };
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    const { work, milliseconds } = this.#options;
    let backoff = milliseconds;
    while (!signal.aborted) {
      let pause = 0;
      try {
        if (!(await work(signal))) pause = milliseconds;
        this.#recover();
        backoff = milliseconds;
      } catch (error) {
        if (signal.aborted) return;
        this.#fail(error);
        pause = backoff;
        backoff = Math.min(backoff * 2, LONGEST_DELAY);
      }
      await delay(pause, undefined, { signal }).catch(() => undefined);
    }
  }

  #fail(error: unknown): void {
    const reason = reasonOf(error);
    if (reason !== this.#reason) this.#options.onFault(reason);
    this.#reason = reason;
  }

  #recover(): void {
    if (this.#reason !== undefined) this.#options.onRecovered();
    this.#reason = undefined;
  }

  /** Ends after the round that runs now. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#done;
  }
}

/** The messages of these errors are our own, and name no value. Those of others can contain anything. */
const SAFE = new Set(['TransportFault', 'BusUnavailable', 'NoSender']);

/** Why a round failed, for logs and health: the code of the system, or the kind of the error. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  if (SAFE.has(error.name)) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? code : error.name;
}
