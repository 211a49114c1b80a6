/** Opens the console, where the configuration has one. */
import { readFileSync } from 'node:fs';
import type { Config } from '../config.ts';
import { openDevelopmentProvider, PROVIDER_PATH, RESOURCE } from '../console/development-provider.ts';
import { type Console, makeConsole } from '../console/http.ts';
import { Sessions } from '../console/session.ts';
import { OpenIdConnect } from '../console/sign-in.ts';
import { CONSOLE_PATH } from '../console/visit.ts';
import type { Scope } from '../rules/clients.ts';
import { TOKEN_SECONDS } from '../transports/http/auth.ts';
import { IssuerUnavailable } from '../transports/http/fetch-keys.ts';
import { HttpProblem } from '../transports/http/problem.ts';
import type { HttpContext } from './http-context.ts';
import type { PortalContext } from './portal.ts';

const IDLE_MINUTES = 15;
/** What the console asks for. What a person may do is in the configuration. */
export const SCOPES = [
  'receipts:read',
  'events:read',
  'evidence:read',
  'pseudonyms:read',
  'disclosures:read',
  'quarantine:read',
  'quarantine:write',
  'quarantine:approve',
  'protections:read',
  'protections:impose',
  'protections:lift',
  'protections:approve',
  'approvals:read',
  'deliveries:read',
  'deliveries:write',
  'audit:read',
  'configuration:read',
  'gateway:read',
  'shadow:run',
] as const satisfies readonly Scope[];

type Addresses = Pick<PortalContext, 'publicUrl' | 'ownUrl'>;

export function openConsole(context: HttpContext, addresses: Addresses): Console | undefined {
  const { config, inForce, issuer, authentication, now, version } = context;
  const settings = config.console;
  if (settings === undefined) return undefined;
  const { publicUrl, ownUrl } = addresses;
  const redirectUri = () => `${publicUrl()}${CONSOLE_PATH}/signed-in`;
  const people = () => inForce.config.clients.filter(({ person }) => person === true);
  const isBuiltIn = settings.issuer === undefined && issuer !== undefined;
  const openIdConnect = new OpenIdConnect({
    issuer: () => settings.issuer ?? publicUrl() + PROVIDER_PATH,
    clientId: settings.clientId,
    clientSecret: () => secretIn(settings.clientSecretFile),
    redirectUri,
    scopes: SCOPES,
    resource: isBuiltIn ? RESOURCE : settings.resource,
    allowsHttp: isBuiltIn || settings.issuer?.startsWith('http:') === true,
    // The gateway may not reach itself at the address that browsers use.
    ...(isBuiltIn ? { fetch: (url, options) => fetch(String(url).replace(publicUrl(), ownUrl()), options) } : {}),
  });
  return makeConsole({
    version,
    openIdConnect,
    people,
    now,
    url: publicUrl,
    ownUrl,
    sessions: new Sessions({ secret: () => inForce.keys.secret, idleMinutes: settings.idleMinutes ?? IDLE_MINUTES, now }),
    provider: isBuiltIn ? openedOnce(() => providerOf(context, settings.clientId, addresses, redirectUri, people)) : undefined,
    caller: (accessToken) =>
      authentication.authenticator.caller(`Bearer ${accessToken}`).catch((error: unknown) => {
        throw error instanceof IssuerUnavailable ? new HttpProblem('unavailable') : error;
      }),
  });
}

const secretIn = (file: string | undefined): string | undefined => (file === undefined ? undefined : readFileSync(file, 'utf8').trim());

/** The address of the gateway is known when it listens. */
function openedOnce<T>(open: () => T): () => T {
  let opened: T | undefined;
  return () => (opened ??= open());
}

function providerOf(
  { config, inForce, issuer, now }: HttpContext,
  clientId: string,
  { publicUrl }: Addresses,
  redirectUri: () => string,
  people: () => Config['clients'],
) {
  const { kid, privateJwk } = inForce.keys.issuer;
  return openDevelopmentProvider({
    url: publicUrl(),
    clientId,
    redirectUri: redirectUri(),
    scopes: SCOPES,
    people,
    now,
    tokens: { issuer: config.auth.issuer, audience: config.auth.audience, seconds: issuer?.tokenSeconds ?? TOKEN_SECONDS },
    key: { ...privateJwk, kid },
  });
}
