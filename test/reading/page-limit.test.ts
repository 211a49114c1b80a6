import { describe, expect, it } from 'vitest';
import { PageLimit } from '../../gateway/reading/page-limit.ts';

/** Work that ends when the test ends it. */
function workOf() {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const state = { isBegun: false };
  return {
    state,
    end: resolve,
    fail: reject,
    work: async () => {
      state.isBegun = true;
      await promise;
    },
  };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('T50 the pages of one client', () => {
  it('are limited in number, and the next one begins when one has ended', async () => {
    const limit = new PageLimit(2);
    const all = [workOf(), workOf(), workOf()];
    const done = all.map(({ work }) => limit.run('a', work));
    await settled();
    expect(all.map(({ state }) => state.isBegun)).toEqual([true, true, false]);
    all[0]?.end();
    await done[0];
    await settled();
    expect(all[2]?.state.isBegun).toBe(true);
    for (const { end } of all) end();
    await Promise.all(done);
  });

  it('do not wait for other clients', async () => {
    const limit = new PageLimit(1);
    const [first, other] = [workOf(), workOf()];
    const done = [limit.run('a', first.work), limit.run('b', other.work)];
    await settled();
    expect(other.state.isBegun).toBe(true);
    first.end();
    other.end();
    await Promise.all(done);
  });

  it('let the next one begin after a failure', async () => {
    const limit = new PageLimit(1);
    const [failing, next] = [workOf(), workOf()];
    const done = [limit.run('a', failing.work), limit.run('a', next.work)];
    failing.fail(new Error('away'));
    await expect(done[0]).rejects.toThrow('away');
    await settled();
    expect(next.state.isBegun).toBe(true);
    next.end();
    await done[1];
    expect(await limit.run('a', async () => 'again')).toBe('again');
  });
});
