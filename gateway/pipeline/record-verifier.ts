/** Reads the event in a record of the bus, and verifies it. */
import { parseStrict } from '../../adapters/json.ts';
import type { Refusal } from '../../adapters/refusal.ts';
import { failure, type Result, type Success, success } from '../../adapters/result.ts';
import type { StoredRecord } from '../bus/bus.ts';
import type { SealedEvent, VerifiedEvent } from '../labels/event.ts';
import type { Labelling } from '../labels/label-event.ts';
import { broken } from '../labels/seal-fault.ts';
import { SealVerifier, type TrustedKeys } from '../labels/verify.ts';

const textOf = (value: Uint8Array): string => Buffer.from(value.buffer, value.byteOffset, value.length).toString();

/** Parses a record's value where nothing depends on it before its seal is verified. {@link readEvent} reads an event to verify it. */
export function parse(value: Uint8Array): SealedEvent | undefined {
  try {
    const event = JSON.parse(textOf(value)) as unknown;
    return typeof event === 'object' && event !== null ? (event as SealedEvent) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads an event in order to verify it. Every reader must understand its JSON in the same way: a value that is not an event, or that has a
 * duplicate name, counts as a broken seal.
 */
export function readEvent(value: Uint8Array): Result<SealedEvent> {
  const event = parse(value);
  if (event === undefined || Array.isArray(event)) return broken('not-an-event');
  const text = textOf(value);
  return isUnambiguous(event, text) ? success(event) : broken('ambiguous-json');
}

/**
 * Whether the JSON has no duplicate name. Text that equals the gateway's own spelling of the value has none, so that no search is needed.
 * A value that is nested too deeply to be written was not written by a gateway.
 */
function isUnambiguous(event: SealedEvent, text: string): boolean {
  try {
    return JSON.stringify(event) === text || parseStrict(text).ok;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Verifies untrusted data. Data that makes the verifier throw does not verify. */
export async function verifyAnything(
  verifier: SealVerifier,
  event: SealedEvent,
  topic: string | undefined,
): Promise<Result<VerifiedEvent>> {
  try {
    return await verifier.verify(event, topic);
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return broken('not-an-event');
    throw error;
  }
}

/** Finds where a record contradicts its event. No seal covers key and headers, and wrong ones would hide a record from readers. */
export function contradictionIn({ key, headers }: Pick<StoredRecord, 'key' | 'headers'>, event: SealedEvent): Refusal | undefined {
  if (event.rendition !== headers.ce_rendition)
    return { code: 'seal-broken', reason: 'The record and its event disagree about whether it is a rendition' };
  if (event.partitionkey !== key) return { code: 'seal-broken', reason: 'The record has another key than its event' };
  return undefined;
}

/** The record of an event. */
export type EventRecord = Pick<StoredRecord, 'topic' | 'key' | 'value' | 'headers'>;

const KEPT_BYTES = 16 * 1024 * 1024;
/** The largest record whose result is cached. */
const LARGEST_KEPT = 65_536;

/**
 * Verifies records. A result is cached while the bytes, the key and the policy are the same, because many readers read the same events one
 * after another.
 */
export class RecordVerifier {
  readonly #verifier: SealVerifier;
  readonly #labelling: () => Labelling;
  readonly #mostBytes: number;
  /** Least recently used first. */
  readonly #verified = new Map<string, { readonly value: Uint8Array; readonly verified: Success<VerifiedEvent> }>();
  #bytes = 0;
  #under: Labelling | undefined;

  /** Caches verified events up to a number of bytes. */
  constructor(labelling: () => Labelling, keys: TrustedKeys, mostBytes = KEPT_BYTES) {
    this.#verifier = new SealVerifier(labelling, keys);
    this.#labelling = labelling;
    this.#mostBytes = mostBytes;
  }

  /** The event, or the reasons why no reader may get the record. The result is shared, so callers must not change it. */
  async verify(record: EventRecord): Promise<Result<VerifiedEvent>> {
    const verified = this.#known(record) ?? (await this.#verify(record));
    if (!verified.ok) return verified;
    const contradiction = contradictionIn(record, verified.value.event);
    return contradiction === undefined ? verified : failure(contradiction);
  }

  async #verify({ topic, value, headers }: EventRecord): Promise<Result<VerifiedEvent>> {
    const labelling = this.#labelling();
    const read = readEvent(value);
    if (!read.ok) return read;
    const verified = await verifyAnything(this.#verifier, read.value, topic);
    // Do not cache a result from before a change of policy.
    if (verified.ok && labelling === this.#labelling()) this.#keep(placeOf(topic, headers), value, verified);
    return verified;
  }

  #known({ topic, value, headers }: EventRecord): Success<VerifiedEvent> | undefined {
    if (this.#under !== this.#labelling()) this.#forgetAll();
    const place = placeOf(topic, headers);
    const found = this.#verified.get(place);
    if (found === undefined) return undefined;
    this.#verified.delete(place);
    if (Buffer.compare(found.value, value) === 0 && this.#verifier.stillTrusts(found.verified.value.event)) {
      this.#verified.set(place, found);
      return found.verified;
    }
    this.#bytes -= found.value.length;
    return undefined;
  }

  #keep(place: string, value: Uint8Array, verified: Success<VerifiedEvent>): void {
    if (value.length > LARGEST_KEPT || value.length > this.#mostBytes) return;
    this.#forget(place);
    // Copy the bytes: a slice would keep Kafka's complete response in memory.
    this.#verified.set(place, { value: Uint8Array.from(value), verified });
    this.#bytes += value.length;
    while (this.#bytes > this.#mostBytes) this.#forget(this.#verified.keys().next().value ?? '');
  }

  #forget(place: string): void {
    this.#bytes -= this.#verified.get(place)?.value.length ?? 0;
    this.#verified.delete(place);
  }

  #forgetAll(): void {
    this.#verified.clear();
    this.#bytes = 0;
    this.#under = this.#labelling();
  }
}

/** The key of a record in the cache. Headers can be forged, so the record's bytes are compared too. */
const placeOf = (topic: string, { ce_id = '', ce_rendition = '' }: EventRecord['headers']): string =>
  JSON.stringify([topic, ce_id, ce_rendition]);
