/** Events that are read directly from Kafka are returned in their one order, however topics and order are read (T74). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventOrder, type OrderedEvent } from '../../../contracts/client/event-order.ts';

const TOPICS = ['justice.sensitive.case.v1', 'justice.sensitive.correction.v1', 'justice.official.case.v1', 'justice.official.hearing.v1'];
const READ = TOPICS.slice(0, 3);

/** What is read next: a record of the order, or of a topic. */
type Read = { readonly of: OrderedEvent } | { readonly topic: string; readonly event: string };

/** An event on one topic, or on one with a rendition on another; some are on no topic that is read. */
const event = fc.tuple(fc.subarray(TOPICS, { minLength: 1, maxLength: 2 }), fc.nat(3));

/**
 * Events in their order, and what a consumer reads: each topic in nearly the same order, with copies, and
 * all of them in any way between each other.
 */
const history = fc
  .tuple(fc.array(event, { minLength: 1, maxLength: 40 }), fc.infiniteStream(fc.nat(1_000_000)))
  .map(([events, numbers]) => {
    const order = events.map(([topics], n): OrderedEvent => ({ event: `event-${n}`, topics }));
    const next = () => (numbers.next().value ?? 0) as number;
    const copies = <R>(all: readonly R[]): R[] => all.flatMap((item) => (next() % 5 === 0 ? [item, item] : [item]));
    const lines: Read[][] = READ.map((topic) => {
      const records = order.flatMap((ordered, n) =>
        ordered.topics.includes(topic) ? [{ topic, event: ordered.event, at: n + (events[n]?.[1] ?? 0) }] : [],
      );
      return copies(records.toSorted((a, b) => a.at - b.at));
    });
    lines.push(copies(order).map((of) => ({ of })));
    const reads: Read[] = [];
    for (let left = lines.filter((line) => line.length > 0); left.length > 0; left = left.filter((line) => line.length > 0))
      reads.push(left[next() % left.length]?.shift() as Read);
    return { order, reads };
  });

const textOf = (topic: string, id: string): string => `${id} on ${topic}`;

function given(order: EventOrder<string>, reads: readonly Read[]): readonly string[] {
  return reads.flatMap((read) =>
    'of' in read ? order.order(read.of) : order.event(read.topic, read.event, textOf(read.topic, read.event)),
  );
}

/** What a consumer gets: each event on a topic that it reads, from the first that the order names. */
const wanted = (order: readonly OrderedEvent[]): readonly string[] =>
  order.flatMap(({ event: id, topics }) => {
    const topic = topics.find((name) => READ.includes(name));
    return topic === undefined ? [] : [textOf(topic, id)];
  });

describe('T74 a consumer of a level', () => {
  it('gets each event once, in order, and complete where possible, however it reads topics and order', () => {
    fc.assert(
      fc.property(history, ({ order, reads }) => {
        const eventOrder = new EventOrder<string>(READ);
        expect(given(eventOrder, reads)).toEqual(wanted(order));
        expect([eventOrder.waiting, eventOrder.due, eventOrder.next]).toEqual([0, 0, undefined]);
      }),
      { numRuns: 2000 },
    );
  });

  it('learns which topic to read next, so that it needs little memory', () => {
    fc.assert(
      fc.property(history, ({ order, reads }) => {
        const eventOrder = new EventOrder<string>(READ);
        const lines = new Map(READ.map((topic) => [topic, reads.filter((read) => 'topic' in read && read.topic === topic)]));
        const names = reads.filter((read) => 'of' in read);
        const got: string[] = [];
        let most = 0;
        while (names.length > 0 || eventOrder.next !== undefined) {
          const read = eventOrder.next === undefined ? names.shift() : lines.get(eventOrder.next)?.shift();
          got.push(...given(eventOrder, [read as Read]));
          most = Math.max(most, eventOrder.waiting);
        }
        expect(got).toEqual(wanted(order));
        // Only what comes before the next event on its topic: partitions are nearly in order.
        expect(most).toBeLessThanOrEqual(3 * READ.length);
      }),
      { numRuns: 500 },
    );
  });

  it('skips events that retention removed, after it has read the topics completely, and gets the rest', () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.boolean()), ({ order, reads }, removed) => {
        const gone = new Set(order.filter(() => removed.next().value === true).map(({ event: id }) => id));
        const eventOrder = new EventOrder<string>(READ);
        const got = given(
          eventOrder,
          reads.filter((read) => 'of' in read || !gone.has(read.event)),
        );
        const left = wanted(order).filter((text) => !gone.has(text.split(' ')[0] ?? ''));
        expect([...got, ...eventOrder.caughtUp()]).toEqual(left);
        expect([eventOrder.due, eventOrder.waiting]).toEqual([0, 0]);
      }),
      { numRuns: 500 },
    );
  });

  it('gets the remaining events after a restart, also where it reads topics again', () => {
    fc.assert(
      fc.property(history, fc.nat(40), ({ order, reads }, at) => {
        const done = order.slice(0, at);
        const eventOrder = new EventOrder<string>(READ);
        for (const ordered of done) eventOrder.passed(ordered);
        expect(given(eventOrder, reads)).toEqual(wanted(order.slice(at)));
        expect(eventOrder.waiting).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps only a limited amount of records that the order never names, and still gets the others', () => {
    const eventOrder = new EventOrder<number>(['justice.official.case.v1']);
    eventOrder.order({ event: 'first', topics: ['justice.official.case.v1'] });
    eventOrder.order({ event: 'second', topics: ['justice.official.case.v1'] });
    eventOrder.event('justice.official.case.v1', 'second', 2);
    for (let n = 0; n < 250_000; n++) eventOrder.event('justice.official.case.v1', `unknown-${n}`, n);
    expect(eventOrder.waiting).toBeLessThanOrEqual(200_000);
    expect(eventOrder.event('justice.official.case.v1', 'first', 1)).toEqual([1, 2]);
  });
});
