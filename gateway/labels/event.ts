/** The stages of an event: each step has its own type, so that an unlabelled or unsealed event cannot pass by mistake. */
import type { JsonObject } from '../../adapters/adapter.ts';
import type { EventContext, LabelledEvent, SealedEvent } from '../../contracts/client/event.ts';
import type { CompiledLabel } from './label.ts';
import type { Places } from './places.ts';

export type { EventContext, LabelledData, LabelledEvent, PortionGroup, SealedEvent } from '../../contracts/client/event.ts';

export interface UnlabelledEvent extends EventContext {
  /** When the fact happened, as the sender states it: UTC, with milliseconds and `Z`. */
  readonly time?: string;
  readonly data: JsonObject;
}

/** An event with the labels of all that it holds, compiled. */
export interface Content {
  readonly event: LabelledEvent;
  readonly base: CompiledLabel;
  /** Each portion that is there, with its label and what discloses it. */
  readonly portions: readonly { readonly pointer: string; readonly label: CompiledLabel; readonly salt: string }[];
}

/** An event whose seal verified, or was just made, with its compiled labels. */
export interface VerifiedEvent extends Content {
  readonly event: SealedEvent;
  /** The places of the portions. */
  readonly places: Places;
}
