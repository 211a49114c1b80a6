/** Reads one published event by its id, and verifies its seal. */
import type { Bus } from '../bus/bus.ts';
import type { VerifiedEvent } from '../labels/event.ts';
import type { SealVerifier } from '../labels/verify.ts';
import { readEvent } from '../pipeline/deliver.ts';
import type { EventIndex } from '../store/event-index.ts';
import type { View } from '../store/view.ts';

export interface ReadVerifiedContext {
  readonly bus: Bus;
  readonly view: View;
  readonly events: Pick<EventIndex, 'find'>;
  readonly verifier: SealVerifier;
}

/** The event, or undefined where nobody knows it or it does not verify. */
export async function readVerified({ bus, events, verifier }: ReadVerifiedContext, id: string): Promise<VerifiedEvent | undefined> {
  const place = await events.find(id);
  const [record] = place === undefined ? [] : await bus.read(place.topic, place.partition, place.offset, 1);
  const read = record === undefined ? undefined : readEvent(record.value);
  if (record === undefined || read?.ok !== true || read.event.id !== id) return undefined;
  const verified = await verifier.verify(read.event, record.topic).catch(() => undefined);
  return verified === undefined || 'code' in verified ? undefined : verified;
}
