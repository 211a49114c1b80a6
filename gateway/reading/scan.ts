/** A page on its way: what was given, where the reader stands, and what keeps the rest back. */

import type { SealedEvent } from '../labels/event.ts';
import type { View } from '../store/view/view.ts';
import type { Standing } from './cursor.ts';
import { nothingPending, type PendingDisclosure } from './pending-disclosure.ts';
import type { Slice } from './slices.ts';

export interface Scan {
  /** Where the reader stands in the order of all events: the next place to look at. */
  at: number;
  readonly items: { event: SealedEvent; json: string; standing: Standing }[];
  readonly pending: PendingDisclosure;
  readonly limit: number;
  /** Bytes that are left of the page. */
  left: number;
  more: boolean;
  /** Whether the next event waits for a policy that knows its label. */
  isHeld: boolean;
  /** Resolves when the view has all that was disclosed before the page was asked for. */
  readonly caughtUp: () => Promise<void>;
  /** Its time on the event loop. */
  readonly slice: Slice;
}

/** A page of so many events and bytes at the most, from where a reader stands. */
export const beginScan = (at: number, limit: number, left: number, slice: Slice, view: Pick<View, 'caughtUp'>): Scan => {
  let disclosed: Promise<void> | undefined;
  const caughtUp = () => (disclosed ??= view.caughtUp('told'));
  return { at, items: [], pending: nothingPending(), limit, left, more: false, isHeld: false, slice, caughtUp };
};
