/** Stock clients of message brokers: rhea and stompit, used as documented. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import rhea, { type EventContext } from 'rhea';
import stompit from 'stompit';
import { PASSWORD, type ProtocolName, type QueueBroker, type QueueName, USER } from './queue-broker.ts';

export interface Put {
  readonly body: unknown;
  readonly replyTo?: string;
  readonly correlationId?: string;
  readonly mediaType?: string;
  /** Headers of STOMP that the sender made up. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Taken {
  readonly text: string;
  readonly correlationId: string | undefined;
  readonly mediaType: string | undefined;
  readonly id: string | undefined;
  readonly isDurable: boolean;
}

export interface QueueClient {
  put(queue: QueueName, ...messages: readonly Put[]): Promise<void>;
  /** The next message. Rejects where none comes in ten seconds. */
  take(queue: QueueName): Promise<Taken>;
  close(): Promise<void>;
}

const MILLISECONDS = 10_000;

const inTime = <T>(promise: Promise<T>): Promise<T> =>
  Promise.race([
    promise,
    delay(MILLISECONDS, undefined, { ref: false }).then(() => {
      throw new Error('No message came');
    }),
  ]);

export const openClient = (protocol: ProtocolName, broker: QueueBroker): Promise<QueueClient> =>
  protocol === 'amqp' ? openAmqpClient(broker) : openStompClient(broker);

async function openAmqpClient({ ports, address }: QueueBroker): Promise<QueueClient> {
  // rhea cuts passwords that are not ASCII.
  const plain = { start: (done: (error: undefined, response: Buffer) => void) => done(undefined, Buffer.from(`\0${USER}\0${PASSWORD}`)) };
  const options = { host: '127.0.0.1', port: ports.amqp, reconnect: false as const, sasl_mechanisms: { PLAIN: () => plain } };
  const connection = rhea.create_container().connect(options as never);
  connection.on('disconnected', () => undefined);
  await once(connection, 'connection_open');
  return {
    put: async (queue, ...messages) => {
      const sender = connection.open_sender(address(queue));
      await once(sender, 'sendable');
      let accepted = 0;
      const all = new Promise<void>((resolve) => sender.on('accepted', () => ++accepted === messages.length && resolve()));
      for (const { body, replyTo, correlationId, mediaType } of messages) {
        if (!sender.sendable()) await once(sender, 'sendable');
        sender.send({
          durable: true,
          body,
          ...(replyTo === undefined ? {} : { reply_to: replyTo }),
          ...(correlationId === undefined ? {} : { correlation_id: correlationId }),
          ...(mediaType === undefined ? {} : { content_type: mediaType }),
        });
      }
      await inTime(all);
      sender.close();
    },
    take: async (queue) => {
      const receiver = connection.open_receiver({ source: { address: address(queue) }, credit_window: 0 });
      receiver.add_credit(1);
      const [{ message }] = (await inTime(once(receiver, 'message'))) as [EventContext];
      receiver.close();
      await once(receiver, 'receiver_close');
      const { body, correlation_id, content_type, message_id, durable } = message ?? {};
      const content = (body?.content ?? body) as Buffer | string;
      return {
        text: content.toString(),
        correlationId: correlation_id as string | undefined,
        mediaType: content_type,
        id: message_id as string | undefined,
        isDurable: durable === true,
      };
    },
    close: async () => {
      connection.close();
      await once(connection, 'connection_close');
    },
  };
}

async function openStompClient({ ports, address }: QueueBroker): Promise<QueueClient> {
  const client = await connectStomp(ports.stomp);
  return {
    put: async (queue, ...messages) => {
      const sent = messages.map(({ body, replyTo, correlationId, mediaType, headers }) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        const bytes = Buffer.from(body as string);
        const all = {
          destination: address(queue),
          persistent: 'true',
          'content-length': bytes.length,
          ...(replyTo === undefined ? {} : { 'reply-to': replyTo }),
          ...(correlationId === undefined ? {} : { 'correlation-id': correlationId }),
          ...(mediaType === undefined ? {} : { 'content-type': mediaType }),
          ...headers,
        };
        client.send(all, { onReceipt: resolve } as never).end(bytes);
        return promise;
      });
      await inTime(Promise.all(sent));
    },
    // Each time over a new connection: a broker sends more before it learns that the first was enough.
    take: async (queue) => {
      const taker = await connectStomp(ports.stomp);
      const { promise, resolve } = Promise.withResolvers<Taken>();
      const options = { destination: address(queue), ack: 'client-individual' as const, 'prefetch-count': 1, 'consumer-window-size': 0 };
      let isTaken = false;
      taker.subscribe(options, (error, message) => {
        if (error) return;
        message.readString('utf8', (_, text = '') => {
          // What comes after the first goes back to the queue with the connection.
          if (isTaken) return;
          isTaken = true;
          taker.ack(message);
          const { headers } = message as unknown as { readonly headers: Readonly<Record<string, string>> };
          resolve({
            text,
            correlationId: headers['correlation-id'],
            mediaType: headers['content-type'],
            id: headers['event-id'],
            isDurable: headers.persistent === 'true',
          });
        });
      });
      const taken = await inTime(promise);
      await disconnect(taker);
      return taken;
    },
    close: () => disconnect(client),
  };
}

async function connectStomp(port: number): Promise<stompit.Client> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const client = new stompit.Client(socket, { unknownCommand: () => undefined });
  client.on('error', () => undefined);
  await new Promise((resolve) => client.connect({ host: '/', login: USER, passcode: PASSWORD }, resolve));
  return client;
}

async function disconnect(client: stompit.Client): Promise<void> {
  const ended = new Promise<void>((resolve) => client.on('end', () => resolve()));
  client.disconnect();
  await ended;
}
