/** The facts that the tables of offences have for each kind. */
import type { Random } from './random.ts';

export interface OffenceKind {
  readonly code: string;
  /** The rest of the charge, after "On 02/03/2026 at Saltmouth". */
  readonly says: (random: Random, victim: string) => string;
  /** The facts of the case, in the words of the prosecution. */
  readonly facts: string;
  /** Two digits: 01 summary only, 02 indictable only, 03 summary trial elected. */
  readonly mode: '01' | '02' | '03';
  /** The gender that the law requires of a victim. */
  readonly victim?: '1' | '2';
  readonly hasVehicle?: boolean;
  readonly hasAlcohol?: boolean;
}

/** The reason for a stop that can lead to such a case. */
export interface StopReason {
  readonly power: string;
  readonly kind: 'vehicle-stop' | 'person-search';
  readonly object?: string;
  readonly grounds: string;
}

/** Offences that can occur in the same case. */
export interface Theme {
  /** How many of a hundred cases have this theme. */
  readonly weight: number;
  readonly kinds: readonly OffenceKind[];
  readonly against: 'person' | 'shop' | 'nobody';
  readonly accused: 'anybody' | 'adult' | 'organisation';
  /** The probability that a case begins with a summons or requisition instead of an arrest and a charge. */
  readonly summoned: number;
  readonly stop?: StopReason;
  readonly isSexual?: boolean;
}
