/** Another process that uses a bus file, for the tests. Arguments: file, action, and its argument. Prints its results line by line. */
import { writeSync } from 'node:fs';
import { type Bus, BusUnavailable } from '../../gateway/bus/bus.ts';
import { openEmbeddedBus } from '../../gateway/bus/embedded/embedded-bus.ts';

const [file = '', verb = '', argument = ''] = process.argv.slice(2);

/** Synchronous, so that a kill loses nothing that was reported. */
const tell = (what: unknown) => writeSync(1, `${JSON.stringify(what)}\n`);

/** Keeps the process and its bus alive: a bus that is not referenced can be collected, which releases its file. */
const stay = (bus: Bus) => setInterval(() => check(bus), 60_000);

const check = (bus: Bus) =>
  bus.check().then(
    () => 'ready',
    (error: unknown) => (error instanceof BusUnavailable ? 'unavailable' : 'broken'),
  );

const verbs: Readonly<Record<string, () => Promise<void>>> = {
  /** Opens the bus, reports it, and waits until it is killed. */
  async hold() {
    stay(openEmbeddedBus({ file }));
    tell('open');
  },

  async open() {
    await openEmbeddedBus({ file }).close();
    tell('open');
  },

  /** Publishes until it is killed, several publications at once, and reports each acknowledged position. */
  async publish() {
    const bus = openEmbeddedBus({ file });
    const forEver = async (writer: number) => {
      for (let n = 0; ; n++) {
        const records = Array.from({ length: 1 + (n % 3) }, (_, m) => ({
          topic: argument,
          key: `writer-${writer}`,
          value: Buffer.from(`${writer} ${n} ${m}`),
        }));
        const positions = await bus.publish(records);
        tell(positions.map((position, m) => ({ ...position, value: `${writer} ${n} ${m}` })));
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, writer) => forEver(writer)));
  },

  /** For a file with a limited size: a too large record between small ones, some at the same time. Reports the result of each. */
  async fill() {
    const bus = openEmbeddedBus({ file });
    const publish = async (name: string, size: number) => {
      const value = Buffer.alloc(size, 'x');
      return bus
        .publish([
          { topic: argument, key: name, value },
          { topic: argument, key: name, value: Buffer.from(name) },
        ])
        .then(
          (positions) => ({ name, positions }),
          (error: unknown) => ({ name, refused: error instanceof BusUnavailable }),
        );
    };
    tell(await publish('before', 10));
    tell(await Promise.all([publish('beside', 10), publish('large', Number(process.argv[5])), publish('besides', 10)]));
    tell(await bus.ends(argument));
    tell(await publish('large', Number(process.argv[5])));
    tell(await check(bus));
    tell(await publish('after', 10));
    await bus.close();
  },

  /** Fills the file until it accepts nothing more, and reports whether the bus says so. */
  async brim() {
    const bus = openEmbeddedBus({ file });
    tell(await check(bus));
    let taken = 0;
    let size = 100_000;
    while (size > 0)
      try {
        await bus.publish([{ topic: argument, key: 'key', value: Buffer.alloc(size) }]);
        taken++;
      } catch {
        size = Math.floor(size / 10);
      }
    tell({ taken, ends: await bus.ends(argument), read: (await bus.read(argument, 0, 0, 1)).length });
    tell(await check(bus));
    await bus.close();
  },
};

try {
  await verbs[verb]?.();
} catch (error) {
  tell({ error: (error as Error).name, message: (error as Error).message });
}
