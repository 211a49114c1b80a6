/**
 * Which protections this gateway labelled its last events with. An event that was labelled with every protection of its case needs no
 * restriction afterwards, and is then not read and verified again.
 */
import type { StoredRecord } from '../bus/bus.ts';
import type { EventPlace } from '../store/view/event-table.ts';

/** How many events are remembered. Of an event that is forgotten, nothing is assumed. */
const MOST_EVENTS = 10_000;
/** An event with more protections is not remembered. */
const MOST_PROTECTIONS = 100;

interface Labelled {
  readonly policy: string;
  readonly protections: ReadonlySet<string>;
  /** The bytes that were labelled so. The same event can be on the bus twice, labelled with other protections. */
  readonly value: Uint8Array;
  /** Where these bytes are on the bus, as soon as they are. */
  place?: EventPlace;
}

export class LabelledHere {
  readonly #events = new Map<string, Labelled>();

  /** Remembers an event that is about to be published, the versions of the protections that it was labelled with (`versionOf`), and the policy. */
  add({ id, value }: { readonly id: string; readonly value: Uint8Array }, protections: readonly string[], policy: string): void {
    this.#events.delete(id);
    if (protections.length > MOST_PROTECTIONS) return;
    if (this.#events.size >= MOST_EVENTS) this.#events.delete(this.#events.keys().next().value as string);
    this.#events.set(id, { policy, value, protections: new Set(protections) });
  }

  /** Takes the places of records that are durable. */
  committed(records: readonly StoredRecord[]): void {
    for (const { topic, partition, offset, headers, value } of records) {
      const labelled = this.#events.get(headers.ce_id ?? '');
      if (labelled?.value === value && offset >= 0) labelled.place = { topic, partition, offset };
    }
  }

  /** Whether an event at a place was labelled with all of some protections, under the policy that is in force. */
  covers(event: string, at: EventPlace | undefined, protections: readonly string[], policy: string): boolean {
    const labelled = this.#events.get(event);
    if (labelled?.place === undefined || at === undefined || labelled.policy !== policy) return false;
    const { topic, partition, offset } = labelled.place;
    const isThere = at.topic === topic && at.partition === partition && at.offset === offset;
    return isThere && protections.every((protection) => labelled.protections.has(protection));
  }
}
