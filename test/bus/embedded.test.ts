import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bus, BusUnavailable, type Position } from '../../gateway/bus/bus.ts';
import { type EmbeddedBus, openEmbeddedBus } from '../../gateway/bus/embedded/embedded-bus.ts';
import { busConformance, everything, expectGapless, said, text } from './conformance.ts';

let folder: string;
let file: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bus-'));
  file = join(folder, 'bus.sqlite');
});
afterEach(async () => {
  for (const child of children.splice(0)) await end(child);
  rmSync(folder, { recursive: true });
});

busConformance('embedded', async () => {
  let bus = openEmbeddedBus({ file });
  return {
    bus,
    reopen: async () => {
      await bus.close();
      bus = openEmbeddedBus({ file });
      return bus;
    },
    dispose: () => bus.close(),
  };
});

interface OtherProcess {
  readonly child: ChildProcess;
  /** What the process reports, line by line. */
  readonly lines: AsyncIterableIterator<string>;
  next<T>(): Promise<T>;
}

/** Runs `other-process.ts`, with files that may not grow over a size (in units of 512 bytes or 1 kB, as the shell has it) if one is given. */
function otherProcess(args: readonly string[], limit?: number): OtherProcess {
  const script = [join(import.meta.dirname, 'other-process.ts'), file, ...args];
  const child =
    limit === undefined
      ? spawn(process.execPath, script, { stdio: ['ignore', 'pipe', 'inherit'] })
      : spawn('sh', ['-c', `trap '' XFSZ; ulimit -f ${limit}; exec "$0" "$@"`, process.execPath, ...script], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
  children.push(child);
  const lines = createInterface({ input: child.stdout as NonNullable<typeof child.stdout> })[Symbol.asyncIterator]();
  return { child, lines, next: async () => JSON.parse((await lines.next()).value as string) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Opens the bus, and closes it whatever happens. */
async function withBus<T>(options: Partial<Parameters<typeof openEmbeddedBus>[0]>, work: (bus: EmbeddedBus) => Promise<T>): Promise<T> {
  const bus = openEmbeddedBus({ file, ...options });
  try {
    return await work(bus);
  } finally {
    await bus.close();
  }
}

describe('the file of an embedded bus', () => {
  it('has one writer: another process is refused with the reason until the first has closed', async () => {
    await withBus({}, async () => {
      expect(await otherProcess(['open']).next()).toEqual({
        error: 'BusUnavailable',
        message: 'The bus file is in use by another process',
      });
      expect(() => openEmbeddedBus({ file })).toThrow(BusUnavailable);
    });
    expect(await otherProcess(['open']).next()).toBe('open');
  });

  it('is unlocked again after its process was killed', async () => {
    const holder = otherProcess(['hold']);
    expect(await holder.next()).toBe('open');
    expect(() => openEmbeddedBus({ file })).toThrow('in use by another process');
    await end(holder.child);
    await withBus({}, (bus) => bus.check());
  });

  it('is refused with a reason when it cannot be opened, and opens once the fault is corrected', async () => {
    const inside = join(folder, 'later', 'bus.sqlite');
    expect(() => openEmbeddedBus({ file: inside })).toThrow(BusUnavailable);
    expect(() => openEmbeddedBus({ file: inside, readOnly: true })).toThrow(BusUnavailable);
    mkdirSync(join(folder, 'later'));
    writeFileSync(inside, 'This is not a bus. '.repeat(100));
    expect(() => openEmbeddedBus({ file: inside })).toThrow(BusUnavailable);
    rmSync(inside);
    await withBus({ file: inside }, (bus) => bus.check());
  });

  it('can be read by a user who may not write it, while no process uses it and while one does', async () => {
    await withBus({}, async (writer) => {
      await writer.publish([said('justice.test', 'key', 'a')]);
      await withBus({ readOnly: true }, async (reader) => expect((await everything(reader, 'justice.test')).map(text)).toEqual(['a']));
      await writer.publish([said('justice.test', 'key', 'b')]);
    });
    await withBus({ readOnly: true }, async (reader) => {
      expect((await everything(reader, 'justice.test')).map(text)).toEqual(['a', 'b']);
      await expect(reader.publish([said('justice.test', 'key', 'c')])).rejects.toThrow(BusUnavailable);
      await expect(reader.check()).rejects.toThrow(BusUnavailable);
    });
  });

  it('keeps the number of partitions of a topic when the default changes, so that a key stays in its partition', async () => {
    const publish = (bus: Bus) => bus.publish(Array.from({ length: 50 }, (_, n) => said('justice.test', `key-${n}`)));
    const before = await withBus({ partitions: 3 }, publish);
    const after = await withBus({ partitions: 7 }, async (bus) => {
      expect(await bus.partitions('justice.test')).toBe(3);
      expect(await bus.partitions('justice.new')).toBe(7);
      return publish(bus);
    });
    expect(after.map(({ partition }) => partition)).toEqual(before.map(({ partition }) => partition));
    expect(new Set(before.map(({ partition }) => partition)).size).toBe(3);
  });

  it('puts a key into the same partition in every release', () =>
    withBus({ partitions: 16 }, async (bus) => {
      const positions = await bus.publish(['', 'a', 'b', 'foobar', 'case', 'é', '\u{1f600}'].map((key) => said('justice.test', key)));
      // FNV-1a has these published values: '' 811c9dc5, a e40c292c, b e70c2de5, foobar bf9cf968.
      expect(positions.slice(0, 4).map(({ partition }) => partition)).toEqual([0x5, 0xc, 0x5, 0x8]);
      expect(positions.slice(4).map(({ partition }) => partition)).toEqual([1, 4, 8]);
    }));

  it('refuses a key or a value that could not be read back unchanged', () =>
    withBus({}, async (bus) => {
      const textual = { topic: 'justice.test', key: 'key', value: 'text' as unknown as Uint8Array };
      await expect(bus.publish([textual])).rejects.toThrow(TypeError);
      await expect(bus.publish([said('justice.test', 'half a \ud83d')])).rejects.toThrow(TypeError);
      expect(await bus.topics()).toEqual([]);
    }));
});

describe('an embedded bus after its process was killed', () => {
  it('has every acknowledged record, only complete publications, and no gap', async () => {
    const acknowledged: (Position & { value: string })[][] = [];
    const writer = otherProcess(['publish', 'justice.test']);
    while (acknowledged.length < 500) acknowledged.push(await writer.next());
    writer.child.kill('SIGKILL');
    // What the process reported before it was killed counts too. Its last line may be incomplete.
    for await (const line of writer.lines) if (line.endsWith(']')) acknowledged.push(JSON.parse(line));
    await end(writer.child);
    await withBus({}, async (bus) => {
      const stored = await everything(bus, 'justice.test');
      expectGapless(stored);
      const at = new Map(stored.map((record) => [`${record.partition} ${record.offset}`, text(record)]));
      for (const { partition, offset, value } of acknowledged.flat()) expect(at.get(`${partition} ${offset}`)).toBe(value);
      const sizes = Map.groupBy(stored, (record) => text(record).split(' ').slice(0, 2).join(' '));
      for (const [publication, records] of sizes) expect(records, publication).toHaveLength(1 + (Number(publication.split(' ')[1]) % 3));
      expect(new Set([...at.values()]).size).toBe(stored.length);
    });
  });

  it('can be read by a user who may not write it', async () => {
    const writer = otherProcess(['publish', 'justice.test']);
    const acknowledged = await writer.next<readonly Position[]>();
    await end(writer.child);
    await withBus({ readOnly: true }, async (bus) =>
      expect((await everything(bus, 'justice.test')).length).toBeGreaterThanOrEqual(acknowledged.length),
    );
  });
});

describe('an embedded bus whose disk is full', () => {
  it('refuses a publication that does not fit, stores nothing of it, and stores others at the same time', async () => {
    const writer = otherProcess(['fill', 'interchange.test', '20000000'], 4000);
    const positions = (offset: number) => [0, 1].map((n) => ({ topic: 'interchange.test', partition: 0, offset: offset + n }));
    expect(await writer.next()).toEqual({ name: 'before', positions: positions(0) });
    expect(await writer.next()).toEqual([
      { name: 'beside', positions: positions(2) },
      { name: 'large', refused: true },
      { name: 'besides', positions: positions(4) },
    ]);
    expect(await writer.next()).toEqual({ 0: 6 });
    expect(await writer.next()).toEqual({ name: 'large', refused: true });
    expect(await writer.next()).toBe('ready');
    expect(await writer.next()).toEqual({ name: 'after', positions: positions(6) });
    await once(writer.child, 'exit');
    await withBus({}, async (bus) => {
      const stored = await everything(bus, 'interchange.test');
      expectGapless(stored);
      expect(stored.map(({ key }) => key)).toEqual(['before', 'before', 'beside', 'beside', 'besides', 'besides', 'after', 'after']);
    });
  });

  it('reports that it cannot take records, and continues to read them', async () => {
    const writer = otherProcess(['brim', 'interchange.test'], 1000);
    expect(await writer.next()).toBe('ready');
    const { taken, ends, read } = await writer.next<{ taken: number; ends: Record<number, number>; read: number }>();
    expect(taken).toBeGreaterThan(0);
    expect([ends[0], read]).toEqual([taken, 1]);
    expect(await writer.next()).toBe('unavailable');
  });
});

describe('an embedded bus', () => {
  it('refuses a value that is too large for a file, and stores other publications at the same time', () =>
    withBus({}, async (bus) => {
      const value = new Uint8Array(1_000_000_001);
      const [before, refused, after] = await Promise.allSettled([
        bus.publish([said('interchange.test', 'key', 'before')]),
        bus.publish([said('interchange.test', 'key', 'refused'), { topic: 'interchange.test', key: 'key', value }]),
        bus.publish([said('interchange.test', 'key', 'after')]),
      ]);
      expect([before.status, refused.status, after.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect((await everything(bus, 'interchange.test')).map(text)).toEqual(['before', 'after']);
    }));

  it('commits publications of one iteration of the event loop together', () => {
    let commits = 0;
    // The clock is asked once for each commit.
    return withBus({ now: () => ++commits }, async (bus) => {
      await Promise.all(Array.from({ length: 100 }, (_, n) => bus.publish([said('justice.test', `key-${n}`)])));
      expect(commits).toBe(1);
    });
  });

  it('acknowledges nothing before another process can read it', () =>
    withBus({}, async (bus) => {
      const published = bus.publish([said('justice.test', 'key')]);
      let acknowledged = false;
      published.then(() => {
        acknowledged = true;
      });
      await Promise.resolve();
      expect([acknowledged, Object.values(await bus.ends('justice.test'))]).toEqual([false, [0, 0, 0, 0]]);
      const [position] = await published;
      await withBus({ readOnly: true }, async (reader) =>
        expect(await reader.read('justice.test', position?.partition ?? -1, 0, 1)).toHaveLength(1),
      );
    }));

  it('finds the first record received at or after a time, even where the clock was set back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(40), { minLength: 1, maxLength: 40 }), async (times) => {
        const file = join(folder, `${fc.hash(JSON.stringify(times))}.sqlite`);
        let clock = 0;
        const ask = async (bus: Bus) => {
          const found: number[] = [];
          for (let time = 0; time <= 42; time++) found.push(await bus.offsetAt('interchange.test', 0, time));
          return found;
        };
        const wanted = Array.from({ length: 43 }, (_, time) => {
          const first = times.findIndex((instant) => instant >= time);
          return first < 0 ? times.length : first;
        });
        await withBus({ file, now: () => clock }, async (bus) => {
          for (clock of times) await bus.publish([said('interchange.test', 'key')]);
          expect(await ask(bus)).toEqual(wanted);
          expect((await bus.read('interchange.test', 0, 0, 100)).map(({ time }) => time)).toEqual(times);
        });
        expect(await withBus({ file }, ask)).toEqual(wanted);
        for (const name of [file, `${file}.lock`]) rmSync(name, { force: true });
      }),
      { numRuns: 30 },
    );
  });

  it('reads large records in portions, each with at least one', () =>
    withBus({}, async (bus) => {
      const value = new Uint8Array(900_000);
      for (let n = 0; n < 4; n++) await bus.publish(Array.from({ length: 5 }, () => ({ topic: 'interchange.test', key: 'key', value })));
      await bus.publish([{ topic: 'interchange.test', key: 'key', value: new Uint8Array(20_000_000) }]);
      const first = await bus.read('interchange.test', 0, 0, 1000);
      expect(first.length).toBeLessThan(20);
      expect(await bus.read('interchange.test', 0, 20, 1000)).toHaveLength(1);
      const all = await everything(bus, 'interchange.test');
      expectGapless(all);
      expect(all).toHaveLength(21);
    }));

  it('keeps the position of a reader after a restart', async () => {
    await withBus({}, async (bus) => {
      expect(await bus.committed('reader', 'interchange.test')).toBe(0);
      bus.commit('reader', 'interchange.test', 7);
      bus.commit('other', 'interchange.test', 3);
      bus.commit('reader', 'interchange.test', 8);
    });
    await withBus({ readOnly: true }, async (bus) => {
      expect(await bus.committed('reader', 'interchange.test')).toBe(8);
      expect(() => bus.commit('reader', 'interchange.test', 9)).toThrow(BusUnavailable);
    });
  });

  it('refuses a number of partitions below one', () => {
    expect(() => openEmbeddedBus({ file, partitions: 0 })).toThrow(TypeError);
  });
});
