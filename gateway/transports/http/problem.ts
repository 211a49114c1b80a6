/** Problem details (RFC 9457): a stable type, the place and the reason, and never a value. */
import type { Response } from 'express';
import type { Refusal } from '../../../adapters/adapter.ts';

export const PROBLEM_BASE = 'https://justice-interchange.example/problems/';

/** Every problem of the API: its HTTP status and its title. */
export const PROBLEMS = {
  'invalid-request': [400, 'The request does not follow the contract'],
  unauthenticated: [401, 'There is no valid access token'],
  forbidden: [403, 'The client may not do this'],
  'under-review': [403, 'The client has reached its limit for reading events'],
  'not-found': [404, 'There is nothing here that the client may see'],
  'method-not-allowed': [405, 'The resource does not support this method'],
  'not-acceptable': [406, 'The event cannot be written in this format'],
  'request-timeout': [408, 'The request took too long to arrive'],
  'idempotency-in-flight': [409, 'The first request with this Idempotency-Key is still in progress'],
  'already-resubmitted': [409, 'The message has been resubmitted and accepted'],
  'item-locked': [409, 'Another person is editing the message'],
  'item-changed': [409, 'The message or the work on it has changed'],
  'request-lapsed': [409, 'The request has expired: make a new request'],
  'not-in-force': [409, 'The protection is not in force: there is nothing to lift'],
  'too-many-subscriptions': [409, 'The client has reached its limit for subscriptions'],
  'evidence-too-large': [409, 'The evidence of the message is too large for one package'],
  'message-too-large': [413, 'The message is larger than this gateway accepts'],
  'unsupported-media-type': [415, 'The body is not in a form that this gateway accepts'],
  quarantined: [422, 'The message is kept in quarantine, with the reasons'],
  'idempotency-mismatch': [422, 'The Idempotency-Key was used with another payload'],
  'too-many-requests': [429, 'Too many requests'],
  'headers-too-large': [431, 'The request headers are too large'],
  internal: [500, 'The gateway failed; nothing was accepted'],
  unavailable: [503, 'The gateway cannot accept or deliver messages now'],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof PROBLEMS;

export interface ProblemDetails {
  readonly detail?: string;
  readonly reasons?: readonly Refusal[];
  /** The receipt of a quarantined message. */
  readonly receipt?: string;
}

/** How long to wait before the same request can succeed, in seconds, for problems that waiting helps with. */
export const RETRY_SECONDS = {
  'idempotency-in-flight': 1,
  'too-many-requests': 5,
  unavailable: 5,
} as const satisfies Partial<Record<ProblemCode, number>>;

/** Ends a request that cannot be served. Handlers throw it, and `on-error.ts` turns it into problem details. */
export class HttpProblem extends Error {
  readonly code: ProblemCode;
  readonly details: ProblemDetails;
  constructor(code: ProblemCode, details: ProblemDetails = {}) {
    super(code);
    this.code = code;
    this.details = details;
  }
}

export const problemOf = (code: ProblemCode, details: ProblemDetails = {}) => {
  const [status, title] = PROBLEMS[code];
  return { type: `${PROBLEM_BASE}${code}`, title, status, ...details };
};

/** Sends a problem. Of an error, only its code leaves the gateway. */
export function sendProblem(response: Response, code: ProblemCode, details: ProblemDetails = {}): void {
  const [status] = PROBLEMS[code];
  if (status === 401) response.set('WWW-Authenticate', 'Bearer');
  const seconds = (RETRY_SECONDS as Partial<Record<ProblemCode, number>>)[code];
  // A rate limiter has set a more exact time.
  if (seconds !== undefined && !response.hasHeader('Retry-After')) response.set('Retry-After', String(seconds));
  response.append('Link', `</problems/${code}>; rel="help"`);
  response
    .status(status)
    .type('application/problem+json')
    .send(JSON.stringify(problemOf(code, details)));
}
