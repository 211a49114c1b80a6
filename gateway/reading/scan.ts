/** A page on its way: what was given, where the reader stands, and what keeps the rest back. */
import type { Standing } from '../exchange/cursor.ts';
import { nothingTold, type Told } from '../exchange/told.ts';
import type { SealedEvent } from '../labels/event.ts';
import type { Slice } from './slices.ts';

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
  /** Its time on the event loop. */
  readonly slice: Slice;
}

/** A page of so many events and bytes at the most, from where a reader stands. */
export const beginScan = (topics: readonly string[], from: Standing, limit: number, left: number, slice: Slice): Scan => ({
  topics,
  standing: structuredClone(from) as Scan['standing'],
  items: [],
  told: nothingTold(),
  limit,
  left,
  more: false,
  moved: false,
  waits: false,
  isHeld: false,
  isPatient: true,
  slice,
});
