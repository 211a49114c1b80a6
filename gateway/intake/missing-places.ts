/** Finds places in the order for events that have none, so that a correction comes after the event that it corrects. */
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

/** The place to give to an event, and the event that it corrects. */
export interface MissingPlace {
  readonly corrects: string | undefined;
  readonly record: BusRecord;
}

/** How many corrections of corrections the gateway follows. */
const MOST_CORRECTIONS = 100;

/** The place to give to an event; `none` where it has a place or does not exist, `later` where the policy in force cannot judge it. */
export async function missingPlace(context: MissingPlacesContext, id: string): Promise<MissingPlace | 'none' | 'later'> {
  const { view, bus, events } = context;
  const found = await events.find(id);
  if (found === undefined || view.order.placeOf(id) !== undefined) return 'none';
  // An event that is in the index but not verified cannot be judged yet.
  if (view.events.first(id)?.isVerified !== true) return 'later';
  const [record] = await bus.read(found.topic, found.partition, found.offset, 1);
  const event = record?.offset === found.offset ? parse(record.value) : undefined;
  if (record === undefined || event === undefined) return 'later';
  const renditions = await renditionsOf(context, id);
  return { corrects: correctedBy(event), record: orderRecord(id, record.key, found.topic, renditions) };
}

/**
 * The topics that hold a rendition of an event. Only a verified rendition counts: a forged one must not announce the event on a lower
 * level.
 */
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

/** The records that the bus must hold before an event: the places of the events that it corrects, where they have none. */
export async function placesBefore(
  context: MissingPlacesContext,
  event: { readonly topic: string; readonly value: Uint8Array },
): Promise<readonly BusRecord[]> {
  if (!holdsCorrections(event.topic)) return [];
  const places: BusRecord[] = [];
  const parsed = parse(event.value);
  let corrects = parsed && correctedBy(parsed);
  while (corrects !== undefined && places.length < MOST_CORRECTIONS && context.view.order.isWaiting(corrects)) {
    const place: MissingPlace | 'none' | 'later' = await missingPlace(context, corrects);
    if (typeof place === 'string') break;
    places.unshift(place.record);
    corrects = place.corrects;
  }
  return places;
}
