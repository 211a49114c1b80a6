/** Which events a client may read now. Nothing of them is given out, so nothing of this is a disclosure. */
import type { Bus } from '../bus/bus.ts';
import type { Profile } from '../labels/profile.ts';
import { type Client, mayRead } from '../rules/clients.ts';
import type { Barrier } from '../store/view/barrier.ts';
import type { EventIndex } from '../store/view/event-index.ts';
import type { View } from '../store/view/view.ts';
import type { GiveOut } from './give-out.ts';
import { Slices } from './slices.ts';

export interface ReadableContext {
  readonly view: View;
  readonly bus: Bus;
  readonly events: Pick<EventIndex, 'find'>;
  readonly giveOut: GiveOut;
  readonly protections: Barrier;
  readonly profiles: ReadonlyMap<string, Profile>;
}

/** The ids of those events that a client may read now for a task, or without one. What cannot be decided on is not among them. */
export type Readable = (client: Client, task: string | undefined, ids: Iterable<string>) => Promise<ReadonlySet<string>>;

/** Makes the function. Clients take turns on the event loop, however many events they ask about. */
export function makeReadable({ view, bus, events, giveOut, protections, profiles }: ReadableContext): Readable {
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
      const place = await events.find(id);
      const [record] = place === undefined ? [] : await bus.read(place.topic, place.partition, place.offset, 1);
      if (record === undefined) continue;
      const given = await giveOut(record, { client, form: 'reference', ...(profile === undefined ? {} : { profile }) });
      if (given.ok && given.decision.verdict !== 'deny') readable.add(id);
    }
    return readable;
  };
}
