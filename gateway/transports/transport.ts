/** What every transport is: it brings messages in, tells their senders what became of them, and may take events out in a legacy form. */
import type { Json } from '../../adapters/adapter.ts';
import type { IntakeResult } from '../intake/message-intake.ts';
import type { Source } from '../pipeline/submission.ts';

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

/** An event as an adapter wrote it, on its way out. */
export interface Departure {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  /** A name for it that says nothing of what is in it: the id of the event. */
  readonly name: string;
  /** Where it goes, as configuration has it. */
  readonly address: string;
}

/** A transport that is open. Its part of the configuration is given to the function that opens it. */
export interface Transport {
  /** As logs call it: `http`. */
  readonly name: string;
  /** Where it can be reached. */
  readonly addresses: readonly string[];
  /** Takes an event out. Rejects when the other side did not take it. Absent where readers fetch events themselves. */
  readonly deliver?: (departure: Departure) => Promise<void>;
}

/** Opens a transport: from now on it hands what arrives to `receive`. Whatever it opens is on the stack; a rejection leaves nothing open. */
export type OpenTransport<Opened extends Transport = Transport> = (stack: AsyncDisposableStack, receive: Receive) => Promise<Opened>;
