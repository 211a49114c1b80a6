/** The one order of all events in the local view. */
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OrderTable } from '../../../gateway/store/view/order-table.ts';

const TOPICS = ['justice.official.case.v1', 'justice.official.correction.v1', 'justice.secret.case.v1'];
const open = () => new OrderTable(new DatabaseSync(':memory:'));
const place = (topic: string, offset: number) => ({ topic, partition: 0, offset });

describe('T74 the order', () => {
  it('returns all events of a reader’s topics, each once at its first place, in steps of any size', () => {
    const named = fc.array(fc.tuple(fc.nat(30), fc.nat(2)), { maxLength: 60 });
    fc.assert(
      fc.property(named, fc.subarray(TOPICS), fc.integer({ min: 1, max: 5 }), (records, topics, limit) => {
        const table = open();
        for (const [at, [id, topic]] of records.entries()) table.take({ event: `event-${id}`, topic: TOPICS[topic] as string }, at);
        const firsts = records.flatMap(([id, topic], at) =>
          records.findIndex(([other]) => other === id) === at && topics.includes(TOPICS[topic] as string) ? [at] : [],
        );
        const given: number[] = [];
        for (let from = 0; from < records.length; ) {
          const { rows, until } = table.rows(from, records.length, (topic) => topics.includes(topic), limit);
          expect(until).toBeGreaterThan(from);
          given.push(...rows.map(({ at }) => at));
          from = until;
        }
        expect(given).toEqual(firsts);
      }),
    );
  });

  it('T25 skips any number of events of other topics in one step', () => {
    const table = open();
    for (let at = 0; at < 20_000; at++) table.take({ event: `hidden-${at}`, topic: 'justice.secret.case.v1' }, at);
    table.take({ event: 'mine', topic: 'justice.official.case.v1' }, 20_000);
    const mine = (topic: string) => topic.startsWith('justice.official.');
    expect(table.rows(0, 20_000, mine, 10)).toEqual({ rows: [], until: 20_000 });
    expect(table.rows(0, 20_001, mine, 10).rows.map(({ id }) => id)).toEqual(['mine']);
  });

  it('finds records without a place, and places a correction after its event', () => {
    const table = open();
    table.saw('correction', place('justice.official.correction.v1', 0), false, 1000);
    table.saw('event', place('justice.official.case.v1', 0), false, 1000);
    table.saw('event', place('justice.public.case.v1', 0), true, 1000);
    table.saw('later', place('justice.official.case.v1', 1), false, 2000);
    const until = table.latestOf(2) as number;
    expect(table.waiting(until, 10).map(({ id }) => id)).toEqual(['event', 'correction']);
    expect(table.waitingOf('event').map(({ isRendition }) => isRendition)).toEqual([false, true]);
    table.take({ event: 'event', topic: 'justice.official.case.v1', renditions: ['justice.public.case.v1'] }, 0);
    expect([table.isWaiting('event'), table.waitingOf('event').length, table.isWaiting('correction')]).toEqual([false, 0, true]);
    // What is there already waits for nothing.
    table.saw('event', place('justice.official.case.v1', 9), false, 3000);
    expect(table.isWaiting('event')).toBe(false);
  });

  it('treats a record with a too long id like one without', () => {
    const table = open();
    table.saw('x'.repeat(101), place('justice.official.case.v1', 0), false, 1);
    table.saw('', place('justice.official.case.v1', 1), true, 2);
    expect(table.waiting(2, 10).map(({ id }) => id)).toEqual(['', '']);
  });
});
