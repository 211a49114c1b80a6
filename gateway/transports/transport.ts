/** What every transport is: it brings messages in, tells their senders what happened to them, and may take events out in a legacy form. */
import type { Logger } from 'pino';
import type { Json, JsonObject } from '../../adapters/adapter.ts';
import type { IntakeResult } from '../intake/message-intake.ts';
import type { Source } from '../pipeline/submission.ts';
import { type Deliver, type Departure, NotDelivered } from '../subscriptions/departure.ts';
import type { CertificateFile } from '../upkeep/certificates.ts';
import type { ServerLimits } from './server.ts';

export { type Departure, NotDelivered };

/** A message as it arrived, and what the transport knows of it. */
export interface Arrival {
  readonly bytes: Uint8Array;
  /** Who sent it, as the transport found out: by a token, a certificate, a folder, a queue. */
  readonly sender: { readonly who: string; readonly onBehalfOf?: string; readonly source: Source };
  readonly mediaType?: string;
  readonly charset?: string;
  /** The adapter that the sender names. Without it the content decides. */
  readonly adapter?: string;
  /** The label that the sender asserts. It can only raise. */
  readonly assertion?: Json;
  /** That it is an event in canonical form, which needs no adapter. */
  readonly canonical?: boolean;
  /** The sender's own key for this message. */
  readonly idempotencyKey?: string;
  /** The trace that it is part of (W3C Trace Context). */
  readonly traceparent?: string;
}

/** Tells the sender, in the way of the transport. It runs when all of the message is durable, or nothing of it. */
export type Reply = (result: IntakeResult) => void | Promise<void>;

/** Takes a message in and replies. Rejects with BusUnavailable when nothing of it was stored: the transport says so, or brings it again. */
export type Receive = (arrival: Arrival, reply: Reply) => Promise<void>;

/** The state of a transport. It names no file, no address of a message and no content. */
export interface TransportHealth {
  readonly status: 'pass' | 'warn' | 'fail';
  /** Why it does not pass. */
  readonly reason?: string;
  /** How many messages wait on the other side, where the transport can count them. */
  readonly waiting?: number;
}

/** A transport that is open. Its part of the configuration is given to the function that opens it. */
export interface Transport {
  /** As logs call it: `http`. */
  readonly name: string;
  /** Where it can be reached. */
  readonly addresses: readonly string[];
  readonly health?: () => TransportHealth;
  /** Takes an event out. Rejects with {@link NotDelivered} when the other side did not take it. Absent where readers fetch events themselves. */
  readonly deliver?: Deliver;
}

/** Opens a transport: from now on it hands what arrives to `receive`. Whatever it opens is on the stack; a rejection leaves nothing open. */
export type OpenTransport<Opened extends Transport = Transport> = (stack: AsyncDisposableStack, receive: Receive) => Promise<Opened>;

/** The scopes that a token gives to the client of a transport; or that it is not a valid token, or one of another client. */
export type TokenRights = ReadonlySet<string> | 'unknown' | 'another';

/** What the gateway gives to a transport of its configuration. */
export interface TransportContext {
  /** The name of the transport in the configuration. */
  readonly name: string;
  /** Who sends what arrives here: the client of the configuration that is in force now. Throws {@link NoSender}. */
  readonly sender: () => Arrival['sender'];
  /** The scopes that the client has now. */
  readonly rights: () => ReadonlySet<string>;
  /** The scopes that the client has by the token in an `Authorization` header. Rejects with IssuerUnavailable when that cannot be said now. */
  readonly tokenRights: (authorization: string | undefined) => Promise<TokenRights>;
  /** What connections and requests may cost, for a transport that listens. */
  readonly limits: ServerLimits & { readonly requestsAtOnce: number; readonly messageSeconds: number };
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The largest message, in bytes. */
  readonly mostBytes: number;
  /** The folder that relative paths in the settings start from. */
  readonly baseFolder: string;
  /** The name of this gateway among those of its deployment. */
  readonly gateway: string;
  /** Whether it may work without encryption and with well-known passwords: never in production. */
  readonly isDevelopment: boolean;
}

/** The client of a transport may not send messages now. Nothing is taken until the configuration says otherwise. */
export class NoSender extends Error {
  override readonly name = 'NoSender';
}

/** A kind of transport, such as a folder. A module of a third party has one as its default export. */
export interface TransportKind<Settings = unknown> {
  /** The name of the kind: `folder`. */
  readonly kind: string;
  /** The JSON Schema of its settings in the configuration. */
  readonly schema: JsonObject;
  /** The files of certificates that the settings name, whose paths may be relative. Operators are told when one ends. */
  readonly certificates?: (settings: Settings) => readonly CertificateFile[];
  /** Returns the function that opens a transport with settings that are valid by the schema. */
  readonly open: (settings: Settings, context: TransportContext) => OpenTransport;
}

/** A transport that is open, and the client that it belongs to. */
export interface OpenedTransport {
  readonly client: string;
  readonly transport: Transport;
}
