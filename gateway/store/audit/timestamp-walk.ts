/**
 * One walk over the timestamps in the audit log. It checks that each is for the head in the log, by a trusted authority, and in order of
 * time.
 */
import type { Certificate } from 'pkijs';
import type { AuditRecord } from '../../wire/streams.ts';
import { ONLY_CHAIN } from './audit.ts';
import type { HeadWalk } from './head-walk.ts';
import { CLOCK_MILLISECONDS, checkToken, OtherImprint, TimestampRefused } from './timestamp-token.ts';

/** A fault of a timestamp, or of the head that it is for. */
export interface TimestampFault {
  /** The last record that is known to be unchanged. Without it, the record of the timestamp is the bad one. */
  readonly after?: number;
  readonly reason: string;
}

/** A valid timestamp. */
export interface SoundTimestamp {
  /** ISO 8601, by the authority's clock. */
  readonly time: string;
  readonly head: number;
  /** The last record that the head signs: it and all earlier records existed at that time. */
  readonly seq: number;
}

/** A summary of the timestamps of a log. */
export interface Timestamps {
  readonly count: number;
  /** Whether their signers were checked. */
  readonly isChecked: boolean;
  readonly first?: SoundTimestamp;
  readonly last?: SoundTimestamp;
}

/** The shortest gap between timestamps that is reported. */
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

  /** @param trusted the certificates of authorities; without them, signers are not checked */
  constructor(heads: HeadWalk, trusted: readonly Certificate[] | undefined) {
    this.#heads = heads;
    this.#trusted = trusted;
  }

  /** Checks the timestamp of an unchanged record. Returns the fault, or undefined. */
  async take({ timestamp, chain = ONLY_CHAIN, time }: AuditRecord): Promise<TimestampFault | undefined> {
    if (timestamp === undefined) return undefined;
    const { head: number, token } = timestamp;
    const heads = this.#heads.chains.get(chain);
    // A walk over the end of the log does not see earlier heads.
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

  #note(chain: string, timestamp: SoundTimestamp, before: SoundTimestamp | undefined): void {
    this.#count++;
    this.#lastOfChain.set(chain, timestamp);
    this.#first ??= timestamp;
    if (this.#last === undefined || this.#last.time <= timestamp.time) this.#last = timestamp;
    if (before !== undefined && Date.parse(timestamp.time) - Date.parse(before.time) > DAY_MILLISECONDS)
      this.#gaps.push(
        `No timestamp is of the time between ${before.time} and ${timestamp.time}: records ${before.seq + 1} to ${timestamp.seq}`,
      );
  }

  get report(): Timestamps {
    const [first, last] = [this.#first, this.#last];
    return {
      count: this.#count,
      isChecked: this.#trusted !== undefined,
      ...(first === undefined || last === undefined ? {} : { first, last }),
    };
  }

  /** Notes for operators that are not faults. */
  notes(): readonly string[] {
    if (this.#trusted !== undefined && this.#count === 0) return ['No signed head has a timestamp'];
    const unchecked =
      this.#trusted === undefined && this.#count > 0
        ? [`Who signed the ${this.#count} timestamps was not checked: no authority is configured`]
        : [];
    return [...unchecked, ...this.#gaps];
  }
}
