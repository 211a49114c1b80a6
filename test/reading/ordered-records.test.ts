/** Neighbouring records of a page are read together. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredRecord } from '../../gateway/bus/bus.ts';
import { OrderedRecords } from '../../gateway/reading/ordered-records.ts';

const TOPIC = 'justice.official.case.v1';
const SIZE = 100;

/** A log of two partitions, which counts how often it is read. A read gives a limited number of records. */
class Log {
  reads = 0;
  readonly #most: number;
  readonly #bytes: number;
  readonly #removed: ReadonlySet<number>;

  constructor(most: number, bytes = 10, removed: readonly number[] = []) {
    this.#most = most;
    this.#bytes = bytes;
    this.#removed = new Set(removed);
  }

  async read(topic: string, partition: number, offset: number, limit: number): Promise<readonly StoredRecord[]> {
    this.reads++;
    return Array.from({ length: SIZE }, (_, place) => place)
      .filter((place) => place >= offset && !this.#removed.has(place))
      .slice(0, Math.min(limit, this.#most))
      .map((place) => ({ topic, partition, offset: place, time: 0, key: '', headers: {}, value: Buffer.alloc(this.#bytes) }));
  }
}

const places = fc.array(fc.record({ topic: fc.constant(TOPIC), partition: fc.nat(1), offset: fc.nat(SIZE - 1) }), { maxLength: 60 });

describe('records of a page', () => {
  it('are those at the given places, in any order, and undefined for a removed one', async () => {
    await fc.assert(
      fc.asyncProperty(places, fc.integer({ min: 1, max: 10 }), fc.array(fc.nat(SIZE - 1)), async (wanted, most, removed) => {
        const records = new OrderedRecords(new Log(most, 10, removed), wanted);
        for (const place of wanted) {
          const { partition, offset } = (await records.read(place)) ?? { partition: -1, offset: -1 };
          expect([partition, offset]).toEqual(removed.includes(place.offset) ? [-1, -1] : [place.partition, place.offset]);
        }
      }),
    );
  });

  it('are read together where no large record is between them', async () => {
    const log = new Log(SIZE);
    const wanted = [0, 1, 3, 4, 8, 50].map((offset) => ({ topic: TOPIC, partition: 0, offset }));
    const records = new OrderedRecords(log, wanted);
    for (const place of wanted) await records.read(place);
    expect(log.reads).toBe(2);
  });

  it('are read one by one where too many bytes are cached', async () => {
    const log = new Log(SIZE, 1024 * 1024);
    const wanted = [0, 1, 2, 3, 4, 5, 20, 21].map((offset) => ({ topic: TOPIC, partition: 0, offset }));
    const records = new OrderedRecords(log, wanted);
    await records.read(wanted[0] as (typeof wanted)[0]);
    await records.read(wanted[6] as (typeof wanted)[0]);
    await records.read(wanted[7] as (typeof wanted)[0]);
    expect(log.reads).toBe(3);
  });
});
