/** Where a reader stands in the one order of all events. */

import type { OrderedEvent } from '../store/view/order-table.ts';
import type { View } from '../store/view/view.ts';
import { ORDER } from '../wire/streams.ts';
import type { Standing } from './cursor.ts';

/** A reader that has passed all before a place in the order. */
export const standingAt = (at: number): Standing => ({ [ORDER]: { 0: at } });

/**
 * The place in the order that a reader comes to next. A standing of a version before the order says how far each topic was read: it begins
 * at the first event that it had not passed. So nothing is missing, and what had been passed on other topics may come again.
 */
export function placeOf(standing: Standing, { order, events, followed }: Pick<View, 'order' | 'events' | 'followed'>, end: number): number {
  const at = standing[ORDER]?.[0];
  if (at !== undefined || Object.keys(standing).length === 0) return at ?? 0;
  const isAhead = ({ id }: OrderedEvent): boolean => {
    const place = events.first(id);
    return place === undefined || place.offset >= (standing[place.topic]?.[place.partition] ?? 0);
  };
  for (let from = 0; from < end; ) {
    const { rows, until } = order.rows(from, end, () => true, 1000);
    const first = rows.find(isAhead);
    if (first !== undefined) return first.at;
    from = until;
  }
  return followed(ORDER, 0);
}
