/** Requests to a gateway, and its problems. */
import createClient, { type Client } from 'openapi-fetch';
import type { components, paths } from '../generated/openapi.d.ts';

export type Problem = components['schemas']['Problem'];

/** The gateway's answer was a problem (RFC 9457). */
export class GatewayProblem extends Error {
  override readonly name = 'GatewayProblem';
  readonly problem: Problem;
  /** How many seconds to wait before sending the request again, where the gateway says so. */
  readonly retryAfter: number | undefined;
  constructor(problem: Problem, retryAfter?: number) {
    super(`${problem.status} ${problem.title}`);
    this.problem = problem;
    this.retryAfter = retryAfter;
  }

  /** Whether the same request may pass later: there were too many, or the gateway is not ready. */
  get isTemporary(): boolean {
    return [429, 503].includes(this.problem.status);
  }
}

/** A gateway, as a client of it asks. */
export interface Connection {
  readonly url: string;
  /** Every operation of the contract. */
  readonly api: Client<paths>;
  /** Asks, and gives the answer. Throws {@link GatewayProblem} where that is a problem. */
  open(path: string, init: RequestInit): Promise<Response>;
  post(path: string, body: string | Uint8Array, mediaType: string, options?: SubmitOptions): Promise<components['schemas']['Receipt']>;
}

/** A value without its members that are undefined. */
export const defined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;

export interface InterchangeOptions {
  readonly url: string;
  /** An access token, or what gives one whenever it is asked. */
  readonly token: string | (() => string | Promise<string>);
  /**
   * The person that every request is made for, by an identifier of yours that always is the same: visible ASCII characters, 255 at most. The
   * gateway keeps only a keyed pseudonym.
   */
  readonly onBehalfOf?: string;
  /** Sends each request. Default: `fetch` of the platform. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** What else a message can be sent with. */
export interface SubmitOptions {
  readonly idempotencyKey?: string;
  /** The adapter that reads the message. Without it the gateway finds one. */
  readonly adapter?: string;
  readonly signal?: AbortSignal;
}

/** Opens a connection. */
export function openConnection(options: InterchangeOptions): Connection {
  const url = options.url.replace(/\/$/, '');
  const { token, onBehalfOf, fetch: send = fetch } = options;
  const authorized = async (request: Request): Promise<Response> => {
    request.headers.set('Authorization', `Bearer ${typeof token === 'string' ? token : await token()}`);
    if (onBehalfOf !== undefined) request.headers.set('X-On-Behalf-Of', onBehalfOf);
    // A redirect would take the token, and what is sent, to somebody else.
    return send(request.redirect === 'follow' ? new Request(request, { redirect: 'error' }) : request);
  };
  const open: Connection['open'] = async (path, init) => {
    const response = await authorized(new Request(url + path, init));
    if (response.ok) return response;
    const seconds = response.headers.get('Retry-After');
    throw new GatewayProblem((await response.json()) as Problem, seconds === null ? undefined : Number(seconds));
  };
  const post: Connection['post'] = async (path, body, mediaType, { idempotencyKey, adapter, signal } = {}) => {
    const headers = defined({ 'Content-Type': mediaType, 'Idempotency-Key': idempotencyKey, 'Interchange-Adapter': adapter });
    const init = defined({ method: 'POST', body: body as string, headers: headers as Record<string, string>, signal }) as RequestInit;
    return (await open(path, init)).json() as Promise<components['schemas']['Receipt']>;
  };
  return { url, api: createClient<paths>({ baseUrl: url, fetch: authorized }), open, post };
}
