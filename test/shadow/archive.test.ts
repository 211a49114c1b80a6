/** The messages that a shadow run reads. */
import { expect, it } from 'vitest';
import type { StoredRecord } from '../../gateway/bus/bus.ts';
import { type ArchiveContext, archivedMessages } from '../../gateway/shadow/archive.ts';

it('lets other work run, and stops, also where no message is wanted', async () => {
  const end = 100_000;
  let reads = 0;
  const read = async (topic: string, partition: number, offset: number, limit: number): Promise<readonly StoredRecord[]> => {
    reads++;
    const record = { topic, partition, key: 'unknown', value: new Uint8Array(), headers: {}, time: 0 };
    return Array.from({ length: limit }, (_, n) => ({ ...record, offset: offset + n }) as unknown as StoredRecord);
  };
  const nothing = async () => undefined;
  const context = {
    bus: { read, ends: async () => ({ 0: end }), offsetAt: async () => 0 },
    view: { receipt: () => undefined, caughtUp: nothing, caughtUpWith: nothing },
  } as unknown as ArchiveContext;
  const stop = new AbortController();
  setImmediate(() => setImmediate(() => stop.abort()));
  for await (const _ of archivedMessages(context, {}, stop.signal)) expect.unreachable();
  expect(reads).toBeLessThan(10);
});
