/** A bus that answers after the gateway has started, and may then be unusable. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type Bus, BusRefused, BusUnavailable } from '../../gateway/bus/bus.ts';
import { openEmbeddedBus } from '../../gateway/bus/embedded/embedded-bus.ts';
import { LateBus } from '../../gateway/bus/late.ts';
import { openSpool } from '../../gateway/bus/spool.ts';
import { temporary } from '../support/gateway.ts';
import { said } from './conformance.ts';

const folder = temporary();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('T68 a refused bus reports its reason once, the spool accepts nothing for it, and both continue after a correction', async () => {
  const bus = openEmbeddedBus({ file: join(folder, 'bus.sqlite') });
  const refusals: string[] = [];
  let state: 'away' | 'refused' | 'right' = 'away';
  const open = async (): Promise<Bus> => {
    if (state === 'away') throw new BusUnavailable('No broker answers');
    if (state === 'refused') throw new BusRefused('interchange.audit has 3 partitions');
    return bus;
  };
  const late = new LateBus(open, (reason) => void refusals.push(reason));
  const spool = await openSpool(late, {
    file: join(folder, 'spool.sqlite'),
    bytes: 1_000_000,
    seconds: 60,
    now: Date.now,
    deployment: 'one',
    belongs: async () => true,
    refusal: () => late.refusal,
  });
  expect((await spool.publish([said('justice.test', 'a')]))[0]?.offset).toBe(-1);
  state = 'refused';
  await expect.poll(() => refusals, { timeout: 10_000 }).toEqual(['interchange.audit has 3 partitions']);
  await expect(spool.check()).rejects.toThrow('interchange.audit has 3 partitions');
  await expect(spool.publish([said('justice.test', 'b')])).rejects.toThrow(BusUnavailable);
  state = 'right';
  await late.opened;
  await spool.check();
  await expect.poll(() => bus.ends('justice.test'), { timeout: 10_000 }).toMatchObject({ 0: 1 });
  expect(refusals).toHaveLength(1);
  await spool.close();
});
