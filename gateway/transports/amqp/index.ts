/** AMQP 1.0: messages come from a queue of a broker, and events go to an address of one. See `docs/transports/amqp.md`. */
import { queueTransport } from '../queue-transport.ts';
import { openPublisher } from './publisher.ts';
import { openReader } from './reader.ts';

export const amqp = queueTransport({ kind: 'amqp', ports: { plain: 5672, tls: 5671 }, openReader, openPublisher });
