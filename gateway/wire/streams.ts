/** The streams that the gateway keeps on the bus besides the events. They are the only store of record. */
import type { Json, JsonObject, Refusal, Warning } from '../../adapters/adapter.ts';
import type { BusRecord } from '../bus/bus.ts';
import type { Label } from '../labels/label.ts';
import type { ReceiptProtection } from '../pipeline/submission.ts';
import type { LinkRecord, UnlinkRecord } from '../protections/link.ts';
import type { LiftRecord, ProtectionRecord } from '../protections/register.ts';

export const MESSAGES = 'interchange.messages';
/** How a message is stored where its record says so in `content-encoding`: raw DEFLATE, RFC 1951. */
export const DEFLATE = 'deflate-raw';
export const RECEIPTS = 'interchange.receipts';
export const AUDIT = 'interchange.audit';
export const AUDIT_HEADS = 'interchange.audit-heads';
/** The key of audit records and heads on a bus that one gateway writes to. */
export const AUDIT_KEY = 'audit';
/** A gateway signs a head with the first audit records of each run, and then at least once in this number of records. */
export const HEAD_EVERY = 1000;
export const LEDGER = 'interchange.ledger';
export const SUBSCRIPTIONS = 'interchange.subscriptions';
export const LEASES = 'interchange.leases';
export const PROTECTIONS = 'interchange.protections';
export const APPROVALS = 'interchange.approvals';
export const ORDER = 'interchange.order';
/** What people do about messages in quarantine (`quarantine-records.ts`). */
export const QUARANTINE = 'interchange.quarantine';

/** Records that an event is on the bus. The offset of this record is the event's place in the one order of all events. */
export interface OrderRecord {
  readonly event: string;
  /** The topic with the complete event. */
  readonly topic: string;
  /** The topics with a rendition of the event. */
  readonly renditions?: readonly string[];
}

/** A protection of a person in a case, or its lifting; a link between cases, which extends protections, or its end. */
export type ProtectionStreamRecord =
  | { readonly protection: ProtectionRecord }
  | { readonly lift: LiftRecord }
  | { readonly link: LinkRecord }
  | { readonly unlink: UnlinkRecord }
  | { readonly begin: BeginRecord };

/** A request to lower the label of a message in quarantine or to lift a protection, or the approval of one. */
export type ApprovalStreamRecord =
  | { readonly request: LabelRequest }
  | { readonly approval: LabelApproval }
  | { readonly liftRequest: LiftRequest }
  | { readonly liftApproval: LiftApproval }
  | { readonly begin: BeginRecord };

/** A person requests that a message from quarantine be published with a lower label than its original. */
export interface LabelRequest {
  /** 43 characters of base64url. */
  readonly id: string;
  /** The message in quarantine. */
  readonly message: string;
  /** The label that is joined into the resubmission's label instead of the original's. */
  readonly label: Label;
  /** Hex, of the bytes to send again: an approval is valid for no others. */
  readonly sha256: string;
  /** The policy in force at the request. */
  readonly policy: string;
  readonly because: string;
  readonly by: string;
  /** A pseudonym of the person who used the client. A request without it is from an earlier version, and can no longer be approved. */
  readonly person?: string;
  /** ISO 8601. */
  readonly time: string;
  /** When request and approval expire, ISO 8601. */
  readonly expires: string;
}

/** A second person approves a request. */
export interface LabelApproval {
  readonly request: string;
  readonly by: string;
  /** A pseudonym of the person who used the client. */
  readonly person?: string;
  /** ISO 8601. */
  readonly time: string;
}

/** A person requests that a protection be lifted. */
export interface LiftRequest {
  /** 43 characters of base64url. */
  readonly id: string;
  readonly protection: string;
  /** The pseudonym of the case. */
  readonly case: string;
  /** Hex, of the protection and the reason: an approval is valid for no others. */
  readonly sha256: string;
  /** The policy in force at the request. */
  readonly policy: string;
  readonly because: string;
  readonly by: string;
  /** A pseudonym of the person who used the client. */
  readonly person: string;
  /** ISO 8601. */
  readonly time: string;
  /** When it expires, ISO 8601. */
  readonly expires: string;
}

/** A second person approves that a protection is lifted. */
export interface LiftApproval {
  readonly request: string;
  readonly by: string;
  /** A pseudonym of the person who used the client. */
  readonly person: string;
  /** ISO 8601. */
  readonly time: string;
}

/**
 * The current state of a subscription, or a delivery attempt. Both are on one stream, so that every gateway sees them in the same order.
 */
