/** The JSON Schemas of the records of the gateway's own streams. They allow unknown members, which later versions may add. */
import { MOST_KEYS } from '../protections/people.ts';
import { QUARANTINE_SCHEMA } from './quarantine-schema.ts';
import { digest, instant, name, object, type Schema } from './schema-parts.ts';
import { APPROVALS, AUDIT, LEASES, LEDGER, ORDER, PROTECTIONS, QUARANTINE, RECEIPTS, SUBSCRIPTIONS } from './streams.ts';

const text = (maxLength: number): Schema => ({ type: 'string', maxLength });
const count = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
const pseudonym = { type: 'string', pattern: '^[A-Za-z0-9_-]{22}$' };
const list = (items: Schema, maxItems = 1_000_000): Schema => ({ type: 'array', maxItems, items });

const oneOf = (kinds: Schema): Schema => ({
  type: 'object',
  oneOf: Object.entries(kinds).map(([kind, schema]) => ({ type: 'object', required: [kind], properties: { [kind]: schema } })),
});

/** The marker that the gateway writes on a stream that gives rights, when it first authenticates its records. */
const begin = object({ before: count });
const label = { type: 'object' };
const standing = {
  type: 'object',
  maxProperties: 10_000,
  propertyNames: { type: 'string', pattern: '^[a-z0-9.-]{1,249}$' },
  additionalProperties: {
    type: 'object',
    maxProperties: 100_000,
    propertyNames: { type: 'string', pattern: '^[0-9]{1,6}$' },
    additionalProperties: count,
  },
};

const subscription = object(
  {
    id: name,
    client: name,
    url: text(4096),
    created: instant,
    standing,
    version: { ...count, minimum: 1 },
    secret: count,
    turn: count,
    status: { enum: ['active', 'paused', 'deleted'] },
  },
  {
    type: name,
    subject: name,
    task: name,
    format: text(200),
    handling: { enum: ['strict', 'lenient'] },
    because: { enum: ['asked', 'failing', 'gone'] },
    rotated: instant,
    replay: object({ key: name, fingerprint: digest }),
  },
);

const delivery = object(
  {
    subscription: name,
    event: name,
    time: instant,
    turn: count,
    attempt: count,
    milliseconds: { type: 'number', minimum: 0 },
    outcome: { enum: ['delivered', 'failed', 'withheld', 'unwritable'] },
    standing,
  },
  { reason: name, status: { type: 'integer', minimum: 100, maximum: 999 }, next: instant },
);

const words = list(text(300), MOST_KEYS);
/** Pseudonyms of the details that identify a person, by kind. */
const keys = object({
  sounds: words,
  families: words,
  givens: words,
  initials: words,
  singles: words,
  numbers: words,
  details: words,
});

const protection = object(
  {
    id: pseudonym,
    case: name,
    keys,
    restrictions: list(name, 100),
    by: name,
    since: instant,
    reason: name,
    title: text(2000),
    law: text(2000),
  },
  {
    kind: { enum: ['defendant', 'victim', 'parent'] },
    relatives: list(keys, 1000),
    event: digest,
    label,
    until: { type: 'string', format: 'date' },
  },
);

const lift = object({ id: name, case: name, by: name, because: text(10_000), time: instant }, { approvedBy: name });

const link = object({ event: digest, case: pseudonym, linked: list(pseudonym, 100), by: name, since: instant });
const unlink = object({ event: digest, case: name, by: digest, time: instant });

const request = object(
  {
    id: name,
    message: name,
    label,
    sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' },
    policy: name,
    because: text(10_000),
    by: name,
    time: instant,
    expires: instant,
  },
  { person: name },
);

const approval = object({ request: name, by: name, time: instant }, { person: name });

const liftRequest = object({
  id: name,
  protection: name,
  case: name,
  sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' },
  policy: name,
  because: text(10_000),
  by: name,
  person: name,
  time: instant,
  expires: instant,
});

