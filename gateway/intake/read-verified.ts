/** Reads one published event by its id, and verifies its seal. */
import type { VerifiedEvent } from '../labels/event.ts';
import type { RecordVerifier } from '../pipeline/record-verifier.ts';
import type { EventIndex } from '../store/view/event-index.ts';
import type { View } from '../store/view/view.ts';

export interface ReadVerifiedContext {
  readonly view: View;
  readonly events: Pick<EventIndex, 'record'>;
  readonly records: RecordVerifier;
}

/** The event; undefined where it does not exist or does not verify. */
export async function readVerified({ events, records }: ReadVerifiedContext, id: string): Promise<VerifiedEvent | undefined> {
  const record = await events.record(id);
  const verified = record === undefined ? undefined : await records.verify(record);
  return verified?.ok === true && verified.value.event.id === id ? verified.value : undefined;
}
