/** Tells what retention removed from what the bus does not give now: the first is passed over for good, the second must not be. */
import { type Bus, BusUnavailable } from '../../bus/bus.ts';
import type { EventPlace } from './event-table.ts';

/** Rejects with BusUnavailable unless retention removed what stood at a place. */
export async function mustBeRemoved(bus: Pick<Bus, 'offsetAt'>, { topic, partition, offset }: EventPlace): Promise<void> {
  const start = await bus.offsetAt(topic, partition, 0);
  if (start <= offset) throw new BusUnavailable('The bus does not give a record now that it gave before');
}
