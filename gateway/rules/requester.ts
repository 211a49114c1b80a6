import type { Client } from './clients.ts';

/** The client and the person that request or approve: a person can use several clients, and several people can use one client. */
export interface Requester {
  readonly client: Client;
  /** The subject of the access token. */
  readonly subject: string;
}

/** A pseudonym of a token's subject. The subject can be a person's name or account, so records do not hold it. */
export const personOfToken = (
  { pseudonym }: { readonly pseudonym: (kind: string, reference: string) => string },
  subject: string,
): string => pseudonym('person-of-token', subject);

/** How long a request for a second person, and an approval, are valid. */
export const REQUEST_MILLISECONDS = 86_400_000;
