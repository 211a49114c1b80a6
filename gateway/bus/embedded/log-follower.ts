/** A follower of the embedded bus: takes the records in its file, and then each new record. */
import type { Follower, FollowOptions, StoredRecord } from '../bus.ts';
import type { LogFile } from './log.ts';

const AGAIN_MILLISECONDS = 1000;
const BATCH = 1000;

export class LogFollower implements Follower {
  readonly #options: FollowOptions;
  readonly #ask: (question: (log: LogFile) => void) => Promise<void>;
  readonly #onClose: () => void;
  readonly #next = new Map<string, number>();
  #failing: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: FollowOptions, ask: (question: (log: LogFile) => void) => Promise<void>, onClose: () => void) {
    this.#options = options;
    this.#ask = ask;
    this.#onClose = onClose;
  }

  get failing(): string | undefined {
    return this.#failing;
  }

  #nextOf(topic: string, partition: number): number {
    return this.#next.get(`${topic}/${partition}`) ?? this.#options.from(topic, partition);
  }

  #give(records: readonly StoredRecord[]): void {
    this.#options.take(records);
    for (const { topic, partition, offset } of records) this.#next.set(`${topic}/${partition}`, offset + 1);
  }

  /** Takes all records in the file. */
  async catchUp(): Promise<void> {
    await this.#ask((log) => {
      for (const topic of log.topics().filter(this.#options.matches))
        for (let partition = log.partitions(topic) - 1; partition >= 0; partition--) this.#takeAll(log, topic, partition);
    });
    this.#failing = undefined;
  }

  #takeAll(log: LogFile, topic: string, partition: number): void {
    const read = () => log.read(topic, partition, this.#nextOf(topic, partition), BATCH);
    for (let records = read(); records.length > 0; records = read()) this.#give(records);
  }

  /** Takes a record that was published. */
  take(record: StoredRecord): void {
    const { topic, partition, offset } = record;
    if (this.#failing !== undefined || !this.#options.matches(topic) || offset < this.#nextOf(topic, partition)) return;
    try {
      this.#give([record]);
    } catch (error) {
      // The record is on the bus and is taken later: the publication must not fail.
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#failing = (error as Error).message;
    this.#timer = setTimeout(() => void this.catchUp().catch((again: unknown) => this.#fail(again)), AGAIN_MILLISECONDS).unref();
  }

  async caughtUp(): Promise<void> {
    if (this.#failing !== undefined) await this.catchUp();
  }

  async close(): Promise<void> {
    this.#onClose();
    clearTimeout(this.#timer);
  }
}
