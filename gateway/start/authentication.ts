/** Opens what checks access tokens, for all transports that take them. */

import { Authenticator, type Authority } from '../transports/http/auth.ts';
import type { DevelopmentIssuer } from '../transports/http/issuer.ts';
import type { IssuerKeys } from '../transports/http/issuer-keys.ts';
import { openRemoteAuthority } from '../transports/http/remote-authority.ts';
import type { ExchangeContext } from './exchange-context.ts';

export interface Authentication {
  readonly authenticator: Authenticator;
  /** The state of the issuer's keys, where the issuer is not the built-in one. */
  readonly issuerHealth: (() => IssuerKeys['health']) | undefined;
  /** When the certificates of the issuer's keys end, where they have any. */
  readonly issuerEnds: () => readonly number[];
}

export function openAuthentication(
  stack: AsyncDisposableStack,
  { config, inForce, log, now }: Pick<ExchangeContext, 'config' | 'inForce' | 'log' | 'now'>,
  issuer: DevelopmentIssuer | undefined,
): Authentication {
  const remote = openRemoteAuthority(config.auth, log);
  stack.defer(() => remote?.keys.close());
  const authority = (issuer ?? remote)?.authority as Authority;
  return {
    authenticator: new Authenticator(authority, inForce.clients, now, config.console?.clientId),
    issuerHealth: remote && (() => remote.keys.health),
    issuerEnds: () => remote?.keys.ends ?? [],
  };
}
