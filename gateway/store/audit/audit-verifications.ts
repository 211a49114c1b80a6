/** Verifies the audit log while the gateway runs: one verification at a time, whose state can be asked for. */

import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Bus } from '../../bus/bus.ts';
import type { TrustedKeys } from '../../labels/verify.ts';
import { AUDIT } from '../../wire/streams.ts';
import { type ChainReport, type VerifyOptions, verifyAudit } from './audit-verify.ts';
import type { Witness } from './witness.ts';

export interface VerificationsContext {
  readonly bus: Bus;
  readonly keys: TrustedKeys;
  readonly options: () => Pick<VerifyOptions, 'secret' | 'authorities'>;
  readonly witness: Pick<Witness, 'seen'> | undefined;
  readonly now: () => number;
}

export interface Verification {
  readonly id: string;
  readonly status: 'running' | 'verifies' | 'broken' | 'failed';
  /** ISO 8601. */
  readonly started: string;
  readonly records: number;
  readonly of: number;
  readonly witnessed?: number;
  readonly report?: ChainReport;
}

/** The gateway stops. */
class Stopped extends Error {
  override readonly name = 'Stopped';
}

export class AuditVerifications {
  readonly #context: VerificationsContext;
  #state: Verification | undefined;
  #running: Promise<void> | undefined;
  #isClosed = false;

  constructor(context: VerificationsContext) {
    this.#context = context;
  }

  /** Begins a verification, or resolves to the one that runs. Rejects with BusUnavailable where the bus does not answer. */
  async start(): Promise<Verification> {
    if (this.#state?.status === 'running') return this.#state;
    const { bus, now } = this.#context;
    const started = new Date(now()).toISOString();
    const state: Verification = { id: randomBytes(32).toString('base64url'), status: 'running', started, records: 0, of: 0 };
    // Before the bus is asked, so that two requests do not begin two.
    this.#state = state;
    try {
      this.#state = { ...state, of: (await bus.ends(AUDIT))[0] ?? 0 };
    } catch (error) {
      this.#state = undefined;
      throw error;
    }
    this.#running = this.#run();
    return this.#state;
  }

  /** A verification, where it is the last one of this gateway. */
  get(id: string): Verification | undefined {
    return this.#state?.id === id ? this.#state : undefined;
  }

  #set(change: Partial<Verification>): void {
    if (this.#state !== undefined) this.#state = { ...this.#state, ...change };
  }

  async #run(): Promise<void> {
    const { bus, keys, options, witness } = this.#context;
    try {
      const witnessed = await witness?.seen();
      const report = await verifyAudit(bus, keys, {
        ...options(),
        ...(witnessed === undefined ? {} : { witnessed }),
        onProgress: (records) => this.#progress(records),
      });
      const of = Math.max(report.records, this.#state?.of ?? 0);
      this.#set({
        status: report.ok ? 'verifies' : 'broken',
        records: report.records,
        of,
        report,
        ...(witnessed === undefined ? {} : { witnessed: witnessed.length }),
      });
    } catch {
      // The bus or the witness does not answer. Health says which.
      this.#set({ status: 'failed' });
    }
  }

  async #progress(records: number): Promise<void> {
    if (this.#isClosed) throw new Stopped('The gateway is stopping');
    this.#set({ records });
    // Others go on meanwhile.
    await setImmediate();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
  }
}
