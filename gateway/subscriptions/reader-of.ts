/** The client that a subscription reads for, and how it reads. */
import type { Profile } from '../labels/profile.ts';
import type { ReadQuery } from '../reading/read-query.ts';
import { type Client, mayRead } from '../rules/clients.ts';
import type { SubscriptionRecord } from '../wire/streams.ts';

export interface ReaderContext {
  readonly clients: () => ReadonlyMap<string, Client>;
  readonly profiles: ReadonlyMap<string, Profile>;
}

/** The client and its query for a subscription now; undefined where the client may not read. */
export function readerOf(
  { clients, profiles }: ReaderContext,
  { id, client: name, task, type, subject, format, handling }: SubscriptionRecord,
): { client: Client; query: ReadQuery } | undefined {
  const client = clients().get(name);
  const profile = task === undefined ? undefined : profiles.get(task);
  if (client === undefined || !client.scopes.has('events:read') || !mayRead(client, task)) return undefined;
  if (task !== undefined && profile === undefined) return undefined;
  const query = {
    limit: 1,
    subscription: id,
    ...(type === undefined ? {} : { type }),
    ...(subject === undefined ? {} : { subject }),
    ...(profile === undefined ? {} : { profile }),
    ...(format === undefined ? {} : { form: { mediaTypes: [format], isLenient: handling === 'lenient', orEvent: false } }),
  };
  return { client, query };
}
