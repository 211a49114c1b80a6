/** Makes a kind of transport of a protocol of queues: messages come from one queue, and events go to an address. */
import type { JsonObject } from '../../adapters/adapter.ts';
import { ABOUT_PROPERTIES, type AboutSettings } from './about.ts';
import { BROKER_PROPERTIES, type BrokerSettings, certificatesOf, readBroker } from './broker-settings.ts';
import { LastingPublisher } from './lasting-publisher.ts';
import type { QueueProtocol } from './queue.ts';
import { QueueIntake } from './queue-intake.ts';
import { Repeat, TransportFault } from './repeat.ts';
import type { Departure, Transport, TransportHealth, TransportKind } from './transport.ts';

export interface QueueSettings extends AboutSettings, BrokerSettings {
  /** The queue that messages come from. At least one of `from` and `to` is there. */
  readonly from?: string;
  /** Where reports on messages go. Without it, where each message says. */
  readonly replies?: string;
  /** Where events go to. */
  readonly to?: string;
  /** How many messages the broker lends at once. Default 10. */
  readonly prefetch?: number;
}

const ADDRESS: JsonObject = { type: 'string', pattern: '^[^\\u0000-\\u001f\\u007f]{1,255}$' };

const SCHEMA: JsonObject = {
  type: 'object',
  unevaluatedProperties: false,
  required: ['host'],
  anyOf: [
    { required: ['from'], properties: { from: true } },
    { required: ['to'], properties: { to: true } },
  ],
  properties: {
    ...ABOUT_PROPERTIES,
    ...BROKER_PROPERTIES,
    from: { ...ADDRESS, description: 'The queue that messages come from' },
    replies: { ...ADDRESS, description: 'Where reports on messages go. Without it, where each message says' },
    to: { ...ADDRESS, description: 'Where events go to' },
    prefetch: { type: 'integer', minimum: 1, maximum: 100, description: 'How many messages the broker lends at once. Default: 10' },
  },
};

/** A rest after a failure, at first. */
const MILLISECONDS = 100;

export const queueTransport = (protocol: QueueProtocol): TransportKind<QueueSettings> => ({
  kind: protocol.kind,
  schema: SCHEMA,
  certificates: certificatesOf,
  open: (settings, context) => async (stack, receive) => {
    const { from, to, replies, prefetch = 10, adapter, mediaType, charset, label, ...connection } = settings;
    if (from !== undefined && (from === replies || from === to))
      throw new TransportFault('A queue that messages come from cannot be where reports or events go');
    const broker = () => readBroker(connection, context, protocol.ports);
    const { host, port } = broker();
    // The files of the settings are read for each connection: a new password needs no new start.
    const publisher = new LastingPublisher(async () => protocol.openPublisher(broker()));
    stack.use(publisher);
    const transport = { name: context.name, addresses: [`${protocol.kind}://${host}:${port}`] };
    const out = to === undefined ? {} : { deliver: ({ name, ...event }: Departure) => publisher.publish(to, { ...event, id: name }) };
    if (from === undefined) return { ...transport, ...out } satisfies Transport;
    const intake = new QueueIntake({
      ...(adapter === undefined ? {} : { adapter }),
      ...(mediaType === undefined ? {} : { mediaType }),
      ...(charset === undefined ? {} : { charset }),
      ...(label === undefined ? {} : { label }),
      ...(replies === undefined ? {} : { replies }),
      context,
      from,
      open: async () => protocol.openReader(broker(), { address: from, prefetch, mostBytes: context.mostBytes }),
      publish: (address, publication) => publisher.publish(address, publication),
    });
    stack.use(intake);
    const repeat = new Repeat({
      work: (signal) => intake.takeNext(receive, signal),
      milliseconds: MILLISECONDS,
      onFault: (reason) => context.log.warn({ reason }, 'the queue cannot be read, or nothing can be taken from it'),
      onRecovered: () => context.log.info('the queue is read again'),
    });
    stack.defer(() => repeat.close());
    return { ...transport, ...out, health: () => healthOf(intake, repeat.health) } satisfies Transport;
  },
});

function healthOf({ rejected }: QueueIntake, health: TransportHealth): TransportHealth {
  if (health.status !== 'pass' || rejected === 0) return health;
  return { status: 'warn', reason: 'Messages were rejected since the start: see the reports, and the dead letters of the broker' };
}
