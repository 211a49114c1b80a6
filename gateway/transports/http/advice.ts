/** What whoever gets a problem can do about it, for its page. */
import type { ProblemCode } from './problem.ts';

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
