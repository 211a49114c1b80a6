/** Sends messages over STOMP, and waits for the receipt of each. */
import type { Broker } from '../broker-settings.ts';
import { NotConnected } from '../broker-socket.ts';
import type { Publication, Publisher } from '../queue.ts';
import { NotDelivered } from '../transport.ts';
import { StompConnection } from './connection.ts';

export async function openPublisher(broker: Broker): Promise<Publisher> {
  const connection = await StompConnection.open(broker);
  /** Messages whose fate is not known. */
  const pending = new Set<(error: NotDelivered) => void>();
  void connection.ended.then(({ reason }) => {
    for (const reject of pending) reject(new NotDelivered(reason));
  });
  const publish = async (address: string, { bytes, mediaType, id, correlationId }: Publication): Promise<void> => {
    if (connection.error !== undefined) throw new NotDelivered('connection');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    pending.add(reject);
    // A message whose fate is not known must not be sent later by itself: the connection ends with it.
    const timer = setTimeout(() => connection.end(new NotConnected('timeout', 'The broker does not answer')), broker.timeoutMilliseconds);
    const headers = {
      destination: address,
      persistent: 'true',
      'content-type': mediaType,
      'content-length': bytes.length,
      // The broker sets the value of message-id.
      'amqp-message-id': id,
      'event-id': id,
      ...(correlationId === undefined ? {} : { 'correlation-id': correlationId }),
    };
    connection.send('SEND', headers, bytes, resolve);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      pending.delete(reject);
    }
  };
  return {
    publish,
    isOpen: () => connection.error === undefined,
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}
