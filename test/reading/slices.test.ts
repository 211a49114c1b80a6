import { expect, it } from 'vitest';
import { Slices } from '../../gateway/reading/slices.ts';

/** Keeps the event loop busy for this many milliseconds. */
function busy(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

/** Makes a page of this many slow records, and notes each. */
async function page(slices: Slices, client: string, records: number, done: string[]): Promise<void> {
  const slice = slices.begin(client);
  for (let n = 0; n < records; n++) {
    await slice.ifDue();
    busy(4);
    done.push(client);
  }
}

it('T50 a client with one page continues as often as a client with twenty', async () => {
  const slices = new Slices();
  const done: string[] = [];
  const many = Array.from({ length: 20 }, () => page(slices, 'many', 5, done));
  await page(slices, 'one', 5, done);
  expect(done.filter((client) => client === 'many').length).toBeLessThanOrEqual(7);
  await Promise.all(many);
  expect(done).toHaveLength(105);
});

it('T50 other work runs after each part of a page', async () => {
  const slices = new Slices();
  const done: string[] = [];
  let rounds = 0;
  let isOver = false;
  const count = () => {
    rounds++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await Promise.all(['a', 'b', 'c', 'd'].map((client) => page(slices, client, 5, done)));
  isOver = true;
  expect(rounds).toBeGreaterThanOrEqual(19);
});