export type SubscriptionStreamRecord =
  | { readonly subscription: SubscriptionRecord }
  | { readonly delivery: DeliveryRecord }
  | { readonly begin: BeginRecord };

export interface SubscriptionRecord {
  readonly id: string;
  /** Grows with each change. Of two changes with the same version, the first on the stream wins. */
  readonly version: number;
  readonly client: string;
  /** An address that takes webhooks, or `transport:` and the name of a transport. */
  readonly url: string;
  readonly type?: string;
  readonly subject?: string;
  readonly task?: string;
  /** The media type of the legacy format that events are written in. */
  readonly format?: string;
  /** `lenient`: what the format cannot hold is left out, as with `Prefer: handling=lenient` (RFC 7240). Default: `strict`. */
  readonly handling?: 'strict' | 'lenient';
  readonly status: 'active' | 'paused' | 'deleted';
  /** Why it is paused. */
  readonly because?: 'asked' | 'failing' | 'gone';
  /** ISO 8601. */
  readonly created: string;
  /** How often its secret was renewed, and the time of the last renewal (ISO 8601). */
  readonly secret: number;
  readonly rotated?: string;
  /** Grows with each replay. A turn begins at `standing`: the next offset by topic and partition. */
  readonly turn: number;
  /** The Idempotency-Key of the request that began the turn, if it had one, and the request's fingerprint. */
  readonly replay?: { readonly key: string; readonly fingerprint: string };
  readonly standing: Readonly<Record<string, Readonly<Record<number, number>>>>;
}

/** An attempt to deliver an event to a subscription. */
export interface DeliveryRecord {
  readonly subscription: string;
  readonly turn: number;
  readonly event: string;
  /** ISO 8601. */
  readonly time: string;
  readonly attempt: number;
  /**
   * `withheld`: at the next attempt, the client was no longer allowed to read the event. `unwritable`: the format of the subscription cannot
   * hold the event.
   */
  readonly outcome: 'delivered' | 'failed' | 'withheld' | 'unwritable';
  /** A code, never the body of the answer. */
  readonly reason?: string;
  /** The HTTP status of the answer, if there was one. */
  readonly status?: number;
  readonly milliseconds: number;
  /** When the next attempt is due, ISO 8601. */
  readonly next?: string;
  /** The position of the subscription after the event. */
  readonly standing: SubscriptionRecord['standing'];
}

/** A gateway's claim to do a job for a time. */
export interface LeaseRecord {
  readonly run: string;
  readonly milliseconds: number;
  /**
   * The offset of the claim that this one replaces, -1 where there was none. Of two claims that replace the same one, the first on the
   * stream wins.
   */
  readonly over: number;
  /** Milliseconds since 1970 by the clock of the machine, so that other gateways notice a difference. */
  readonly clock: number;
}

/** The first record of a stream that a gateway authenticated. */
export interface BeginRecord {
  /** Records before this offset are from an earlier version, and are not authenticated. */
  readonly before: number;
}

/** The counts of one run of a gateway for a source in an hour, until now. */
export interface LedgerRecord {
  readonly run: string;
  readonly source: string;
  /** The beginning of the hour, ISO 8601. */
  readonly hour: string;
  readonly received: number;
  readonly refused: number;
  readonly repeated: number;
  readonly unanswered: number;
}

/** The receipt of a message, for its sender and for the gateway. The receipt of a refused message is its quarantine item. */
export interface ReceiptRecord {
  /** The message's id. */
  readonly id: string;
  readonly status: 'accepted' | 'quarantined';
  readonly source: string;
  readonly adapter?: string;
  /** Receipts of earlier versions do not have it. */
  readonly adapterVersion?: string;
  /** The policy that decided, with its version. Receipts of earlier versions do not have it. */
  readonly policy?: string;
  /** ISO 8601. */
  readonly received: string;
  /** Hex, of the exact bytes, as proof for the sender. Only the sender sees it. */
  readonly sha256: string;
  /** The name of the transport that brought it. */
  readonly transport?: string;
  readonly mediaType?: string;
  readonly charset?: string;
  /** The label that the sender asserted: a resubmission must not lose it. */
  readonly assertion?: unknown;
  readonly events: readonly { readonly id: string; readonly type: string; readonly standard: string }[];
  readonly warnings: readonly Warning[];
  readonly reasons: readonly Refusal[];
  readonly label: Label;
  /** The label that is joined into the label of a resubmission. Receipts of earlier versions do not have it: their `label` is used. */
  readonly origin?: Label;
  /** The protections of people who must not be identified in the events. */
  readonly protections?: readonly ReceiptProtection[];
  readonly resubmissionOf?: string;
  /** For a record of another message that is in quarantine separately: the id of that message, and the line. */
  readonly record?: { readonly message: string; readonly line: number };
  /** For a message with independent records: the numbers of records received, published and in quarantine. */
  readonly records?: ReceiptRecords;
  /** The client's Idempotency-Key and the fingerprint of its first request. */
  readonly idempotency?: { readonly key: string; readonly fingerprint: string };
}

