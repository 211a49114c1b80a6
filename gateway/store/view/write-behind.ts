/** Records that are written to a file a little later, several together, or when somebody looks. What cannot be written waits. */
import { BusUnavailable } from '../../bus/bus.ts';

const MOST_RECORDS = 2000;
const MILLISECONDS = 100;
const RETRY_MILLISECONDS = 1000;
/** So much waits for a file that cannot be written, and no more. */
const MOST_BYTES = 32 * 1024 * 1024;

/** What SQLite could not do. Any other error is not of the file, and stays as it is. */
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

  /** `write` writes all or throws; `undo` is then called with the same records, which come again. */
  constructor(write: (records: readonly T[]) => void, undo: (records: readonly T[]) => void) {
    this.#write = write;
    this.#undo = undo;
  }

  /** Throws {@link BusUnavailable} while the file cannot be written and no more may wait for it. */
  mustHaveRoom(): void {
    if (this.#isFailing && this.#bytes >= MOST_BYTES) throw new BusUnavailable('The view cannot be written');
  }

  add(record: T, bytes: number): void {
    this.#taken.push(record);
    this.#bytes += bytes;
  }

  /** What was added is written soon, or now where it is much. */
  soon(): void {
    if (this.#taken.length >= MOST_RECORDS && !this.#isFailing) this.drainIfPossible();
    else this.#later(MILLISECONDS);
  }

  #later(milliseconds: number): void {
    this.#timer ??= setTimeout(() => this.drainIfPossible(), milliseconds).unref();
  }

  /** Throws BusUnavailable when the file cannot be written, as on a full disk, or is closed, and any other error of `write` as it is. */
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
      // Whatever it is: what was taken from the bus and is not written would be missing from every answer without a word.
      this.#waiting = records;
      this.#isFailing = true;
      this.#undo(records);
      this.#later(RETRY_MILLISECONDS);
      throw unwritable(error);
    }
  }

  /** Nobody waits for it: whoever looks is told, and {@link check} fails. */
  drainIfPossible(): void {
    try {
      this.drain();
    } catch {
      // It is tried again, and thrown to whoever looks.
    }
  }

  /** Throws as {@link drain} does when what waits cannot be written now. */
  check(): void {
    if (this.#isFailing) this.drain();
  }

  /** Writes what can be written now, and no more. */
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
