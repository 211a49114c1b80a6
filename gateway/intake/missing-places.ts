/** Places in the order for events that have none, so that what corrects them comes after them. */
import type { Bus, BusRecord } from '../bus/bus.ts';
import { parse, type RecordVerifier } from '../pipeline/record-verifier.ts';
import { correctedBy } from '../pipeline/references.ts';
import type { EventIndex } from '../store/view/event-index.ts';
import type { View } from '../store/view/view.ts';
import { orderRecord } from '../wire/event-records.ts';
import { holdsCorrections } from '../wire/topics.ts';

export interface MissingPlacesContext {
  readonly bus: Pick<Bus, 'read'>;
  readonly view: View;
  readonly events: Pick<EventIndex, 'find'>;
  readonly records: Pick<RecordVerifier, 'verify'>;
}

/** The place that an event is to be given, and the event that it corrects. */
export interface MissingPlace {
  readonly corrects: string | undefined;
  readonly record: BusRecord;
}

/** A correction of a correction, and so on, is followed no further. */
const MOST = 100;

/** The place that an event is to be given; `none` where it has one or is not there, `later` where no policy in force can judge it. */
export async function missingPlace(context: MissingPlacesContext, id: string): Promise<MissingPlace | 'none' | 'later'> {
  const { view, bus, events } = context;
  const found = await events.find(id);
  if (found === undefined || view.order.placeOf(id) !== undefined) return 'none';
  // What is looked up is verified, or cannot be judged.
  if (view.events.first(id)?.isVerified !== true) return 'later';
  const [record] = await bus.read(found.topic, found.partition, found.offset, 1);
  const event = record?.offset === found.offset ? parse(record.value) : undefined;
  if (record === undefined || event === undefined) return 'later';
  const renditions = await renditionsOf(context, id);
  return { corrects: correctedBy(event), record: orderRecord(id, record.key, found.topic, renditions) };
}

/** The topics that a rendition of an event stands on. What only says that it is one tells nobody below of the event. */
async function renditionsOf({ view, bus, records }: MissingPlacesContext, id: string): Promise<readonly string[]> {
  const topics = new Set<string>();
  for (const { topic, partition, offset, isRendition } of view.order.waitingOf(id)) {
    if (!isRendition || topics.has(topic)) continue;
    const [record] = await bus.read(topic, partition, offset, 1);
    const verified = record?.offset === offset ? await records.verify(record) : undefined;
    if (verified?.ok === true && verified.value.event.id === id) topics.add(topic);
  }
  return [...topics];
}

/** The records that must stand before an event: the places of what it corrects, where that has none. */
export async function placesBefore(
  context: MissingPlacesContext,
  event: { readonly topic: string; readonly value: Uint8Array },
): Promise<readonly BusRecord[]> {
  if (!holdsCorrections(event.topic)) return [];
  const places: BusRecord[] = [];
  const parsed = parse(event.value);
  let corrects = parsed && correctedBy(parsed);
  while (corrects !== undefined && places.length < MOST && context.view.order.isWaiting(corrects)) {
    const place: MissingPlace | 'none' | 'later' = await missingPlace(context, corrects);
    if (typeof place === 'string') break;
    places.unshift(place.record);
    corrects = place.corrects;
  }
  return places;
}
