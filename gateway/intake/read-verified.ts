/** Reads one published event by its id, and verifies its seal. */
import type { Refusal } from '../../adapters/refusal.ts';
import type { VerifiedEvent } from '../labels/event.ts';
import { faultOf } from '../labels/seal-fault.ts';
import type { RecordVerifier } from '../pipeline/record-verifier.ts';
import type { EventIndex } from '../store/view/event-index.ts';
import type { View } from '../store/view/view.ts';

export interface ReadVerifiedContext {
  readonly view: View;
  readonly events: Pick<EventIndex, 'record'>;
  readonly records: RecordVerifier;
}

/** The event; undefined where it does not exist or does not verify. */
export async function readVerified(context: ReadVerifiedContext, id: string): Promise<VerifiedEvent | undefined> {
  const read = await readEventOf(context, id);
  return read === 'later' ? undefined : read;
}

/**
 * The event; undefined where it does not exist or never verifies. `later` where it may verify when this gateway knows more: a policy or a
 * key that another gateway has already.
 */
export async function readEventOf({ events, records }: ReadVerifiedContext, id: string): Promise<VerifiedEvent | 'later' | undefined> {
  const record = await events.record(id);
  const verified = record === undefined ? undefined : await records.verify(record);
  if (verified?.ok === false) return mayVerifyLater(verified.refusals[0]) ? 'later' : undefined;
  return verified?.value.event.id === id ? verified.value : undefined;
}

const mayVerifyLater = (refusal: Refusal): boolean => ['key', 'label'].includes(faultOf(refusal));
