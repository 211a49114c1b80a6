/** Tasks with the same key run in turn, and do not delay tasks with other keys. */
import { expect, it } from 'vitest';
import { InTurn } from '../../gateway/transports/in-turn.ts';

it('tasks with one key run in order, even after a failure', async () => {
  const inTurn = new InTurn();
  const first = Promise.withResolvers<void>();
  const done: string[] = [];
  const work = (name: string, until: Promise<void>) => () => until.then(() => void done.push(name));
  const all = [
    inTurn.run('a', work('a1', first.promise)),
    inTurn.run('a', () => Promise.reject(new Error('a2'))),
    inTurn.run('a', work('a3', Promise.resolve())),
    inTurn.run('b', work('b1', Promise.resolve())),
  ];
  await all[3];
  expect(done).toEqual(['b1']);
  first.resolve();
  expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  expect(done).toEqual(['b1', 'a1', 'a3']);
});
