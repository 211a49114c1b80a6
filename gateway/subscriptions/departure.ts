/** What a subscription hands to a transport that takes events out. */

/** An event on its way out: its canonical form, or what an adapter wrote. */
export interface Departure {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  /** A name for it that says nothing of what is in it: the id of the event. */
  readonly name: string;
}

/** The other side did not take an event. `reason` is one of a few words for the delivery log, and never a value. */
export class NotDelivered extends Error {
  override readonly name = 'NotDelivered';
  readonly reason: 'timeout' | 'connection' | 'tls' | 'refused' | 'full';
  /** `isFinal`: the other side will never take this event. */
  readonly isFinal: boolean;
  constructor(reason: NotDelivered['reason'], isFinal = false) {
    super(`The event was not delivered: ${reason}`);
    this.reason = reason;
    this.isFinal = isFinal;
  }
}

/** Takes an event out. Rejects with {@link NotDelivered} when the other side did not take it. */
export type Deliver = (departure: Departure) => Promise<void>;

/** A transport that takes events out, and the client that it belongs to. */
export interface OutboundTransport {
  readonly client: string;
  readonly transport: { readonly deliver?: Deliver };
}
