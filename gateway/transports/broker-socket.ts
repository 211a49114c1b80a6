/** A connection to a broker, before any protocol: encrypted, and to the right broker, where the settings say so. */
import { connect, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import type { Broker } from './broker-settings.ts';
import { type NotDelivered, NotDelivered as Undelivered } from './transport.ts';

/** Why a broker was not reached. Its message is one of a few words. */
export class NotConnected extends Error {
  override readonly name = 'TransportFault';
  readonly reason: NotDelivered['reason'];
  constructor(reason: NotDelivered['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** A failure of the broker's connection as a failure of delivery. */
export const undelivered = (error: unknown): NotDelivered =>
  error instanceof Undelivered ? error : new Undelivered(error instanceof NotConnected ? error.reason : 'connection');

/** Opens a socket. Rejects with {@link NotConnected}. */
export function openSocket({ host, port, tls, timeoutMilliseconds }: Broker): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = tls === undefined ? connect({ host, port }) : connectSecurely({ host, port, ...tls });
  let isReached = false;
  const timer = setTimeout(() => fail(new NotConnected('timeout', 'The broker does not answer')), timeoutMilliseconds);
  const fail = (error: NotConnected) => {
    clearTimeout(timer);
    socket.destroy();
    reject(error);
  };
  const onError = () =>
    fail(
      isReached && tls !== undefined
        ? new NotConnected('tls', 'No secure connection to the broker: check its certificate')
        : new NotConnected('connection', 'The broker cannot be reached'),
    );
  const onClose = () => fail(new NotConnected(tls === undefined ? 'connection' : 'tls', 'The broker ended the connection'));
  socket.on('connect', () => {
    isReached = true;
  });
  socket.on('error', onError);
  socket.on('close', onClose);
  socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
    clearTimeout(timer);
    socket.off('close', onClose);
    socket.off('error', onError);
    // An error after this has a close after it: who uses the socket waits for that.
    socket.on('error', () => undefined);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
    resolve(socket);
  });
  return promise;
}
