/** The cases that a reader sees linked with one: by links that hold now, and that the reader may read. */
import type { Bus } from '../bus/bus.ts';
import { MOST_CASES } from '../protections/link.ts';
import type { Client } from '../rules/clients.ts';
import type { EventIndex } from '../store/view/event-index.ts';
import type { View } from '../store/view/view.ts';
import type { GiveOut } from './give-out.ts';

export interface LinkedCasesContext {
  readonly bus: Pick<Bus, 'read'>;
  readonly view: View;
  readonly events: Pick<EventIndex, 'find'>;
  readonly giveOut: GiveOut;
}

/** Whether an event is of a case that is asked for: of one subject, or of one of several. */
export const isOfCase = (
  { subject, subjects }: { readonly subject?: string; readonly subjects?: ReadonlySet<string> },
  event: { readonly subject?: string },
): boolean =>
  subjects === undefined ? (subject ?? event.subject) === event.subject : event.subject !== undefined && subjects.has(event.subject);

/** The case and those that it is linked with. So many links are followed at the most, from the case on. */
export async function linkedCases(
  context: LinkedCasesContext,
  client: Pick<Client, 'id' | 'clearance'>,
  subject: string,
): Promise<ReadonlySet<string>> {
  const found = new Set([subject]);
  const judged = new Map<string, boolean>();
  let left = MOST_CASES;
  // What is added while it is looked through is looked through too.
  for (const one of found)
    for (const { other, event, ended } of context.view.linked.links.of(one, left)) {
      if (ended !== null || found.has(other)) continue;
      let mayRead = judged.get(event);
      if (mayRead === undefined) {
        if (left-- <= 0) return found;
        judged.set(event, (mayRead = await mayReadLink(context, client, event)));
      }
      if (mayRead) found.add(other);
    }
  return found;
}

/** A link is an event: who may not read it does not learn of it from what it finds. */
async function mayReadLink(
  { bus, events, giveOut }: LinkedCasesContext,
  client: Pick<Client, 'id' | 'clearance'>,
  id: string,
): Promise<boolean> {
  const place = await events.find(id);
  const [record] = place === undefined ? [] : await bus.read(place.topic, place.partition, place.offset, 1);
  const delivery = record === undefined ? undefined : await giveOut(record, { client, form: 'reference' });
  return delivery?.ok === true && delivery.id === id && delivery.decision.verdict !== 'deny';
}
