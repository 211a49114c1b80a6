/** Access tokens for the client, by OAuth 2 client credentials (RFC 6749, section 4.4). */

export interface Credentials {
  /** Of the gateway, or of whoever gives tokens for it. */
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly now?: () => number;
}

interface Token {
  readonly value: string;
  readonly until: number;
}

const MOST_EARLY = 60_000;
const PATIENCE = 5_000;

/** Gives a token that is valid for a while yet: asks for another before the last one ends, and once only for all who wait. */
export function clientCredentials({ url, clientId, clientSecret, now = Date.now }: Credentials): () => Promise<string> {
  let token: Token | undefined;
  let asked: Promise<Token> | undefined;
  const ask = async (): Promise<Token> => {
    const response = await fetch(`${url}/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret }),
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (!response.ok) throw new Error(`No access token: the answer was ${response.status}`);
    const { access_token: value, expires_in: seconds } = (await response.json()) as { access_token: string; expires_in: number };
    return { value, until: now() + seconds * 1000 - Math.min(MOST_EARLY, seconds * 100) };
  };
  return async () => {
    if (token !== undefined && now() < token.until) return token.value;
    asked ??= ask().finally(() => {
      asked = undefined;
    });
    token = await asked;
    return token.value;
  };
}
