/** Messages of AMQP 1.0, written by rhea, and frames of a hostile broker. */
import fc from 'fast-check';
import rhea from 'rhea';
import { describe, expect, it } from 'vitest';
import { checkValue, Malformed, readValue } from '../../../gateway/transports/amqp/encoding.ts';
import { FrameGuard, MOST_FRAME_BYTES } from '../../../gateway/transports/amqp/frame-guard.ts';
import { writeId } from '../../../gateway/transports/amqp/message-id.ts';
import { readMessage } from '../../../gateway/transports/amqp/sections.ts';

const { message, types } = rhea;
const { Reader } = types as unknown as { readonly Reader: new (bytes: Buffer) => { read(): unknown } };
const read = (fields: object) => {
  const { content, ...rest } = readMessage(message.encode(fields));
  return { content: typeof content === 'string' ? content : Buffer.from(content).toString('latin1'), ...rest };
};
const data = (text: string) => message.data_section(Buffer.from(text, 'latin1'));

describe('a message', () => {
  it.each([
    ['bytes', data('a\u00ff\u0000b'), 'a\u00ff\u0000b'],
    ['bytes in several sections', message.data_sections([Buffer.from('a'), Buffer.from('b')]), 'ab'],
    ['text', 'text', 'text'],
    ['a large text', 'x'.repeat(70_000), 'x'.repeat(70_000)],
    ['bytes as a value', Buffer.from('value'), 'value'],
    ['a map', { a: 1 }, 'not-bytes'],
    ['a list', types.wrap_list(['a']), 'not-bytes'],
    ['a number', 7, 'not-bytes'],
    ['nothing', undefined, 'not-bytes'],
    ['a sequence', message.sequence_section(['a']), 'not-bytes'],
  ])('of %s', (_, body, content) => {
    expect(read({ body })).toEqual({ content });
  });
  it('is read with the properties that the gateway uses, and without others', () => {
    const fields = {
      durable: true,
      priority: 9,
      delivery_annotations: { a: 'b' },
      message_annotations: { 'x-opt': [1, 2] },
      application_properties: { name: 'Tremayne' },
      subject: 'subject',
      user_id: Buffer.from('me'),
      reply_to: 'answers',
      correlation_id: 'mine',
      content_type: 'Application/XML; charset=utf-8',
      body: data('x'),
      footer: { end: true },
    };
    expect(read(fields)).toEqual({ content: 'x', mediaType: 'application/xml', replyTo: 'answers', correlationId: 'mine' });
  });
  it.each([
    ['text', 'id', 'id'],
    ['text that looks like another type', 'AMQP_UUID:x', 'AMQP_STRING:AMQP_UUID:x'],
    ['small number', 7, 'AMQP_ULONG:7'],
    ['large number', Buffer.from('ffffffffffffffff', 'hex'), 'AMQP_ULONG:18446744073709551615'],
    ['bytes', types.wrap_binary(Buffer.from([1, 255])), 'AMQP_BINARY:01ff'],
    ['UUID', Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'), 'AMQP_UUID:000102030405060708090a0b0c0d0e0f'],
  ])('with an id that is a %s is answered with the same id', (name, id, text) => {
    const wrapped = name === 'large number' ? types.wrap_ulong(id as Buffer) : id;
    const before = message.encode({ correlation_id: wrapped });
    const { correlationId = '' } = readMessage(before);
    expect(correlationId).toBe(text);
    expect(readMessage(message.encode({ correlation_id: writeId(correlationId) }))).toEqual(readMessage(before));
    expect(read({ message_id: wrapped, body: data('x') }).correlationId).toBe(text);
  });
  it.each(['', 'a\nb', 'x'.repeat(256)])('with the id %j is answered without an id', (correlation_id) => {
    expect(read({ correlation_id, body: data('x') }).correlationId).toBeUndefined();
  });
  it('of any bytes, cut or changed anywhere, is read within limits', () => {
    const encoded = message.encode({ reply_to: 'answers', content_type: 'text/plain', body: data('content') });
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 100 }),
        fc.nat(encoded.length),
        fc.nat(encoded.length - 1),
        fc.nat(255),
        (bytes, end, at, byte) => {
          const changed = Buffer.from(encoded);
          changed[at] = byte;
          for (const variant of [Buffer.from(bytes), encoded.subarray(0, end), changed]) {
            const { content } = readMessage(variant);
            expect(typeof content === 'string' ? ['not-bytes', 'malformed'].includes(content) : content.length <= variant.length).toBe(
              true,
            );
          }
        },
      ),
    );
  });
  it('T58 that claims millions of values in a few bytes is not built', () => {
    // amqp-value: an array of 4294967295 values, each true.
    const bomb = Buffer.from([0x00, 0x53, 0x77, 0xf0, 0, 0, 0, 5, 0xff, 0xff, 0xff, 0xff, 0x41]);
    expect(readMessage(bomb)).toEqual({ content: 'not-bytes' });
  });
});

