/** Decides which corrections a reader must get, whatever it asked for (DPA 2018 s.38(5)(c)). */
import type { SealedEvent } from '../labels/event.ts';
import { parse } from '../pipeline/record-verifier.ts';
import { correctedBy } from '../pipeline/references.ts';
import { GATEWAY } from '../rules/clients.ts';
import type { EventIndex } from '../store/view/event-index.ts';
import type { View } from '../store/view/view.ts';

/** Whether an event is a notice by the gateway itself about another event. Only readers that received that event get it. */
export const isNotice = (event: SealedEvent): boolean => event.source === GATEWAY && correctedBy(event) !== undefined;

/**
 * Whether this client received the event that a correction corrects, and the same source sent both. If so, no filter applies. `page` holds
 * the events that the client is receiving now: the audit log does not hold them yet. `caughtUp` resolves when the view holds all earlier
 * disclosures.
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
  if (page.some((item) => item.event.id === corrects && isBySource(item.event))) return true;
  if (!view.wasDisclosed(clientId, corrects)) {
    await caughtUp();
    if (!view.wasDisclosed(clientId, corrects)) return false;
  }
  const original = await events.record(corrects);
  return original !== undefined && isBySource(parse(original.value));
}
