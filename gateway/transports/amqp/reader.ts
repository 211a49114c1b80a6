/** Reads a queue over AMQP 1.0. */
import type { Delivery, EventContext } from 'rhea';
import type { Broker } from '../broker-settings.ts';
import { NotConnected } from '../broker-socket.ts';
import { MessageBuffer } from '../message-buffer.ts';
import type { QueuedMessage, QueueReader, ReadOptions } from '../queue.ts';
import { AmqpConnection } from './connection.ts';
import { Malformed } from './encoding.ts';
import { type AmqpMessage, readMessage } from './sections.ts';

interface Transfer {
  readonly performative: { message_format?: number; readonly aborted?: boolean; readonly more?: boolean };
  payload?: Buffer;
}
interface InnerSession {
  on_transfer: (frame: Transfer) => void;
}

/** A format that rhea leaves alone: it would make all that a message says it has, and end the connection over one that is malformed. */
const RAW = 1;
/** What a message may have besides its content. */
const MOST_ELSE = 256 * 1024;

const EXPLANATION = { condition: 'amqp:not-allowed', description: 'The message cannot be taken: see the report' };

/** Keeps no more of a message than the gateway takes. Returns a function that says whether the message that has just come was cut. */
function limitTransfers(session: InnerSession, mostBytes: number): () => boolean {
  const { on_transfer: transfer } = session;
  let bytes = 0;
  session.on_transfer = (frame) => {
    // rhea would take what is there for a complete message.
    if (frame.performative.aborted === true) throw new Malformed();
    frame.performative.message_format = RAW;
    bytes += frame.payload?.length ?? 0;
    if (bytes > mostBytes) frame.payload = Buffer.alloc(0);
    transfer.call(session, frame);
    if (frame.performative.more !== true) bytes = 0;
  };
  return () => bytes > mostBytes;
}

export async function openReader(broker: Broker, { address, prefetch, mostBytes }: ReadOptions): Promise<QueueReader> {
  const connection = await AmqpConnection.open(broker);
  const buffer = new MessageBuffer();
  void connection.ended.then((error) => buffer.end(error));
  const isCut = limitTransfers(connection.session as unknown as InnerSession, mostBytes + MOST_ELSE);
  const receiver = connection.session.open_receiver({
    source: { address },
    credit_window: 0,
    autoaccept: false,
    rcv_settle_mode: 0,
    snd_settle_mode: 0,
  });
  const refused = () =>
    connection.end(new NotConnected('refused', 'The broker refuses the queue: check its name, and what the user may do'));
  receiver.on('receiver_error', refused);
  receiver.on('receiver_close', refused);
  receiver.on('message', ({ message, delivery }: EventContext) => {
    if (buffer.length >= prefetch) connection.end(new NotConnected('connection', 'The broker lends more messages than it was asked for'));
    const read = readMessage(message as unknown as Buffer);
    const isTooLarge = isCut() || (typeof read.content !== 'string' && read.content.length > mostBytes);
    if (connection.error === undefined) buffer.push(queued(isTooLarge ? { ...read, content: 'too-large' } : read, delivery as Delivery));
  });
  const queued = (read: Omit<AmqpMessage, 'content'> & Pick<QueuedMessage, 'content'>, delivery: Delivery): QueuedMessage => {
    const settle = (act: () => void) => () => {
      if (connection.error !== undefined) return;
      act();
      receiver.add_credit(1);
    };
    return { ...read, accept: settle(() => delivery.accept()), reject: settle(() => delivery.reject(EXPLANATION)) };
  };
  receiver.add_credit(prefetch);
  return { next: (signal) => buffer.next(signal), [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose]() };
}
