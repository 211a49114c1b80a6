/** Where a reader stands in the one order of all events. */
import type { OrderedEvent } from '../store/view/order-table.ts';
import type { View } from '../store/view/view.ts';
import { ORDER } from '../wire/streams.ts';
import type { Standing } from './cursor.ts';

/** A reader that has passed all before a place in the order. */
export const standingAt = (at: number): Standing => ({ [ORDER]: { 0: at } });

/** So many events are looked at before somebody else has a turn. */
const AT_ONCE = 200;

/**
 * The place in the order that a reader of the topics that match comes to next. A standing of a version before the order says how far each
 * topic was read: it begins at the first event that it had not passed. So nothing is missing, and what had been passed on other topics may
 * come again. `rest` is called often where much was passed: then others have their turn.
 */
export async function placeOf(
  standing: Standing,
  view: Pick<View, 'order' | 'events' | 'followed'>,
  matches: (topic: string) => boolean,
  rest: () => Promise<void>,
): Promise<number> {
  const at = standing[ORDER]?.[0];
  if (at !== undefined || Object.keys(standing).length === 0) return at ?? 0;
  const isAhead = ({ id }: OrderedEvent): boolean => {
    const place = view.events.first(id);
    return place === undefined || place.offset >= (standing[place.topic]?.[place.partition] ?? 0);
  };
  const end = view.followed(ORDER, 0);
  for (let from = 0; from < end; ) {
    const { rows, until } = view.order.rows(from, end, matches, AT_ONCE);
    const first = rows.find(isAhead);
    if (first !== undefined) return first.at;
    from = until;
    await rest();
  }
  return end;
}
