import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serverSentEvents } from '../../contracts/client/client.ts';

const TEXT =
  ': open\nretry: 5\nid: a\ndata: {"name":\ndata: "Siân"}\n\n: keep alive\n\ndata:{}\n\nid: b\nevent: other\ndata: []\n\nid: c\ndata: cut';
const EVENTS = [
  { id: 'a', data: '{"name":\n"Siân"}' },
  { id: 'a', data: '{}' },
  { id: 'b', data: '[]' },
];

async function readIn(bytes: Uint8Array, sizes: readonly number[]): Promise<unknown[]> {
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const size = sizes[at % sizes.length] ?? 1;
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
  const read: unknown[] = [];
  for await (const event of serverSentEvents(body)) read.push(event);
  return read;
}

describe('a stream of server-sent events', () => {
  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('is read with lines that end in %s, however the network divides it', async (_name, end) => {
    const bytes = new TextEncoder().encode(TEXT.replaceAll('\n', end));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), async (sizes) => {
        expect(await readIn(bytes, sizes)).toEqual(EVENTS);
      }),
      { numRuns: 50 },
    );
  });
});