describe('T58 a frame', () => {
  const frame = (performative: readonly number[], header: readonly number[] = [2, 0, 0, 0]) => {
    const bytes = Buffer.from([0, 0, 0, 0, ...header, ...performative]);
    bytes.writeUInt32BE(bytes.length);
    return bytes;
  };
  const open = [0x00, 0x53, 0x10, 0xc0, 0x03, 0x01, 0xa1, 0x00];
  const passed = (...chunks: readonly Buffer[]) => {
    const guard = new FrameGuard();
    const frames: string[] = [];
    for (const chunk of chunks) guard.push(chunk, (bytes) => frames.push(bytes.toString('hex')));
    return frames;
  };
  it('passes unchanged, however the network divides it', () => {
    const frames = [Buffer.from('AMQP\u0000\u0001\u0000\u0000', 'latin1'), frame(open), frame([]), frame(open)];
    const all = Buffer.concat(frames);
    fc.assert(
      fc.property(fc.array(fc.nat(all.length), { maxLength: 6 }), (cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), all.length];
        const chunks = places.slice(1).map((end, n) => all.subarray(places[n], end));
        expect(passed(...chunks)).toEqual(frames.map((bytes) => bytes.toString('hex')));
      }),
    );
  });
  const deep = Array.from({ length: 200 }).reduce<number[]>(
    (inner) => [0xd0, 0, 0, Math.floor((inner.length + 4) / 256), (inner.length + 4) % 256, 0, 0, 0, 1, ...inner],
    [0x40],
  );
  it.each([
    ['larger than the gateway takes', Buffer.from([0, 1, 0, 1, 2, 0, 0, 0])],
    ['as large as memory', Buffer.from([0xff, 0xff, 0xff, 0xff])],
    ['smaller than its header', Buffer.from([0, 0, 0, 7, 2, 0, 0])],
    ['whose header is longer than it is', frame(open, [99, 0, 0, 0])],
    ['of no performative', frame([0xc0, 0x01, 0x00])],
    ['with an endless array', frame([0x00, 0x53, 0x10, 0xf0, 0, 0, 0, 5, 0xff, 0xff, 0xff, 0xff, 0x41])],
    ['with an endless array in its list', frame([0x00, 0x53, 0x10, 0xc0, 11, 1, 0xf0, 0, 0, 0, 5, 0xff, 0xff, 0xff, 0xff, 0x40])],
    ['with more in its list than it has', frame([0x00, 0x53, 0x10, 0xc0, 0x02, 0x07, 0x40])],
    ['of lists in lists', frame([0x00, 0x53, 0x10, ...deep])],
    ['of descriptors of descriptors', frame([0x00, 0x00, 0x53, 0x10, 0x40, 0x40])],
  ])('%s ends the connection', (_, bytes) => {
    expect(() => passed(bytes)).toThrow(Malformed);
  });
  it('of any bytes is refused, or can be parsed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          const buffer = Buffer.from([0x00, 0x53, 0x10, ...bytes]);
          const value = readValue(buffer, 0);
          checkValue(buffer, value);
          new Reader(buffer).read();
        } catch (error) {
          if (!(error instanceof Malformed)) expect((error as Error).name).toBe('TypeError');
        }
      }),
      { numRuns: 2000 },
    );
  });
  it('of the largest size passes', () => {
    const bytes = frame([...open, ...Array(MOST_FRAME_BYTES - 16).fill(7)]);
    expect(passed(bytes)).toEqual([bytes.toString('hex')]);
  });
});
