/** Distinguishes a record that retention removed from one that the bus does not return now. Readers may skip only the first. */
import { type Bus, BusUnavailable } from '../../bus/bus.ts';
import type { EventPlace } from './event-table.ts';

/** Rejects with BusUnavailable unless retention removed the record at a place. */
export async function mustBeRemoved(bus: Pick<Bus, 'offsetAt'>, { topic, partition, offset }: EventPlace): Promise<void> {
  const start = await bus.offsetAt(topic, partition, 0);
  if (start <= offset) throw new BusUnavailable('The bus does not return a record that it returned before');
}
