/** Sends messages over AMQP 1.0, and waits until the broker keeps each. */
import rhea, { type Delivery, type EventContext, type Sender } from 'rhea';
import type { Broker } from '../broker-settings.ts';
import { NotConnected } from '../broker-socket.ts';
import type { Publication, Publisher } from '../queue.ts';
import { NotDelivered } from '../transport.ts';
import { AmqpConnection } from './connection.ts';
import { Malformed } from './encoding.ts';
import { writeId } from './message-id.ts';

/** Addresses that are kept open. Senders choose where they are answered, so there can be many. */
const MOST_ADDRESSES = 20;

/** What a broker says where it has no room. */
const FULL = 'amqp:resource-limit-exceeded';

interface Link {
  readonly sender: Sender;
  readonly ready: Promise<void>;
  /** What was sent and is not settled. */
  readonly waiting: Map<Delivery, (error?: NotDelivered) => void>;
}

function openLink(connection: AmqpConnection, address: string, closed: () => void): Link {
  const sender = connection.session.open_sender({
    target: { address },
    snd_settle_mode: 0,
    rcv_settle_mode: 0,
    treat_modified_as_released: false,
  });
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  const waiting: Link['waiting'] = new Map();
  ready.catch(() => undefined);
  const settle = (delivery: Delivery | undefined, error?: NotDelivered) => {
    if (delivery !== undefined) waiting.get(delivery)?.(error);
  };
  const refuse = () => {
    const error = new NotDelivered((sender.error as { condition?: string } | undefined)?.condition === FULL ? 'full' : 'refused');
    closed();
    reject(error);
    for (const answer of [...waiting.values()]) answer(error);
  };
  sender.on('sendable', () => resolve());
  sender.on('sender_error', refuse);
  sender.on('sender_close', refuse);
  sender.on('accepted', ({ delivery }: EventContext) => settle(delivery));
  sender.on('rejected', ({ delivery }: EventContext) => settle(delivery, new NotDelivered(reasonIn(delivery))));
  for (const name of ['released', 'modified'])
    sender.on(name, ({ delivery }: EventContext) => settle(delivery, new NotDelivered('refused')));
  return { sender, ready, waiting };
}

const reasonIn = (delivery: Delivery | undefined): 'full' | 'refused' =>
  (delivery?.remote_state as { error?: { condition?: string } } | undefined)?.error?.condition === FULL ? 'full' : 'refused';

const messageOf = ({ bytes, mediaType, id, correlationId }: Publication) => ({
  durable: true,
  message_id: id,
  content_type: mediaType,
  ...(correlationId === undefined ? {} : { correlation_id: writeId(correlationId) }),
  body: rhea.message.data_section(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)) as unknown,
});

export async function openPublisher(broker: Broker): Promise<Publisher> {
  const connection = await AmqpConnection.open(broker);
  // Nobody sends anything here, and rhea would keep it.
  (connection.session as unknown as { on_transfer: () => void }).on_transfer = () => {
    throw new Malformed();
  };
  const links = new Map<string, Link>();
  const linkTo = (address: string): Link => {
    const known = links.get(address);
    if (known !== undefined) return known;
    const [oldest] = links;
    if (links.size >= MOST_ADDRESSES && oldest?.[1].waiting.size === 0) {
      links.delete(oldest[0]);
      oldest[1].sender.removeAllListeners();
      oldest[1].sender.on('sender_close', () => undefined);
      oldest[1].sender.close();
    }
    const link = openLink(connection, address, () => links.delete(address));
    links.set(address, link);
    return link;
  };
  /** Messages whose fate is not known. */
  const pending = new Set<(error: NotDelivered) => void>();
  void connection.ended.then(({ reason }) => {
    for (const reject of pending) reject(new NotDelivered(reason));
  });
  const publish = async (address: string, publication: Publication): Promise<void> => {
    if (connection.error !== undefined) throw new NotDelivered('connection');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    pending.add(reject);
    // A message whose fate is not known must not be sent later by itself: the connection ends with it.
    const timer = setTimeout(() => connection.end(new NotConnected('timeout', 'The broker does not answer')), broker.timeoutMilliseconds);
    const { sender, ready, waiting } = linkTo(address);
    let delivery: Delivery | undefined;
    const send = () => {
      const most = Number(sender.max_message_size ?? 0);
      if (most > 0 && publication.bytes.length > most) throw new NotDelivered('refused', true);
      delivery = sender.send(messageOf(publication));
      waiting.set(delivery, (error) => (error === undefined ? resolve() : reject(error)));
    };
    ready.then(send).catch((error: unknown) => reject(error instanceof NotDelivered ? error : new NotDelivered('full')));
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      pending.delete(reject);
      if (delivery !== undefined) waiting.delete(delivery);
    }
  };
  return {
    publish,
    isOpen: () => connection.error === undefined,
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}
