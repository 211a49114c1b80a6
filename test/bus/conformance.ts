/** The promises of every bus. These tests wait for the promised result, and not for a time. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bus, type BusRecord, BusUnavailable, type StoredRecord } from '../../gateway/bus/bus.ts';

export interface OpenBus {
  readonly bus: Bus;
  /** Closes the bus and opens the same store again. */
  reopen(): Promise<Bus>;
  dispose(): Promise<void>;
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (record: StoredRecord): string => new TextDecoder().decode(record.value);

/** A record of which only the key and the value matter. */
export const said = (topic: string, key: string, value = key): BusRecord => ({ topic, key, value: bytes(value) });

/** Collects the records that handlers get, and resolves when there are enough. */
export class Witness {
  readonly seen: StoredRecord[] = [];
  readonly batches: (readonly StoredRecord[])[] = [];
  #waiting: (() => void)[] = [];

  readonly see = async (records: readonly StoredRecord[]): Promise<void> => {
    this.batches.push(records);
    this.seen.push(...records);
    for (const check of this.#waiting) check();
  };

  /** Resolves when the condition holds. The test runner's own limit ends the wait. */
  until(holds: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = () => {
      if (holds()) resolve();
    };
    this.#waiting.push(check);
    check();
    return promise.finally(() => {
      this.#waiting = this.#waiting.filter((other) => other !== check);
    });
  }

  count(number: number): Promise<void> {
    return this.until(() => this.seen.length >= number);
  }

  get texts(): readonly string[] {
    return this.seen.map(text);
  }
}

/** All that a topic holds. */
export async function everything(bus: Bus, topic: string): Promise<StoredRecord[]> {
  const all: StoredRecord[] = [];
  for (const [partition, end] of Object.entries(await bus.ends(topic)))
    for (let offset = 0; offset < end; ) {
      const records = await bus.read(topic, Number(partition), offset, 1000);
      expect(records.length, 'records up to the end').toBeGreaterThan(0);
      all.push(...records);
      offset += records.length;
    }
  return all;
}

/** Fails when a partition has a gap or a record out of its place. */
export function expectGapless(records: readonly StoredRecord[]): void {
  const next = new Map<string, number>();
  for (const { topic, partition, offset } of records) {
    expect(offset).toBe(next.get(`${topic} ${partition}`) ?? 0);
    next.set(`${topic} ${partition}`, offset + 1);
  }
}

const HOSTILE_TOPICS = [
  '',
  '.',
  '..',
  '../audit',
  'justice/../audit',
  'justice..audit',
  '.justice',
  'justice.',
  'Justice',
  'justice audit',
  'justice\n',
  'justice\r\nx',
  'justice\0',
  'justice_audit',
  'justice.ａudit',
  '%2e%2e',
  '__proto__',
  'a'.repeat(201),
];

const HOSTILE_HEADERS: readonly Readonly<Record<string, string>>[] = [
  { ce_type: 'a\r\nclassification: OFFICIAL' },
  { ce_type: 'a\n' },
  { ce_type: 'a\r' },
  { ce_type: '\0' },
  { ce_type: '\x7f' },
  { ce_type: '\x1b[31m' },
  { ce_type: 'é' },
  { ce_type: '\u2028' },
  { 'ce_type\r\nx': 'a' },
  { 'ce_type\n': 'a' },
  { ce_týpe: 'a' },
  { '': 'a' },
  { toString: 'a' },
  { constructor: 'a' },
];

export function busConformance(name: string, open: () => Promise<OpenBus>): void {
  describe(`the ${name} bus`, () => {
    let opened: OpenBus;
    let bus: Bus;
    let topic: string;

    beforeEach(async () => {
      opened = await open();
      bus = opened.bus;
      topic = `conformance.${randomUUID()}`;
    });
    afterEach(() => opened.dispose());

    describe('publishing', () => {
      it('keeps the records of one key in one partition, in the order in which they were published, with offsets that have no gap', async () => {
        const published: { key: string; value: string; topic: string; partition: number; offset: number }[] = [];
        const topics = [topic, `${topic}.second`];
        const anyRecord = fc.record({ topic: fc.nat(1), key: fc.nat(9) });
        let serial = 0;
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.array(fc.array(anyRecord, { maxLength: 8 }), { maxLength: 6 }), { maxLength: 4 }),
            async (rounds) => {
              for (const round of rounds) {
                const publications = round.map((records) =>
                  records.map((record) => said(topics[record.topic] as string, `key-${record.key}`, `${serial++}`)),
                );
                const positions = await Promise.all(publications.map((records) => bus.publish(records)));
                for (const [n, records] of publications.entries()) {
                  expect(positions[n]).toHaveLength(records.length);
                  for (const [m, { key, value, topic: wanted }] of records.entries()) {
                    const position = positions[n]?.[m];
                    expect(position?.topic).toBe(wanted);
                    published.push({
                      key,
                      value: new TextDecoder().decode(value),
                      topic: wanted,
                      partition: position?.partition ?? -1,
                      offset: position?.offset ?? -1,
                    });
                  }
                }
              }
            },
          ),
          { numRuns: 25 },
        );
        const stored = (await Promise.all(topics.map((topicName) => everything(bus, topicName)))).flat();
        expectGapless(stored);
        expect(stored).toHaveLength(published.length);
        const at = new Map(stored.map((record) => [`${record.topic} ${record.partition} ${record.offset}`, record]));
        const last = new Map<string, { partition: number; offset: number }>();
        for (const { key, value, topic: publishedTopic, partition, offset } of published) {
          const record = at.get(`${publishedTopic} ${partition} ${offset}`);
          expect([record?.key, record === undefined ? '' : text(record)]).toEqual([key, value]);
          const before = last.get(`${publishedTopic} ${key}`) ?? { partition, offset: -1 };
          expect(partition).toBe(before.partition);
          expect(offset).toBeGreaterThan(before.offset);
          last.set(`${publishedTopic} ${key}`, { partition, offset });
        }
      });

      it('returns key, headers and bytes unchanged', async () => {
        const printable = fc.string({ unit: 'grapheme-ascii' });
        const given = fc.record({
          key: fc.string({ unit: 'binary' }),
          value: fc.uint8Array({ maxLength: 300 }),
          headers: fc.dictionary(
            fc.string({ unit: 'grapheme-ascii', minLength: 1 }).filter((name) => !(name in {})),
            printable,
            { maxKeys: 5 },
          ),
        });
        await fc.assert(
          fc.asyncProperty(given, async (record) => {
            const [position] = await bus.publish([{ topic, ...record }]);
            const [stored] = await bus.read(topic, position?.partition ?? -1, position?.offset ?? -1, 1);
            expect(stored?.key).toBe(record.key);
            expect([...(stored?.value ?? [])]).toEqual([...record.value]);
            expect(Object.entries(stored?.headers ?? {}).toSorted()).toEqual(Object.entries(record.headers).toSorted());
          }),
          { numRuns: 50 },
        );
      });

      it('returns a value of 900 kB unchanged', async () => {
        const value = Uint8Array.from({ length: 900_000 }, (_, n) => (n * 31) % 251);
        const [position] = await bus.publish([{ topic, key: 'large', value }]);
        const [stored] = await bus.read(topic, position?.partition ?? -1, position?.offset ?? -1, 1);
        expect(Buffer.compare(stored?.value ?? new Uint8Array(), value)).toBe(0);
      });

      it('accepts a publication without records', async () => {
        expect(await bus.publish([])).toEqual([]);
      });

      it('gives a stream of the gateway one partition, and so one order', async () => {
        const stream = `interchange.${topic}`;
        const positions = await bus.publish(Array.from({ length: 50 }, (_, n) => said(stream, `key-${n}`)));
        expect(await bus.partitions(stream)).toBe(1);
        expect(positions.map(({ partition }) => partition)).toEqual(positions.map(() => 0));
        expect((await bus.read(stream, 0, 0, 100)).map(({ key }) => key)).toEqual(positions.map((_, n) => `key-${n}`));
      });

      it('names a topic only once it has a record, and gives a new one the default number of partitions', async () => {
        expect(await bus.topics()).not.toContain(topic);
        const count = await bus.partitions(topic);
        await bus.publish([said(topic, 'key')]);
        expect(await bus.topics()).toContain(topic);
        expect(await bus.partitions(topic)).toBe(count);
        expect(Object.keys(await bus.ends(topic))).toHaveLength(count);
      });
    });

