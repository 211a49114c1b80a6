/**
 * A transport of a third party: messages on a TCP connection, each between the bytes VT and FS CR, as MLLP frames them. The answer to each
 * is a line of JSON in the same frame. It shows what a transport needs, and is not built in: it has neither encryption nor a sign-in, so it
 * listens on this machine only.
 */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { Arrival, Receive, TransportContext, TransportKind } from '../../gateway/transports/transport.ts';

interface Settings {
  readonly port: number;
  readonly mediaType: string;
}

const [VT, FS, CR] = [0x0b, 0x1c, 0x0d];
const MOST_CONNECTIONS = 20;
const IDLE_MILLISECONDS = 60_000;

const frame = (text: string): Buffer => Buffer.concat([Buffer.of(VT), Buffer.from(text), Buffer.of(FS, CR)]);

/** Yields the messages of a connection. Ends at a frame that is too long, or that is none. */
async function* messagesOf(socket: Socket, mostBytes: number): AsyncGenerator<Uint8Array> {
  let held = Buffer.alloc(0);
  for await (const chunk of socket) {
    held = Buffer.concat([held, chunk as Buffer]);
    for (let end = held.indexOf(Buffer.of(FS, CR)); end !== -1; end = held.indexOf(Buffer.of(FS, CR))) {
      if (held[0] !== VT) return;
      yield held.subarray(1, end);
      held = held.subarray(end + 2);
    }
    if (held.length > mostBytes) return;
  }
}

/** Takes the messages of a connection one after the other, so that their order holds. */
async function serve(socket: Socket, receive: Receive, { sender, mostBytes }: TransportContext, mediaType: string): Promise<void> {
  for await (const bytes of messagesOf(socket, mostBytes)) {
    const arrival: Arrival = { bytes, mediaType, sender: sender() };
    // The answer is sent when all of the message is durable. Without it, the sender sends the message again: that has no second effect.
    await receive(arrival, (result) => {
      const receipt = result.kind === 'receipt' ? { status: result.receipt.status, receipt: result.receipt.id } : { status: 'refused' };
      socket.write(frame(JSON.stringify(receipt)));
    });
  }
}

export default {
  kind: 'framed-socket',
  schema: {
    type: 'object',
    unevaluatedProperties: false,
    required: ['port', 'mediaType'],
    properties: {
      port: { type: 'integer', minimum: 0, maximum: 65_535, description: 'The port on this machine; 0 takes any free one' },
      mediaType: { type: 'string', pattern: '^[a-z0-9.+-]+/[a-z0-9.+-]+$', description: 'The media type of the messages' },
    },
  },
  open:
    ({ port, mediaType }, context) =>
    async (stack, receive) => {
      let fault: string | undefined;
      const underWay = new Set<Promise<void>>();
      const server = createServer((socket) => {
        socket.setTimeout(IDLE_MILLISECONDS, () => socket.destroy());
        socket.on('error', () => socket.destroy());
        const served = serve(socket, receive, context, mediaType)
          .then(() => (fault = undefined))
          // Nothing of the message was stored. The sender gets no answer, and sends it again.
          .catch((error: Error) => (fault = error.name))
          .then(() => void socket.destroy())
          .finally(() => underWay.delete(served));
        underWay.add(served);
      });
      server.maxConnections = MOST_CONNECTIONS;
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      stack.defer(async () => {
        server.close();
        await Promise.allSettled(underWay);
      });
      const { port: opened } = server.address() as { port: number };
      return {
        name: context.name,
        addresses: [`tcp://127.0.0.1:${opened}`],
        health: () => (fault === undefined ? { status: 'pass' } : { status: 'fail', reason: fault }),
      };
    },
} satisfies TransportKind<Settings>;
