/**
 * The end of egress: decide → redact → write in the form that the reader asked for. It runs in a worker for large events and legacy
 * formats.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Adapter, DecodedEvent, EncodableEvent, Encoded, Json, JsonObject } from '../../adapters/adapter.ts';
import { escapeStep } from '../../adapters/json.ts';
import { type REFUSALS, refusal } from '../../adapters/refusal.ts';
import { type Failure, failure, type Result, success } from '../../adapters/result.ts';
import type { StoredRecord } from '../bus/bus.ts';
import type { SealedEvent } from '../labels/event.ts';
import type { CompiledClearance } from '../labels/label.ts';
import type { Profile } from '../labels/profile.ts';
import { type DeliverContext, type Delivery, deliver } from './deliver.ts';
import type { Adapters } from './submission.ts';

/** The parts of a record that a delivery needs. */
export type RecordToDeliver = Pick<StoredRecord, 'topic' | 'key' | 'value' | 'headers'>;

/**
 * `reference`: the event in JSON, or a reference to it where it is large. `event`: the event in JSON. Otherwise the first of some legacy
 * formats that can hold the event, complete or without what it cannot hold.
 */
export type Form = 'reference' | 'event' | LegacyForm;

export interface LegacyForm {
  /** In order of preference; at least one. */
  readonly mediaTypes: readonly string[];
  readonly isLenient: boolean;
  /** Whether the reader takes JSON where none of the formats can hold the event. */
  readonly orEvent: boolean;
}

/** What a reader gets of a record, written out. `event` has no data but what it corrects: the data is in `json`. */
export interface WrittenDelivery extends Delivery {
  readonly json?: string;
  readonly encoded?: Encoded;
}

export type DeliveryResult = Result<WrittenDelivery>;

/** The data of an event that is longer than this goes by reference (design, "The event"). In characters of its JSON. */
export const LONGEST_INLINE = 1024 * 1024;

export interface WriteDeliveryContext extends DeliverContext {
  readonly adapters: Pick<Adapters, 'encoding'>;
  /** The name of the standard of an event type. */
  readonly standardOf: (type: string) => string;
  /** The most bytes that an adapter may write. */
  readonly mostBytes: number;
}

/** The event without its data. `dataref` has the address of the complete event (CloudEvents, Dataref extension). */
function referenceTo(event: SealedEvent): object {
  const { data: _data, seal: _seal, ...context } = event;
  return { ...context, dataref: `/v1/events/${encodeURIComponent(event.id)}` };
}

/** The JSON of an event in the form `reference` or `event`. */
export function jsonOf(event: SealedEvent, form: 'reference' | 'event'): string {
  const json = JSON.stringify(event);
  return form === 'reference' && json.length > LONGEST_INLINE ? JSON.stringify(referenceTo(event)) : json;
}

/** Decides on a record for a reader, and writes it in a form. Never throws, whatever the record holds. */
export async function writeDelivery(
  context: WriteDeliveryContext,
  record: RecordToDeliver,
  clearance: CompiledClearance,
  profile: Profile | undefined,
  form: Form,
): Promise<DeliveryResult> {
  const delivery = await deliver(context, record, clearance, profile);
  if (!delivery.ok || delivery.value.decision.verdict === 'deny') return delivery;
  const { decision } = delivery.value;
  const { event } = decision;
  const written = typeof form === 'object' ? legacyOf(context, event, form) : { json: jsonOf(event, form) };
  const { corrects } = event.data;
  const head = { ...event, data: { ...(corrects === undefined ? {} : { corrects }) } } as unknown as SealedEvent;
  return success({ ...delivery.value, decision: { ...decision, event: head }, ...written });
}

/** An event in the first legacy format that can hold it, or the refusals of the preferred format where none can. */
function legacyOf(
  context: WriteDeliveryContext,
  event: SealedEvent,
  form: LegacyForm,
): { readonly json: string } | { readonly encoded: Encoded } {
  const refused: Encoded[] = [];
  for (const mediaType of form.mediaTypes) {
    const encoded = encode(context, event, mediaType, form.isLenient);
    if (encoded.ok) return { encoded };
    refused.push(encoded);
  }
  const [best] = refused;
  return form.orEvent || best === undefined ? { json: jsonOf(event, 'event') } : { encoded: best };
}

