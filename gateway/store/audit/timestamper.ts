/**
 * Asks an authority for timestamps of the signed heads, and writes each into the audit log, where the chain of records protects it. If the
 * authority does not answer, the gateway continues and asks again.
 */

import type { AuditEntry } from '../../wire/streams.ts';
import { hashOfHead } from './audit-head.ts';
import { AuthorityUnavailable, requestToken, type TimestampAuthority } from './timestamp-request.ts';
import { CLOCK_MILLISECONDS, TimestampRefused } from './timestamp-token.ts';

/** A signed head that is durable on the bus. */
export interface DurableHead {
  readonly number: number;
  readonly jws: string;
}

export interface TimestampOptions {
  readonly authority: TimestampAuthority;
  /** How often to ask for a timestamp. */
  readonly seconds: number;
  readonly policy: () => string;
  /** Called when there was no timestamp, once for each reason. */
  readonly onFault: (reason: string) => void;
}

interface TimestamperContext extends TimestampOptions {
  readonly now: () => number;
  /** The last signed head of this gateway. */
  readonly head: () => DurableHead | undefined;
  readonly commit: (entry: AuditEntry) => Promise<unknown>;
  /** The time of the last timestamp in the log, milliseconds since 1970. */
  readonly last: number | undefined;
}

/** The state of timestamps, for operators. */
export interface TimestampState {
  /** `warn` while the authority gives no timestamp. */
  readonly health: 'pass' | 'warn';
  readonly taken: number;
  readonly failed: number;
  /** Milliseconds since 1970, by the authority's clock. */
  readonly last: number | undefined;
}

const RETRY_SECONDS = 60;

export class Timestamper {
  readonly #context: TimestamperContext;
  #done = -1;
  #last: number | undefined;
  #taken = 0;
  #failed = 0;
  #fault: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  readonly #stopping = new AbortController();

  constructor(context: TimestamperContext) {
    this.#context = context;
    this.#last = context.last;
  }

  get state(): TimestampState {
    return { health: this.#fault === undefined ? 'pass' : 'warn', taken: this.#taken, failed: this.#failed, last: this.#last };
  }

  /** Begins to ask for timestamps when there is a head, and then repeats by itself. */
  check(): void {
    if (this.#stopping.signal.aborted || this.#timer !== undefined || this.#running !== undefined) return;
    this.#running = this.#try().finally(() => {
      this.#running = undefined;
      const { seconds } = this.#context;
      if (!this.#stopping.signal.aborted) this.#again(this.#fault === undefined ? seconds : Math.min(seconds, RETRY_SECONDS));
    });
  }

  #again(seconds: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.check();
    }, seconds * 1000).unref();
  }

  async #try(): Promise<void> {
    try {
      await this.#stamp();
      this.#fault = undefined;
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      this.#failed++;
      const reason = reasonOf(error as Error);
      if (reason === this.#fault) return;
      this.#fault = reason;
      this.#context.onFault(reason);
    }
  }

  async #stamp(): Promise<void> {
    const { authority, now, policy, commit, head: lastHead } = this.#context;
    const head = lastHead();
    if (head === undefined || head.number === this.#done) return;
    const { token, time } = await requestToken(authority, Buffer.from(hashOfHead(head.jws), 'base64url'), this.#stopping.signal);
    if (Math.abs(time - now()) > CLOCK_MILLISECONDS) throw new AuthorityUnavailable('has another time than this gateway');
    if (this.#last !== undefined && time < this.#last) throw new AuthorityUnavailable('has a clock that went back');
    const timestamp = { head: head.number, token: Buffer.from(token).toString('base64') };
    await commit({ action: 'timestamp', who: 'gateway', decision: 'none', policy: policy(), timestamp });
    this.#done = head.number;
    this.#last = time;
    this.#taken++;
  }

  /** Aborts a running request. */
  async close(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    await this.#running;
  }
}

function reasonOf(error: Error): string {
  if (error instanceof TimestampRefused) return `The timestamp cannot be used: ${error.message}`;
  return error instanceof AuthorityUnavailable ? `The authority ${error.message}` : error.message;
}
