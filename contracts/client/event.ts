/** A sealed event, as it is published and delivered. */
import type { JsonObject } from '../../adapters/json.ts';
import type { Label } from './label.ts';

/** The CloudEvents 1.0 context of an event, before anything is said about its content (`schemas/events/event.json`). */
export interface EventContext {
  readonly specversion: '1.0';
  /** Keyed hash of adapter, sender, exact bytes and the event's place in the message: 43 characters of base64url. */
  readonly id: string;
  readonly source: string;
  /** `uk.justice.<noun>.<verb>.v<major>`. */
  readonly type: string;
  /** Keyed pseudonym of the case reference. */
  readonly subject?: string;
  readonly partitionkey: string;
  readonly datacontenttype: 'application/json';
  readonly dataschema: string;
  /** When the gateway recorded it, ISO 8601. */
  readonly recordedtime: string;
  /** Grows with every event of a source in one gateway. */
  readonly sequence: string;
  readonly traceparent?: string;
}

/** The portions of an event that share one label, by JSON Pointer. */
export interface PortionGroup {
  readonly label: Label;
  readonly at: readonly string[];
}

export type LabelledData = JsonObject & { readonly label: Label & JsonObject; readonly portions: readonly (PortionGroup & JsonObject)[] };

export interface LabelledEvent extends EventContext {
  /** When the fact happened, or else when the gateway recorded it: UTC, with milliseconds and `Z`. Absent from what was sealed before it was signed. */
  readonly time?: string;
  /** The short marking of `data.label`. */
  readonly classification: string;
  /** The marking that a redacted copy was made for; absent from the complete event. */
  readonly rendition?: string;
  readonly data: LabelledData;
}

/** `seal`: a compact JWS, then the salt of the topic and of each portion in the order of `data.portions`, joined by `~`. */
export interface SealedEvent extends LabelledEvent {
  readonly seal: string;
}
