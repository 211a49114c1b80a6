/** The positions of subscriptions in the local view, from the records of all gateways. */
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { earlier, Outbox } from '../../../gateway/store/view/outbox.ts';
import type { DeliveryRecord, SubscriptionRecord } from '../../../gateway/wire/streams.ts';

const subscription: SubscriptionRecord = {
  id: 'a subscription',
  version: 1,
  client: 'a client',
  url: 'http://127.0.0.1/',
  status: 'active',
  created: '2026-11-26T00:00:00.000Z',
  secret: 0,
  turn: 0,
  standing: { events: { 0: 2 } },
};
const delivery = (event: number, more: Partial<DeliveryRecord> = {}): DeliveryRecord => ({
  subscription: subscription.id,
  turn: 0,
  event: `event ${event}`,
  time: '2026-11-26T00:00:00.000Z',
  attempt: 1,
  outcome: 'delivered',
  milliseconds: 5,
  standing: { events: { 0: event + 1 } },
  ...more,
});

describe('the position of a subscription', () => {
  let outbox: Outbox;
  let offset: number;
  const take = (...records: readonly DeliveryRecord[]) => {
    for (const record of records) outbox.take({ delivery: record }, offset++);
  };
  beforeEach(() => {
    outbox = new Outbox(new DatabaseSync(':memory:'));
    offset = 0;
    outbox.take({ subscription }, offset++);
  });

  it('T70 is not moved back by a gateway that was paused and records its deliveries or failures late', () => {
    take(delivery(2), delivery(3), delivery(4));
    const place = outbox.place(subscription.id);
    take(delivery(2), delivery(2, { outcome: 'failed', next: '2026-11-26T00:01:00.000Z' }));
    expect(outbox.place(subscription.id)).toEqual(place);
    expect(place.standing).toEqual({ events: { 0: 5 } });
  });

  it('T70 is after everything that either of two gateways has passed, in any order of their records', () => {
    const standing = fc.record({ events: fc.record({ 0: fc.nat(9), 1: fc.nat(9) }), others: fc.record({ 0: fc.nat(9) }) });
    fc.assert(
      fc.property(fc.array(standing, { minLength: 1, maxLength: 8 }), (standings) => {
        const outbox = new Outbox(new DatabaseSync(':memory:'));
        outbox.take({ subscription: { ...subscription, standing: {} } }, 0);
        for (const [n, passed] of standings.entries()) outbox.take({ delivery: delivery(n, { standing: passed }) }, n + 1);
        const most = (topic: 'events' | 'others', partition: 0 | 1) =>
          Math.max(...standings.map((passed) => (passed[topic] as Record<number, number>)[partition] ?? 0));
        const { standing: now } = outbox.place(subscription.id);
        expect([now.events?.[0] ?? 0, now.events?.[1] ?? 0, now.others?.[0] ?? 0]).toEqual([
          most('events', 0),
          most('events', 1),
          most('others', 0),
        ]);
      }),
    );
  });

  it('is before an event that was not delivered, until it is', () => {
    take(delivery(2, { outcome: 'failed', next: '2026-11-26T00:01:00.000Z' }));
    expect(outbox.place(subscription.id)).toEqual({
      standing: { events: { 0: 2 } },
      attempt: 1,
      next: '2026-11-26T00:01:00.000Z',
      failed: { event: 'event 2', standing: { events: { 0: 3 } } },
    });
    take(delivery(2, { attempt: 2 }));
    expect(outbox.place(subscription.id)).toEqual({ standing: { events: { 0: 3 } }, attempt: 0 });
  });

  it('T12 is kept with the key of a replay and its result, only where the replay won', () => {
    const asked = (key: string, more: object = {}): SubscriptionRecord => ({
      ...subscription,
      version: 2,
      turn: 1,
      replay: { key, fingerprint: `of ${key}` },
      ...more,
    });
    for (const record of [asked('first'), asked('second'), asked('first', { version: 3, status: 'paused' })])
      outbox.take({ subscription: record }, offset++);
    expect(outbox.replay('a client', 'first')).toEqual({ fingerprint: 'of first', subscription: asked('first') });
    expect(outbox.replay('a client', 'second')).toBeUndefined();
    expect(outbox.replay('another', 'first')).toBeUndefined();
  });

  it('is moved back by a replay, never forward', () => {
    const standing = fc.dictionary(fc.constantFrom('a', 'b'), fc.dictionary(fc.constantFrom('0', '1'), fc.nat(9)));
    fc.assert(
      fc.property(standing, standing, (at, other) => {
        const both = earlier(at, other);
        for (const topic of ['a', 'b'])
          for (const partition of ['0', '1'])
            expect(both[topic]?.[Number(partition)] ?? 0).toBe(Math.min(at[topic]?.[partition] ?? 0, other[topic]?.[partition] ?? 0));
      }),
    );
  });

  it('is at the start of a replay, even far back', () => {
    take(delivery(2), delivery(3));
    outbox.take({ subscription: { ...subscription, version: 2, turn: 1, standing: { events: { 0: 0 } } } }, offset++);
    take(delivery(4));
    expect(outbox.place(subscription.id).standing).toEqual({ events: { 0: 0 } });
  });
});
