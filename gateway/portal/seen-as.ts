/** What readers would be given of an event, for the pages that show it. */
import type { SealedEvent } from '../labels/event.ts';
import type { Preview } from '../pipeline/preview.ts';

/** What the personas of a sandbox would be given of one event. */
export interface SeenAs {
  /** All of it, as it stands on the bus. */
  readonly event: SealedEvent;
  readonly personas: readonly SeenByPersona[];
}

export interface SeenByPersona {
  readonly persona: string;
  readonly title: string;
  /** The task that the persona has to name. */
  readonly task?: string;
  readonly preview: Preview;
}
