/** The advice on the page of each problem: what causes it, what to do, and an example. */
import { type ProblemCode, type ProblemDetails, problemOf } from './problem.ts';

export const ADVICE: Readonly<Record<ProblemCode, string>> = {
  'invalid-request': 'Look at `reasons`: each names a parameter or a place in the body. Correct the request before you send it again.',
  unauthenticated: 'Get a new access token: yours is missing, has expired, or is not for this gateway. Send one Authorization header.',
  forbidden: 'Ask the operator of the gateway: your client may not do this, or not for this task. `detail` says what is missing.',
  'under-review':
    'Your client has read as many events as it may in a period. The operator reviews this. Ask the operator, or wait for the number of seconds in Retry-After.',
  'not-found': 'Check the address and the id. What does not exist and what you may not see give the same answer.',
  'method-not-allowed': 'The Allow header lists the methods that this address supports.',
  'not-acceptable':
    'Look at `reasons`: each names a value that the format of your Accept header cannot hold. Ask for application/cloudevents+json, or send Prefer: handling=lenient to have these values left out.',
  'request-timeout': 'The request did not arrive in time. Send it again. A message that you send twice has one effect.',
  'idempotency-in-flight':
    'Wait for the number of seconds in Retry-After, and send the same request again. You will get the answer to the first request.',
  'already-resubmitted':
    'You do not need to do anything: the message was corrected and accepted earlier. `resubmittedAs` has the id of the new message.',
  'item-locked': '`detail` says who is editing the message, and until when. Wait until then, or ask that person to finish.',
  'item-changed': 'Read the message and the work on it again: `detail` says what is different now.',
  'request-lapsed':
    'A request is valid for one day, and only under the policy that it was made under. Make a new request and have it approved.',
  'not-in-force': 'You do not need to do anything: the protection was lifted earlier, or has ended.',
  'too-many-subscriptions': 'Delete a subscription that you no longer need.',
  'evidence-too-large':
    'Ask the operator of the gateway: `detail` says which limit was reached. `interchange audit export` has every audit record.',
  'message-too-large': 'Send less in one message. The operator sets the limit.',
  'unsupported-media-type': 'Set the Content-Type that the reference names, and send the body uncompressed.',
  quarantined:
    'The gateway keeps the message. Read `reasons`, then correct the message and send it again, or resubmit it at /v1/quarantine.',
  'idempotency-mismatch': 'Use a new Idempotency-Key for a different payload.',
  'too-many-requests': 'Wait for the number of seconds in Retry-After, then send requests less often.',
  'headers-too-large': 'Send fewer or shorter headers.',
  internal: 'Nothing was accepted. Send the request again. If it fails again, tell the operator when.',
  unavailable:
    'Nothing was accepted. Wait for the number of seconds in Retry-After, and send the request again with the same Idempotency-Key.',
};

/** The causes of each problem, the most frequent first. */
export const CAUSES: Readonly<Record<ProblemCode, readonly string[]>> = {
  'invalid-request': [
    'A parameter or a property has a value that the contract does not allow, or one is missing',
    'A query parameter or a property that the operation does not know',
    'A cursor that was given to another client, or made with other filters',
  ],
  unauthenticated: [
    'There is no Authorization header, or there are two',
    'The access token has expired, or has the wrong issuer or audience',
    'This gateway has no client with the id in the token',
  ],
  forbidden: [
    'The token or the configuration of the client does not have the scope of the operation',
    'The client may read only for certain tasks, and the request names none of them',
    'The request sends a message, and the client is not configured as a source',
  ],
  'under-review': ['The client has read as many events as it may in a period'],
  'not-found': [
    'The id or the address is wrong',
    'Your client may not see it. The answer is then the same',
    'It is new, and the gateway that you asked is not up to date yet',
  ],
  'method-not-allowed': ['The address has no such method', 'The request uses HEAD on an address that needs a token'],
  'not-acceptable': [
    'The legacy format of the Accept header has no place for a value of the event',
    'No adapter of this gateway writes that media type',
  ],
  'request-timeout': ['The body took longer to arrive than the gateway waits'],
  'idempotency-in-flight': ['The same request was sent again before the first was answered'],
  'already-resubmitted': ['Somebody resubmitted the item before you, and it was accepted'],
  'item-locked': ['Another person has opened the message to edit it'],
  'item-changed': ['Somebody closed, reopened or resubmitted the message before you', 'You named an earlier version of the work'],
  'request-lapsed': [
    'The request is older than a day',
    'The policy changed since the request was made',
    'What was approved is not what was requested',
  ],
  'not-in-force': ['Somebody lifted the protection before you', 'The protection has reached its end'],
  'too-many-subscriptions': ['The client has reached the limit for subscriptions'],
  'evidence-too-large': ['The message has more events than one package holds', 'Its events were read very often'],
  'message-too-large': ['The body is larger than this gateway accepts'],
  'unsupported-media-type': ['The Content-Type is not one of the operation', 'The body is compressed (Content-Encoding)'],
  quarantined: [
    'The message is not valid against the standard: a property is missing, unknown or of another type',
    'No adapter reads the message, or the source may not send events of its standard',
    'It has a marking that only its owner can interpret',
  ],
  'idempotency-mismatch': ['The Idempotency-Key was used before with a different body'],
  'too-many-requests': [
    'The client has sent more requests in a minute than it may',
    'It has too many requests or streams open, or has not read the answers that it has',
  ],
  'headers-too-large': ['A header is very long: for example a damaged cursor, or many cookies'],
  internal: ['The gateway has a fault, which is in its log'],
  unavailable: [
    'The bus or the audit log cannot be written',
    'The gateway is starting or stopping',
    'The issuer of access tokens cannot be asked',
  ],
};

/** What a front-end has to show besides the problem itself. */
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

/** Example details of a problem, for samples and for the scenarios of a sandbox. */
export const sampleDetails = (code: ProblemCode): ProblemDetails => DETAILS[code] ?? {};

/** The body of a problem as an example, in JSON. */
export const sampleOf = (code: ProblemCode): string => JSON.stringify(problemOf(code, sampleDetails(code)), null, 2);

/** What the page of a problem says. */
export const helpWith = (code: string) => ({
  advice: ADVICE[code as ProblemCode],
  causes: CAUSES[code as ProblemCode],
  sample: sampleOf(code as ProblemCode),
});
