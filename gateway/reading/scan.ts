/** The state of a page while it is made: its events, the reader's position, and the limits. */

import type { Encoded } from '../../adapters/adapter.ts';
import type { SealedEvent } from '../labels/event.ts';
import type { View } from '../store/view/view.ts';
import type { Standing } from './cursor.ts';
import { nothingPending, type PendingDisclosure } from './pending-disclosure.ts';
import type { Slice } from './slices.ts';

export interface Scan {
  /** The reader's position in the order of all events: the next place to read. */
  at: number;
  readonly items: { event: SealedEvent; json: string; encoded?: Encoded; standing: Standing }[];
  /** Decisions that are not in the audit log yet. */
  pending: PendingDisclosure;
  readonly limit: number;
  /** Bytes left on the page. */
  left: number;
  more: boolean;
  /** Whether the next event waits for a policy that knows its label. */
  isHeld: boolean;
  /** Resolves when the view holds all disclosures from before the request. */
  readonly caughtUp: () => Promise<void>;
  /** The page's share of the event loop. */
  readonly slice: Slice;
}

/** Begins a page with limits on its events and bytes, from a reader's position. */
export const beginScan = (at: number, limit: number, left: number, slice: Slice, view: Pick<View, 'caughtUp'>): Scan => {
  let disclosed: Promise<void> | undefined;
  const caughtUp = () => (disclosed ??= view.caughtUp('disclosures'));
  return { at, items: [], pending: nothingPending(), limit, left, more: false, isHeld: false, slice, caughtUp };
};
