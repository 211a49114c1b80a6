/**
 * The ledger: received = published + quarantined + refused + repeated, for each source and hour. The gateway counts received, refused and
 * repeated messages on arrival, and published and quarantined messages on the bus. So it notices a message that was lost in between.
 */

import type { Journal } from '../store/journal.ts';
import { hourOf, type LedgerRow } from '../store/view/tally.ts';
import type { View } from '../store/view/view.ts';
import { LEDGER, type LedgerRecord, record } from '../wire/streams.ts';

export interface LedgerContext {
  readonly journal: Journal;
  readonly view: View;
  readonly now: () => number;
  /** The id of this run of this gateway. */
  readonly run: string;
  /** Called when a completed hour has received more messages than it accounts for. */
  readonly onDifference: (row: LedgerRow) => void;
}

/** The outcome of a message, as the gateway counts it on arrival. */
export type Outcome = 'stored' | 'refused' | 'repeated';

type Counts = { -readonly [Name in 'received' | 'refused' | 'repeated' | 'unanswered']: number };

interface HourCounts extends Counts {
  readonly source: string;
  readonly hour: string;
  isDirty: boolean;
}

const HOUR = 3_600_000;
/** How long the counts of other gateways can take to arrive. */
const GRACE_MILLISECONDS = 60_000;
const WRITE_MILLISECONDS = 10_000;
const LOOK_BACK_HOURS = 48;

const before = (now: number, hours: number): string => hourOf(new Date(now - hours * HOUR).toISOString());

export class Ledger {
  readonly #context: LedgerContext;
  readonly #counts = new Map<string, HourCounts>();
  readonly #reported = new Set<string>();
  readonly #timer: NodeJS.Timeout;

  constructor(context: LedgerContext) {
    this.#context = context;
    this.#timer = setInterval(() => void this.#tick().catch(() => undefined), WRITE_MILLISECONDS).unref();
  }

  /** Counts a message from a source at its time of arrival (ISO 8601). Returns a function to call with the outcome. */
  receive(source: string, time: string): (outcome: Outcome) => void {
    const hour = hourOf(time);
    const key = `${hour} ${source}`;
    const counts = this.#counts.get(key) ?? { source, hour, received: 0, refused: 0, repeated: 0, unanswered: 0, isDirty: true };
    this.#counts.set(key, counts);
    counts.received++;
    counts.unanswered++;
    counts.isDirty = true;
    return (outcome) => {
      counts.unanswered--;
      if (outcome !== 'stored') counts[outcome]++;
      counts.isDirty = true;
    };
  }

  /** Writes the counts that changed since the last write to the bus. Rejects with BusUnavailable. */
  async write(): Promise<void> {
    const { journal, run, now } = this.#context;
    const dirty = [...this.#counts.values()].filter(({ isDirty }) => isDirty);
    if (dirty.length > 0) {
      for (const counts of dirty) counts.isDirty = false;
      const records = dirty.map(({ isDirty: _, ...counts }) => record(LEDGER, run, { run, ...counts } satisfies LedgerRecord));
      try {
        await journal.commit(records, []);
      } catch (error) {
        for (const counts of dirty) counts.isDirty = true;
        throw error;
      }
    }
    const old = before(now(), 1);
    for (const [key, { hour, unanswered, isDirty }] of this.#counts)
      if (hour < old && unanswered === 0 && !isDirty) this.#counts.delete(key);
  }

  /** The rows of the last hours, of one source or of all. */
  async rows(source: string | undefined, hours: number): Promise<readonly LedgerRow[]> {
    const { view, now } = this.#context;
    await this.write();
    await view.caughtUp('ledger');
    return view.ledger({ from: before(now(), hours - 1), ...(source === undefined ? {} : { source }) });
  }

  /** The number of messages missing from completed hours. */
  missing(): number {
    return this.#differences().reduce((sum, { difference }) => sum + difference, 0);
  }

  #differences(): readonly LedgerRow[] {
    const { view, now } = this.#context;
    const completed = before(now() - GRACE_MILLISECONDS, 0);
    return view.ledger({ from: before(now(), LOOK_BACK_HOURS) }).filter(({ hour, difference }) => difference > 0 && hour < completed);
  }

  async #tick(): Promise<void> {
    await this.write();
    await this.#context.view.caughtUp('ledger');
    // Messages in the spool are not lost: the gateway publishes them when the bus is back.
    if (this.#context.view.spooled > 0) return;
    for (const row of this.#differences()) {
      const key = `${row.hour} ${row.source} ${row.difference}`;
      if (this.#reported.has(key)) continue;
      this.#reported.add(key);
      this.#context.onDifference(row);
    }
  }

  /** Writes the counts a last time. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.write().catch(() => undefined); // the bus is unavailable, and the gateway is stopping: nothing can retry
  }
}
