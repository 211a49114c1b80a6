/** Where the events of a subscription go: an address that takes webhooks, or a transport of the configuration. */
import { NotDelivered, type OutboundTransport } from './departure.ts';
import { type ADDRESS_REFUSED, headersFor, type PostResult, post } from './post.ts';
import { type Network, targetOf } from './target.ts';

export interface DestinationContext {
  /** Networks that webhooks may be sent to besides public ones. */
  readonly networks: readonly Network[];
  /** The transports that are open, by their names. */
  readonly transports: ReadonlyMap<string, OutboundTransport>;
  readonly timeoutSeconds: number;
}

/** An event to send. */
export interface Sending {
  /** The id of the event. */
  readonly id: string;
  readonly body: string | Uint8Array;
  readonly mediaType: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** The secrets that sign webhooks. */
  readonly secrets: readonly string[];
}

/** The result of sending: as for a POST, or why the other side did not take it. `isFinal`: it never will. */
export type SendResult = PostResult | typeof ADDRESS_REFUSED | { readonly reason: NotDelivered['reason']; readonly isFinal?: boolean };

export type Destination =
  | { readonly ok: true; readonly send: (sending: Sending) => Promise<SendResult> }
  | { readonly ok: false; readonly reason: string };

const TRANSPORT = 'transport:';

/** Where a subscription leads, for the audit log: a host, or a transport. */
export const placeOfUrl = (url: string): string => (url.startsWith(TRANSPORT) ? url : new URL(url).host);

/** The same reason whether it is missing or belongs to another client: a client must not learn which transports exist. */
const NO_TRANSPORT = 'There is no transport of this name that takes events for this client';

/**
 * Finds the destination of a subscription of a client. An address is looked up, and must be one that events may be sent to. A transport
 * must belong to the client, and take events.
 */
export async function destinationOf(url: string, client: string, context: DestinationContext): Promise<Destination> {
  if (url.startsWith(TRANSPORT)) return transportOf(url.slice(TRANSPORT.length), client, context);
  const target = await targetOf(url, context.networks);
  if (!target.ok) return target;
  const send = async ({ id, body, mediaType, time, secrets }: Sending) =>
    post(target, await headersFor(secrets, { id, time, body, mediaType }), body, context.timeoutSeconds * 1000);
  return { ok: true, send };
}

function transportOf(name: string, client: string, { transports, timeoutSeconds }: DestinationContext): Destination {
  const opened = transports.get(name);
  const deliver = opened?.client === client ? opened.transport.deliver : undefined;
  if (deliver === undefined) return { ok: false, reason: NO_TRANSPORT };
  const send = async ({ id, body, mediaType }: Sending): Promise<SendResult> => {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const late = Promise.withResolvers<SendResult>();
    const timer = setTimeout(() => late.resolve({ reason: 'timeout' }), timeoutSeconds * 1000);
    const delivered = deliver({ bytes, mediaType, name: id }).then((): SendResult => ({ status: TAKEN }), resultOf);
    return Promise.race([delivered, late.promise]).finally(() => clearTimeout(timer));
  };
  return { ok: true, send };
}

/** A transport has no status code: it took the event, as an address does that answers 200. */
const TAKEN = 200;

/** Never throws: an error that no transport declares is a connection that failed. */
function resultOf(error: unknown): SendResult {
  if (!(error instanceof NotDelivered)) return { reason: 'connection' };
  return { reason: error.reason, isFinal: error.isFinal };
}
