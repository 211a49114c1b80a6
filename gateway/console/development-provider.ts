/** A provider of OpenID Connect for development and tests: whoever signs in picks one of the people of the configuration. Never in production. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JWK } from 'jose';
import Provider, { type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import { openProviderMemory } from './provider-memory.ts';
import { randomText } from './session.ts';

export const PROVIDER_PATH = '/development-provider';
/** The resource that access tokens are for. */
export const RESOURCE = 'urn:justice-interchange';

export interface ProviderContext {
  /** The address of the gateway as browsers know it. */
  readonly url: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  /** Issuer and audience of the access tokens of this gateway. */
  readonly tokens: { readonly issuer: string; readonly audience: string; readonly seconds: number };
  /** The key of the development issuer: the gateway takes the tokens that it signs. */
  readonly key: JWK & { readonly kid: string };
  readonly people: () => readonly { readonly id: string; readonly title: string }[];
  readonly now: () => number;
}

export interface DevelopmentProvider {
  /** Answers a request below {@link PROVIDER_PATH}. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Whether somebody is signing in with this request. */
  readonly isAsked: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
  /** Signs a person in, and sends the browser on. */
  readonly signIn: (request: IncomingMessage, response: ServerResponse, id: string) => Promise<void>;
}

const MINUTES = 60;
const SESSION = 'development-provider';

/** The cookies of a request without those of the provider's session. */
const withoutSession = (cookies = ''): string =>
  cookies
    .split(/;\s*/)
    .filter((cookie) => !cookie.startsWith(SESSION))
    .join('; ');

export function openDevelopmentProvider(context: ProviderContext): DevelopmentProvider {
  const { url, clientId, redirectUri, scopes, tokens, key, people, now } = context;
  const find = (id: string) => people().find((person) => person.id === id);
  const configuration: Configuration = {
    adapter: openProviderMemory(now),
    clients: [
      {
        client_id: clientId,
        token_endpoint_auth_method: 'none',
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        id_token_signed_response_alg: 'EdDSA',
      },
    ],
    jwks: { keys: [{ ...key, alg: 'EdDSA', use: 'sig' }] as never },
    enabledJWA: { idTokenSigningAlgValues: ['EdDSA'] },
    cookies: {
      keys: [randomText()],
      names: { session: SESSION, interaction: 'development-interaction', resume: 'development-resume' },
    },
    scopes: ['openid'],
    findAccount: (_context, id) => {
      const person = find(id);
      return person === undefined ? undefined : { accountId: id, claims: () => ({ sub: id, name: person.title }) };
    },
    interactions: { url: (_context, { uid }) => `${PROVIDER_PATH}/people/${uid}` },
    // Nobody is asked what the console may do: it is part of the gateway.
    loadExistingGrant: async ({ oidc }: KoaContextWithOIDC) => {
      const grant = new oidc.provider.Grant({ accountId: oidc.session?.accountId as string, clientId });
      grant.addOIDCScope('openid');
      grant.addResourceScope(RESOURCE, scopes.join(' '));
      await grant.save();
      return grant;
    },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        getResourceServerInfo: () => ({
          scope: scopes.join(' '),
          audience: tokens.audience,
          accessTokenTTL: tokens.seconds,
          accessTokenFormat: 'jwt' as const,
          jwt: { sign: { alg: 'EdDSA' as const, kid: key.kid } },
        }),
        useGrantedResource: () => true,
      },
    },
    formats: {
      customizers: {
        // The gateway pins the issuer of its tokens.
        jwt: (_context, _token, jwt) => {
          jwt.payload.iss = tokens.issuer;
        },
      },
    },
    ttl: {
      AccessToken: tokens.seconds,
      Session: 480 * MINUTES,
      Interaction: 60 * MINUTES,
      Grant: 480 * MINUTES,
      IdToken: 60 * MINUTES,
      AuthorizationCode: MINUTES,
    },
  };
  const provider = new Provider(url + PROVIDER_PATH, configuration);
  const answer = provider.callback();
  const details = (request: IncomingMessage, response: ServerResponse) => provider.interactionDetails(request, response);
  return {
    handle: async (request, response) => {
      // Whoever signs in begins anew: somebody else may have signed in with this browser before.
      if (request.url?.startsWith('/auth') === true) request.headers.cookie = withoutSession(request.headers.cookie);
      await answer(request, response);
    },
    isAsked: (request, response) =>
      details(request, response).then(
        () => true,
        () => false,
      ),
    signIn: async (request, response, id) => {
      if (find(id) === undefined) throw new RangeError('There is no such person');
      await provider.interactionFinished(request, response, { login: { accountId: id } }, { mergeWithLastSubmission: false });
    },
  };
}
