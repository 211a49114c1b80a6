/** Who uses the console. */
import type { Interchange } from '../../contracts/client/client.ts';
import type { Session } from './session.ts';

export interface Person {
  readonly id: string;
  readonly title: string;
  /** What both the token and the configuration allow. */
  readonly scopes: ReadonlySet<string>;
  readonly session: Session;
  /**
   * The operations of the gateway, with the person's own access token: no page shows more than the person may read, and the audit log has
   * what the person did.
   */
  readonly api: Interchange['api'];
  /** Remembers in the session that the person gave a reason to open a message. */
  readonly remember: (id: string, reason: string) => Promise<void>;
}
