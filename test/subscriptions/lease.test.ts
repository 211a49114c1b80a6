/** A lease gives a job to one of several gateways. */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { type Bus, BusUnavailable } from '../../gateway/bus/bus.ts';
import { openEmbeddedBus } from '../../gateway/bus/embedded/embedded-bus.ts';
import { type Holder, after as holderAfter, Lease, type LeaseOptions } from '../../gateway/subscriptions/lease.ts';
import { RecordAuthenticator } from '../../gateway/wire/record-authenticator.ts';
import { StreamReader } from '../../gateway/wire/stream-reader.ts';
import { LEASES, type LeaseRecord, record } from '../../gateway/wire/streams.ts';
import { temporary } from '../support/gateway.ts';

const authenticator = new RecordAuthenticator(Buffer.alloc(32, 7));
const openReader = () => {
  const bad: string[] = [];
  return { bad, reader: new StreamReader({ authenticator, onBad: (_, code) => bad.push(code) }) };
};
const open = (bus: Bus, run: string, milliseconds: number, more: Partial<LeaseOptions> = {}) =>
  Lease.open({ bus, ...openReader(), authenticator, run, milliseconds, wanted: () => true, ...more });
const openBus = (now?: () => number) => openEmbeddedBus({ file: join(temporary(), 'bus.sqlite'), ...(now === undefined ? {} : { now }) });
const claimOf = (run: string, more: Partial<LeaseRecord> = {}) =>
  record(LEASES, LEASES, { run, milliseconds: 300, over: -1, clock: Date.now(), ...more } satisfies LeaseRecord);

/** For each gateway: how many claims it is behind. */
const claims = fc.array(fc.record({ run: fc.constantFrom('a', 'b', 'c'), behind: fc.nat(3) }), { maxLength: 60 });

