/** Writes records to a file a little later, several together, or before the next look-up. Records that cannot be written wait. */
import { BusUnavailable } from '../../bus/bus.ts';

const MOST_RECORDS = 2000;
const MILLISECONDS = 100;
const RETRY_MILLISECONDS = 1000;
/** How many bytes can wait for a file that cannot be written. */
const MOST_BYTES = 32 * 1024 * 1024;

/** Turns an error of SQLite into BusUnavailable. Returns any other error unchanged. */
function unwritable(error: unknown): unknown {
  const { code, errstr } = error as { code?: string; errstr?: string };
  return code !== 'ERR_SQLITE_ERROR' ? error : new BusUnavailable(`The view cannot be written (${errstr ?? 'failed'})`);
}

export class WriteBehind<T> {
  readonly #write: (records: readonly T[]) => void;
  readonly #undo: (records: readonly T[]) => void;
  #waiting: readonly T[] = [];
  #taken: T[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isFailing = false;
  #bytes = 0;
  #isClosed = false;

  /** `write` writes all records or throws; `undo` is then called with the same records, which are tried again. */
  constructor(write: (records: readonly T[]) => void, undo: (records: readonly T[]) => void) {
    this.#write = write;
    this.#undo = undo;
  }

  /** Throws {@link BusUnavailable} while the file cannot be written and the queue is full. */
  mustHaveRoom(): void {
    if (this.#isFailing && this.#bytes >= MOST_BYTES) throw new BusUnavailable('The view cannot be written');
  }

  add(record: T, bytes: number): void {
    this.#taken.push(record);
    this.#bytes += bytes;
  }

  /** Writes the added records soon, or now where there are many. */
  soon(): void {
    if (this.#taken.length >= MOST_RECORDS && !this.#isFailing) this.drainIfPossible();
    else this.#later(MILLISECONDS);
  }

  #later(milliseconds: number): void {
    this.#timer ??= setTimeout(() => this.drainIfPossible(), milliseconds).unref();
  }

  /**
   * Writes all records now. Throws BusUnavailable when the file cannot be written, as on a full disk, or is closed, and any other error of
   * `write` unchanged.
   */
  drain(): void {
    if (this.#isClosed) throw new BusUnavailable('The view is closed');
    this.#stop();
    const records = [...this.#waiting, ...this.#taken];
    this.#taken = [];
    this.#waiting = [];
    if (records.length === 0) return;
    try {
      this.#write(records);
      this.#isFailing = false;
      this.#bytes = 0;
    } catch (error) {
      // Undo for every error: unwritten records would be missing from every answer without notice.
      this.#waiting = records;
      this.#isFailing = true;
      this.#undo(records);
      this.#later(RETRY_MILLISECONDS);
      throw unwritable(error);
    }
  }

  /** Writes without a caller that waits: the next look-up throws, and {@link check} fails. */
  drainIfPossible(): void {
    try {
      this.drain();
    } catch {
      // Tried again later, and thrown at the next look-up.
    }
  }

  /** Throws as {@link drain} does when waiting records cannot be written now. */
  check(): void {
    if (this.#isFailing) this.drain();
  }

  /** Writes the records that can be written now, and takes no more. */
  close(): void {
    this.drainIfPossible();
    this.#stop();
    this.#isClosed = true;
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
