/** Trusts the tokens of an issuer that is not built in, under the keys that it publishes. */
import type { Logger } from 'pino';
import { ALGORITHMS, type Authority, type TokenRules } from './auth.ts';
import { IssuerKeys } from './issuer-keys.ts';

export interface RemoteAuthority {
  readonly authority: Authority;
  readonly keys: IssuerKeys;
}

export interface RemoteRules extends TokenRules {
  readonly jwksUri?: string;
  readonly keysSeconds?: number;
}

/** Begins to ask the issuer for its keys. Undefined where configuration names none. */
export function openRemoteAuthority(rules: RemoteRules, log: Logger): RemoteAuthority | undefined {
  if (rules.jwksUri === undefined) return undefined;
  const keys = IssuerKeys.open({
    url: rules.jwksUri,
    seconds: rules.keysSeconds,
    elapsed: () => performance.now(),
    onFault: (reason) => log.error({ reason }, 'the issuer of access tokens cannot be asked for its keys'),
    onRecovered: () => log.info('the issuer of access tokens can be asked again'),
  });
  return { authority: { ...rules, keys, algorithms: ALGORITHMS }, keys };
}
