import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteBudget } from '../../gateway/transports/byte-budget.ts';

const budget = () => new ByteBudget({ bytes: 1200, clients: () => 2 });

describe('the byte budget of requests and answers', () => {
  it('counts bytes until they are returned or the request ends', () => {
    const byteBudget = budget();
    const account = byteBudget.open('a');
    expect([account.take(100), account.take(50), byteBudget.held]).toEqual([true, true, 150]);
    account.giveBack(30);
    expect(byteBudget.held).toBe(120);
    account.close();
    account.close();
    expect(byteBudget.held).toBe(0);
  });

  it('limits a client to its own part and half of the shared part', () => {
    const account = budget().open('a');
    expect([account.take(500), account.take(1)]).toEqual([true, false]);
  });

  it('leaves every client its own part, whatever others hold', () => {
    const byteBudget = budget();
    for (const client of ['a', 'b', 'c', 'd']) byteBudget.open(client).take(500);
    expect(byteBudget.open('e').take(200)).toBe(true);
  });

  it('accepts bytes back only from the request that holds them', () => {
    const byteBudget = budget();
    byteBudget.open('a').take(100);
    byteBudget.open('a').giveBack(100);
    expect(byteBudget.held).toBe(100);
  });

  it('is never exceeded, and a client that holds nothing always has its own part', () => {
    const client = fc.constantFrom('a', 'b', 'anonymous');
    fc.assert(
      fc.property(fc.array(fc.tuple(client, fc.integer({ min: 1, max: 700 }), fc.boolean())), (steps) => {
        const byteBudget = budget();
        const open: ReturnType<ByteBudget['open']>[] = [];
        for (const [name, bytes, ends] of steps) {
          if (ends) open.shift()?.close();
          const account = byteBudget.open(name);
          account.take(bytes);
          open.push(account);
          expect(byteBudget.held).toBeLessThanOrEqual(1200);
        }
        for (const account of open) account.close();
        expect(byteBudget.held).toBe(0);
        for (const name of ['a', 'b', 'anonymous']) expect(byteBudget.open(name).take(200)).toBe(true);
      }),
    );
  });
});
