/** What each reader would receive of an event, for the pages that show it. */
import type { SealedEvent } from '../labels/event.ts';
import type { Preview } from '../pipeline/preview.ts';

/** What the personas of a sandbox would receive of one event. */
export interface SeenAs {
  /** The complete event, as it is on the bus. */
  readonly event: SealedEvent;
  readonly personas: readonly SeenByPersona[];
}

export interface SeenByPersona {
  readonly persona: string;
  readonly title: string;
  /** The task that the persona must name. */
  readonly task?: string;
  readonly preview: Preview;
}
