/** Of several gateways one does a job. */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { openEmbeddedBus } from '../../gateway/bus/embedded.ts';
import { after, type Holder, Lease } from '../../gateway/exchange/lease.ts';
import { LEASES, record } from '../../gateway/store/streams.ts';
import { temporary } from '../support/gateway.ts';

const claims = fc.array(fc.record({ run: fc.constantFrom('a', 'b', 'c'), gap: fc.nat(50) }), { maxLength: 60 });

describe('who holds a lease', () => {
  it('changes only when what was held has run out', () => {
    fc.assert(
      fc.property(claims, (made) => {
        let time = 0;
        let holder: Holder | undefined;
        for (const { run, gap } of made) {
          time += gap;
          const next = after(holder, { run, milliseconds: 30 }, time);
          if (holder !== undefined && next.run !== holder.run) expect(time).toBeGreaterThan(holder.until);
          if (next.run === run) expect(next.until).toBe(time + 30);
          else expect(next).toEqual(holder);
          holder = next;
        }
      }),
    );
  });
  it('is another when its holder has not said so again in time', async () => {
    const bus = openEmbeddedBus({ file: join(temporary(), 'bus.sqlite') });
    await bus.publish([record(LEASES, LEASES, { run: 'gone', milliseconds: 300 })]);
    const lease = await Lease.open({ bus, run: 'next', milliseconds: 300, wanted: () => true });
    expect(lease.isHeld).toBe(false);
    await vi.waitFor(() => expect(lease.isHeld).toBe(true), 5000);
    await lease.close();
    await bus.close();
  });
  it('is nobody where there is nothing to do, and somebody as soon as there is', async () => {
    const bus = openEmbeddedBus({ file: join(temporary(), 'bus.sqlite') });
    let isWanted = false;
    const lease = await Lease.open({ bus, run: 'one', milliseconds: 60_000, wanted: () => isWanted });
    expect(await bus.topics()).not.toContain(LEASES);
    isWanted = true;
    lease.look();
    await vi.waitFor(() => expect(lease.isHeld).toBe(true));
    await lease.close();
    await bus.close();
  });
  it('is one gateway, and another when that one stops', async () => {
    const bus = openEmbeddedBus({ file: join(temporary(), 'bus.sqlite') });
    // Long enough that only a release can be why the other takes over in time.
    const open = (run: string) => Lease.open({ bus, run, milliseconds: 60_000, wanted: () => true });
    const first = await open('first');
    await vi.waitFor(() => expect(first.isHeld).toBe(true));
    const second = await open('second');
    expect(second.isHeld).toBe(false);
    await first.close();
    await vi.waitFor(() => expect(second.isHeld).toBe(true), 5000);
    expect(first.isHeld).toBe(false);
    await second.close();
    await bus.close();
  });
});
