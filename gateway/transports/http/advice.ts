/** What whoever gets a problem can do about it, for its page: what causes it, what to do, and how it looks. */
import { type ProblemCode, type ProblemDetails, problemOf } from './problem.ts';

export const ADVICE: Readonly<Record<ProblemCode, string>> = {
  'invalid-request': 'Look at `reasons`: each names a parameter or a place in the body. Correct it; the same request gets the same answer.',
  unauthenticated: 'Get a new access token: yours is missing, has expired, or is not for this gateway. Send one Authorization header.',
  forbidden: 'Ask the operator of the gateway: your client may not do this, or not for this task. `detail` says what is missing.',
  'under-review':
    'You have read as much as your client may in a time. Somebody looks at it. Ask the operator, or wait for the seconds that Retry-After says.',
  'not-found': 'Check the address and the id. What does not exist and what you may not see give the same answer.',
  'method-not-allowed': 'The header Allow names the methods that this address knows.',
  'not-acceptable':
    'Look at `reasons`: each names a value that the format of your Accept header cannot hold. Ask for application/cloudevents+json, or send Prefer: handling=lenient to have these values left out.',
  'request-timeout': 'The request did not arrive in time. Send it again; a message that is sent twice has one effect.',
  'idempotency-in-flight':
    'Wait for the seconds that Retry-After says, and send the same request again: you will get the answer of the first.',
  'already-resubmitted': 'Nothing needs to be done: the item was corrected and accepted before. Its `resubmittedAs` names the message.',
  'request-lapsed': 'A request holds for a day and for the policy in force. Ask again, and have the new request approved.',
  'too-many-subscriptions': 'Delete a subscription that you do not need any more.',
  'message-too-large': 'Send less in one message. The limit is the operator’s.',
  'unsupported-media-type': 'Set the Content-Type that the reference names, and send the body uncompressed.',
  quarantined:
    'Nothing is lost: the message waits. Read `reasons`, correct the message and send it again, or resubmit it at /v1/quarantine.',
  'idempotency-mismatch': 'Use a new Idempotency-Key for another payload.',
  'too-many-requests': 'Wait for the seconds that Retry-After says, then go on more slowly.',
  'headers-too-large': 'Send fewer or shorter headers.',
  internal: 'Nothing was accepted. Send it again; if it stays so, tell the operator the time.',
  unavailable: 'Nothing was accepted. Wait for the seconds that Retry-After says, and send the same again with the same Idempotency-Key.',
};

/** What brings each problem about, the most frequent cause first. */
export const CAUSES: Readonly<Record<ProblemCode, readonly string[]>> = {
  'invalid-request': [
    'A parameter or a property has a value that the contract does not allow, or one is missing',
    'A query parameter or a property that the operation does not know',
    'A cursor that was given to another client, or made with other filters',
  ],
  unauthenticated: [
    'There is no Authorization header, or there are two',
    'The access token has expired, or its issuer or audience is another',
    'The client of the token is not configured at this gateway',
  ],
  forbidden: [
    'The token or the configuration of the client has not the scope of the operation',
    'The client reads only for certain tasks, and named none of them',
    'The client sends, and is not configured as a source',
  ],
  'under-review': ['The client has read as many events as it may in a period without a review'],
  'not-found': [
    'The id or the address is not right',
    'Your client may not see it: that gives the same answer',
    'It is too new for the gateway that you asked, where there are several',
  ],
  'method-not-allowed': ['The address has no such method', 'HEAD was asked of what needs a token'],
  'not-acceptable': [
    'The legacy format of the Accept header has no place for a value of the event',
    'No adapter of this gateway writes that media type',
  ],
  'request-timeout': ['The body took longer to arrive than the gateway waits'],
  'idempotency-in-flight': ['The same request was sent again before the first was answered'],
  'already-resubmitted': ['Somebody resubmitted the item before you, and it was accepted'],
  'request-lapsed': ['The request to lower a label is older than a day', 'The policy changed since the request was made'],
  'too-many-subscriptions': ['The client has the most subscriptions that one client may have'],
  'message-too-large': ['The body is larger than this gateway takes'],
  'unsupported-media-type': ['The Content-Type is not one of the operation', 'The body is compressed (Content-Encoding)'],
  quarantined: [
    'The message is not valid against the standard: a property is missing, unknown or of another type',
    'No adapter reads the message, or the source may not send events of its standard',
    'It carries a marking that only its owner can judge',
  ],
  'idempotency-mismatch': ['The Idempotency-Key was used before with another body'],
  'too-many-requests': [
    'The client has sent more requests in a minute than it may',
    'It has too many requests or streams open, or has not read the answers that it has',
  ],
  'headers-too-large': ['A header is very long: a cursor that was cut and joined, or many cookies'],
  internal: ['A fault of the gateway, which its log names'],
  unavailable: [
    'The bus or the audit log cannot be written',
    'The gateway is starting or stopping',
    'The issuer of access tokens cannot be asked',
  ],
};

/** What a front-end has to show beside the problem itself. */
const DETAILS: Readonly<Partial<Record<ProblemCode, ProblemDetails>>> = {
  quarantined: {
    receipt: 'hE9iUlKAMRl4uVYc3q7nq0m2Jw5x1t8b6d4f2h0k9aQ',
    reasons: [{ code: 'schema-violation', at: '/case', reason: 'A required property is missing (urn)' }],
  },
  'invalid-request': { reasons: [{ code: 'parameter-invalid', at: '/query/limit', reason: 'The value must be <= 1000' }] },
  forbidden: { detail: 'The scope events:read is missing' },
  'not-acceptable': {
    reasons: [{ code: 'adapter.spi.cannot-hold', at: '/case/urn', reason: 'The format has no place for this value' }],
  },
};

/** Details as a problem of this code has them, for samples and for the scenarios of a sandbox. */
export const sampleDetails = (code: ProblemCode): ProblemDetails => DETAILS[code] ?? {};

/** The body of a problem as an example, in JSON. */
export const sampleOf = (code: ProblemCode): string => JSON.stringify(problemOf(code, sampleDetails(code)), null, 2);

/** What the page of a problem says. */
export const helpWith = (code: string) => ({
  advice: ADVICE[code as ProblemCode],
  causes: CAUSES[code as ProblemCode],
  sample: sampleOf(code as ProblemCode),
});
