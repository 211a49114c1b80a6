/** Store and forward, with a real bus that can become unavailable. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Bus, BusUnavailable } from '../../gateway/bus/bus.ts';
import { openEmbeddedBus } from '../../gateway/bus/embedded/embedded-bus.ts';
import { openSpool, SPOOLED, type SpoolingBus } from '../../gateway/bus/spool.ts';
import { temporary } from '../support/gateway.ts';
import { everything, said, text } from './conformance.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

interface Line {
  readonly bus: Bus;
  readonly folder: string;
  isAway: boolean;
}

/** A bus that refuses while it is away. */
function lineIn(folder = temporary()): Line {
  folders.push(folder);
  const real = openEmbeddedBus({ file: join(folder, 'bus.sqlite') });
  const line: Line = {
    folder,
    isAway: false,
    bus: new Proxy(real, {
      get: (target, name) => {
        if (name === 'publish' && line.isAway) return () => Promise.reject(new BusUnavailable('away'));
        const member = Reflect.get(target, name) as unknown;
        return typeof member === 'function' ? (member.bind(target) as unknown) : member;
      },
    }),
  };
  return line;
}

const spoolOf = (line: Line, more: { bytes?: number; seconds?: number; now?: () => number } = {}): Promise<SpoolingBus> =>
  openSpool(line.bus, {
    file: join(line.folder, 'spool.sqlite'),
    bytes: 1e6,
    seconds: 3600,
    now: Date.now,
    deployment: 'test',
    belongs: async () => true,
    ...more,
  });

const emptied = (spool: SpoolingBus) => vi.waitUntil(() => spool.state.records === 0, { timeout: 20_000, interval: 20 });
const values = async (bus: Bus, topic = 'test') => (await everything(bus, topic)).map(text);

describe('a spool, while the bus is unavailable', () => {
  it('accepts records, reports it, and forwards them in order with later ones', async () => {
    const line = lineIn();
    const spool = await spoolOf(line);
    expect((await spool.publish([said('test', 'k', 'a')]))[0]?.offset).toBe(0);
    line.isAway = true;
    expect((await spool.publish([said('test', 'k', 'b'), said('other', 'k', 'x')])).map(({ offset }) => offset)).toEqual([
      SPOOLED,
      SPOOLED,
    ]);
    await spool.publish([said('test', 'k', 'c')]);
    expect(spool.state).toMatchObject({ records: 3, limit: 1e6 });
    expect(await values(line.bus)).toEqual(['a']);
    line.isAway = false;
    await spool.publish([said('test', 'k', 'd')]);
    await emptied(spool);
    expect(await values(line.bus)).toEqual(['a', 'b', 'c', 'd']);
    expect(await values(line.bus, 'other')).toEqual(['x']);
    expect(spool.state).toMatchObject({ records: 0, bytes: 0, age: 0 });
    expect((await spool.publish([said('test', 'k', 'e')]))[0]?.offset).toBe(4);
    await spool.close();
  });

  it('keeps its records with headers and keys over a restart, and forwards them at the next start', async () => {
    const first = lineIn();
    const spool = await spoolOf(first);
    first.isAway = true;
    await spool.publish([{ topic: 'test', key: 'schlüssel', value: Buffer.from([0, 255, 10]), headers: { ce_id: 'one' } }]);
    await spool.close();
    const second = lineIn(first.folder);
    second.isAway = true;
    const again = await spoolOf(second);
    expect(again.state.records).toBe(1);
    await again.publish([said('test', 'k', 'behind')]);
    second.isAway = false;
    await emptied(again);
    const [spooled, behind] = await everything(second.bus, 'test');
    expect(spooled).toMatchObject({ key: 'schlüssel', headers: { ce_id: 'one' } });
    expect([...(spooled?.value ?? [])]).toEqual([0, 255, 10]);
    expect(text(behind as never)).toBe('behind');
    await again.close();
  });

  it('is limited in size: it refuses records that do not fit, and keeps nothing of them', async () => {
    const line = lineIn();
    const spool = await spoolOf(line, { bytes: 1000 });
    line.isAway = true;
    await spool.publish([said('test', 'k', 'a'.repeat(500))]);
    await expect(spool.publish([said('test', 'k', 'b'.repeat(500))])).rejects.toThrow(/full/);
    await spool.publish([said('test', 'k', 'c')]);
    line.isAway = false;
    await emptied(spool);
    expect((await values(line.bus)).map((value) => value[0])).toEqual(['a', 'c']);
    await spool.close();
  });

  it('is limited in age, and is then not ready', async () => {
    let now = 1_000_000;
    const line = lineIn();
    const spool = await spoolOf(line, { seconds: 60, now: () => now });
    line.isAway = true;
    await spool.publish([said('test', 'k', 'a')]);
    await spool.check();
    now += 61_000;
    expect(spool.state.age).toBe(61);
    await expect(spool.publish([said('test', 'k', 'b')])).rejects.toThrow(/too long/);
    await expect(spool.check()).rejects.toThrow(BusUnavailable);
    await spool.close();
  });

  it('throws an error of the caller instead of storing the record', async () => {
    const line = lineIn();
    const spool = await spoolOf(line);
    line.isAway = true;
    await expect(spool.publish([said('No Topic', 'k')])).rejects.toThrow(TypeError);
    expect(spool.state.records).toBe(0);
    await spool.close();
  });
});

it('a spool publishes every acknowledged record once and in order, however the bus fails', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom('send', 'send', 'away', 'back', 'restart'), { maxLength: 25 }), async (steps) => {
      let line = lineIn();
      let spool = await spoolOf(line);
      const acknowledged: string[] = [];
      for (const [n, step] of steps.entries()) {
        if (step === 'send') {
          await spool.publish([said('test', 'k', `v${n}`)]);
          acknowledged.push(`v${n}`);
        } else if (step === 'restart') {
          const { folder, isAway } = line;
          await spool.close();
          line = lineIn(folder);
          line.isAway = isAway;
          spool = await spoolOf(line);
        } else line.isAway = step === 'away';
      }
      line.isAway = false;
      await emptied(spool);
      const stored = await values(line.bus);
      await spool.close();
      // Forwarding is at least once: what comes again comes at once, before anything later.
      expect(stored.filter((value, at) => stored.indexOf(value) === at)).toEqual(acknowledged);
    }),
    { numRuns: 15 },
  );
}, 120_000);
