/** Reads the records of a page's events: they stand on many topics, and those that stand side by side are read at once. */
import type { Bus, StoredRecord } from '../bus/bus.ts';
import type { EventPlace } from '../store/view/event-table.ts';

/** So many records that nobody asked for are read over, rather than read twice. */
const GAP = 4;
/** So many bytes are kept for what comes later on a page. */
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
    this.#wanted = new Map([...groups].map(([name, own]) => [name, own.map(({ offset }) => offset).toSorted((a, b) => a - b)]));
  }

  /** The record at a place, or undefined where none is there any more. */
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

  /** The offsets from one on that are read together. */
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
