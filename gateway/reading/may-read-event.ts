/** Decides what a client may read of an event now. It sends nothing to the client, so it is not a disclosure. */
import type { SealedEvent } from '../labels/event.ts';
import type { Profile } from '../labels/profile.ts';
import type { Client } from '../rules/clients.ts';
import type { EventIndex } from '../store/view/event-index.ts';
import type { DeliverToReader } from './deliver-to-reader.ts';

export interface MayReadContext {
  readonly events: Pick<EventIndex, 'record'>;
  readonly deliverToReader: DeliverToReader;
}

/** The event as a client may read it, complete or redacted; undefined where it is absent or denied, or the gateway cannot decide. */
export async function mayReadOf(
  { events, deliverToReader }: MayReadContext,
  client: Pick<Client, 'id' | 'clearance'>,
  id: string,
  profile?: Profile,
): Promise<SealedEvent | undefined> {
  const record = await events.record(id);
  if (record === undefined) return undefined;
  const delivered = await deliverToReader(record, { client, form: 'reference', ...(profile === undefined ? {} : { profile }) });
  if (!delivered.ok || delivered.value.id !== id) return undefined;
  const { decision } = delivered.value;
  return decision.verdict === 'deny' ? undefined : decision.event;
}
