/** Reads a record of the bus as the event that it holds, and verifies it. */
import { parseStrict } from '../../adapters/json.ts';
import type { Refusal } from '../../adapters/refusal.ts';
import { failure, type Result, type Success, success } from '../../adapters/result.ts';
import type { StoredRecord } from '../bus/bus.ts';
import type { SealedEvent, VerifiedEvent } from '../labels/event.ts';
import type { Labelling } from '../labels/label-event.ts';
import { broken } from '../labels/seal-fault.ts';
import { SealVerifier, type TrustedKeys } from '../labels/verify.ts';

const textOf = (value: Uint8Array): string => Buffer.from(value.buffer, value.byteOffset, value.length).toString();

/** Parses a record's value, for what nobody relies on before its seal is verified: {@link readEvent} reads what is to be verified. */
export function parse(value: Uint8Array): SealedEvent | undefined {
  try {
    const event = JSON.parse(textOf(value)) as unknown;
    return typeof event === 'object' && event !== null ? (event as SealedEvent) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads an event that is to be verified: JSON that every reader understands in one way. What is not an event, or has a name twice, is a
 * broken seal like any other.
 */
export function readEvent(value: Uint8Array): Result<SealedEvent> {
  const event = parse(value);
  if (event === undefined || Array.isArray(event)) return broken('not-an-event');
  const text = textOf(value);
  return isUnambiguous(event, text) ? success(event) : broken('ambiguous-json');
}

/**
 * Whether no name stands twice. What the gateway wrote is spelled as it would write it again, and nothing has to be searched. What is nested
 * too deep to be written is nothing that it wrote.
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
/** Records that are larger are verified each time. */
const LARGEST_KEPT = 65_536;

/**
 * Verifies records. A result is cached while the bytes, the key and the policy are the same, because many readers read the same events one
 * after another.
 */
export class RecordVerifier {
  readonly #verifier: SealVerifier;
  readonly #labelling: () => Labelling;
  readonly #mostBytes: number;
  /** The one that was used longest ago comes first. */
  readonly #verified = new Map<string, { readonly value: Uint8Array; readonly verified: Success<VerifiedEvent> }>();
  #bytes = 0;
  #under: Labelling | undefined;

  /** Keeps verified events of so many bytes. */
  constructor(labelling: () => Labelling, keys: TrustedKeys, mostBytes = KEPT_BYTES) {
    this.#verifier = new SealVerifier(labelling, keys);
    this.#labelling = labelling;
    this.#mostBytes = mostBytes;
  }

  /** The event, or why the record can be delivered to nobody. What comes back is shared: nobody may change it. */
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
    // A policy that came meanwhile may say otherwise.
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
    // A copy: what Kafka sent is one large buffer, which a part of it would keep.
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

/** Where a record is kept. Its headers can lie: its bytes decide whether it is the one. */
const placeOf = (topic: string, { ce_id = '', ce_rendition = '' }: EventRecord['headers']): string =>
  JSON.stringify([topic, ce_id, ce_rendition]);
