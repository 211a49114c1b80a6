import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Adapter, DecodedEvent, DecodedPart, Refusal } from '../../../adapters/adapter.ts';
import { libraCourtList } from '../../../adapters/libra/index.ts';
import { HOME } from '../../../gateway/config.ts';
import { eventsOf, listSamples } from '../../support/list-corpus.ts';

/** Megabytes of the long list; `LIST_MEGABYTES=100` is the promised size. */
const MEGABYTES = Number(process.env.LIST_MEGABYTES ?? 12);

async function* inPieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = sizes[n % sizes.length] as number;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function streamed(
  adapter: Adapter,
  pieces: AsyncIterable<Uint8Array>,
): Promise<{ events: DecodedEvent[]; refusals: readonly Refusal[] }> {
  const events: DecodedEvent[] = [];
  const stream = adapter.decodeStream?.(pieces) as AsyncGenerator<DecodedPart, readonly Refusal[]>;
  for (;;) {
    const next = await stream.next();
    if (next.done === true) return { events, refusals: next.value };
    events.push(...next.value.events);
  }
}

describe('a list that arrives in pieces', () => {
  const [libra] = listSamples('libra', '.xml').map(({ bytes }) => bytes);

  it('gives the same events wherever it is divided, even inside characters and line ends', async () => {
    const text = (libra as Buffer).toString().replaceAll('\n', '\r\n').replaceAll('Penrose', 'Pénrose 𝔓');
    const bytes = Buffer.from(text);
    const expected = eventsOf(libraCourtList, bytes);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 }), async (sizes) => {
        const { events, refusals } = await streamed(libraCourtList, inPieces(bytes, sizes));
        expect([refusals, events]).toEqual([[], expected]);
      }),
      { numRuns: 40 },
    );
  });

  it('ends with a refusal where it is damaged, after the events before the damage', async () => {
    const cut = (libra as Buffer).subarray(0, (libra as Buffer).lastIndexOf('</case>') + 1);
    const { events, refusals } = await streamed(libraCourtList, inPieces(cut, [512]));
    expect(events.length).toBe(1);
    expect(refusals).toMatchObject([{ code: 'xml-not-well-formed' }]);
  });

  it.each([
    ['a document type that is cut in two', '<!DOCTYPE x []>', 'xml-doctype'],
    ['bytes that are not of the charset', '\xff', 'charset'],
  ])('T32 T47 refuses %s', async (_, added, code) => {
    const bytes = Buffer.concat([Buffer.alloc(1100, ' '), Buffer.from(added, 'latin1'), libra as Buffer]);
    for (const size of [1, 5, 1103, 9000])
      expect((await streamed(libraCourtList, inPieces(bytes, [size]))).refusals).toMatchObject([{ code }]);
  });

  it('T33 refuses an endless entry before it fills the memory', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      const [before = ''] = (libra as Buffer).toString().split(/(?<=<case>)/);
      yield Buffer.from(before);
      for (;;) yield Buffer.from('<c_id>1</c_id>'.repeat(5000));
    }
    expect((await streamed(libraCourtList, endless())).refusals).toMatchObject([{ code: 'xml-limit' }]);
  });

  it(`of ${MEGABYTES} MB needs 64 MB of memory for objects`, () => {
    const script = join(HOME, 'test/support/read-long-list.ts');
    const out = execFileSync(process.execPath, ['--max-old-space-size=64', script, String(MEGABYTES)], { encoding: 'utf8' });
    const { count, refusals } = JSON.parse(out) as { count: number; refusals: readonly Refusal[] };
    expect(refusals).toEqual([]);
    expect(count).toBeGreaterThan(MEGABYTES * 400);
  }, 600_000);
});
