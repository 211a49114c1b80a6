/** The input and the result of the pipeline. */
import type { Adapter, DecodedEvent, Refusal, RefusedRecord, Warning } from '../../adapters/adapter.ts';
import type { Failure, Success } from '../../adapters/result.ts';
import type { SealedEvent, UnlabelledEvent } from '../labels/event.ts';
import type { CompiledLabel, Label } from '../labels/label.ts';
import type { ProtectionReason } from '../labels/policy-document.ts';
import type { LinkChange } from '../protections/link.ts';
import type { ProtectionRecord, RegisterEntry } from '../protections/register.ts';
import type { Standard } from '../rules/standards.ts';

/** A system that may submit messages, as configuration states it. */
export interface Source {
  /** The client id of its token, and the `source` of its events. */
  readonly id: string;
  /** The lowest label of its events. */
  readonly floor: CompiledLabel;
  /** The standards whose events it may submit. */
  readonly submits: ReadonlySet<string>;
}

/** A message as a transport received it. */
export interface Submission {
  readonly source: Source;
  readonly bytes: Uint8Array;
  /** Derived from the source, the bytes and the assertion. */
  readonly messageId: string;
  /** When the gateway accepted it (ISO 8601), and a text that increases with every message. */
  readonly stamp: { readonly recordedtime: string; readonly sequence: string };
  /** Whether the message is an event in canonical form, which needs no adapter. */
  readonly canonical?: boolean;
  readonly mediaType?: string;
  readonly charset?: string;
  /** The adapter that the sender named. Without it, the gateway recognises the format from the content. */
  readonly adapter?: string;
  /** For a single record from quarantine: its original message, and its line there. */
  readonly record?: RecordPlace;
  /** The label that the sender asserts. It can only raise the floor. */
  readonly assertion?: unknown;
  readonly traceparent?: string;
  /** For a resubmission: the label of the original, or the label that a second person approved instead. It is joined into the result. */
  readonly original?: Label;
  /** Whether an authorised person decided the meaning of the message's markings. `original` has that decision. */
  readonly isDecided?: boolean;
}

/** The original place of a record that waits in quarantine by itself. */
export interface RecordPlace {
  /** The id of its original message. */
  readonly message: string;
  /** 1-based. */
  readonly line: number;
}

/** A valid event whose data quality is assessed. */
export interface Prepared {
  readonly event: UnlabelledEvent;
  readonly standard: Standard;
}

/** An event with its place on the bus. */
export interface Placed {
  /** Pseudonyms of everybody in the event. */
  readonly persons: readonly string[];
  readonly topic: string;
  readonly event: SealedEvent;
  /** The event in JSON. */
  readonly text: string;
  readonly standard: string;
  /** Its redacted copies on lower levels, for clients that read the bus directly. */
  readonly renditions: readonly { readonly topic: string; readonly event: SealedEvent }[];
}

interface Common {
  readonly messageId: string;
  readonly adapter?: string;
  /** The label of the message: of its events, or of everything that an unreadable message could contain. */
  readonly label: Label;
  /** The label that is joined into a resubmission: the label of the message without the part that depends on its content. */
  readonly origin: Label;
  readonly policy: string;
}

/** A refused record of an accepted message. It waits in quarantine as a separate message. */
export interface KeptRecord {
  readonly line: number;
  readonly bytes: Uint8Array;
  readonly refusals: readonly Refusal[];
  /** The same label as for a refused message. */
  readonly label: Label;
  readonly origin: Label;
}

export interface Accepted extends Common {
  readonly kind: 'accepted';
  readonly adapter: string;
  readonly events: readonly Placed[];
  /** Notices to readers that received an event and may not read its correction. */
  readonly notices: readonly Placed[];
  readonly warnings: readonly Warning[];
  /** Its refused records, in order. */
  readonly kept: readonly KeptRecord[];
  /** Whether its records are independent of each other. */
  readonly isOfRecords: boolean;
  /** The people who must not be identified, for the receipt. */
  readonly protections: readonly ReceiptProtection[];
  /** The people who must not be identified, for the register. */
  readonly register: readonly ProtectionRecord[];
  /** Links between cases that the events begin or end. */
  readonly links: readonly LinkChange[];
  /** By case: the ids of the protections that the events of the case were labelled with. */
  readonly labelledWith: Readonly<Record<string, readonly string[]>>;
}

/** A person who must not be identified, in the form of a receipt. */
export interface ReceiptProtection {
  /** JSON Pointer of the person in the event; absent where the event does not have the person. */
  readonly at?: string;
  readonly restrictions: readonly string[];
  readonly reason: ProtectionReason;
}

export interface Refused extends Common {
  readonly kind: 'refused';
  readonly refusals: readonly Refusal[];
}

export type Outcome = Accepted | Refused;

/** The adapters of a gateway, in the order in which it tries them. */
export interface Adapters {
  find(id: string): Adapter | undefined;
  detect(head: string): Adapter | undefined;
  /** The adapter that writes events of a standard in a media type. */
  encoding(mediaType: string, standard: string): Adapter | undefined;
  /** All media types that the adapters write. */
  readonly mediaTypes: readonly string[];
}

/** The result of decoding: events, or the refusals and the adapter that was tried, if any. */
export type Decoding =
  | Success<{ readonly adapter: Adapter; readonly events: readonly DecodedEvent[]; readonly refused: readonly RefusedRecord[] }>
  | (Failure & { readonly adapter?: string });

/** A referenced event, as far as the gateway knows it. */
export interface ReferencedEvent {
  readonly source: string;
  readonly subject?: string;
  readonly partitionkey: string;
  readonly type: string;
  /** The labels of the part outside portions, and of the complete event. */
  readonly base: Label;
  readonly eventLabel: Label;
  /** The label of the part outside portions at sealing: every recipient of the event was cleared for it. */
  readonly sealed: Label;
}

/** The look-ups that the gateway needs before it can label a message. */
export interface Questions {
  /** Pseudonyms of the cases of its events. */
  readonly cases: readonly string[];
  /** Ids of the events that its events refer to. */
  readonly events: readonly string[];
}

/** The results of the look-ups. An event that is absent, or that the sender may not read, has no result. */
export interface Answers {
  readonly cases: Readonly<Record<string, readonly RegisterEntry[]>>;
  readonly events: Readonly<Record<string, ReferencedEvent>>;
}
