/** A page on its way: what was given, where the reader stands, and what keeps the rest back. */
import type { Standing } from '../exchange/cursor.ts';
import type { Told } from '../exchange/told.ts';
import type { SealedEvent } from '../labels/event.ts';

export interface Scan {
  readonly topics: readonly string[];
  readonly standing: Record<string, Record<number, number>>;
  readonly items: { event: SealedEvent; json: string; standing: Standing }[];
  readonly told: Told;
  readonly limit: number;
  /** Bytes that are left of the page. */
  left: number;
  more: boolean;
  /** Whether anything was passed in this round. */
  moved: boolean;
  /** Whether something waits for what comes later. */
  waits: boolean;
  /** Whether something waits for a policy that knows its label. */
  isHeld: boolean;
  /** Whether corrections wait. */
  isPatient: boolean;
}
