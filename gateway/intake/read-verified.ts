/** Reads one published event by its id, and verifies its seal. */
import type { Bus } from '../bus/bus.ts';
import type { VerifiedEvent } from '../labels/event.ts';
import type { RecordVerifier } from '../pipeline/record-verifier.ts';
import type { EventIndex } from '../store/view/event-index.ts';
import type { View } from '../store/view/view.ts';

export interface ReadVerifiedContext {
  readonly bus: Bus;
  readonly view: View;
  readonly events: Pick<EventIndex, 'find'>;
  readonly records: RecordVerifier;
}

/** The event, or undefined where nobody knows it or it does not verify. */
export async function readVerified({ bus, events, records }: ReadVerifiedContext, id: string): Promise<VerifiedEvent | undefined> {
  const place = await events.find(id);
  const [record] = place === undefined ? [] : await bus.read(place.topic, place.partition, place.offset, 1);
  const verified = record === undefined ? undefined : await records.verify(record);
  return verified === undefined || 'code' in verified || verified.event.id !== id ? undefined : verified;
}
