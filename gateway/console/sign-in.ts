/** Signing in with OpenID Connect: the authorization code flow with PKCE, state and nonce, by openid-client. */
import * as client from 'openid-client';
import { randomText, type SignIn } from './session.ts';

export interface SignInContext {
  readonly issuer: () => string;
  readonly clientId: string;
  readonly clientSecret: () => string | undefined;
  /** Where the provider sends the person back to. */
  readonly redirectUri: () => string;
  readonly scopes: readonly string[];
  readonly resource: string | undefined;
  /** How requests reach the provider. */
  readonly fetch?: typeof fetch;
  /** Whether the provider may be reached without TLS. */
  readonly allowsHttp: boolean;
}

/** The provider does not answer, or refuses. The person can try again. */
export class SignInFailed extends Error {
  override readonly name = 'SignInFailed';
}

export class OpenIdConnect {
  readonly #context: SignInContext;
  #found: client.Configuration | undefined;

  constructor(context: SignInContext) {
    this.#context = context;
  }

  /** Where to send the person, and what to remember meanwhile. Rejects with {@link SignInFailed}. */
  async begin(page: string): Promise<{ readonly address: URL; readonly signIn: SignIn }> {
    const { redirectUri, scopes, resource } = this.#context;
    const provider = await this.#provider();
    const signIn: SignIn = {
      state: randomText(),
      nonce: randomText(),
      codeVerifier: client.randomPKCECodeVerifier(),
      page,
    };
    const address = client.buildAuthorizationUrl(provider, {
      redirect_uri: redirectUri(),
      scope: ['openid', ...scopes].join(' '),
      state: signIn.state,
      nonce: signIn.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(signIn.codeVerifier),
      code_challenge_method: 'S256',
      // Several people use one computer: whoever signs in says who they are.
      prompt: 'login',
      ...(resource === undefined ? {} : { resource }),
    });
    return { address, signIn };
  }

  /** The access token of the person who came back with an answer of the provider. Rejects with {@link SignInFailed}. */
  async finish(answer: URLSearchParams, { state, nonce, codeVerifier }: SignIn): Promise<string> {
    const { redirectUri, resource } = this.#context;
    const address = new URL(redirectUri());
    address.search = answer.toString();
    try {
      const tokens = await client.authorizationCodeGrant(
        await this.#provider(),
        address,
        { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: codeVerifier, idTokenExpected: true },
        resource === undefined ? undefined : { resource },
      );
      return tokens.access_token;
    } catch (error) {
      throw new SignInFailed('The provider did not sign the person in', { cause: error });
    }
  }

  async #provider(): Promise<client.Configuration> {
    if (this.#found !== undefined) return this.#found;
    const { issuer, clientId, clientSecret, allowsHttp, fetch: reach } = this.#context;
    const secret = clientSecret();
    try {
      this.#found = await client.discovery(
        new URL(issuer()),
        clientId,
        undefined,
        secret === undefined ? client.None() : client.ClientSecretPost(secret),
        {
          timeout: 10,
          ...(reach === undefined ? {} : { [client.customFetch]: reach as client.CustomFetch }),
          ...(allowsHttp ? { execute: [client.allowInsecureRequests] } : {}),
        },
      );
      return this.#found;
    } catch (error) {
      throw new SignInFailed('The provider cannot be reached', { cause: error });
    }
  }
}
