/** T58 hostile and silent brokers: they end their own connection, and nothing else. */
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createSecureServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Certificates } from '../support/certificates.ts';
import { temporary } from '../support/gateway.ts';
import { openTransport } from '../support/opened-transport.ts';
import type { ProtocolName } from '../support/queue-broker.ts';

const WITHIN = { timeout: 15_000, interval: 10 };

const uncaught: unknown[] = [];
const onUncaught = (error: unknown) => void uncaught.push(error);
beforeAll(() => void process.on('uncaughtException', onUncaught));
afterAll(() => void process.off('uncaughtException', onUncaught));

let server: Server | undefined;
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server?.close();
});

/** A broker that answers each chunk of a connection, the first is number 0, with bytes. Resolves to its port. */
async function brokerOf(answers: (n: number, chunk: Buffer, socket: Socket) => Buffer | string | undefined): Promise<number> {
  server = createServer((socket) => {
    sockets.add(socket);
    let n = 0;
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      const answer = answers(n++, chunk, socket);
      if (answer !== undefined) socket.write(answer);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}

const settingsOf = (port: number) => ({ host: '127.0.0.1', port, from: 'in', to: 'out', timeoutSeconds: 1, heartbeatSeconds: 0.5 });

/** Takes a message and sends an event while the broker is as it is. */
async function meet(protocol: ProtocolName, port: number): Promise<{ reason: string; logged: string; taken: readonly string[] }> {
  await using opened = await openTransport(protocol, settingsOf(port));
  const delivered = opened.transport.deliver?.({ bytes: Buffer.from('secret'), mediaType: 'text/plain', name: 'id' }).then(
    () => 'delivered',
    ({ reason }: { reason: string }) => reason,
  );
  await vi.waitUntil(() => opened.transport.health?.().status === 'fail', WITHIN);
  return { reason: (await delivered) as string, logged: opened.logged.join('\n'), taken: opened.taken };
}

/** How rhea writes frames, which its types do not have. */
interface Frames {
  readonly amqp_frame: (channel: number, performative: unknown, payload?: Buffer) => object;
  readonly sasl_frame: (performative: unknown) => object;
  readonly write_frame: (frame: object) => Buffer;
}
const frames = createRequire(import.meta.url)('rhea/lib/frames.js') as Frames;
const make = frames as unknown as Readonly<Record<string, (fields: object) => unknown>>;
const sasl = (name: string, fields: object) => frames.write_frame(frames.sasl_frame(make[name]?.(fields)));
const amqp = (name: string, fields: object, payload?: Buffer, channel = 0) =>
  frames.write_frame(frames.amqp_frame(channel, make[name]?.(fields), payload));
/** A frame that rhea would not write. */
const raw = (hex: string) => {
  const bytes = Buffer.from(`0000000002000000${hex}`, 'hex');
  bytes.writeUInt32BE(bytes.length);
  return bytes;
};

const AMQP = Buffer.from('AMQP\u0000\u0001\u0000\u0000', 'latin1');
const SASL = Buffer.from('AMQP\u0003\u0001\u0000\u0000', 'latin1');
const offering = (mechanism: string) => Buffer.concat([SASL, sasl('sasl_mechanisms', { sasl_server_mechanisms: [mechanism] })]);
const WELCOME = Buffer.concat([sasl('sasl_outcome', { code: 0 }), AMQP]);
const BEGIN = amqp('begin', { remote_channel: 0, next_outgoing_id: 0, incoming_window: 100, outgoing_window: 100 });
const GREETING = Buffer.concat([WELCOME, amqp('open', { container_id: 'x' }), BEGIN]);

/** A broker of AMQP that greets as it must, and then sends bytes. */
const amqpThen = (bytes: Buffer) => (n: number) => [offering('ANONYMOUS'), Buffer.concat([GREETING, bytes])][n];
const outcome = (fields: object) => amqpThen(amqp('disposition', { role: true, first: 0, settled: true, ...fields }));
/** Answers the link that the gateway opens, by its name. */
const attached = (then: (name: string) => Buffer) => (n: number, chunk: Buffer) => {
  const [, name] = /\0S\x12[\s\S]{1,12}\xa1\x24([0-9a-f-]{36})/.exec(chunk.toString('latin1')) ?? [];
  return amqpThen(Buffer.alloc(0))(n) ?? (name === undefined ? undefined : then(name));
};
const transferOf = (delivery_id: number) =>
  amqp('transfer', { handle: 0, delivery_id, delivery_tag: Buffer.from('x') }, Buffer.from([0, 0x53, 0x77, 0xa1, 1, 0x61]));
const asSender = (name: string) => amqp('attach', { name, handle: 0, role: false, initial_delivery_count: 0 });

describe('T58 a broker of AMQP', () => {
  it.each<[string, Parameters<typeof brokerOf>[0]]>([
    ['speaks HTTP', () => 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['speaks AMQP 0-9-1', () => Buffer.from('AMQP\u0000\u0000\u0009\u0001', 'latin1')],
    ['announces a frame of four gigabytes', () => Buffer.concat([SASL, Buffer.from('ffffffff02010000', 'hex')])],
    ['offers only mechanisms that nobody wants', () => offering('__proto__')],
    ['refuses the user', (n) => [offering('ANONYMOUS'), sasl('sasl_outcome', { code: 1 })][n]],
    [
      'asks for frames of no size',
      (n) => [offering('ANONYMOUS'), Buffer.concat([WELCOME, amqp('open', { container_id: 'x', max_frame_size: 51 }), BEGIN])][n],
    ],
    [
      'asks for endless signs of life',
      (n) => [offering('ANONYMOUS'), Buffer.concat([WELCOME, amqp('open', { container_id: 'x', idle_time_out: 1 }), BEGIN])][n],
    ],
    ['sends an endless array', amqpThen(raw('005312c00b01f000000005ffffffff41'))],
    ['sends lists in lists', amqpThen(raw(`005312${'d0000000ff00000001'.repeat(50)}40`))],
    ['settles four billion deliveries', outcome({ last: 4_000_000_000 })],
    ['opens its own link', amqpThen(amqp('attach', { name: 'mine', handle: 0, role: false, initial_delivery_count: 0 }))],
    ['opens its own session', amqpThen(amqp('begin', { next_outgoing_id: 0, incoming_window: 1, outgoing_window: 1 }, undefined, 5))],
    ['sends a frame of no kind', amqpThen(raw('00531fc00101'))],
    [
      'sends a message on no link',
      amqpThen(amqp('transfer', { handle: 7, delivery_id: 0, delivery_tag: Buffer.from('x') }, Buffer.from('x'))),
    ],
    [
      'sends more messages than it was asked for',
      attached((name) => Buffer.concat([asSender(name), ...Array.from({ length: 100 }, (_, n) => transferOf(n))])),
    ],
    [
      'takes half of a message back',
      attached((name) =>
        Buffer.concat([
          asSender(name),
          amqp(
            'transfer',
            { handle: 0, delivery_id: 0, delivery_tag: Buffer.from('x'), aborted: true },
            Buffer.from([0, 0x53, 0x77, 0xa1, 1, 0x61]),
          ),
        ]),
      ),
    ],
    ['ends the session with words', amqpThen(amqp('end', { error: { condition: 'amqp:not-found', description: 'Jerry' } }))],
    ['ends the connection with words', amqpThen(amqp('close', { error: { condition: 'amqp:not-found', description: 'Jerry' } }))],
  ])('that %s loses its connection', async (title, answers) => {
    const { reason, logged, taken } = await meet('amqp', await brokerOf(answers));
    expect(['connection', 'refused', 'timeout']).toContain(reason);
    expect([taken.length > 1, uncaught]).toEqual([false, []]);
    if (title !== 'sends more messages than it was asked for') expect(taken).toEqual([]);
    expect(logged).not.toContain('Jerry');
  });
});

const CONNECTED = 'CONNECTED\nversion:1.2\nheart-beat:500,500\n\n\0\n';
const stompThen = (text: string) => (n: number) => (n === 0 ? CONNECTED + text : undefined);

describe('T58 a broker of STOMP', () => {
  it.each<[string, (n: number) => string | undefined]>([
    ['speaks HTTP', () => 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['refuses with an explanation', () => 'ERROR\ncontent-type:text/plain\ncontent-length:5\nmessage:Jerry\n\nJerry\0'],
    ['refuses later with an explanation', stompThen('ERROR\ncontent-type:text/plain\ncontent-length:5\nmessage:Jerry\n\nJerry\0')],
    ['sends a receipt for nothing', stompThen('RECEIPT\nreceipt-id:__proto__\n\n\0')],
    ['sends a message to nobody', stompThen('MESSAGE\nsubscription:constructor\nmessage-id:1\n\nx\0')],
    ['sends commands that objects have', stompThen('toString\n\n\0hasOwnProperty\n\n\0')],
    ['sends a line without an end', stompThen(`MESSAGE\n${'x'.repeat(5_000_000)}`)],
    ['sends headers without an end', stompThen(`MESSAGE\n${Array.from({ length: 200_000 }, (_, n) => `h${n}:value`).join('\n')}\n\nx\0`)],
    ['sends a body that is shorter than it says', stompThen('MESSAGE\nsubscription:1\nmessage-id:1\ncontent-length:-5\n\nabc\0')],
    ['sends a body that is longer than it says', stompThen('MESSAGE\nsubscription:1\nmessage-id:1\ncontent-length:1\n\nabc\0')],
    ['escapes what cannot be escaped', stompThen('MESSAGE\nmessage-id:a\\q\n\n\0')],
  ])('that %s loses its connection', async (_, answers) => {
    const { reason, logged, taken } = await meet('stomp', await brokerOf(answers));
    expect(['connection', 'refused', 'timeout']).toContain(reason);
    expect([taken.filter((text) => text !== 'a'), uncaught]).toEqual([[], []]);
    expect(logged).not.toContain('Jerry');
  });
  it('passes on invented headers of a sender: the message and later ones are accepted', async () => {
    const many = Array.from({ length: 50_000 }, (_, n) => `h${n}:value`).join('\n');
    const made = ['hasOwnProperty:x', '__proto__:x', 'constructor:x', 'a\\q:b\\q', `long:${'x'.repeat(1_000_000)}`, many, 'plain:x'];
    const messages = made.map((header, n) => `MESSAGE\nsubscription:1\nmessage-id:${n}\nack:${n}\n${header}\ncontent-length:1\n\n${n}\0`);
    const port = await brokerOf((n, chunk) => (n === 0 ? CONNECTED : chunk.includes('SUBSCRIBE') ? messages.join('') : undefined));
    await using opened = await openTransport('stomp', { ...settingsOf(port), heartbeatSeconds: 60 });
    await vi.waitUntil(() => opened.taken.length === made.length, WITHIN);
    expect([opened.taken, uncaught]).toEqual([made.map((_, n) => String(n)), []]);
  });
  it('sends more messages than requested: the gateway reads only as many as it has room for', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const body = 'x'.repeat(100_000);
    let lent = 0;
    let isFull = false;
    const port = await brokerOf((n, chunk, socket) => {
      if (n === 0) return CONNECTED;
      if (!chunk.includes('SUBSCRIBE')) return undefined;
      const lend = () => {
        while (lent < 500 && !isFull) {
          isFull = !socket.write(`MESSAGE\nsubscription:1\nmessage-id:${lent}\nack:${lent}\ncontent-length:${body.length}\n\n${body}\0`);
          lent++;
        }
      };
      socket.on('drain', () => {
        isFull = false;
        lend();
      });
      lend();
      return undefined;
    });
    await using opened = await openTransport('stomp', { ...settingsOf(port), heartbeatSeconds: 60, prefetch: 2 }, () => promise);
    await vi.waitUntil(() => isFull && opened.taken.length === 1, WITHIN);
    let before = 0;
    let looks = 0;
    await vi.waitUntil(() => {
      looks = lent === before ? looks + 1 : 0;
      before = lent;
      return looks === 20;
    }, WITHIN);
    // 50 MB do not fit into what a network holds.
    expect(lent).toBeLessThan(400);
    resolve();
    await vi.waitUntil(() => opened.taken.length === 500, WITHIN);
  });
});

describe.each<ProtocolName>(['amqp', 'stomp'])('T58 a broker of %s that is silent', (protocol) => {
  it('is disconnected after a time', async () => {
    expect((await meet(protocol, await brokerOf(() => undefined))).reason).toBe('timeout');
  });
  it('after its greeting is noticed', async () => {
    const greeting = protocol === 'amqp' ? amqpThen(Buffer.alloc(0)) : stompThen('');
    expect((await meet(protocol, await brokerOf(greeting))).reason).toBe('timeout');
  });
});

describe.each<ProtocolName>(['amqp', 'stomp'])('T37 a broker of %s on another machine', (protocol) => {
  const settings = { host: 'broker.example', to: 'out', user: 'me', passwordFile: '/dev/null' };
  it('stops the start without TLS, because the network could read the password', async () => {
    await expect(openTransport(protocol, settings)).rejects.toThrow('The broker is on another machine: set tls');
  });
  it.each(['/dev/null', '/nowhere'])('with the password file %s stops the start', async (passwordFile) => {
    await expect(openTransport(protocol, { ...settings, tls: {}, passwordFile })).rejects.toThrow('password file');
  });
  it('with a queue that is read and written stops the start', async () => {
    for (const more of [
      { from: 'a', to: 'a' },
      { from: 'a', replies: 'a', to: 'b' },
    ])
      await expect(openTransport(protocol, { host: 'localhost', ...more })).rejects.toThrow('cannot be where reports or events go');
  });
  it('gets the password only where its certificate has its name, from the configured authority', async () => {
    const folder = temporary();
    const certificates = new Certificates(folder);
    const [key, cert] = [readFileSync(certificates.key), readFileSync(certificates.certificate)];
    let heard = 0;
    const secure = createSecureServer({ key, cert }, (socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined).on('data', (chunk) => void (heard += chunk.length));
    }).listen(0, '127.0.0.1');
    server = secure;
    await once(secure, 'listening');
    writeFileSync(join(folder, 'password'), 'secret');
    const known = { authoritiesFile: certificates.authority };
    const reasons: unknown[] = [];
    for (const tls of [{}, { ...known, serverName: 'another.example' }, known]) {
      const { from: _, ...about } = settingsOf((secure.address() as { port: number }).port);
      await using opened = await openTransport(protocol, { ...about, tls, user: 'me', passwordFile: 'password' }, undefined, {
        baseFolder: folder,
      });
      await opened.transport
        .deliver?.({ bytes: Buffer.from('x'), mediaType: 'text/plain', name: 'id' })
        .catch(({ reason }) => reasons.push(reason, heard > 0));
    }
    rmSync(folder, { recursive: true });
    // The last broker is the right one, which sends nothing.
    expect(reasons).toEqual(['tls', false, 'tls', false, 'timeout', true]);
  });
});
