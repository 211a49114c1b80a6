/**
 * The ledger: received = published + quarantined + refused (and what came again), for each source and hour. What is received, refused
 * and repeated is counted where it comes in; what is published and quarantined is counted on the bus: so that a loss between shows.
 */

import type { Client } from '../rules/clients.ts';
import type { Journal } from '../store/journal.ts';
import { hourOf, type LedgerRow } from '../store/view/tally.ts';
import type { View } from '../store/view/view.ts';
import { LEDGER, type LedgerRecord, record } from '../wire/streams.ts';

export interface LedgerContext {
  readonly journal: Journal;
  readonly view: View;
  readonly now: () => number;
  /** Names this run of this gateway. */
  readonly run: string;
  /** Called when an hour that is over has received more than became of it. */
  readonly onDifference: (row: LedgerRow) => void;
}

/** What became of a message, where that is not on the bus. */
export type Outcome = 'stored' | 'refused' | 'repeated';

type Counts = { -readonly [Name in 'received' | 'refused' | 'repeated' | 'unanswered']: number };

interface Page extends Counts {
  readonly source: string;
  readonly hour: string;
  isDirty: boolean;
}

const HOUR = 3_600_000;
/** The books of other gateways come in after so long. */
const GRACE_MILLISECONDS = 60_000;
const WRITE_MILLISECONDS = 10_000;
const LOOK_BACK_HOURS = 48;

const before = (now: number, hours: number): string => hourOf(new Date(now - hours * HOUR).toISOString());

export class Ledger {
  readonly #context: LedgerContext;
  readonly #pages = new Map<string, Page>();
  readonly #reported = new Set<string>();
  readonly #timer: NodeJS.Timeout;

  constructor(context: LedgerContext) {
    this.#context = context;
    this.#timer = setInterval(() => void this.#tick().catch(() => undefined), WRITE_MILLISECONDS).unref();
  }

  /** Counts a message of a source that came at a time (ISO 8601). Returns what to call when it is answered. */
  receive(source: string, time: string): (outcome: Outcome) => void {
    const hour = hourOf(time);
    const key = `${hour} ${source}`;
    const page = this.#pages.get(key) ?? { source, hour, received: 0, refused: 0, repeated: 0, unanswered: 0, isDirty: true };
    this.#pages.set(key, page);
    page.received++;
    page.unanswered++;
    page.isDirty = true;
    return (outcome) => {
      page.unanswered--;
      if (outcome !== 'stored') page[outcome]++;
      page.isDirty = true;
    };
  }

  /** Puts what was counted since the last time onto the bus. Rejects with BusUnavailable. */
  async write(): Promise<void> {
    const { journal, run, now } = this.#context;
    const dirty = [...this.#pages.values()].filter(({ isDirty }) => isDirty);
    if (dirty.length > 0) {
      for (const page of dirty) page.isDirty = false;
      const records = dirty.map(({ isDirty: _, ...page }) => record(LEDGER, run, { run, ...page } satisfies LedgerRecord));
      try {
        await journal.commit(records, []);
      } catch (error) {
        for (const page of dirty) page.isDirty = true;
        throw error;
      }
    }
    const old = before(now(), 1);
    for (const [key, { hour, unanswered, isDirty }] of this.#pages) if (hour < old && unanswered === 0 && !isDirty) this.#pages.delete(key);
  }

  /** The hours of the last so many that a client may see: its own, or as an operator all. */
  async rows(client: Pick<Client, 'id' | 'operator'>, hours: number): Promise<readonly LedgerRow[]> {
    const { view, now } = this.#context;
    await this.write();
    await view.caughtUp('ledger');
    return view.ledger({ from: before(now(), hours - 1), ...(client.operator ? {} : { source: client.id }) });
  }

  /** Messages that are missing from completed hours. */
  missing(): number {
    return this.#differences().reduce((sum, { difference }) => sum + difference, 0);
  }

  #differences(): readonly LedgerRow[] {
    const { view, now } = this.#context;
    const over = before(now() - GRACE_MILLISECONDS, 0);
    return view.ledger({ from: before(now(), LOOK_BACK_HOURS) }).filter(({ hour, difference }) => difference > 0 && hour < over);
  }

  async #tick(): Promise<void> {
    await this.write();
    await this.#context.view.caughtUp('ledger');
    // What is in the spool is on its way.
    if (this.#context.view.spooled > 0) return;
    for (const row of this.#differences()) {
      const key = `${row.hour} ${row.source} ${row.difference}`;
      if (this.#reported.has(key)) continue;
      this.#reported.add(key);
      this.#context.onDifference(row);
    }
  }

  /** Writes the books for the last time. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.write().catch(() => undefined); // the bus is away, and nobody is left to tell
  }
}
