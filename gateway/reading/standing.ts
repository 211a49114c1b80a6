/** A reader's position in the one order of all events. */
import type { OrderedEvent } from '../store/view/order-table.ts';
import type { View } from '../store/view/view.ts';
import { ORDER } from '../wire/streams.ts';
import type { Standing } from './cursor.ts';

/** The position of a reader that has read everything before a place in the order. */
export const standingAt = (at: number): Standing => ({ [ORDER]: { 0: at } });

/** How many events are read before other work can run. */
const AT_ONCE = 200;

/**
 * The next place in the order for a reader of the matching topics. A position from a version before the order holds an offset for each
 * topic: the reader then begins at the first event that it has not read. So no event is missing, and events of other topics may come again.
 * `pause` is called between batches, so that other work can run.
 */
export async function placeOf(
  standing: Standing,
  view: Pick<View, 'order' | 'events' | 'followed'>,
  matches: (topic: string) => boolean,
  pause: () => Promise<void>,
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
    await pause();
  }
  return end;
}
