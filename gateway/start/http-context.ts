/** What the HTTP listeners get from the gateway. */
import type { Operation } from '../transports/http/contract.ts';
import type { DevelopmentIssuer } from '../transports/http/issuer.ts';
import type { ExpiringAt } from '../upkeep/expiring.ts';
import type { Authentication } from './authentication.ts';
import type { ConfigurationInForce } from './configuration.ts';
import type { Exchange } from './exchange.ts';
import type { ExchangeContext } from './exchange-context.ts';

export interface HttpContext extends ExchangeContext {
  readonly exchange: Exchange;
  /** The built-in issuer, unless another one is configured. */
  readonly issuer: DevelopmentIssuer | undefined;
  readonly authentication: Authentication;
  readonly configuration: ConfigurationInForce;
  readonly expiring: ExpiringAt;
  /** The name of this gateway among those of its deployment. */
  readonly name: string;
  /** The operations of the contract, by their ids. */
  readonly contract: ReadonlyMap<string, Operation>;
  readonly version: string;
  /** Resets a sandbox to its first start. */
  readonly reset: (() => void) | undefined;
  /** Aborted when the gateway stops. */
  readonly stopping: AbortSignal;
}