    describe('refusing', () => {
      it('stores nothing of a publication with a bad record, and stores the other publications', async () => {
        const [before, refused, after] = await Promise.allSettled([
          bus.publish([said(topic, 'key', 'before')]),
          bus.publish([said(topic, 'key', 'bad'), { ...said(topic, 'key', 'worse'), headers: { a: '\n' } }, said(topic, 'key', 'bad')]),
          bus.publish([said(topic, 'key', 'after')]),
        ]);
        expect([before.status, refused.status, after.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
        expect((await everything(bus, topic)).map(text)).toEqual(['before', 'after']);
      });

      it.each(HOSTILE_TOPICS)('T21 refuses the topic %j', async (hostile) => {
        await expect(bus.publish([said(topic, 'good'), said(hostile, 'key')])).rejects.toThrow(TypeError);
        expect(await bus.topics()).not.toContain(hostile);
        expect(await everything(bus, topic)).toEqual([]);
      });

      it('T21 refuses every topic that is not a plain name', async () => {
        const strange = fc.string({ unit: 'binary' }).filter((topicName) => !/^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(topicName));
        await fc.assert(
          fc.asyncProperty(strange, async (topicName) => {
            await expect(bus.publish([said(topicName, 'key')])).rejects.toThrow(TypeError);
          }),
        );
      });

      it('T21 does not repeat the topic that it refuses', async () => {
        const reason = await bus.publish([said('Canary/7', 'key')]).catch((error: Error) => error);
        expect(reason).toBeInstanceOf(TypeError);
        expect(`${(reason as Error).message} ${(reason as Error).stack}`).not.toContain('Canary/7');
      });

      it.each(HOSTILE_HEADERS)('T20 refuses the header %j', async (headers) => {
        await expect(bus.publish([said(topic, 'good'), { ...said(topic, 'key'), headers }])).rejects.toThrow(TypeError);
        expect(await everything(bus, topic)).toEqual([]);
      });

      it('T20 refuses every header that is not printable ASCII', async () => {
        const strange = fc.string({ unit: 'binary', minLength: 1 }).filter((header) => !/^[ -~]*$/.test(header));
        await fc.assert(
          fc.asyncProperty(strange, fc.boolean(), async (header, asName) => {
            const headers = asName ? { [header]: 'a' } : { a: header };
            await expect(bus.publish([{ ...said(topic, 'key'), headers }])).rejects.toThrow(TypeError);
          }),
        );
        expect(await everything(bus, topic)).toEqual([]);
      });
    });

    describe('reading', () => {
      it('reads from any offset on, in order, up to the limit, and nothing after the end', async () => {
        const stream = `interchange.${topic}`;
        await bus.publish(Array.from({ length: 60 }, (_, n) => said(stream, 'key', `${n}`)));
        await fc.assert(
          fc.asyncProperty(fc.nat(70), fc.integer({ min: 1, max: 70 }), async (offset, limit) => {
            const records = await bus.read(stream, 0, offset, limit);
            expect(records.map((record) => record.offset)).toEqual(
              Array.from({ length: Math.max(0, Math.min(limit, 60 - offset)) }, (_, n) => offset + n),
            );
            expect(records.map(text)).toEqual(records.map((record) => `${record.offset}`));
          }),
          { numRuns: 40 },
        );
      });

      it('reads nothing from a topic without publications', async () => {
        expect(await bus.read(topic, 0, 0, 10)).toEqual([]);
        expect(Object.values(await bus.ends(topic)).every((end) => end === 0)).toBe(true);
        expect(await bus.offsetAt(topic, 0, 0)).toBe(0);
      });

      it('replays from a time: from the first record at or after it, or from the end', async () => {
        const stream = `interchange.${topic}`;
        for (let n = 0; n < 20; n++) await bus.publish([said(stream, 'key', `${n}`)]);
        const records = await bus.read(stream, 0, 0, 100);
        const times = records.map(({ time }) => time);
        for (const time of [0, ...times, ...times.map((instant) => instant + 1)]) {
          const first = times.findIndex((instant) => instant >= time);
          expect(await bus.offsetAt(stream, 0, time)).toBe(first < 0 ? times.length : first);
        }
      });
    });

    describe('restarting', () => {
      it('has every acknowledged record after a restart, and continues where it stopped', async () => {
        const positions = await bus.publish(
          Array.from({ length: 40 }, (_, n) => ({ ...said(topic, `key-${n}`), headers: { number: `${n}` } })),
        );
        const before = {
          records: await everything(bus, topic),
          ends: await bus.ends(topic),
          topics: (await bus.topics()).filter((topicName) => topicName.startsWith(topic)),
        };
        bus = await opened.reopen();
        const after = {
          records: await everything(bus, topic),
          ends: await bus.ends(topic),
          topics: (await bus.topics()).filter((topicName) => topicName.startsWith(topic)),
        };
        expect(after).toEqual(before);
        const [next] = await bus.publish([said(topic, 'key-0', 'again')]);
        const first = positions[0];
        expect(next).toEqual({ topic, partition: first?.partition, offset: before.ends[first?.partition ?? -1] });
        expectGapless(await everything(bus, topic));
      });

      it('has the last records from before it closed', async () => {
        const published = Promise.all([bus.publish([said(topic, 'a')]), bus.publish([said(topic, 'b')])]);
        await bus.close();
        await published;
        bus = await opened.reopen();
        expect((await everything(bus, topic)).map(text).toSorted()).toEqual(['a', 'b']);
      });

      it('refuses to write and read after it is closed', async () => {
        await bus.close();
        await expect(bus.publish([said(topic, 'key')])).rejects.toThrow(BusUnavailable);
        await expect(bus.read(topic, 0, 0, 1)).rejects.toThrow(BusUnavailable);
        await expect(bus.check()).rejects.toThrow(BusUnavailable);
        await bus.close();
      });

      it('reports that it can take records while it is open', async () => {
        await expect(bus.check()).resolves.toBeUndefined();
      });
    });

    describe('following', () => {
      it('takes every record once, in order per partition: earlier and later records, even of a new topic', async () => {
        await bus.publish(Array.from({ length: 30 }, (_, n) => said(topic, `key-${n % 7}`, `${n}`)));
        const witness = new Witness();
        const take = (records: readonly StoredRecord[]) => void witness.see(records);
        const follower = await bus.follow({ matches: (topicName) => topicName.startsWith(topic), from: () => 0, take });
        expect(witness.seen).toHaveLength(30);
        const other = `${topic}.other`;
        for (let n = 30; n < 40; n++) await bus.publish([said(n % 2 === 0 ? topic : other, `key-${n % 7}`, `${n}`)]);
        await follower.caughtUp(topic);
        await follower.caughtUp(other);
        expect(witness.texts.toSorted((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 40 }, (_, n) => `${n}`));
        expectGapless(witness.seen);
        await follower.close();
        await bus.publish([said(topic, 'key')]);
        expect(witness.seen).toHaveLength(40);
      });

      it('continues from a given position', async () => {
        const stream = `interchange.${topic}`;
        await bus.publish(Array.from({ length: 10 }, (_, n) => said(stream, 'key', `${n}`)));
        const witness = new Witness();
        const take = (records: readonly StoredRecord[]) => void witness.see(records);
        await bus.follow({ matches: (topicName) => topicName === stream, from: () => 7, take });
        expect(witness.texts).toEqual(['7', '8', '9']);
      });
    });

    it('repeats records that a follower could not take, and the publication still succeeds', async () => {
      const stream = `interchange.${topic}`;
      await bus.publish([said(stream, 'key', '0')]);
      const witness = new Witness();
      let isFull = false;
      const take = (records: readonly StoredRecord[]) => {
        if (isFull) throw new BusUnavailable('The disk is full');
        void witness.see(records);
      };
      const follower = await bus.follow({ matches: (topicName) => topicName === stream, from: () => 0, take });
      isFull = true;
      await bus.publish([said(stream, 'key', '1'), said(stream, 'key', '2')]);
      await expect.poll(() => follower.failing, { timeout: 10_000 }).toBeDefined();
      isFull = false;
      await follower.caughtUp(stream);
      await bus.publish([said(stream, 'key', '3')]);
      await expect.poll(() => witness.texts, { timeout: 10_000 }).toEqual(['0', '1', '2', '3']);
      await expect.poll(() => follower.failing, { timeout: 10_000 }).toBeUndefined();
      await follower.close();
    });
  });
}
