/** Reads the records of a page's events from many topics. It reads neighbouring records of a partition together. */
import type { Bus, StoredRecord } from '../bus/bus.ts';
import type { EventPlace } from '../store/view/event-table.ts';

/** Up to this many other records between two wanted ones are read too, which is cheaper than a second read. */
const GAP = 4;
/** How many bytes of records are kept for later on the page. */
const MOST_BYTES = 4 * 1024 * 1024;

const nameOf = ({ topic, partition }: EventPlace): string => `${topic}/${partition}`;

export class OrderedRecords {
  readonly #bus: Pick<Bus, 'read'>;
  /** Offsets that will be asked for, in order, by topic and partition. */
  readonly #wanted: ReadonlyMap<string, readonly number[]>;
  readonly #kept = new Map<string, StoredRecord>();
  #bytes = 0;

  constructor(bus: Pick<Bus, 'read'>, places: readonly EventPlace[]) {
    this.#bus = bus;
    const groups = Map.groupBy(places, nameOf);
    this.#wanted = new Map([...groups].map(([name, group]) => [name, group.map(({ offset }) => offset).toSorted((a, b) => a - b)]));
  }

  /** The record at a place; undefined where it was removed. */
  async read(place: EventPlace): Promise<StoredRecord | undefined> {
    const name = nameOf(place);
    const kept = this.#kept.get(`${name}/${place.offset}`);
    if (kept !== undefined) {
      this.#kept.delete(`${name}/${place.offset}`);
      this.#bytes -= kept.value.length;
      return kept;
    }
    const { topic, partition, offset } = place;
    const wanted = this.#bytes < MOST_BYTES ? this.#run(name, offset) : new Set([offset]);
    const count = Math.max(...wanted) - offset + 1;
    const records = await this.#bus.read(topic, partition, offset, count);
    for (const record of records) {
      if (record.offset === offset || !wanted.has(record.offset)) continue;
      this.#kept.set(`${name}/${record.offset}`, record);
      this.#bytes += record.value.length;
    }
    return records.find((record) => record.offset === offset);
  }

  /** The offsets, from one on, to read together. */
  #run(name: string, from: number): ReadonlySet<number> {
    const run = new Set([from]);
    let last = from;
    for (const offset of this.#wanted.get(name) ?? []) {
      if (offset <= last) continue;
      if (offset - last > GAP) break;
      run.add(offset);
      last = offset;
    }
    return run;
  }
}
