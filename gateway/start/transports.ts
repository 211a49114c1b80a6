/** Opens the transports of the configuration. HTTP is opened elsewhere, because every gateway has it. */
import type { Logger } from 'pino';
import type { Config, TransportConfig } from '../config.ts';
import type { IntakeResult } from '../intake/message-intake.ts';
import type { InForce } from '../rules/in-force.ts';
import type { Observe } from '../transports/http/observe.ts';
import { type LoadedTransport, TransportError } from '../transports/kinds.ts';
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
  /** Those of the configuration, with their kinds. */
  readonly loadedTransports: readonly LoadedTransport[];
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

/** The rights of a request’s token, where it belongs to the client of a transport. */
async function tokenRights({ authenticator }: Authentication, id: string, authorization: string | undefined): Promise<TokenRights> {
  const caller = await authenticator.caller(authorization);
  if (caller === undefined) return 'unknown';
  if (caller.client.id !== id) return 'another';
  return new Set([...caller.client.scopes].filter((scope) => caller.scopes.has(scope)));
}

/** How the metrics count a result. */
function outcomeOf(result: IntakeResult) {
  if (result.kind !== 'receipt') return 'refused';
  return result.repeated ? 'repeated' : result.receipt.status;
}

/** Counts the messages of a transport. */
const counted =
  (receive: Receive, { taken, arrived }: Observe, name: string): Receive =>
  (arrival, reply) =>
    receive(arrival, async (result) => {
      const outcome = outcomeOf(result);
      if (outcome !== 'refused') taken(outcome);
      arrived(name, outcome);
      await reply(result);
    });

/** Opens the transports of the configuration in order, and adds each to `opened` by its name. Rejects with {@link TransportError}. */
export async function openTransports(
  stack: AsyncDisposableStack,
  context: TransportsContext,
  receiveFrom: (transport: string) => Receive,
  opened: Map<string, OpenedTransport>,
): Promise<void> {
  const { config, inForce, log, observe, now, name: gateway, isDevelopment, authentication, loadedTransports } = context;
  for (const { config: transportConfig, kind } of loadedTransports) {
    const { name, client, settings } = transportConfig;
    if (inForce.client(client) === undefined) throw new TransportError(`The transport ${name} names a client that is not configured`);
    const about: TransportContext = {
      name,
      sender: () => senderOf(inForce, transportConfig),
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
