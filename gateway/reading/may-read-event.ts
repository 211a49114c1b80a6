/** What a client may read of an event now. Nothing is given out here, so nothing of this is a disclosure. */
import type { SealedEvent } from '../labels/event.ts';
import type { Profile } from '../labels/profile.ts';
import type { Client } from '../rules/clients.ts';
import type { EventIndex } from '../store/view/event-index.ts';
import type { GiveOut } from './give-out.ts';

export interface MayReadContext {
  readonly events: Pick<EventIndex, 'record'>;
  readonly giveOut: GiveOut;
}

/** The event as a client may read it, whole or redacted; undefined where it is not there, is denied, or cannot be decided on. */
export async function mayReadOf(
  { events, giveOut }: MayReadContext,
  client: Pick<Client, 'id' | 'clearance'>,
  id: string,
  profile?: Profile,
): Promise<SealedEvent | undefined> {
  const record = await events.record(id);
  if (record === undefined) return undefined;
  const given = await giveOut(record, { client, form: 'reference', ...(profile === undefined ? {} : { profile }) });
  if (!given.ok || given.value.id !== id) return undefined;
  const { decision } = given.value;
  return decision.verdict === 'deny' ? undefined : decision.event;
}
