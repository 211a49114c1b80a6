/** T68: a view, a spool or a bus file of another bus or deployment is refused with its reason, or rebuilt. */
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { type Bus, BusUnavailable } from '../../gateway/bus/bus.ts';
import { openEmbeddedBus } from '../../gateway/bus/embedded/embedded-bus.ts';
import { openSpool, type SpoolingBus } from '../../gateway/bus/spool.ts';
import { openKeys } from '../../gateway/keys/keys.ts';
import { areOfThisBus, deploymentOf, ownerOf } from '../../gateway/store/deployment.ts';
import { View } from '../../gateway/store/view/view.ts';
import { RecordAuthenticator } from '../../gateway/wire/record-authenticator.ts';
import { StreamReader } from '../../gateway/wire/stream-reader.ts';
import { text } from '../bus/conformance.ts';
import { caseOf, ON_KAFKA, openBusOf, openGateway, temporary } from '../support/gateway.ts';

const place = temporary();
afterAll(() => rmSync(place, { recursive: true, force: true }));

const folder = (name: string): string => {
  const path = join(place, name);
  mkdirSync(path, { recursive: true });
  return path;
};

const VIEW = ON_KAFKA ? 'view-kafka.sqlite' : 'view.sqlite';

/** Runs a gateway that takes in the messages of these numbers. */
async function run(dataFolder: string, numbers: readonly number[], keysFolder = join(dataFolder, 'keys')): Promise<string> {
  const gateway = await openGateway({ dataFolder, config: { keysFolder } });
  for (const n of numbers) expect((await gateway.post('/v1/messages', caseOf(n), 'force')).status).toBe(202);
  await gateway.close();
  return gateway.log();
}

const reader = new StreamReader({ authenticator: new RecordAuthenticator(Buffer.alloc(32, 7)), onBad: () => undefined });

