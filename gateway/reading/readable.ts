/** Decides which events a client may read now. It sends nothing to the client, so it is not a disclosure. */
import type { Profile } from '../labels/profile.ts';
import { type Client, mayRead } from '../rules/clients.ts';
import type { Barrier } from '../store/view/barrier.ts';
import type { View } from '../store/view/view.ts';
import { type MayReadContext, mayReadOf } from './may-read-event.ts';
import { Slices } from './slices.ts';

export interface ReadableContext extends MayReadContext {
  readonly view: View;
  readonly protections: Barrier;
  readonly profiles: ReadonlyMap<string, Profile>;
}

/** The ids of the events that a client may read now, for a task or without one. Events that the gateway cannot decide on are left out. */
export type Readable = (client: Client, task: string | undefined, ids: Iterable<string>) => Promise<ReadonlySet<string>>;

/** Makes the function. Clients share the event loop, however many events they ask about. */
export function makeReadable(context: ReadableContext): Readable {
  const { view, protections, profiles } = context;
  const slices = new Slices();
  return async (client, task, ids) => {
    const readable = new Set<string>();
    const profile = task === undefined ? undefined : profiles.get(task);
    const isKnownTask = task === undefined || profile !== undefined;
    if (!client.scopes.has('events:read') || !mayRead(client, task) || !isKnownTask) return readable;
    await Promise.all([view.caughtUp('events'), protections.pass()]);
    const slice = slices.begin(client.id);
    for (const id of new Set(ids)) {
      await slice.ifDue();
      if ((await mayReadOf(context, client, id, profile)) !== undefined) readable.add(id);
    }
    return readable;
  };
}
