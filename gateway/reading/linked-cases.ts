/** The cases that a reader sees linked with one: by links that hold now, and that the reader may read. */
import { MOST_CASES } from '../protections/link.ts';
import type { Client } from '../rules/clients.ts';
import type { View } from '../store/view/view.ts';
import { type MayReadContext, mayReadOf } from './may-read-event.ts';

export interface LinkedCasesContext extends MayReadContext {
  readonly view: View;
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
        // A link is an event: who may not read it does not learn of it from what it finds.
        judged.set(event, (mayRead = (await mayReadOf(context, client, event)) !== undefined));
      }
      if (mayRead) found.add(other);
    }
  return found;
}
