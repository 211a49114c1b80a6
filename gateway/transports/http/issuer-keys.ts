/**
 * The keys of an issuer as they are now. They are asked for again and again while the gateway runs, so that a key that the issuer takes
 * away stops its tokens within a minute, on requests and on open streams.
 */
import { fetchKeys, IssuerUnavailable } from './fetch-keys.ts';
import { type KeySet, readKeySet } from './key-set.ts';

/** Where the keys that tokens are verified with come from. */
export interface KeySource {
  /** The keys that hold now. Rejects with {@link IssuerUnavailable} when there are none and the issuer cannot be asked. */
  current(): Promise<KeySet>;
  /**
   * The keys after the issuer was asked again, because a key is not among those of `known`. An issuer that was asked a moment ago is not
   * asked again. Rejects with {@link IssuerUnavailable} when it cannot be asked.
   */
  refreshed(known: KeySet): Promise<KeySet>;
}

export interface IssuerKeysOptions {
  readonly url: string;
  /** For how long keys hold at the most after the issuer gave them, whatever its answer allows. Default 60. */
  readonly seconds?: number | undefined;
  /** Milliseconds on a clock that nobody sets. */
  readonly elapsed: () => number;
  readonly onFault: (reason: string) => void;
  readonly onRecovered: () => void;
}

const SECONDS = 60;
/** An answer that may not be kept at all is kept for so long: otherwise each request would be one to the issuer. */
const FLOOR_SECONDS = 5;
/** How often the issuer is asked while it answers. */
const INTERVAL_SECONDS = 20;
/** The shortest time between two questions that requests or faults lead to. */
const REST_SECONDS = 5;

export class IssuerKeys implements KeySource {
  readonly #options: IssuerKeysOptions;
  readonly #most: number;
  readonly #rest: number;
  readonly #closed = new AbortController();
  #set: KeySet | undefined;
  #until = 0;
  #interval = 0;
  #askedAt = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;
  #fault: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(options: IssuerKeysOptions) {
    this.#options = options;
    this.#most = (options.seconds ?? SECONDS) * 1000;
    this.#rest = Math.min(REST_SECONDS * 1000, this.#most / 4);
  }

  /** Begins to ask. It does not wait for the answer: a gateway starts without its issuer, and says so. */
  static open(options: IssuerKeysOptions): IssuerKeys {
    const keys = new IssuerKeys(options);
    void keys.#ask();
    return keys;
  }

  get #holding(): KeySet | undefined {
    return this.#options.elapsed() < this.#until ? this.#set : undefined;
  }

  /** `warn`: the issuer cannot be asked, and the keys that it gave still hold. */
  get health(): 'pass' | 'warn' | 'fail' {
    if (this.#holding === undefined) return 'fail';
    return this.#fault === undefined ? 'pass' : 'warn';
  }

  /** When the certificates of the keys that hold now end, in milliseconds since 1970. */
  get ends(): readonly number[] {
    return this.#holding?.ends ?? [];
  }

  async current(): Promise<KeySet> {
    if (this.#holding === undefined) await this.#askUnlessJustAsked();
    return this.#mustHold();
  }

  async refreshed(known: KeySet): Promise<KeySet> {
    if (this.#holding === known) await this.#askUnlessJustAsked();
    if (this.#fault !== undefined) throw new IssuerUnavailable(this.#fault);
    return this.#mustHold();
  }

  #mustHold(): KeySet {
    const set = this.#holding;
    if (set === undefined) throw new IssuerUnavailable(this.#fault ?? 'it has not answered yet');
    return set;
  }

  async #askUnlessJustAsked(): Promise<void> {
    if (this.#asking === undefined && this.#options.elapsed() - this.#askedAt < this.#rest) return;
    await this.#ask();
  }

  /** One question at a time; who comes meanwhile shares it. */
  #ask(): Promise<void> {
    this.#asking ??= this.#fetch().finally(() => {
      this.#asking = undefined;
      clearTimeout(this.#timer);
      if (this.#closed.signal.aborted) return;
      this.#timer = setTimeout(() => void this.#ask(), this.#fault === undefined ? this.#interval : this.#rest).unref();
    });
    return this.#asking;
  }

  async #fetch(): Promise<void> {
    const { url, elapsed, onFault, onRecovered } = this.#options;
    const asked = elapsed();
    this.#askedAt = asked;
    try {
      const { text, seconds } = await fetchKeys(url, this.#closed.signal);
      const set = readKeySet(text);
      if (typeof set === 'string') throw new IssuerUnavailable(set);
      const kept = Math.min(this.#most, Math.max((seconds ?? Number.POSITIVE_INFINITY) * 1000, FLOOR_SECONDS * 1000));
      if (set.fingerprint !== this.#set?.fingerprint) this.#set = set;
      // From when it was asked: the answer can be as old as that.
      this.#until = asked + kept;
      this.#interval = Math.min(INTERVAL_SECONDS * 1000, kept / 2);
      if (this.#fault !== undefined) onRecovered();
      this.#fault = undefined;
    } catch (error) {
      if (this.#closed.signal.aborted) return;
      const { message } = error as Error;
      if (this.#fault !== message) onFault(message);
      this.#fault = message;
    }
  }

  async close(): Promise<void> {
    this.#closed.abort();
    clearTimeout(this.#timer);
    await this.#asking;
  }
}