/** The outcome of the records of a message. */
export interface ReceiptRecords {
  readonly received: number;
  readonly published: number;
  /** The records in quarantine, each with its id there. */
  readonly quarantined: readonly { readonly id: string; readonly line: number; readonly reasons: readonly Refusal[] }[];
}

/** The decision on some events for a reader. */
export interface Outcome {
  readonly decision: 'permit' | 'redact' | 'deny';
  readonly marking?: string;
  readonly reasons?: readonly string[];
  /** The first 12 characters of the id of each event, without separators. */
  readonly ids: string;
}

/** One action of a gateway, client or person, for DPA 2018 s.62. It holds ids, codes and pseudonyms, and no personal data. */
export interface AuditEntry {
  readonly action: 'collection' | 'alteration' | 'consultation' | 'disclosure' | 'combination' | 'erasure' | 'start' | 'stop' | 'timestamp';
  /** The client that acted or received; `gateway` for the gateway itself. */
  readonly who: string;
  /** A pseudonym of the person that the client acted for, where the client said so. */
  readonly onBehalfOf?: string;
  readonly decision: 'permit' | 'redact' | 'deny' | 'none';
  /** Reason codes, never text of a message. */
  readonly reasons?: readonly string[];
  readonly messageId?: string;
  /** Of the register: the protection's id, and the case's pseudonym. */
  readonly protection?: string;
  readonly subject?: string;
  readonly events?: readonly {
    readonly id: string;
    readonly subject?: string;
    /** For a collection: pseudonyms of the people that the event is about. */
    readonly persons?: readonly string[];
    readonly decision?: string;
    readonly reasons?: readonly string[];
    readonly marking?: string;
  }[];
  /** For a disclosure: the decision on each event, grouped by outcome. Records of earlier versions have `events` instead. */
  readonly outcomes?: readonly Outcome[];
  /** For a disclosure: how many requests it joins, if more than one. */
  readonly requests?: number;
  /** The subscription that was created, changed or deleted, or that an event was sent for. */
  readonly subscription?: string;
  /** What was changed. */
  readonly change?: string;
  /** The rule of the quarantine that did it, or was changed. */
  readonly rule?: string;
  /** The job of resubmissions that was changed. */
  readonly job?: string;
  /** The host that events of the subscription are sent to. */
  readonly to?: string;
  /** The task that the recipient named. */
  readonly task?: string;
  /** For a task: how often an event had a field of its profile, and how often the field was granted. */
  readonly fields?: readonly { readonly standard: string; readonly field: string; readonly asked: number; readonly granted: number }[];
  /** The policy that decided, with its version. */
  readonly policy: string;
  /** An authority's timestamp (RFC 3161) of a signed head of the same chain: the head's number, and the token in base64. */
  readonly timestamp?: { readonly head: number; readonly token: string };
  /** The chain of one run of one gateway, on a bus that several gateways write to. */
  readonly chain?: string;
  /** For the change `authenticate streams`: where authenticated records begin on each stream. */
  readonly streams?: readonly { readonly stream: string; readonly before: number }[];
  /** For the first record of a chain: the ends of the other chains that this gateway saw. */
  readonly follows?: readonly { readonly chain: string; readonly seq: number; readonly hash: string }[];
}

/** An audit entry with its place in the chain. */
export interface AuditRecord extends AuditEntry {
  readonly seq: number;
  readonly time: string;
  /** Hash of the previous record. */
  readonly prev: string;
  /** SHA-256 of the canonical JSON of the record without this member. */
  readonly hash: string;
}

export const record = (topic: string, key: string, value: Json | object, headers?: Record<string, string>): BusRecord => ({
  topic,
  key,
  value: Buffer.from(JSON.stringify(value)),
  ...(headers === undefined ? {} : { headers }),
});

/** Parses the value of a trusted record. Records from a bus are read with {@link StreamReader}. */
export const parseRecord = <T>(value: Uint8Array): T =>
  JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.length).toString()) as JsonObject as unknown as T;
