/**
 * The interface between the gateway and a message format: all that an adapter imports, and nothing of the gateway.
 * An adapter is a module whose default export is an {@link Adapter}. It is pure: bytes in, values out, no I/O, no clock.
 */

import type { JsonObject } from './json.ts';
import type { Refusal } from './refusal.ts';
import type { Refusals, Result } from './result.ts';

export type { Json, JsonObject } from './json.ts';
export type { AdapterCode, Refusal, RefusalCode } from './refusal.ts';
export type { Failure, Refusals, Result, Success } from './result.ts';

/** One record of a message that holds many: what waits in quarantine alone when it cannot pass. */
export interface MessageRecord {
  /** 1-based line of the message on which it begins. */
  readonly line: number;
  /** The record as a separate message, which `decode` reads with `isRecord`. Called only where the record cannot pass. */
  bytes(): Uint8Array;
}

/** A record that the adapter cannot read, and why. The others are events. */
export interface RefusedRecord {
  readonly record: MessageRecord;
  readonly refusals: Refusals;
}

/** Something that was kept but has no place in the standard, or does not fit its type. Listed in the receipt. */
export interface Warning {
  readonly code: 'unmapped-element' | 'unmapped-attribute' | 'unmapped-text' | 'value-out-of-type' | (string & {});
  readonly at: string;
  readonly reason: string;
}

/** One fact that an adapter found in a message, before the gateway validates, labels and seals it. */
export interface DecodedEvent {
  /** The standard's name, such as `hearing.resulted`. */
  readonly standard: string;
  /** Data in the form of the standard. What has no place in it is under `extensions`, by adapter id. */
  readonly data: JsonObject;
  readonly warnings: readonly Warning[];
  /** A protective marking found in the message itself, exactly as received. */
  readonly marking?: string;
  /** The case reference that consumers need order by. Never published: the gateway makes a keyed pseudonym of it. */
  readonly caseReference?: string;
  /** JSON Pointers of values that the message gives more than once and not alike. The data holds the first. */
  readonly ambiguous?: readonly string[];
  /** JSON Pointers of values that the message gives and that are not of their type. The data does not hold them. */
  readonly malformed?: readonly string[];
  /** The record that it is of, where each record of a message stands for itself: it waits alone when it cannot pass. */
  readonly record?: MessageRecord;
}

/** What an adapter found in a message. */
export interface DecodedMessage {
  /** At least one. */
  readonly events: readonly DecodedEvent[];
  /** Records that cannot be read, in their order. Where none can be read, the whole message is refused. */
  readonly refused?: readonly RefusedRecord[];
}

export type Decoded = Result<DecodedMessage>;

/** What an adapter found in the next part of a message. */
export interface DecodedPart {
  readonly events: readonly DecodedEvent[];
  /** Records that cannot be read, in their order. */
  readonly refused?: readonly RefusedRecord[];
}

/** A message that an adapter wrote. */
export interface EncodedMessage {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  /** JSON Pointers of the values that the format cannot hold, where the caller asked to leave them out. Of several events each begins with `/events/N`. */
  readonly leftOut?: readonly string[];
}

export type Encoded = Result<EncodedMessage>;

/** What the transport knows about the bytes. */
export interface MessageContext {
  /** The charset that the transport declares, lower case, where it declares one. */
  readonly charset?: string;
  /** The message is one record that the gateway kept in quarantine (`MessageRecord.bytes`): it stands without what surrounded it. */
  readonly isRecord?: boolean;
}

/** What an encoder gets: the event's standard and its data, complete or as redacted for the reader. */
export interface EncodableEvent {
  readonly standard: string;
  readonly data: JsonObject;
}

/** What the caller of an encoder accepts. */
export interface EncodeOptions {
  /** Leave out the values that the format cannot hold. Without it they are refusals: nothing is lost in silence. */
  readonly isLenient?: boolean;
}

/** Where a value of an event stands in a message of the format. */
export interface FieldSource {
  readonly standard: string;
  /** JSON Pointer into the event's data, with `*` for a place in a list. */
  readonly at: string;
  /** What the format calls it, such as a path of element names. */
  readonly element: string;
}

/** Translates one message format to events and, where it can, back. */
export interface Adapter {
  /** Lower case, digits and dashes: `spi-resulted-case`. */
  readonly id: string;
  readonly title: string;
  /** Semantic version of the translation. It is part of every event id, so raise the major only when events change. */
  readonly version: string;
  readonly mediaTypes: readonly string[];
  /** Standards that it produces. */
  readonly standards: readonly string[];
  /**
   * Whether messages of the format can carry a protective marking. Where they can, or where it is not said, a message that cannot be read
   * may have carried any: it waits at the highest label that the gateway may hold.
   */
  readonly carriesMarkings?: boolean;
  /** For the documentation of the standards: which element each value comes from. */
  readonly fields?: readonly FieldSource[];
  /**
   * Says from the first characters of a message (up to 65,536, decoded as Latin-1) whether this is its format.
   * It may say yes too often; decode then refuses.
   */
  detect(head: string): boolean;
  /** Never throws for bad input: a message that it cannot read is a value with refusals. */
  decode(message: Uint8Array, context?: MessageContext): Decoded;
  /**
   * The same as `decode` of a message that comes in pieces, in bounded memory: part by part, as soon as it is read. What it returns at its
   * end are the refusals. With any, the message is incomplete, and nothing of it may be published.
   */
  decodeStream?(pieces: AsyncIterable<Uint8Array>, context?: MessageContext): AsyncGenerator<DecodedPart, readonly Refusal[]>;
  /** The message back from all events of one message, in the form that it came in; `encode(decode(x))` has the information set of `x`. What the format cannot hold is refused, with its place. */
  encode?(events: readonly EncodableEvent[], options?: EncodeOptions): Encoded;
}
