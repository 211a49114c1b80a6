import type { SealedEvent } from '../labels/event.ts';
import { correctedBy } from '../pipeline/references.ts';
import type { Client } from '../rules/clients.ts';
import type { View } from '../store/view/view.ts';
import { holdsCorrections } from '../wire/topics.ts';
import { type MayReadContext, mayReadOf } from './may-read-event.ts';

/** A correction, and the id of the event that it corrects. */
export interface ReadCorrection {
  readonly correction: SealedEvent;
  readonly corrects: string;
}

/**
 * The corrections among the first events of a case (by their key on the bus), up to a limit, that a client may read now: a correction can be
 * of a higher label than what it corrects. `turn` lets other work go on before each is decided.
 */
export async function* correctionsOfCase(
  context: MayReadContext & { readonly view: Pick<View, 'events'> },
  client: Client,
  key: string,
  { limit, turn }: { readonly limit: number; readonly turn: () => Promise<unknown> },
): AsyncGenerator<ReadCorrection> {
  const { events } = context.view;
  for (const id of events.of(key, limit)) {
    if (!holdsCorrections(events.first(id)?.topic ?? '')) continue;
    await turn();
    const correction = await mayReadOf(context, client, id);
    const corrects = correction && correctedBy(correction);
    if (correction !== undefined && corrects !== undefined) yield { correction, corrects };
  }
}