const liftApproval = object({ request: name, by: name, person: name, time: instant });

const reason = object(
  { code: name, reason: text(10_000) },
  { at: text(10_000), line: { ...count, minimum: 1 }, column: { ...count, minimum: 1 } },
);
const warning = object({ code: name, reason: text(10_000), at: text(10_000) });
const receiptProtection = object({ restrictions: list(name, 100), reason: name }, { at: text(10_000) });
/** The members of a label that a receipt shows. The policy in force decides whether the others are valid. */
const shownLabel = object({ classification: name }, { sensitive: { type: 'boolean' } });

const receipt = object(
  {
    id: digest,
    status: { enum: ['accepted', 'quarantined'] },
    source: name,
    received: instant,
    label: shownLabel,
    sha256: { type: 'string', pattern: '^(?:[0-9a-f]{64})?$' },
    events: list(object({ id: digest, type: name, standard: name })),
    warnings: list(warning),
    reasons: list(reason),
  },
  {
    adapter: name,
    transport: name,
    adapterVersion: name,
    policy: text(1000),
    mediaType: text(1000),
    charset: text(300),
    origin: label,
    resubmissionOf: digest,
    record: object({ message: digest, line: { ...count, minimum: 1 } }),
    records: object({ received: count, published: count, quarantined: list(object({ id: digest, line: count, reasons: list(reason) })) }),
    protections: list(receiptProtection),
    idempotency: object({ key: name, fingerprint: name }),
  },
);

const outcome = object(
  { decision: { enum: ['permit', 'redact', 'deny'] }, ids: { type: 'string' } },
  { marking: name, reasons: list(name) },
);

const audit = object(
  {
    action: name,
    who: name,
    decision: name,
    policy: text(1000),
    time: instant,
    seq: count,
    prev: digest,
    hash: digest,
  },
  {
    messageId: name,
    chain: name,
    subscription: name,
    task: name,
    onBehalfOf: name,
    reasons: list(name),
    events: list(object({ id: name }, { subject: name, decision: name, marking: name, persons: list(name), reasons: list(name) })),
    outcomes: list(outcome),
    fields: list(object({ standard: name, field: name, asked: count, granted: count })),
    requests: count,
    follows: list(object({ chain: text(300), seq: { ...count, minimum: -1 }, hash: digest })),
    timestamp: object({ head: count, token: text(200_000) }),
  },
);

/** The longest time that a lease can be held, whatever its record says. */
export const LONGEST_LEASE = 60_000;

const lease = object({
  run: name,
  milliseconds: { type: 'integer', minimum: 0, maximum: LONGEST_LEASE },
  over: { ...count, minimum: -1 },
  clock: count,
});

const topic = { type: 'string', pattern: '^justice\\.[a-z0-9.-]{1,240}$' };
const order = object({ event: digest, topic }, { renditions: list(topic, 100) });

/** A limit for counts in an hour, so that their sum stays a safe integer. */
const inAnHour = { ...count, maximum: 1_000_000_000 };

const ledger = object({
  run: name,
  source: name,
  hour: { ...instant, pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:00:00\\.000Z$' },
  received: inAnHour,
  refused: inAnHour,
  repeated: inAnHour,
  unanswered: inAnHour,
});

/** By stream. */
export const STREAM_SCHEMAS: Readonly<Record<string, Schema>> = {
  [SUBSCRIPTIONS]: oneOf({ subscription, delivery, begin }),
  [PROTECTIONS]: oneOf({ protection, lift, link, unlink, begin }),
  [APPROVALS]: oneOf({ request, approval, liftRequest, liftApproval, begin }),
  [RECEIPTS]: receipt,
  [AUDIT]: audit,
  [LEASES]: lease,
  [ORDER]: order,
  [LEDGER]: ledger,
  [QUARANTINE]: QUARANTINE_SCHEMA,
};
