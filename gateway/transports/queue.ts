/** What a protocol of queues does for the gateway. */
import type { Broker } from './broker-settings.ts';

/** Why a message was not read. */
export type Unread = 'too-large' | 'not-bytes' | 'malformed';

/** A message that the broker lent. It is the gateway's when it is accepted. */
export interface QueuedMessage {
  /** The complete bytes, or why there are none. */
  readonly content: Uint8Array | Unread;
  readonly mediaType?: string;
  /** Where the sender wants to be answered. */
  readonly replyTo?: string;
  /** What the answer repeats. */
  readonly correlationId?: string;
  /** Tells the broker to forget the message. */
  readonly accept: () => void;
  /** Tells the broker that the message will never be taken: it goes where the broker puts such messages. */
  readonly reject: () => void;
}

/** Reads one queue, in its order. */
export interface QueueReader extends AsyncDisposable {
  /** The next message, or undefined where none came in a short time. Rejects where the connection has ended. */
  readonly next: (signal: AbortSignal) => Promise<QueuedMessage | undefined>;
}

/** A message to the broker. */
export interface Publication {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly id: string;
  readonly correlationId?: string;
}

/** Sends messages. */
export interface Publisher extends AsyncDisposable {
  /** Resolves when the broker has the message and keeps it. Rejects with NotDelivered. */
  readonly publish: (address: string, publication: Publication) => Promise<void>;
  readonly isOpen: () => boolean;
}

export interface ReadOptions {
  readonly address: string;
  /** How many messages the broker lends at once. */
  readonly prefetch: number;
  readonly mostBytes: number;
}

export interface QueueProtocol {
  /** The name of the kind of transport. */
  readonly kind: string;
  readonly ports: { readonly plain: number; readonly tls: number };
  /** Rejects with NotConnected where the broker is not reached, or refuses. */
  readonly openReader: (broker: Broker, options: ReadOptions) => Promise<QueueReader>;
  readonly openPublisher: (broker: Broker) => Promise<Publisher>;
}

/** A text that can be an address or an id: short, and without control characters. */
export const isPlainText = (text: string, most = 255): boolean =>
  text.length > 0 && text.length <= most && !/[\u0000-\u001f\u007f]/.test(text);

/** The media type of a content type without its parameters, where it is one. */
export function mediaTypeIn(contentType: string | undefined): string | undefined {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  return type !== undefined && /^[a-z0-9.+-]{1,100}\/[a-z0-9.+-]{1,100}$/.test(type) ? type : undefined;
}
