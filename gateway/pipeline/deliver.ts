/** The way out: ③ verify seal → ④ egress decision → redact. What a reader gets is decided when it is delivered, by what the reader may read then. */
import type { Refusal } from '../../adapters/adapter.ts';
import type { StoredRecord } from '../bus/bus.ts';
import { at } from '../labels/canonical-json.ts';
import type { SealedEvent, VerifiedEvent } from '../labels/event.ts';
import type { CompiledClearance } from '../labels/label.ts';
import type { Labelling } from '../labels/label-event.ts';
import { fieldOf, type Profile } from '../labels/profile.ts';
import { type Decision, decide } from '../labels/redact.ts';
import { broken } from '../labels/seal-fault.ts';
import type { SealVerifier } from '../labels/verify.ts';
import type { KnownProtections } from '../protections/protect.ts';
import { parseStrict } from './strict-json.ts';

export interface DeliverContext {
  readonly labelling: () => Labelling;
  readonly verifier: SealVerifier;
  /** Milliseconds since 1970: some restrictions end. */
  readonly now: () => number;
  /** What the register of protections holds of an event's case. */
  readonly known: (subject: string | undefined) => KnownProtections;
}

export type Delivery =
  | { readonly ok: true; readonly id: string; readonly decision: Decision; readonly fields?: readonly TaskField[] }
  | { readonly ok: false; readonly refusals: readonly Refusal[] };

/** A field that a task asks for, where an event has it. */
export interface TaskField {
  readonly field: string;
  readonly granted: boolean;
}

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

export type ReadEvent = { readonly ok: true; readonly event: SealedEvent } | { readonly ok: false; readonly refusal: Refusal };

/**
 * Reads an event that is to be verified: JSON that every reader understands in one way. What is not an event, or has a name twice, is a
 * broken seal like any other.
 */
export function readEvent(value: Uint8Array): ReadEvent {
  const event = parse(value);
  if (event === undefined || Array.isArray(event)) return { ok: false, refusal: broken('not-an-event') };
  const text = textOf(value);
  return isUnambiguous(event, text) ? { ok: true, event } : { ok: false, refusal: broken('ambiguous-json') };
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

/** Verifies what was read, which can be anything: what makes the verifier stumble does not verify. */
export async function verifyAnything(
  verifier: SealVerifier,
  event: SealedEvent,
  topic: string | undefined,
): Promise<VerifiedEvent | Refusal> {
  try {
    return await verifier.verify(event, topic);
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return broken('not-an-event');
    throw error;
  }
}

/** What a record says otherwise than its event. Key and headers are in nobody's seal, and hide a record from readers. */
export function contradictionIn({ key, headers }: Pick<StoredRecord, 'key' | 'headers'>, event: SealedEvent): Refusal | undefined {
  if (event.rendition !== headers.ce_rendition)
    return { code: 'seal-broken', reason: 'The record says otherwise than its event whether it is a rendition' };
  if (event.partitionkey !== key) return { code: 'seal-broken', reason: 'The record has another key than its event' };
  return undefined;
}

/** What a task asked for of an event, and whether it was granted: evidence for whoever reviews the profile. */
const taskFieldsOf = (profile: Profile, { event, portions }: VerifiedEvent, given: SealedEvent): readonly TaskField[] =>
  portions
    .filter(({ pointer }) => profile.fields.get(event.type)?.has(fieldOf(pointer)) === true && at(event.data, pointer) !== undefined)
    .map(({ pointer }) => ({ field: fieldOf(pointer), granted: at(given.data, pointer) !== undefined }));

/** What a reader gets of a record from the bus for the task that it named, if any, or why the record cannot be delivered to anybody. */
export async function deliver(
  { labelling, verifier, now, known }: DeliverContext,
  record: Pick<StoredRecord, 'topic' | 'key' | 'value' | 'headers'>,
  clearance: CompiledClearance,
  profile?: Profile,
): Promise<Delivery> {
  const read = readEvent(record.value);
  if (!read.ok) return { ok: false, refusals: [read.refusal] };
  const { event } = read;
  const verified = await verifyAnything(verifier, event, record.topic);
  if ('code' in verified) return { ok: false, refusals: [verified] };
  const contradiction = contradictionIn(record, event);
  if (contradiction !== undefined) return { ok: false, refusals: [contradiction] };
  const decision = decide(labelling(), verified, clearance, now(), {
    ...(profile === undefined ? {} : { profile }),
    known: known(event.subject),
  });
  if (profile === undefined || decision.verdict === 'deny') return { ok: true, id: event.id, decision };
  return { ok: true, id: event.id, decision, fields: taskFieldsOf(profile, verified, decision.event) };
}
