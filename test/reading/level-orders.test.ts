/** The order of each level, for clients that read its topics on the bus: it has all their events in order, and no others (T25, T74). */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Bus } from '../../gateway/bus/bus.ts';
import { openEmbeddedBus } from '../../gateway/bus/embedded/embedded-bus.ts';
import { type LevelOrderRecord, LevelOrders } from '../../gateway/reading/level-orders.ts';
import { View } from '../../gateway/store/view/view.ts';
import { orderRecord } from '../../gateway/wire/event-records.ts';
import { RecordAuthenticator } from '../../gateway/wire/record-authenticator.ts';
import { StreamReader } from '../../gateway/wire/stream-reader.ts';
import { parseRecord, record } from '../../gateway/wire/streams.ts';
import { levelOrder } from '../../gateway/wire/topics.ts';

const LOW = 'official';
const HIGH = 'official-sensitive';
const levels = () => [{ topic: LOW }, { topic: HIGH }];
const authenticator = new RecordAuthenticator(Buffer.alloc(32, 7));
const WITHIN = { timeout: 10_000, interval: 20 };

const idOf = (n: number): string => `${n}`.padStart(43, 'e');
const topicOf = (level: string, noun = 'case'): string => `justice.${level}.${noun}.v1`;

describe('the order of a level', () => {
  let folder: string;
  let bus: Bus;
  let view: View;
  const running: LevelOrders[] = [];
  const faults: string[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'level-orders-'));
    bus = openEmbeddedBus({ file: join(folder, 'bus.sqlite') });
    view = await View.open(join(folder, 'view.sqlite'), bus, new StreamReader({ authenticator, onBad: () => undefined }));
    faults.length = 0;
  });
  afterEach(async () => {
    for (const gateway of running.splice(0)) await gateway.close();
    await view.close();
    await bus.close();
    rmSync(folder, { recursive: true });
  });

  function start(holds = () => true): LevelOrders {
    const orders = new LevelOrders({
      bus,
      view,
      levels,
      holdsLease: holds,
      authenticator,
      onFault: (kind) => faults.push(kind),
    });
    running.push(orders);
    return orders;
  }

  const place = (n: number, topic: string, renditions: readonly string[] = []) =>
    bus.publish([authenticator.sign(orderRecord(idOf(n), 'key', topic, renditions))]);

  async function said(level: string): Promise<readonly LevelOrderRecord[]> {
    const records = await bus.read(levelOrder(level), 0, 0, 10_000);
    // What somebody else wrote, under another key, is nothing that a consumer can read.
    return records.filter(({ key }) => key !== 'junk').map(({ value }) => parseRecord<LevelOrderRecord>(value));
  }
  const names = async (level: string) => [...new Set((await said(level)).map(({ event }) => event))];

  it('T25 names the topics of the level and lower ones, fullest copy first, and does not grow with other events', async () => {
    start();
    await place(1, topicOf(LOW));
    await place(2, topicOf(HIGH), [topicOf(LOW)]);
    await place(3, topicOf('secret'), [topicOf(LOW), topicOf(HIGH)]);
    await place(4, topicOf(HIGH));
    await place(5, topicOf('secret'));
    await place(6, topicOf(LOW, 'correction'));
    await expect
      .poll(() => said(LOW), WITHIN)
      .toEqual([
        { event: idOf(1), topics: [topicOf(LOW)] },
        { event: idOf(2), topics: [topicOf(LOW)] },
        { event: idOf(3), topics: [topicOf(LOW)] },
        { event: idOf(6), topics: [topicOf(LOW, 'correction')] },
      ]);
    await expect
      .poll(() => said(HIGH), WITHIN)
      .toEqual([
        { event: idOf(1), topics: [topicOf(LOW)] },
        { event: idOf(2), topics: [topicOf(HIGH), topicOf(LOW)] },
        { event: idOf(3), topics: [topicOf(HIGH), topicOf(LOW)] },
        { event: idOf(4), topics: [topicOf(HIGH)] },
        { event: idOf(6), topics: [topicOf(LOW, 'correction')] },
      ]);
    expect(faults).toEqual([]);
  });

  it('continues where another gateway stopped, complete and in order', async () => {
    let holder = 0;
    start(() => holder === 0);
    start(() => holder === 1);
    for (let n = 0; n < 400; n++) {
      await place(n, topicOf(n % 3 === 0 ? HIGH : LOW));
      if (n % 37 === 0) holder = 1 - holder;
    }
    const wanted = Array.from({ length: 400 }, (_, n) => n);
    await expect.poll(() => names(HIGH), WITHIN).toEqual(wanted.map(idOf));
    await expect.poll(() => names(LOW), WITHIN).toEqual(wanted.filter((n) => n % 3 !== 0).map(idOf));
  });

  it('T67 leaves out no event because of forged records', async () => {
    const first = start();
    for (let n = 0; n < 5; n++) await place(n, topicOf(LOW));
    await expect.poll(async () => (await said(LOW)).length, WITHIN).toBe(5);
    await first.close();
    for (let n = 5; n < 10; n++) await place(n, topicOf(LOW));
    // The last event is named, as if all before it were: by a made up record, and by an authentic one of another level.
    const last = { event: idOf(9), topics: [topicOf(LOW)] };
    const { headers = {} } = authenticator.sign(record(levelOrder(HIGH), idOf(9), last));
    await bus.publish([record(levelOrder(LOW), idOf(9), last), { ...record(levelOrder(LOW), idOf(9), last), headers }]);
    await bus.publish([record(levelOrder(LOW), 'junk', { event: 7 }), { topic: levelOrder(LOW), key: 'junk', value: Buffer.from('{') }]);
    start();
    const all = Array.from({ length: 10 }, (_, n) => idOf(n));
    await expect.poll(async () => (await names(LOW)).toSorted(), WITHIN).toEqual(all.toSorted());
    expect(faults).toEqual([]);
  });
});
