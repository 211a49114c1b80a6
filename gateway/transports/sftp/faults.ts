/** What goes wrong with a server. No message repeats what the server said, or names a file. */
import { TransportFault } from '../repeat.ts';
import type { NotDelivered } from '../transport.ts';

/** There is no connection, or there is none any more. */
export class ConnectionFault extends TransportFault {
  readonly reason: NotDelivered['reason'];

  constructor(reason: NotDelivered['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

export type RefusalKind = 'end' | 'missing' | 'denied' | 'failure' | 'unsupported';

const MESSAGES: Readonly<Record<RefusalKind, string>> = {
  end: 'The server has no more to say',
  missing: 'The server has no such file or folder',
  denied: 'The server does not permit what the gateway asked for',
  failure: 'The server could not do what the gateway asked for',
  unsupported: 'The server does not know what the gateway asked for',
};

/** The numbers of the protocol (version 3). */
const KINDS: Readonly<Record<number, RefusalKind>> = { 1: 'end', 2: 'missing', 3: 'denied', 8: 'unsupported' };

/** The server answered a request, and did not do it. */
export class ServerRefusal extends TransportFault {
  readonly kind: RefusalKind;

  constructor(kind: RefusalKind) {
    super(MESSAGES[kind]);
    this.kind = kind;
  }

  static of(status: number): ServerRefusal {
    return new ServerRefusal(KINDS[status] ?? 'failure');
  }
}

export const isRefusal = (error: unknown, ...kinds: readonly RefusalKind[]): boolean =>
  error instanceof ServerRefusal && kinds.includes(error.kind);
