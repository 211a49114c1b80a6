/** STOMP: messages come from a queue of a broker, and events go to a destination of one. See `docs/transports/stomp.md`. */
import { queueTransport } from '../queue-transport.ts';
import { openPublisher } from './publisher.ts';
import { openReader } from './reader.ts';

export const stomp = queueTransport({ kind: 'stomp', ports: { plain: 61_613, tls: 61_614 }, openReader, openPublisher });
