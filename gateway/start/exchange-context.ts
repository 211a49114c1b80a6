/** What the parts of an exchange get from the gateway. */
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { InForce } from '../rules/in-force.ts';
import type { Standards } from '../rules/standards.ts';
import type { Observe } from '../transports/http/observe.ts';
import type { OpenedTransport } from '../transports/transport.ts';
import type { Storage } from './storage.ts';

export interface ExchangeContext {
  readonly config: Config;
  readonly inForce: InForce;
  readonly standards: Standards;
  readonly storage: Storage;
  readonly log: Logger;
  readonly observe: Observe;
  readonly now: () => number;
  /** The transports of the configuration that are open, by their names. */
  readonly transports: ReadonlyMap<string, OpenedTransport>;
}
