import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairQueue, type Waiting } from '../../gateway/workers/fair-queue.ts';

interface Job extends Waiting {
  readonly n: number;
  readonly cost: number;
}
const job = (owner: string, n = 0, isHeavy = false, cost = 1): Job => ({ owner, n, isHeavy, cost });
const namesOf = (queue: FairQueue<Job>): readonly string[] => {
  const names: string[] = [];
  for (let next = queue.next(true); next !== undefined; next = queue.next(true)) {
    names.push(`${next.owner}${next.n}`);
    queue.charge(next.owner, next.cost);
  }
  return names;
};

describe('T50 the queue of the workers', () => {
  it('serves clients in turn, in the order of each', () => {
    const queue = new FairQueue<Job>();
    for (const n of [1, 2, 3]) queue.push(job('a', n));
    queue.push(job('b', 1));
    queue.push(job('c', 1));
    expect(namesOf(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'a3']);
    expect(queue.size).toBe(0);
  });

  it('lets a client with long work wait for clients with short work', () => {
    const queue = new FairQueue<Job>();
    for (const n of [1, 2]) queue.push(job('slow', n, false, 10));
    for (let n = 1; n <= 5; n++) queue.push(job('quick', n));
    expect(namesOf(queue)).toEqual(['slow1', 'quick1', 'quick2', 'quick3', 'quick4', 'quick5', 'slow2']);
  });

  it('lets no client save time for later', () => {
    const queue = new FairQueue<Job>();
    for (let n = 1; n <= 6; n++) queue.push(job('a', n));
    for (let n = 0; n < 3; n++) queue.charge(queue.next(true)?.owner ?? '', 1);
    for (let n = 1; n <= 3; n++) queue.push(job('late', n));
    expect(namesOf(queue)).toEqual(['a4', 'late1', 'a5', 'late2', 'a6', 'late3']);
  });

  it('keeps heavy work for workers that accept it, and returns the rest', () => {
    const queue = new FairQueue<Job>();
    queue.push(job('a', 1, true));
    expect([queue.next(false), queue.size]).toEqual([undefined, 1]);
    queue.push(job('a', 2));
    expect([queue.next(false)?.n, queue.next(true)?.n, queue.next(true)]).toEqual([2, 1, undefined]);
  });

  it('returns all waiting work when it is drained', () => {
    const queue = new FairQueue<Job>();
    queue.push(job('a', 1, true));
    queue.push(job('b', 2));
    expect([queue.drain().length, queue.size, queue.next(true)]).toEqual([2, 0, undefined]);
  });

  it('never lets a waiting client be more than one piece of work behind another waiting client', () => {
    const steps = fc.array(fc.record({ owner: fc.constantFrom('a', 'b', 'c'), cost: fc.integer({ min: 1, max: 50 }) }), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (all) => {
        const queue = new FairQueue<Job>();
        const left = new Map<string, number>();
        for (const [n, { owner, cost }] of all.entries()) {
          queue.push(job(owner, n, false, cost));
          left.set(owner, (left.get(owner) ?? 0) + 1);
        }
        const used = new Map<string, number>();
        for (let next = queue.next(true); next !== undefined; next = queue.next(true)) {
          const usedBefore = used.get(next.owner) ?? 0;
          for (const [other, count] of left) if (count > 0) expect(usedBefore).toBeLessThanOrEqual(used.get(other) ?? 0);
          used.set(next.owner, usedBefore + next.cost);
          left.set(next.owner, (left.get(next.owner) ?? 1) - 1);
          queue.charge(next.owner, next.cost);
        }
      }),
    );
  });
});
