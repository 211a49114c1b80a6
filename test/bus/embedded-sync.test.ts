/** The embedded bus syncs to disk before it acknowledges. */
import { mkdtempSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Bus, BusUnavailable } from '../../gateway/bus/bus.ts';
import { openEmbeddedBus } from '../../gateway/bus/embedded/embedded-bus.ts';

type Done = (error: Error | null) => void;
const disk = vi.hoisted(() => ({ synced: [] as number[], held: [] as (() => void)[], hold: false, broken: false }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const fdatasync = (fd: number, done: Done) => {
    const go = () =>
      disk.broken
        ? done(new Error('EIO'))
        : real.fdatasync(fd, (error) => {
            disk.synced.push(fd);
            done(error);
          });
    if (disk.hold) disk.held.push(go);
    else go();
  };
  return { ...real, fdatasync };
});

const TOPIC = 'interchange.test';
const said = (value: string) => ({ topic: TOPIC, key: 'key', value: Buffer.from(value) });

describe('the embedded bus and its disk', () => {
  let folder: string;
  let bus: Bus;
  const stored = async () => (await bus.read(TOPIC, 0, 0, 100)).map(({ value }) => Buffer.from(value).toString());

  beforeEach(() => {
    Object.assign(disk, { synced: [], held: [], hold: false, broken: false });
    folder = mkdtempSync(join(tmpdir(), 'bus-'));
    bus = openEmbeddedBus({ file: join(folder, 'bus.sqlite') });
  });
  afterEach(async () => {
    await bus.close();
    rmSync(folder, { recursive: true });
  });

  it.runIf(process.platform === 'linux')('answers only after the write-ahead log is synced', async () => {
    await bus.publish([said('one')]);
    expect(disk.synced.map((fd) => readlinkSync(`/proc/self/fd/${fd}`))).toEqual([join(folder, 'bus.sqlite-wal')]);
  });

  it('shows no record before it is synced, and shares the next sync between later publications', async () => {
    disk.hold = true;
    const first = bus.publish([said('one')]);
    await vi.waitUntil(() => disk.held.length === 1);
    const others = [bus.publish([said('two')]), bus.publish([said('three')])];
    expect([await stored(), await bus.ends(TOPIC), await bus.topics()]).toEqual([[], { 0: 0 }, []]);
    disk.hold = false;
    disk.held.shift()?.();
    expect(await first).toHaveLength(1);
    await Promise.all(others);
    expect(await stored()).toEqual(['one', 'two', 'three']);
    expect(disk.synced).toHaveLength(2);
  });

  it('refuses records that could not be synced, removes them, and continues when the disk recovers', async () => {
    await bus.publish([said('before')]);
    disk.broken = true;
    await expect(bus.publish([said('lost')])).rejects.toThrow(BusUnavailable);
    expect(await stored()).toEqual(['before']);
    disk.broken = false;
    expect(await bus.publish([said('after')])).toEqual([{ topic: TOPIC, partition: 0, offset: 1 }]);
    expect(await stored()).toEqual(['before', 'after']);
    await bus.close();
    bus = openEmbeddedBus({ file: join(folder, 'bus.sqlite') });
    expect(await stored()).toEqual(['before', 'after']);
  });
});
