/** What goes in at the left of the pipeline, and what comes out. */
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
  /** No label of what it sends goes below this. */
  readonly floor: CompiledLabel;
  /** Standards that it may submit events of. */
  readonly submits: ReadonlySet<string>;
}

/** A message as a transport received it. */
export interface Submission {
  readonly source: Source;
  readonly bytes: Uint8Array;
  /** Made of the source, the bytes and the assertion. */
  readonly messageId: string;
  /** When the gateway took it (ISO 8601), and a text that grows with every message. */
  readonly stamp: { readonly recordedtime: string; readonly sequence: string };
  /** The message is an event in canonical form, and needs no adapter. */
  readonly canonical?: boolean;
  readonly mediaType?: string;
  readonly charset?: string;
  /** The adapter that the sender named; otherwise the content decides. */
  readonly adapter?: string;
  /** It is one record of a message that holds many, kept alone: which message, and the line there. */
  readonly record?: RecordPlace;
  /** A label that the sender asserts. It can only raise. */
  readonly assertion?: unknown;
  readonly traceparent?: string;
  /** Where it is a resubmission: the label of the original, which joins in, or what a second person approved in its place. */
  readonly original?: Label;
  /** Whether somebody with the right to do so decided what the markings in the message mean: `original` says it. */
  readonly isDecided?: boolean;
}

/** Where a record stood that waits in quarantine alone. */
export interface RecordPlace {
  /** The id of the message that it came in. */
  readonly message: string;
  /** 1-based. */
  readonly line: number;
}

/** An event that is valid and assessed. */
export interface Prepared {
  readonly event: UnlabelledEvent;
  readonly standard: Standard;
}

/** An event with its place on the bus. */
export interface Placed {
  /** Pseudonyms of everybody whom the event is about. */
  readonly persons: readonly string[];
  readonly topic: string;
  readonly event: SealedEvent;
  readonly standard: string;
  /** What of it stands on the levels below, for those who read the bus directly. */
  readonly renditions: readonly { readonly topic: string; readonly event: SealedEvent }[];
}

interface Common {
  readonly messageId: string;
  readonly adapter?: string;
  /** The label of the whole message: of its events, or of what an unreadable message could hold. */
  readonly label: Label;
  /** What joins into the label of a resubmission: the label of the message without what its content could have added. */
  readonly origin: Label;
  readonly policy: string;
}

/** A record of an accepted message that cannot pass: it waits in quarantine as a message of its own. */
export interface KeptRecord {
  readonly line: number;
  readonly bytes: Uint8Array;
  readonly refusals: readonly Refusal[];
  /** As of a message that is refused. */
  readonly label: Label;
  readonly origin: Label;
}

export interface Accepted extends Common {
  readonly kind: 'accepted';
  readonly adapter: string;
  readonly events: readonly Placed[];
  /** What the gateway says to those who were told of an event and may not read its correction. */
  readonly notices: readonly Placed[];
  readonly warnings: readonly Warning[];
  /** Its records that cannot pass, in their order. */
  readonly kept: readonly KeptRecord[];
  /** Whether each of its records stands for itself. */
  readonly isOfRecords: boolean;
  /** Who must not be identified in the events, for the receipt. */
  readonly protections: readonly ReceiptProtection[];
  /** The same for the register. */
  readonly register: readonly ProtectionRecord[];
  /** Links between cases that the events begin or end. */
  readonly links: readonly LinkChange[];
}

/** A person who must not be identified, as a receipt says it. */
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

/** The adapters of a gateway, in the order in which they are asked. */
export interface Adapters {
  find(id: string): Adapter | undefined;
  detect(head: string): Adapter | undefined;
  /** The one that writes events of a standard in a media type. */
  encoding(mediaType: string, standard: string): Adapter | undefined;
  /** All media types that one of them writes. */
  readonly mediaTypes: readonly string[];
}

/** What an adapter made of a message; or why there is nothing, and which adapter was asked, if any. */
export type Decoding =
  | Success<{ readonly adapter: Adapter; readonly events: readonly DecodedEvent[]; readonly refused: readonly RefusedRecord[] }>
  | (Failure & { readonly adapter?: string });

/** What an event refers to, as the gateway knows it. */
export interface ReferencedEvent {
  readonly source: string;
  readonly subject?: string;
  readonly partitionkey: string;
  readonly type: string;
  /** The label of what is no portion of it, and of all of it. */
  readonly base: Label;
  readonly whole: Label;
  /** The first of these as it was sealed: whoever was told of the event may read this much. */
  readonly sealed: Label;
}

/** What the gateway must look up before a message can be labelled. */
export interface Questions {
  /** Pseudonyms of the cases that its events are of. */
  readonly cases: readonly string[];
  /** Ids of the events that it refers to. */
  readonly events: readonly string[];
}

/** The answers. An event that the sender may not read, or that does not exist, has none. */
export interface Answers {
  readonly cases: Readonly<Record<string, readonly RegisterEntry[]>>;
  readonly events: Readonly<Record<string, ReferencedEvent>>;
}
