/** Reads a queue over STOMP. */
import type { Readable } from 'node:stream';
import type { Broker } from '../broker-settings.ts';
import { MessageBuffer } from '../message-buffer.ts';
import { isPlainText, mediaTypeIn, type QueuedMessage, type QueueReader, type ReadOptions } from '../queue.ts';
import { type Headers, StompConnection } from './connection.ts';

interface MessageFrame extends Readable {
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** The body of a message, of which no more is kept than the gateway takes. It is not called where the connection ends before the message. */
function readBody(frame: Readable, mostBytes: number, done: (content: Uint8Array | 'too-large') => void): void {
  let parts: Buffer[] = [];
  let bytes = 0;
  frame.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes > mostBytes) parts = [];
    else parts.push(part);
  });
  frame.on('end', () => done(bytes > mostBytes ? 'too-large' : Buffer.concat(parts)));
}

export async function openReader(broker: Broker, { address, prefetch, mostBytes }: ReadOptions): Promise<QueueReader> {
  const connection = await StompConnection.open(broker);
  const buffer = new MessageBuffer();
  void connection.ended.then((error) => buffer.end(error));
  const subscription: Headers = {
    destination: address,
    ack: 'client-individual',
    // Each broker has a different header for how many messages it sends before they are acknowledged.
    'prefetch-count': prefetch,
    'consumer-window-size': 0,
    'activemq.prefetchSize': prefetch,
  };
  const subscribed = connection.client.subscribe(subscription, (error, message) => {
    if (error) return;
    const frame = message as unknown as MessageFrame;
    // A broker that lends more than it was asked for waits until there is room: nothing more is read from it.
    void buffer.room(prefetch).then(() =>
      readBody(frame, mostBytes, (content) => {
        if (connection.error === undefined) buffer.push(queued(frame.headers, content));
      }),
    );
  });
  const queued = (headers: MessageFrame['headers'], content: QueuedMessage['content']): QueuedMessage => {
    const settle = (command: 'ACK' | 'NACK', more: Headers) => () => {
      if (connection.error !== undefined) return;
      const { ack, subscription: id = '', 'message-id': message = '' } = headers;
      connection.send(command, { id: ack ?? message, subscription: id, 'message-id': message, ...more });
    };
    const { 'reply-to': replyTo, 'correlation-id': correlationId, 'content-type': contentType } = headers;
    const mediaType = mediaTypeIn(contentType);
    return {
      content,
      ...(mediaType === undefined ? {} : { mediaType }),
      ...(replyTo !== undefined && isPlainText(replyTo) ? { replyTo } : {}),
      ...(correlationId !== undefined && isPlainText(correlationId) ? { correlationId } : {}),
      accept: settle('ACK', {}),
      // RabbitMQ would put it back into the queue.
      reject: settle('NACK', { requeue: 'false' }),
    };
  };
  const close = async () => {
    // Artemis puts what it lent back into the queue only after it said goodbye: whoever reads next could get a later message first.
    await connection.sendAndWait('UNSUBSCRIBE', { id: subscribed.getId() });
    await connection[Symbol.asyncDispose]();
  };
  return { next: (signal) => buffer.next(signal), [Symbol.asyncDispose]: close };
}
