/** Reports the signed heads of a chain to a witness, from the bus, in order and after they are durable there. */
import type { Bus } from '../../bus/bus.ts';
import { AUDIT_HEADS } from '../../wire/streams.ts';
import { ONLY_CHAIN } from './audit.ts';
import { readHeadClaims } from './audit-head.ts';
import { type Witness, WitnessRefusal } from './witness.ts';

export interface FeedOptions {
  readonly bus: Bus;
  readonly witness: Witness;
  /** How long the gateway continues while the witness is unavailable. */
  readonly seconds: number;
  readonly chain: string;
  /** The first offset of a head that the witness may not have. */
  readonly from: number;
  readonly now: () => number;
  /** Called when the witness becomes unavailable, and when it refuses. */
  readonly onFault: (reason: string) => void;
}

const BATCH = 500;
const RETRY_MILLISECONDS = 1000;

export class WitnessFeed {
  readonly #options: FeedOptions;
  #next: number;
  #running: Promise<void> | undefined;
  #isAsked = false;
  #awaySince: number | undefined;
  #refusal: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#next = options.from;
  }

  /** `warn` while the witness is unavailable and the gateway continues; `fail` when it no longer does. */
  get health(): 'pass' | 'warn' | 'fail' {
    if (this.stop !== undefined) return 'fail';
    return this.#awaySince === undefined ? 'pass' : 'warn';
  }

  /** Whether the witness saw a log that differs from this one. */
  get isRefused(): boolean {
    return this.#refusal !== undefined;
  }

  /** Why nothing may be added to the audit log, or undefined. */
  get stop(): string | undefined {
    const { now, seconds } = this.#options;
    if (this.#refusal !== undefined) return 'The witness of the audit log saw another log';
    return this.#awaySince !== undefined && now() - this.#awaySince >= seconds * 1000
      ? 'The witness of the audit log has been away too long'
      : undefined;
  }

  /** Reports the heads on the bus that the witness does not have yet. Never rejects. */
  async report(): Promise<void> {
    if (this.isRefused) return;
    this.#isAsked = true;
    this.#running ??= this.#run();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#isAsked && this.#refusal === undefined) {
      this.#isAsked = false;
      try {
        await this.#send();
        this.#awaySince = undefined;
      } catch (error) {
        const { message } = error as Error;
        if (error instanceof WitnessRefusal) this.#refusal = message;
        else this.#retry();
        this.#options.onFault(message);
      }
    }
    // In the same tick as the last test of #isAsked, so that no request is lost.
    this.#running = undefined;
  }

  async #send(): Promise<void> {
    const { bus, witness, chain } = this.#options;
    for (;;) {
      const records = await bus.read(AUDIT_HEADS, 0, this.#next, BATCH);
      const last = records.at(-1);
      if (last === undefined) return;
      const heads = records.map(({ value }) => Buffer.from(value).toString());
      const unseen = heads.filter((jws) => {
        const claims = readHeadClaims(jws);
        return claims !== undefined && (claims.chain ?? ONLY_CHAIN) === chain;
      });
      if (unseen.length > 0) await witness.take(unseen);
      this.#next = last.offset + 1;
    }
  }

  #retry(): void {
    this.#awaySince ??= this.#options.now();
    clearTimeout(this.#timer);
    if (!this.#closed) this.#timer = setTimeout(() => void this.report(), RETRY_MILLISECONDS).unref();
  }

  /** Reports the last head. Heads that the witness cannot take now are reported at the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.report();
  }
}
