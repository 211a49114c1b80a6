/** Finds events by their id. A record whose seal does not verify, or is of another event, cannot hide an event (T67). */
import type { Bus, StoredRecord } from '../../bus/bus.ts';
import { contradictionIn, parse, type RecordVerifier } from '../../pipeline/record-verifier.ts';
import type { EventClaim } from './event-table.ts';
import { mustBeRemoved } from './removed.ts';
import type { View } from './view.ts';

export interface EventIndexContext {
  readonly bus: Pick<Bus, 'read' | 'offsetAt'>;
  readonly view: View;
  readonly records: RecordVerifier;
  /** Called for a record that claims to be another event. */
  readonly onBroken: (record: StoredRecord, codes: readonly string[]) => Promise<void>;
}

export class EventIndex {
  readonly #context: EventIndexContext;

  constructor(context: EventIndexContext) {
    this.#context = context;
  }

  /**
   * The first place of an event. Each record that claims to be the event is verified at most once, on the first look-up. A record that the policy in force cannot judge keeps its place. Rejects with BusUnavailable where the bus does not return a record that it holds.
   */
  async find(id: string): Promise<EventClaim | undefined> {
    const { view, bus, onBroken } = this.#context;
    for (;;) {
      const claim = view.events.first(id);
      if (claim === undefined || claim.isVerified) return claim;
      const { topic, partition, offset } = claim;
      const [record] = await bus.read(topic, partition, offset, 1);
      // Retention removed this record.
      const isThere = record !== undefined && record.offset === offset;
      if (!isThere) await mustBeRemoved(bus, claim);
      const verdict = isThere ? await this.#judge(id, record) : 'other';
      if (verdict === 'unknown') return claim;
      if (isThere && verdict === 'other') await onBroken(record, ['seal-broken']);
      if (verdict === 'event') view.events.vouch(id, claim);
      else view.events.refute(id, claim);
    }
  }

  /** The record that holds an event; undefined where the event does not exist. */
  async record(id: string): Promise<StoredRecord | undefined> {
    const place = await this.find(id);
    if (place === undefined) return undefined;
    const [record] = await this.#context.bus.read(place.topic, place.partition, place.offset, 1);
    return record;
  }

  async #judge(id: string, record: StoredRecord): Promise<'event' | 'other' | 'unknown'> {
    const verified = await this.#context.records.verify(record);
    if (verified.ok) return verified.value.event.id === id ? 'event' : 'other';
    // A record that cannot be judged now keeps its place only where it claims to be the event.
    const event = parse(record.value);
    const isOther = verified.refusals[0].code === 'seal-broken' || event?.id !== id || contradictionIn(record, event) !== undefined;
    return isOther ? 'other' : 'unknown';
  }
}
