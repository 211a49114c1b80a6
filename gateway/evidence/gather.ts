/** Gathers what a package of evidence holds of a message, and finds its label: that of its highest part. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type Bus, BusUnavailable } from '../bus/bus.ts';
import { dominates } from '../labels/decision.ts';
import type { SealedEvent } from '../labels/event.ts';
import { join } from '../labels/join.ts';
import type { CompiledClearance, CompiledLabel } from '../labels/label.ts';
import type { Labelling } from '../labels/label-event.ts';
import { decide } from '../labels/redact.ts';
import { labelsOfReceipt } from '../pipeline/quarantine-label.ts';
import type { RecordVerifier } from '../pipeline/record-verifier.ts';
import { correctedBy } from '../pipeline/references.ts';
import { labelNow } from '../protections/label-now.ts';
import type { KnownProtections } from '../protections/protect.ts';
import { holdsRestrictionsOfDomain } from '../reading/cleared-for-domain.ts';
import type { EventIndex } from '../store/view/event-index.ts';
import type { EventPlace } from '../store/view/event-table.ts';
import type { View } from '../store/view/view.ts';
import type { ReceiptRecord } from '../wire/streams.ts';
import { holdsCorrections } from '../wire/topics.ts';

export interface GatherContext {
  readonly bus: Pick<Bus, 'read' | 'offsetAt'>;
  readonly view: View;
  readonly events: Pick<EventIndex, 'find' | 'record'>;
  readonly records: RecordVerifier;
  readonly labelling: () => Labelling;
  readonly domain: () => CompiledClearance;
  readonly known: (subject: string | undefined) => KnownProtections;
  readonly now: () => number;
}

/** The digests by which bytes are known again. */
export interface Digests {
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
  readonly crc32: number;
}

export const digestsOf = (bytes: Uint8Array): Digests => ({
  size: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
  crc32: crc32(bytes),
});

/** An event as it is on the bus. */
export interface GatheredEvent extends Digests, Pick<SealedEvent, 'id' | 'type' | 'classification' | 'recordedtime'> {
  readonly place: EventPlace;
  readonly standard: string;
  /** For a correction: the event that it corrects, and how. */
  readonly corrects?: string;
  readonly kind?: string;
}

export interface Gathered {
  readonly receipt: ReceiptRecord;
  readonly events: readonly GatheredEvent[];
  /** Ids of events that are no longer on the bus. */
  readonly gone: readonly string[];
  readonly corrections: readonly GatheredEvent[];
  readonly label: CompiledLabel;
}

/** There is more evidence than one package can hold. */
export class EvidenceTooLarge extends Error {
  override readonly name = 'EvidenceTooLarge';
}

const MOST_EVENTS = 10_000;
/** How many events of a case are searched for corrections. */
const MOST_OF_CASE = 10_000;

/** Why a reader gets no package, for the audit log. */
export type NotGiven = 'clearance' | 'unjudged';

type Read = { readonly event: GatheredEvent; readonly key: string; readonly label: CompiledLabel } | 'gone' | NotGiven;

/** Reads an event of the bus for a reader, who must be allowed to read all of it now. */
async function readEvent(context: GatherContext, clearance: CompiledClearance, id: string): Promise<Read> {
  const { events, records, labelling, known, now } = context;
  const place = await events.find(id);
  if (place === undefined) return 'gone';
  const record = await events.record(id);
  if (record === undefined) throw new BusUnavailable('The bus does not return a record that it returned before');
  const verified = await records.verify(record);
  if (!verified.ok || verified.value.event.id !== id) return 'unjudged';
  const { event } = verified.value;
  const protections = known(event.subject);
  const label = labelNow(labelling(), verified.value, protections);
  if (label === undefined) return 'unjudged';
  const { verdict } = decide(labelling(), verified.value, clearance, now(), { known: protections });
  if (verdict !== 'permit' || !dominates(labelling().policy, clearance, label)) return 'clearance';
  const { type, classification, recordedtime, dataschema, partitionkey: key, data } = event;
  const corrects = correctedBy(event);
  return {
    label,
    key,
    event: {
      id,
      type,
      classification,
      recordedtime,
      place,
      standard: dataschema,
      ...digestsOf(record.value),
      ...(corrects === undefined ? {} : { corrects }),
      ...(corrects === undefined || typeof data.kind !== 'string' ? {} : { kind: data.kind }),
    },
  };
}

/** The ids of the corrections of some events, and of corrections of those. */
async function correctionsOf({ view, events, records }: GatherContext, keys: ReadonlySet<string>, ids: readonly string[]) {
  const corrections = new Map<string, string>();
  for (const key of keys) {
    const all = view.events.of(key, MOST_OF_CASE + 1);
    if (all.length > MOST_OF_CASE) throw new EvidenceTooLarge('The case of the message has more events than are searched for corrections');
    for (const id of all) {
      const place = view.events.first(id);
      if (place === undefined || !holdsCorrections(place.topic)) continue;
      const record = await events.record(id);
      const verified = record === undefined ? undefined : await records.verify(record);
      const corrects = verified?.ok === true ? correctedBy(verified.value.event) : undefined;
      if (corrects !== undefined) corrections.set(id, corrects);
    }
  }
  const found = new Set(ids);
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const [id, corrects] of corrections) if (found.has(corrects)) found.add(id);
  }
  return [...found].filter((id) => corrections.has(id) && !ids.includes(id));
}

/** What the package holds, or why the reader gets none. Rejects with {@link EvidenceTooLarge}. */
export async function gather(context: GatherContext, receipt: ReceiptRecord, clearance: CompiledClearance): Promise<Gathered | NotGiven> {
  const { labelling, domain, view } = context;
  const { policy } = labelling();
  const waiting = labelsOfReceipt(labelling(), domain(), receipt)?.waiting;
  if (waiting === undefined) return 'unjudged';
  if (!dominates(policy, clearance, waiting)) return 'clearance';
  if (receipt.events.length > MOST_EVENTS) throw new EvidenceTooLarge('The message has more events than one package holds');
  await view.caughtUp('events');
  let label = waiting;
  const keys = new Set<string>();
  const read = async (ids: readonly string[]) => {
    const events: GatheredEvent[] = [];
    const gone: string[] = [];
    for (const id of ids) {
      const found = await readEvent(context, clearance, id);
      if (found === 'gone') gone.push(id);
      else if (typeof found === 'string') return found;
      else {
        label = join(policy, label, found.label);
        keys.add(found.key);
        events.push(found.event);
      }
      // Other requests have their turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { events, gone };
  };
  const gathered = await read(receipt.events.map(({ id }) => id));
  if (typeof gathered === 'string') return gathered;
  // The register says nothing of an event that is gone: an order of today can protect anybody in it.
  if (gathered.gone.length > 0 && !holdsRestrictionsOfDomain(policy, clearance, domain())) return 'clearance';
  const ids = gathered.events.map(({ id }) => id);
  const corrections = await read(await correctionsOf(context, keys, ids));
  if (typeof corrections === 'string') return corrections;
  if (!dominates(policy, clearance, label)) return 'clearance';
  return { receipt, ...gathered, corrections: corrections.events, label };
}

/** The bytes of a gathered event. Rejects with BusUnavailable where the bus gives others now. */
export async function bytesOf({ bus }: Pick<GatherContext, 'bus'>, { place, sha256 }: Pick<GatheredEvent, 'place' | 'sha256'>) {
  const [record] = await bus.read(place.topic, place.partition, place.offset, 1);
  if (record === undefined || digestsOf(record.value).sha256 !== sha256) throw new BusUnavailable('The bus gives another record now');
  return record.value;
}