const refuse = (code: keyof typeof REFUSALS, reason: string): Failure => failure(refusal(code, reason));

/** Writes an event in the format of an adapter. */
function encode(
  { adapters, standardOf, mostBytes }: WriteDeliveryContext,
  event: SealedEvent,
  mediaType: string,
  isLenient: boolean,
): Encoded {
  const standard = standardOf(event.type);
  const adapter = adapters.encoding(mediaType, standard);
  if (adapter === undefined) return refuse('no-adapter', 'There is no adapter that writes this format');
  return writeMessage(adapter, [{ standard, data: event.data }], { isLenient, mostBytes });
}

/** Writes events as a message, reads it back, and compares: a message with different content is refused (T49, T60). */
export function writeMessage(
  adapter: Adapter,
  events: readonly EncodableEvent[],
  { isLenient, mostBytes }: { readonly isLenient: boolean; readonly mostBytes: number },
): Encoded {
  if (adapter.encode === undefined) return refuse('no-adapter', 'There is no adapter that writes this format');
  try {
    const encoded = adapter.encode(events, { isLenient });
    if (!encoded.ok) return encoded;
    const { bytes, leftOut } = encoded.value;
    if (bytes.length > mostBytes) return refuse('adapter-limit', 'The event is too large in this format');
    const decoded = adapter.decode(bytes);
    if (!decoded.ok || decoded.value.events.length !== events.length)
      return refuse('not-read-back', 'What the adapter wrote is not a message of its format');
    const missing = new Set(leftOut ?? []);
    const changed = events
      .flatMap(({ data }, n) => {
        // The places of several events begin with the number of the event.
        const event = events.length === 1 ? '' : `/events/${n}`;
        return differences(contentOf(data), contentOf((decoded.value.events[n] as DecodedEvent).data), missing, event);
      })
      .map((at) => refusal('not-read-back', 'The written message does not have the same content', at));
    const [first, ...others] = changed;
    return first === undefined ? encoded : failure(first, ...others);
  } catch {
    // Drop the adapter's error: third-party code can quote the event in it.
    return refuse('adapter-failed', 'The adapter failed at this event');
  }
}

/** Members that are not content of the message: the gateway adds them, or they describe the transfer. */
const NOT_CONTENT: ReadonlySet<string> = new Set(['label', 'portions', 'quality', 'protections', 'message', 'extensions']);
/** The gateway adds this member to defendants and victims. */
const ADDED = 'subjectCategory';

const contentOf = (data: JsonObject): JsonObject => Object.fromEntries(Object.entries(data).filter(([name]) => !NOT_CONTENT.has(name)));

const MOST_DIFFERENCES = 50;

const isObject = (value: unknown): value is Readonly<Record<string, Json>> => typeof value === 'object' && value !== null;
/** Whether a value is absent or has no content. An empty element means the same as an absent one. */
const isNothing = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (typeof value === 'string' && value.trim() === '') ||
  (isObject(value) && Object.entries(value).every(([name, member]) => name === ADDED || isNothing(member)));

/** JSON Pointers of the differences between two values, except for the places in `leftOut`. */
function differences(given: Json, read: Json, leftOut: ReadonlySet<string>, event: string): readonly string[] {
  const found: string[] = [];
  const compare = (left: Json | undefined, right: Json | undefined, at: string): void => {
    if (found.length >= MOST_DIFFERENCES || leftOut.has(at) || (isNothing(left) && isNothing(right))) return;
    if (isObject(left) && isObject(right))
      for (const name of new Set([...Object.keys(left), ...Object.keys(right)])) {
        if (name !== ADDED) compare(left[name], right[name], `${at}/${escapeStep(name)}`);
      }
    else if (isObject(left) && right === undefined)
      for (const [name, member] of Object.entries(left)) compare(member, undefined, `${at}/${escapeStep(name)}`);
    else if (!isDeepStrictEqual(left, right)) found.push(at);
  };
  compare(given, read, event);
  return found;
}