describe('T68 a view', () => {
  it('of another, shorter bus is rebuilt, and contains nothing from that bus', async () => {
    const [x, y] = [folder('view-x'), folder('view-y')];
    const keys = join(x, 'keys');
    await run(x, [1, 2]);
    await run(y, [3, 4, 5, 6], keys);
    // The view of x has less than y has, so that only its name shows the difference.
    cpSync(join(x, VIEW), join(y, VIEW));
    const gateway = await openGateway({ dataFolder: y, config: { keysFolder: keys } });
    expect(gateway.log()).toMatch(/"madeFrom":"another bus"/);
    const answer = await gateway.post('/v1/messages', caseOf(1), 'force');
    expect(answer.status).toBe(202);
    expect(answer.headers.get('Interchange-Repeated')).toBeNull();
    // And what is there is known.
    expect((await gateway.post('/v1/messages', caseOf(4), 'force')).headers.get('Interchange-Repeated')).toBe('true');
    await gateway.close();
    // With its own view nothing is rebuilt.
    expect(await run(y, [7], keys)).not.toMatch(/madeFrom/);
  });

  it('of an earlier version, which names no bus, is rebuilt', async () => {
    const data = folder('view-earlier');
    await run(data, [10]);
    const db = new DatabaseSync(join(data, VIEW));
    db.exec('DROP TABLE bound');
    db.close();
    expect(await run(data, [11])).toMatch(/"madeFrom":"a bus that it does not name"/);
    expect(await run(data, [12])).not.toMatch(/madeFrom/);
  });

  it.skipIf(ON_KAFKA)('of a copy of the bus that was used separately is rebuilt', async () => {
    const [first, other] = [folder('fork'), join(place, 'fork-other')];
    await run(first, [20]);
    cpSync(first, other, { recursive: true });
    await run(first, [21]);
    await run(other, [22, 23]);
    cpSync(join(first, VIEW), join(other, VIEW));
    const gateway = await openGateway({ dataFolder: other });
    expect(gateway.log()).toMatch(/"madeFrom":"another copy of this bus/);
    expect((await gateway.post('/v1/messages', caseOf(21), 'force')).headers.get('Interchange-Repeated')).toBeNull();
    await gateway.close();
  });

  it.skipIf(ON_KAFKA)('that is ahead of its bus stops the start, because the bus has lost records', async () => {
    const data = folder('ahead');
    await run(data, [30]);
    const older = join(place, 'older.sqlite');
    cpSync(join(data, 'bus.sqlite'), older);
    await run(data, [31]);
    cpSync(older, join(data, 'bus.sqlite'));
    await expect(run(data, [])).rejects.toThrow(/The view is ahead of the bus on .*older copy, or lost records/);
  });
});

describe('T68 a data folder', () => {
  it('with keys of another deployment is refused, with the file and advice, and the bus is unchanged', async () => {
    const [first, other] = [folder('first'), folder('other')];
    await run(first, [40]);
    await run(other, [41]);
    const endsOf = async () => {
      const bus = await openBusOf(first);
      const ends = await bus.ends('interchange.audit');
      await bus.close();
      return ends;
    };
    const before = await endsOf();
    await expect(run(first, [], join(other, 'keys'))).rejects.toThrow(
      /belongs to another deployment than the key file .*secret: restore the keys/,
    );
    expect(await endsOf()).toEqual(before);
    await run(first, [42]);
  });
});

describe('T68 a spool', () => {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const resource of open.splice(0).reverse()) await resource.close();
  });

  interface Line {
    readonly bus: Bus;
    isAway: boolean;
  }

  /** A bus that answers nothing while it is away. */
  function lineTo(name: string, isAway = false): Line {
    const real = openEmbeddedBus({ file: join(folder(name), 'bus.sqlite') });
    const line: Line = {
      isAway,
      bus: new Proxy(real, {
        get: (target, member) => {
          if (line.isAway && member !== 'close') return () => Promise.reject(new BusUnavailable('away'));
          const found = Reflect.get(target, member) as unknown;
          return typeof found === 'function' ? (found.bind(target) as unknown) : found;
        },
      }),
    };
    return line;
  }

  const spoolOf = async (line: Line, name: string, more: object = {}): Promise<SpoolingBus> => {
    const spool = await openSpool(line.bus, {
      file: join(folder(name), 'spool.sqlite'),
      bytes: 1e6,
      seconds: 3600,
      now: Date.now,
      deployment: 'ours',
      belongs: async () => true,
      ...more,
    });
    open.push(spool);
    return spool;
  };

  const record = (value: string) => ({ topic: 'interchange.messages', key: 'k', value: Buffer.from(value) });
  const stored = async ({ bus }: Line) => (await bus.read('interchange.messages', 0, 0, 100)).map(text);

  /** A spool that holds one record for a bus. */
  async function filled(bus: string, name: string): Promise<void> {
    const line = lineTo(bus);
    const spool = await spoolOf(line, name);
    line.isAway = true;
    await spool.publish([record('held')]);
    await spool.close();
    open.pop();
  }

  it('with records of another bus is refused, and continues with its own bus', async () => {
    await filled('bus-a', 'spool-a');
    const other = lineTo('bus-b');
    await expect(spoolOf(other, 'spool-a')).rejects.toThrow(/spool\.sqlite holds records of another bus\. Start with the bus and the keys/);
    expect(await stored(other)).toEqual([]);
    await other.bus.close();
    const line = lineTo('bus-a');
    const spool = await spoolOf(line, 'spool-a');
    await vi.waitUntil(() => spool.state.records === 0, { timeout: 10_000 });
    expect(await stored(line)).toEqual(['held']);
  });

  it('with records of another deployment is refused, even while the bus is unavailable', async () => {
    await filled('bus-c', 'spool-c');
    for (const isAway of [true, false]) {
      const line = lineTo('bus-c', isAway);
      await expect(spoolOf(line, 'spool-c', { deployment: 'theirs' })).rejects.toThrow(/holds records of another deployment/);
      await line.bus.close();
    }
  });

  it('that is empty belongs to the deployment that opens it', async () => {
    await (await spoolOf(lineTo('bus-d'), 'spool-d')).close();
    open.pop();
    const line = lineTo('bus-e');
    const spool = await spoolOf(line, 'spool-d', { deployment: 'theirs' });
    await spool.publish([record('direct')]);
    expect(await stored(line)).toEqual(['direct']);
  });

  it('that starts while the bus is unavailable accepts records, and forwards none to another bus', async () => {
    await filled('bus-f', 'spool-f');
    const other = lineTo('bus-g', true);
    const reasons: string[] = [];
    const spool = await spoolOf(other, 'spool-f', { onRefused: (reason: string) => reasons.push(reason) });
    expect((await spool.publish([record('meanwhile')]))[0]?.offset).toBe(-1);
    await spool.check();
    other.isAway = false;
    await vi.waitUntil(() => reasons.length > 0, { timeout: 15_000 });
    expect(reasons).toEqual([expect.stringMatching(/holds records of another bus/)]);
    await expect(spool.check()).rejects.toThrow(/another bus/);
    await expect(spool.publish([record('refused')])).rejects.toThrow(BusUnavailable);
    expect(await stored(other)).toEqual([]);
    expect(spool.state.records).toBe(2);
  });

  it('that starts while its bus is unavailable forwards records in order when the bus is back', async () => {
    await filled('bus-h', 'spool-h');
    const line = lineTo('bus-h', true);
    const spool = await spoolOf(line, 'spool-h');
    await spool.publish([record('meanwhile')]);
    line.isAway = false;
    await vi.waitUntil(() => spool.state.records === 0, { timeout: 15_000 });
    expect(await stored(line)).toEqual(['held', 'meanwhile']);
  });

  it('that is empty and starts while the bus is unavailable publishes nothing to an unchecked bus', async () => {
    const line = lineTo('bus-j', true);
    const reasons: string[] = [];
    const spool = await spoolOf(line, 'spool-j', { belongs: async () => false, onRefused: (reason: string) => reasons.push(reason) });
    line.isAway = false;
    expect((await spool.publish([record('meanwhile')]))[0]?.offset).toBe(-1);
    await vi.waitUntil(() => reasons.length > 0, { timeout: 15_000 });
    expect(await stored(line)).toEqual([]);
  });

  it('is refused on a bus that belongs to another deployment', async () => {
    await expect(spoolOf(lineTo('bus-i'), 'spool-i', { belongs: async () => false })).rejects.toThrow(/another deployment than the bus/);
  });
});

