/** One walk over the timestamps in the audit log: whether each is of the head that is there, by a trusted authority, and in order of time. */
import type { Certificate } from 'pkijs';
import type { AuditRecord } from '../../wire/streams.ts';
import { ONLY_CHAIN } from './audit.ts';
import type { HeadWalk } from './head-walk.ts';
import { CLOCK_MILLISECONDS, checkToken, OtherImprint, TimestampRefused } from './timestamp-token.ts';

/** What is wrong with a timestamp, or with what it is of. */
export interface TimestampFault {
  /** The last record that is known to be as it was written. Without it, the record of the timestamp is the bad one. */
  readonly after?: number;
  readonly reason: string;
}

/** A timestamp that is as it must be. */
export interface SoundTimestamp {
  /** ISO 8601, by the authority's clock. */
  readonly time: string;
  readonly head: number;
  /** The last record that the head signs: it and all before it were there at that time. */
  readonly seq: number;
}

/** What the timestamps of a log show. */
export interface Timestamps {
  readonly count: number;
  /** Whether it was checked who signed them. */
  readonly isChecked: boolean;
  readonly first?: SoundTimestamp;
  readonly last?: SoundTimestamp;
}

/** A gap that is worth a note. */
const DAY_MILLISECONDS = 86_400_000;

const iso = (time: number): string => new Date(time).toISOString();

export class TimestampWalk {
  readonly #heads: HeadWalk;
  readonly #trusted: readonly Certificate[] | undefined;
  readonly #lastOfChain = new Map<string, SoundTimestamp>();
  readonly #gaps: string[] = [];
  #count = 0;
  #first: SoundTimestamp | undefined;
  #last: SoundTimestamp | undefined;

  /** @param trusted the certificates of authorities; without them it is not checked who signed */
  constructor(heads: HeadWalk, trusted: readonly Certificate[] | undefined) {
    this.#heads = heads;
    this.#trusted = trusted;
  }

  /** Takes a record that is as it was written. Returns what is wrong with its timestamp, or undefined. */
  async take({ timestamp, chain = ONLY_CHAIN, time }: AuditRecord): Promise<TimestampFault | undefined> {
    if (timestamp === undefined) return undefined;
    const { head: number, token } = timestamp;
    const heads = this.#heads.chains.get(chain);
    // A walk over the end of the log does not see the heads before it.
    if (heads === undefined || number < (heads.first ?? 0))
      return this.#heads.isWhole ? { reason: `There is no signed head ${number}` } : undefined;
    const head = heads.get(number);
    if (head === undefined) return { after: heads.seq, reason: `The log is cut: an authority saw signed head ${number}` };
    const about = `The timestamp of signed head ${number} cannot be right`;
    let stamped: number;
    try {
      stamped = (await checkToken(Buffer.from(String(token), 'base64'), Buffer.from(head.hash, 'base64url'), this.#trusted)).time;
    } catch (error) {
      if (error instanceof OtherImprint)
        return { after: heads.before(number), reason: `Signed head ${number} is not the one that an authority saw` };
      if (error instanceof TimestampRefused) return { reason: `${about}: ${error.message}` };
      throw error;
    }
    const before = this.#lastOfChain.get(chain);
    if (before !== undefined && Date.parse(before.time) > stamped)
      return { reason: `${about}: it is of ${iso(stamped)}, and the one before it of ${before.time}` };
    if (Math.abs(Date.parse(time) - stamped) > CLOCK_MILLISECONDS)
      return { reason: `${about}: it is of ${iso(stamped)}, and its record of ${time}` };
    if (head.time - stamped > CLOCK_MILLISECONDS)
      return { reason: `${about}: it is of ${iso(stamped)}, and the head says that it was signed at ${iso(head.time)}` };
    this.#note(chain, { time: iso(stamped), head: number, seq: head.seq }, before);
    return undefined;
  }

  #note(chain: string, own: SoundTimestamp, before: SoundTimestamp | undefined): void {
    this.#count++;
    this.#lastOfChain.set(chain, own);
    this.#first ??= own;
    if (this.#last === undefined || this.#last.time <= own.time) this.#last = own;
    if (before !== undefined && Date.parse(own.time) - Date.parse(before.time) > DAY_MILLISECONDS)
      this.#gaps.push(`No timestamp is of the time between ${before.time} and ${own.time}: records ${before.seq + 1} to ${own.seq}`);
  }

  get report(): Timestamps {
    const [first, last] = [this.#first, this.#last];
    return {
      count: this.#count,
      isChecked: this.#trusted !== undefined,
      ...(first === undefined || last === undefined ? {} : { first, last }),
    };
  }

  /** What is no fault, and should be known. */
  notes(): readonly string[] {
    if (this.#trusted !== undefined && this.#count === 0) return ['No signed head has a timestamp'];
    const unchecked =
      this.#trusted === undefined && this.#count > 0
        ? [`Who signed the ${this.#count} timestamps was not checked: no authority is configured`]
        : [];
    return [...unchecked, ...this.#gaps];
  }
}