describe('the holder of a lease', () => {
  it('is the first gateway that replaced the valid claim, and the same for all gateways, wherever they begin to read', () => {
    fc.assert(
      fc.property(claims, fc.nat(60), (made, from) => {
        const held: number[] = [-1];
        const log: LeaseRecord[] = [];
        let holder: Holder | undefined;
        for (const { run, behind } of made) {
          // Each knows the claims that held up to some time ago, and names the last of them.
          const over = held.at(-1 - Math.min(behind, held.length - 1)) ?? -1;
          const before = holder;
          log.push({ run, milliseconds: 30, over, clock: 0 });
          holder = holderAfter(holder, log.at(-1) as LeaseRecord, log.length - 1);
          if (over === (before?.offset ?? -1)) expect(holder.offset).toBe(log.length - 1);
          else expect(holder).toBe(before);
          if (holder !== before) held.push(holder.offset);
        }
        // A gateway that begins later, and has seen one claim over the valid claim, agrees.
        let late: Holder | undefined;
        let agrees = false;
        for (const [offset, claim] of log.entries()) {
          if (offset < from) continue;
          late = holderAfter(late, claim, offset);
          agrees ||= held.includes(offset) && claim.over >= from;
          if (agrees) expect(held).toContain(late.offset);
        }
      }),
    );
  });
  it('is another gateway when the holder has not renewed its claim in time', async () => {
    const bus = openBus();
    await bus.publish([authenticator.sign(claimOf('gone'))]);
    const lease = await open(bus, 'next', 300);
    expect(lease.isHeld).toBe(false);
    await vi.waitFor(() => expect(lease.isHeld).toBe(true), 5000);
    await lease.close();
    await bus.close();
  });
  it('T70 is another gateway as soon as the claim of its holder has expired, however long the lease of that gateway is', async () => {
    const bus = openBus();
    await bus.publish([authenticator.sign(claimOf('gone', { milliseconds: 1000 }))]);
    // Its regular check would come only after 20 seconds.
    const lease = await open(bus, 'next', 60_000);
    await vi.waitFor(() => expect(lease.isHeld).toBe(true), 5000);
    await lease.close();
    await bus.close();
  });
  it('is not a gateway where there is no work, and one as soon as there is', async () => {
    const bus = openBus();
    let isWanted = false;
    const lease = await open(bus, 'one', 60_000, { wanted: () => isWanted });
    expect(await bus.topics()).not.toContain(LEASES);
    isWanted = true;
    lease.check();
    await vi.waitFor(() => expect(lease.isHeld).toBe(true));
    await lease.close();
    await bus.close();
  });
  it('is one gateway, and another when that one stops', async () => {
    const bus = openBus();
    // Long enough that only a release can be why the other takes over in time.
    const first = await open(bus, 'first', 60_000);
    await vi.waitFor(() => expect(first.isHeld).toBe(true));
    const second = await open(bus, 'second', 60_000);
    expect(second.isHeld).toBe(false);
    await first.close();
    await vi.waitFor(() => expect(second.isHeld).toBe(true), 5000);
    expect(first.isHeld).toBe(false);
    await second.close();
    await bus.close();
  });

  it('T70 is another within one lease when the holder, whose clock was ten minutes ahead, is gone', async () => {
    // The bus uses the time of the writer, as Kafka does by default.
    let ahead = 600_000;
    const bus = openBus(() => Date.now() + ahead);
    await bus.publish([authenticator.sign(claimOf('ahead', { clock: Date.now() + ahead }))]);
    ahead = 0;
    const lease = await open(bus, 'next', 300);
    await vi.waitFor(() => expect(lease.isHeld).toBe(true), 2000);
    await lease.close();
    await bus.close();
  });
  it('T70 that no gateway claims is reported while there is work', async () => {
    const bus = openBus();
    let isWanted = true;
    const away: Bus = Object.assign(Object.create(null), {
      ends: (topic: string) => bus.ends(topic),
      read: (...asked: Parameters<Bus['read']>) => bus.read(...asked),
      follow: (options: Parameters<Bus['follow']>[0]) => bus.follow(options),
      publish: () => Promise.reject(new BusUnavailable('Kafka does not answer')),
    });
    const lease = await open(away, 'one', 100, { wanted: () => isWanted });
    expect(lease.health).toBe('pass');
    await expect.poll(() => lease.health).toBe('warn');
    expect(lease.age).toBeGreaterThan(200);
    isWanted = false;
    expect(lease.health).toBe('pass');
    isWanted = true;
    await bus.publish([authenticator.sign(claimOf('two', { milliseconds: 60_000 }))]);
    expect(lease.health).toBe('pass');
    await lease.close();
    await bus.close();
  });
  it('T70 is not a gateway without the key, or one that claims permanently or repeats an old claim', async () => {
    const bus = openBus();
    const old = authenticator.sign(claimOf('old', { milliseconds: 60_000 }));
    await bus.publish([old, authenticator.sign(claimOf('old', { over: 0, milliseconds: 0 }))]);
    await bus.publish([claimOf('forged', { milliseconds: 1e15 }), claimOf('forged', { over: 1 })]);
    await bus.publish([authenticator.sign(claimOf('endless', { over: 1, milliseconds: 1e15 }))]);
    await bus.publish([old, { ...old, value: Buffer.alloc(0) }, { ...old, value: Buffer.from('null') }]);
    const { bad, reader } = openReader();
    const lease = await open(bus, 'next', 60_000, { reader });
    // At once: nobody else holds it.
    await vi.waitFor(() => expect(lease.isHeld).toBe(true), 2000);
    expect(bad.toSorted()).toEqual(['empty', 'malformed', 'malformed', 'malformed', 'unauthenticated']);
    await bus.publish([old, claimOf('forged', { over: 99 })]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(lease.isHeld).toBe(true);
    await lease.close();
    await bus.close();
  });
  it('T70 is found behind many records that are not claims', async () => {
    const bus = openBus();
    await bus.publish([authenticator.sign(claimOf('holder', { milliseconds: 60_000 }))]);
    await bus.publish(Array.from({ length: 300 }, () => ({ ...claimOf('x'), value: Buffer.from('{}') })));
    const lease = await open(bus, 'next', 60_000);
    expect(lease.isHeld).toBe(false);
    await bus.publish([authenticator.sign(claimOf('holder', { over: 0, milliseconds: 0 }))]);
    await vi.waitFor(() => expect(lease.isHeld).toBe(true), 2000);
    await lease.close();
    await bus.close();
  });
  it('T70 a clock that differs from this machine’s is reported, and its recovery too', async () => {
    const bus = openBus();
    const said: number[] = [];
    const lease = await open(bus, 'next', 60_000, { onSkew: (milliseconds) => said.push(milliseconds) });
    await vi.waitFor(() => expect(lease.isHeld).toBe(true), 2000);
    await bus.publish([authenticator.sign(claimOf('other', { clock: Date.now() + 600_000 }))]);
    await vi.waitFor(() => expect(lease.skew).toBeGreaterThan(500_000), 2000);
    await bus.publish([authenticator.sign(claimOf('other'))]);
    await vi.waitFor(() => expect(lease.skew).toBe(0), 2000);
    expect(said).toHaveLength(2);
    await lease.close();
    await bus.close();
  });
});
