/** A witness keeps the signed heads of the audit log outside of the data folder, so that a log that is cut, rolled back or replaced is noticed. */
import { ONLY_CHAIN } from './audit.ts';
import { hashOfHead, type LastHead, readHeadClaims } from './audit-head.ts';

/** The witness cannot be reached, or cannot store anything. */
export class WitnessAway extends Error {
  override readonly name = 'WitnessAway';
}

/** The witness saw other heads. */
export class WitnessRefusal extends Error {
  override readonly name = 'WitnessRefusal';
}

export interface Witness {
  /** Every head that the witness saw, as compact JWS, oldest first. Rejects with {@link WitnessAway}. */
  seen(): Promise<readonly string[]>;
  /**
   * Resolves when the witness has stored the heads. A repeated head has no effect. Rejects with {@link WitnessRefusal} for a head that does not continue its chain, and with {@link WitnessAway} when the witness cannot tell.
   */
  take(heads: readonly string[]): Promise<void>;
}

/** How many hashes of each chain are kept, to recognise a repeated head. */
const KEPT = 1000;

/** The state of each chain that a witness needs to decide whether a head continues it. */
export class SeenHeads {
  readonly #chains = new Map<string, { last: LastHead; readonly hashes: Map<number, string> }>();

  /** Adds a head. Returns whether it is new. Throws {@link WitnessRefusal} when it does not continue its chain. */
  take(jws: string): boolean {
    const claims = readHeadClaims(jws);
    if (claims === undefined) throw new WitnessRefusal('This is not a numbered head');
    const { chain = ONLY_CHAIN, number, prev, seq } = claims;
    const hash = hashOfHead(jws);
    const known = this.#chains.get(chain);
    if (known !== undefined) {
      const { last, hashes } = known;
      if (number <= last.number) {
        if (hashes.get(number) === hash) return false;
        throw new WitnessRefusal(
          `The witness saw another head ${number}, which signs another record ${seq}: the log was changed or is another one`,
        );
      }
      if (number > last.number + 1)
        throw new WitnessRefusal(`Head ${last.number + 1} is missing before head ${number}, which signs record ${seq}`);
      if (prev !== last.hash)
        throw new WitnessRefusal(`Head ${number}, which signs record ${seq}, does not follow the head that the witness saw`);
    }
    const { hashes } = known ?? { hashes: new Map<number, string>() };
    hashes.set(number, hash);
    hashes.delete(number - KEPT);
    this.#chains.set(chain, { last: { number, hash: hash }, hashes });
    return true;
  }

  /** A copy, to try heads on before they are durable. */
  copy(): SeenHeads {
    const copy = new SeenHeads();
    for (const [chain, { last, hashes }] of this.#chains) copy.#chains.set(chain, { last, hashes: new Map(hashes) });
    return copy;
  }
}
