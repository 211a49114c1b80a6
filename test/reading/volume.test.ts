/** T15: how many events a client has read lately is never more than its limit, however its pages lie over the hours. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { UnderReview, Volume } from '../../gateway/reading/volume.ts';
import type { Client } from '../../gateway/rules/clients.ts';

const HOUR = 3_600_000;
const LIMIT = { events: 10, hours: 3 };
const client = { id: 'a client', volume: LIMIT } as Client;

it('counts what was read in its hour, and what is given back in the next hour frees nothing more', () => {
  const step = fc.record({
    hours: fc.integer({ min: 0, max: 2 }),
    wanted: fc.integer({ min: 1, max: 12 }),
    unread: fc.integer({ min: 0, max: 12 }),
    later: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      let hour = 0;
      const volume = new Volume(() => hour * HOUR);
      const read = new Map<number, number>();
      for (const { hours, wanted, unread, later } of steps) {
        hour += hours;
        const begun = hour;
        let taken = 0;
        try {
          taken = volume.take(client, wanted);
        } catch (error) {
          if (!(error instanceof UnderReview)) throw error;
        }
        if (later) hour++;
        const returned = Math.min(unread, taken);
        volume.giveBack(client, returned);
        read.set(begun, (read.get(begun) ?? 0) + taken - returned);
        const lately = [...read].filter(([of]) => of > hour - LIMIT.hours).reduce((sum, [, count]) => sum + count, 0);
        expect(lately).toBeLessThanOrEqual(LIMIT.events);
      }
    }),
  );
});

it('gives back what was taken, so that a client that read nothing may read as much as before', () => {
  let hour = 0;
  const volume = new Volume(() => hour * HOUR);
  for (; hour < 10; hour++) {
    expect(volume.take(client, 99)).toBe(LIMIT.events);
    expect(() => volume.take(client, 1)).toThrow(UnderReview);
    volume.giveBack(client, LIMIT.events);
  }
});
