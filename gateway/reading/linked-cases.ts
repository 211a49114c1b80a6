/** Finds the cases that are linked with a case, for a reader: by links that are in force and that the reader may read. */
import { MOST_CASES } from '../protections/link.ts';
import type { Client } from '../rules/clients.ts';
import type { View } from '../store/view/view.ts';
import { type MayReadContext, mayReadOf } from './may-read-event.ts';

export interface LinkedCasesContext extends MayReadContext {
  readonly view: View;
}

/** Whether an event belongs to a case in the query: to its one subject, or to one of several subjects. */
export const isOfCase = (
  { subject, subjects }: { readonly subject?: string; readonly subjects?: ReadonlySet<string> },
  event: { readonly subject?: string },
): boolean =>
  subjects === undefined ? (subject ?? event.subject) === event.subject : event.subject !== undefined && subjects.has(event.subject);

/** The case and its linked cases. The number of links that are followed is limited. `pause` is called between them, so that other work can run. */
export async function linkedCases(
  context: LinkedCasesContext,
  client: Pick<Client, 'id' | 'clearance'>,
  subject: string,
  pause: () => Promise<void>,
): Promise<ReadonlySet<string>> {
  const found = new Set([subject]);
  const judged = new Map<string, boolean>();
  let left = MOST_CASES;
  // The loop also visits cases that are added to the set meanwhile.
  for (const linkedCase of found)
    for (const { other, event, ended } of context.view.linked.links.of(linkedCase, left)) {
      if (ended !== null || found.has(other)) continue;
      let mayRead = judged.get(event);
      if (mayRead === undefined) {
        if (left-- <= 0) return found;
        await pause();
        // A link is an event: results must not reveal it to a reader that may not read it.
        judged.set(event, (mayRead = (await mayReadOf(context, client, event)) !== undefined));
      }
      if (mayRead) found.add(other);
    }
  return found;
}
