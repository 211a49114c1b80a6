/** Reads a long list in pieces and prints the number of events. `test/adapters/lists/stream.test.ts` runs it with little memory. */
import { libraCourtList } from '../../adapters/libra/index.ts';
import { longList } from './long-list.ts';

const events = libraCourtList.decodeStream?.(longList(Number(process.argv[2]) * 1024 * 1024));
if (events === undefined) throw new Error('The adapter reads no pieces');
let count = 0;
let next = await events.next();
while (next.done !== true) {
  count += next.value.events.length;
  next = await events.next();
}
console.log(JSON.stringify({ count, refusals: next.value, megabytes: Math.round(process.memoryUsage().rss / 1024 / 1024) }));