describe('T68 the records of a deployment', () => {
  it('are recognised by its signed heads, however many other heads there are, and by the chains of its records', async () => {
    const [ours, theirs] = [folder('signed'), folder('signed-others')];
    await run(ours, [50]);
    await run(theirs, [51]);
    const [our, their] = [deploymentOf(await openKeys(join(ours, 'keys'))), deploymentOf(await openKeys(join(theirs, 'keys')))];
    const bus = await openBusOf(ours);
    expect(await ownerOf(bus, our)).toBe('ours');
    expect(await ownerOf(bus, their)).toBe('foreign');
    const waiting = await bus.read('interchange.audit', 0, 0, 100);
    await bus.publish([{ topic: 'interchange.audit-heads', key: 'x', value: Buffer.from('no head') }]);
    expect(await ownerOf(bus, our)).toBe('ours');
    expect(await areOfThisBus(waiting, bus, our)).toBe(true);
    expect(await areOfThisBus(waiting, bus, their)).toBe(false);
    expect(await areOfThisBus([{ topic: 'interchange.messages', key: 'k', value: Buffer.from('v') }], bus, our)).toBe(false);
    const other = await openBusOf(theirs);
    expect(await areOfThisBus(waiting, other, our)).toBe(false);
    await Promise.all([bus.close(), other.close()]);
    const empty = openEmbeddedBus({ file: join(folder('unsigned'), 'bus.sqlite') });
    expect(await ownerOf(empty, our)).toBe('unsigned');
    await empty.close();
  });
});

it('T68 a view that closes while a topic is new still adds the topic to its binding', async () => {
  const file = join(folder('just-new'), 'view.sqlite');
  const bus = openEmbeddedBus({ file: join(folder('just-new-bus'), 'bus.sqlite') });
  // A bus that takes its time to say which topics it has, as Kafka does.
  const identity = async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return { bus: 'one', topics: Object.fromEntries((await bus.topics()).map((topic) => [topic, `id of ${topic}`])) };
  };
  const slow: Bus = Object.assign(Object.create(null), {
    ends: (topic: string) => bus.ends(topic),
    read: (...asked: Parameters<Bus['read']>) => bus.read(...asked),
    follow: (options: Parameters<Bus['follow']>[0]) => bus.follow(options),
    identity,
  });
  const view = await View.open(file, slow, reader);
  await bus.publish([{ topic: 'interchange.ledger', key: 'k', value: Buffer.from('{}') }]);
  await view.close();
  const again = await View.open(file, slow, reader, { onRebuilt: (from) => expect.unreachable(from) });
  expect(again.followed('interchange.ledger', 0)).toBe(1);
  await again.close();
  await bus.close();
});

describe('T68 a view that waits for its bus', () => {
  const busOf = (name: string) => openEmbeddedBus({ file: join(folder(name), 'bus.sqlite') });
  const recordOf = (topic: string, key: string) => ({ topic, key, value: Buffer.from('{}') });

  it('takes no records of another bus, and all records of its own', async () => {
    const file = join(folder('late'), 'view.sqlite');
    const [firstBus, secondBus] = [busOf('late-one'), busOf('late-two')];
    await firstBus.publish([recordOf('interchange.receipts', 'k')]);
    await secondBus.publish([recordOf('interchange.receipts', 'k'), recordOf('interchange.receipts', 'k')]);
    await (await View.open(file, firstBus, reader)).close();
    const view = await View.open(file, secondBus, reader, { isLate: true });
    await expect(view.caughtUp('receipts')).rejects.toThrow(BusUnavailable);
    await expect(view.followLate()).rejects.toThrow(/was made from another bus: it is rebuilt at the next start/);
    expect(view.followed('interchange.receipts', 0)).toBe(1);
    await view.close();
    await firstBus.publish([recordOf('interchange.receipts', 'k')]);
    const reopened = await View.open(file, firstBus, reader, { isLate: true });
    await reopened.followLate();
    expect(reopened.followed('interchange.receipts', 0)).toBe(2);
    await reopened.close();
    await Promise.all([firstBus.close(), secondBus.close()]);
  });

  it('belongs to the bus even where the bus has a topic that the view has not read', async () => {
    const file = join(folder('late-topic'), 'view.sqlite');
    const bus = busOf('late-topic-bus');
    await bus.publish([recordOf('interchange.receipts', 'k')]);
    await (await View.open(file, bus, reader)).close();
    const view = await View.open(file, bus, reader, { isLate: true });
    await bus.publish([recordOf('interchange.ledger', 'k')]);
    await view.followLate();
    await view.close();
    const again = await View.open(file, bus, reader, { onRebuilt: (from) => expect.unreachable(from) });
    expect(again.followed('interchange.ledger', 0)).toBe(1);
    await again.close();
    await bus.close();
  });
});
