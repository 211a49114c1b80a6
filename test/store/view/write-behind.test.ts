/** The queue of records to write has a limit. */
import { expect, it } from 'vitest';
import { BusUnavailable } from '../../../gateway/bus/bus.ts';
import { WriteBehind } from '../../../gateway/store/view/write-behind.ts';

it('a write-behind queue keeps a limited amount while the file cannot be written, loses nothing, and has room again', () => {
  const written: string[] = [];
  let isFull = true;
  const behind = new WriteBehind<string>(
    (records) => {
      if (isFull) throw Object.assign(new Error('full'), { code: 'ERR_SQLITE_ERROR', errstr: 'database or disk is full' });
      written.push(...records);
    },
    () => undefined,
  );
  const MiB = 1024 * 1024;
  for (let n = 0; n < 40; n++) behind.add(`${n}`, MiB);
  // A file that can be written takes what is there, however much it is.
  behind.mustHaveRoom();
  expect(() => behind.drain()).toThrow(BusUnavailable);
  expect(() => behind.mustHaveRoom()).toThrow(BusUnavailable);
  isFull = false;
  behind.check();
  expect(written).toEqual(Array.from({ length: 40 }, (_, n) => `${n}`));
  behind.mustHaveRoom();
  behind.close();
  expect(() => behind.drain()).toThrow('The view is closed');
});

it('T67 a write-behind queue loses nothing where one record cannot be written, and reports it to callers', () => {
  const written: string[] = [];
  const undone: string[] = [];
  let isBroken = true;
  const behind = new WriteBehind<string>(
    (records) => {
      if (isBroken) throw new RangeError('Maximum call stack size exceeded');
      written.push(...records);
    },
    (records) => void undone.push(...records),
  );
  behind.add('a', 1);
  behind.drainIfPossible();
  expect(undone).toEqual(['a']);
  behind.add('b', 1);
  expect(() => behind.check()).toThrow(RangeError);
  isBroken = false;
  behind.check();
  expect(written).toEqual(['a', 'b']);
  behind.close();
});
