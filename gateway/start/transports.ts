/** Opens the transports of the configuration. HTTP is opened by itself: it is always there. */
import type { Logger } from 'pino';
import type { Config, TransportConfig } from '../config.ts';
import type { InForce } from '../rules/in-force.ts';
import type { Observe } from '../transports/http/observe.ts';
import { loadTransports, TransportError } from '../transports/kinds.ts';
import {
  type Arrival,
  NoSender,
  type OpenedTransport,
  type Receive,
  type TokenRights,
  type TransportContext,
} from '../transports/transport.ts';
import type { Authentication } from './authentication.ts';

export interface TransportsContext {
  readonly config: Config;
  readonly inForce: InForce;
  readonly log: Logger;
  readonly observe: Observe;
  readonly now: () => number;
  /** The name of this gateway. */
  readonly name: string;
  readonly isDevelopment: boolean;
  readonly authentication: Authentication;
}

/** The client of a transport, as a sender of messages. Throws {@link NoSender}. */
function senderOf(inForce: InForce, { name, client: id }: TransportConfig): Arrival['sender'] {
  const client = inForce.client(id);
  if (client?.source === undefined || !client.scopes.has('messages:write'))
    throw new NoSender(`The client of the transport ${name} may not send messages`);
  if (client.requireOnBehalfOf) throw new NoSender(`The client of the transport ${name} must say for which person it acts, and cannot`);
  return { who: client.id, source: client.source };
}

/** What the token of a request allows, where it is one of the client of a transport. */
async function tokenRights({ authenticator }: Authentication, id: string, authorization: string | undefined): Promise<TokenRights> {
  const caller = await authenticator.caller(authorization);
  if (caller === undefined) return 'unknown';
  if (caller.client.id !== id) return 'another';
  return new Set([...caller.client.scopes].filter((scope) => caller.scopes.has(scope)));
}

/** Counts what a transport brings. */
const counted =
  (receive: Receive, { taken, arrived }: Observe, name: string): Receive =>
  (arrival, reply) =>
    receive(arrival, async (result) => {
      const outcome = result.kind !== 'receipt' ? 'refused' : result.repeated ? 'repeated' : result.receipt.status;
      if (outcome !== 'refused') taken(outcome);
      arrived(name, outcome);
      await reply(result);
    });

/** Opens the transports of the configuration, in their order, and adds them to `opened` by their names. Rejects with {@link TransportError}. */
export async function openTransports(
  stack: AsyncDisposableStack,
  context: TransportsContext,
  receiveFrom: (transport: string) => Receive,
  opened: Map<string, OpenedTransport>,
): Promise<void> {
  const { config, inForce, log, observe, now, name: gateway, isDevelopment, authentication } = context;
  for (const { config: one, kind } of await loadTransports(config.transports ?? [])) {
    const { name, client, settings } = one;
    if (inForce.client(client) === undefined) throw new TransportError(`The transport ${name} names a client that is not configured`);
    const about: TransportContext = {
      name,
      sender: () => senderOf(inForce, one),
      rights: () => inForce.client(client)?.scopes ?? new Set(),
      tokenRights: (authorization) => tokenRights(authentication, client, authorization),
      limits: config.limits,
      log: log.child({ transport: name }),
      now,
      mostBytes: config.limits.bodyBytes,
      baseFolder: config.transportsFolder,
      gateway,
      isDevelopment,
    };
    const transport = await kind.open(settings, about)(stack, counted(receiveFrom(name), observe, name));
    opened.set(name, { client, transport });
    if (transport.health !== undefined) observe.transport(name, transport.health);
    log.info({ transport: name, kind: kind.kind }, 'the transport is open');
  }
}
