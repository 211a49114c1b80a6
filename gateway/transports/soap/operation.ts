/** What an operation gets to do its work, and what it answers. */
import type { Report } from '../outcome.ts';
import type { SoapRequest } from './envelope.ts';
import type { WaitingMessages } from './waiting-messages.ts';

/** A request of which all is known: it is valid, and of the client. */
export interface Asked extends SoapRequest {
  /** The request exactly as it arrived. */
  readonly bytes: Uint8Array;
  readonly charset?: string;
  /** The scopes of the request. */
  readonly rights: ReadonlySet<string>;
}

export interface Exchange {
  /** Hands a message to the gateway. Resolves when all of it is durable. Rejects with BusUnavailable or NoSender where nothing of it is. */
  readonly submit: (bytes: Uint8Array, charset?: string) => Promise<Report>;
  /** Where the transport has an outbox. */
  readonly waiting: WaitingMessages | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A message could not be added to those that wait. */
  readonly onLost: (error: unknown) => void;
}

/** What goes back in the envelope. */
export interface Answer {
  readonly body: string;
  readonly header?: string;
  readonly report?: Report;
  /** Called when the answer has gone out. */
  readonly sent?: () => Promise<void>;
}

/** Answers a request. Rejects with SoapFault. */
export type Operate = (asked: Asked, exchange: Exchange) => Promise<Answer>;

/** A time as `xs:dateTime`. */
export const timeText = (milliseconds: number): string => new Date(milliseconds).toISOString();
