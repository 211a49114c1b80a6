/** Which corrections a reader is owed, whatever it asked for (DPA 2018 s.38(5)(c)). */
import type { SealedEvent } from '../labels/event.ts';
import { parse } from '../pipeline/record-verifier.ts';
import { correctedBy } from '../pipeline/references.ts';
import { GATEWAY } from '../rules/clients.ts';
import type { EventIndex } from '../store/view/event-index.ts';
import type { View } from '../store/view/view.ts';

/** Whether the gateway itself says something of an event: only to those who were told of the event. */
export const isNotice = (event: SealedEvent): boolean => event.source === GATEWAY && correctedBy(event) !== undefined;

/**
 * Whether a correction is of an event that this client was given, by the source of that event: no filter keeps it away. `page` is what the
 * client is being given now, which is in the audit log only with all of it. `caughtUp` resolves when the view has what was disclosed before.
 */
export async function isOwed(
  { view, events }: { readonly view: View; readonly events: Pick<EventIndex, 'record'> },
  clientId: string,
  event: SealedEvent,
  page: readonly { readonly event: SealedEvent }[],
  caughtUp: () => Promise<void>,
): Promise<boolean> {
  const corrects = correctedBy(event);
  if (corrects === undefined) return false;
  const isBySource = (original: Pick<SealedEvent, 'source'> | undefined) =>
    original !== undefined && (original.source === event.source || event.source === GATEWAY);
  if (page.some((one) => one.event.id === corrects && isBySource(one.event))) return true;
  if (!view.wasTold(clientId, corrects)) {
    await caughtUp();
    if (!view.wasTold(clientId, corrects)) return false;
  }
  const original = await events.record(corrects);
  return original !== undefined && isBySource(parse(original.value));
}
