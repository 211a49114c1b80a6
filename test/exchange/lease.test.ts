/** Of several gateways one does a job. */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { openEmbeddedBus } from '../../gateway/bus/embedded.ts';
import { after, type Holder, Lease } from '../../gateway/exchange/lease.ts';
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
  it('is one gateway, and another when that one is gone', async () => {
    const bus = openEmbeddedBus({ file: join(temporary(), 'bus.sqlite') });
    const open = (run: string) => Lease.open({ bus, run, milliseconds: 300, wanted: () => true });
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
