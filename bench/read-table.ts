/** `node bench/read-table.ts FORMAT FILE DELIMITER [bare]`: reads a table bit by bit in a separate process, and says how long it took and how much memory the process had at most. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { parse } from 'csv-parse';
import type { DecodedPart, Refusal } from '../adapters/adapter.ts';
import { mappingAdapter } from '../adapters/mapping/adapter.ts';
import { standards } from '../test/support/rules-in-force.ts';
import { mappingOf, slicesOf } from './table-formats.ts';

/** What a reading took. */
export interface Reading {
  readonly seconds: number;
  readonly events: number;
  /** The most memory that the process had, in megabytes. */
  readonly megabytes: number;
}

async function bareReading(id: string, file: string, delimiter: string): Promise<number> {
  let count = 0;
  if (delimiter !== '') for await (const _ of createReadStream(file).pipe(parse({ delimiter }))) count++;
  else {
    const slices = slicesOf(mappingOf(id));
    for await (const line of createInterface(createReadStream(file, 'latin1'))) if (slices(line) >= 0) count++;
  }
  return count;
}

async function reading(id: string, file: string): Promise<number> {
  const decoded = mappingAdapter(mappingOf(id)).decodeStream?.(createReadStream(file)) as AsyncGenerator<DecodedPart, readonly Refusal[]>;
  let count = 0;
  let next = await decoded.next();
  for (; next.done !== true; next = await decoded.next()) {
    for (const { standard, data } of next.value.events)
      if (standards.byName.get(standard)?.check(data).length !== 0) throw new Error(`${id}: not valid`);
    count += next.value.events.length;
  }
  if (next.value.length > 0) throw new Error(`${id}: ${JSON.stringify(next.value)}`);
  return count;
}

if (process.argv[1] === import.meta.filename) {
  const [id = '', file = '', delimiter = '', kind] = process.argv.slice(2);
  const began = performance.now();
  const events = kind === 'bare' ? await bareReading(id, file, delimiter) : await reading(id, file);
  const seconds = (performance.now() - began) / 1000;
  const answer: Reading = { seconds, events, megabytes: Math.round(process.resourceUsage().maxRSS / 1000) };
  console.log(JSON.stringify(answer));
}
