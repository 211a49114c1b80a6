/** What the tables of offences say of each kind. */
import type { Random } from './random.ts';

export interface OffenceKind {
  readonly code: string;
  /** The charge after "On 02/03/2026 at Saltmouth". */
  readonly says: (random: Random, victim: string) => string;
  /** What happened, as the prosecution tells it. */
  readonly facts: string;
  /** 1 summary only, 2 indictable only, 3 summary trial elected; in two digits, as messages have it. */
  readonly mode: '01' | '02' | '03';
  /** The gender of a victim that the law asks for. */
  readonly victim?: '1' | '2';
  readonly hasVehicle?: boolean;
  readonly hasAlcohol?: boolean;
}

/** Why somebody was stopped, where a stop can lead to such a case. */
export interface StopReason {
  readonly power: string;
  readonly kind: 'vehicle-stop' | 'person-search';
  readonly object?: string;
  readonly grounds: string;
}

/** Offences that go together. */
export interface Theme {
  /** How many of a hundred cases are of this theme. */
  readonly weight: number;
  readonly kinds: readonly OffenceKind[];
  readonly against: 'person' | 'shop' | 'nobody';
  readonly accused: 'anybody' | 'adult' | 'organisation';
  /** How often it begins with a summons or requisition, and not with an arrest and a charge. */
  readonly summoned: number;
  readonly stop?: StopReason;
  readonly isSexual?: boolean;
}
