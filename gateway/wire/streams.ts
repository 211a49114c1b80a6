/** The streams that the gateway keeps on the bus beside the events: the only store of record. */
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
/** The key of audit records and heads on a bus that one gateway writes. */
export const AUDIT_KEY = 'audit';
/** A gateway signs a head with the first audit records of each run, and after so many more at the latest. */
export const HEAD_EVERY = 1000;
export const LEDGER = 'interchange.ledger';
export const SUBSCRIPTIONS = 'interchange.subscriptions';
export const LEASES = 'interchange.leases';
export const PROTECTIONS = 'interchange.protections';
export const APPROVALS = 'interchange.approvals';
export const ORDER = 'interchange.order';

/** Says that an event is on the bus, and so where it stands in the one order of all events: what stands here first is given first. */
export interface OrderRecord {
  readonly event: string;
  /** The topic that it stands on whole. */
  readonly topic: string;
  /** The topics that a rendition of it stands on. */
  readonly renditions?: readonly string[];
}

/** A protection of somebody in a case, or what lifts one; a link between cases, which spreads them, or what ends one. */
export type ProtectionStreamRecord =
  | { readonly protection: ProtectionRecord }
  | { readonly lift: LiftRecord }
  | { readonly link: LinkRecord }
  | { readonly unlink: UnlinkRecord }
  | { readonly begin: BeginRecord };

/** A request to lower the label of a message in quarantine, or the approval of one. */
export type ApprovalStreamRecord =
  | { readonly request: LabelRequest }
  | { readonly approval: LabelApproval }
  | { readonly begin: BeginRecord };

/** Somebody asks that a message from quarantine be published under a label that is lower than that of the original. */
export interface LabelRequest {
  /** 43 characters of base64url. */
  readonly id: string;
  /** The message in quarantine. */
  readonly message: string;
  /** What joins into the label of the resubmission in place of the original's. */
  readonly label: Label;
  /** Hex, of the bytes that will be sent again: an approval holds for no others. */
  readonly sha256: string;
  /** The policy that the label was asked for under. */
  readonly policy: string;
  readonly because: string;
  readonly by: string;
  /** A pseudonym of who used the client. A request without it is of an earlier version, and cannot be approved any more. */
  readonly person?: string;
  /** ISO 8601. */
  readonly time: string;
  /** When request and approval lapse, ISO 8601. */
  readonly expires: string;
}

/** A second person approves a request. */
export interface LabelApproval {
  readonly request: string;
  readonly by: string;
  /** A pseudonym of who used the client. */
  readonly person?: string;
  /** ISO 8601. */
  readonly time: string;
}

/** A subscription as it now is, or an attempt of it: on one stream, so that every gateway sees them in one order. */
export type SubscriptionStreamRecord =
  | { readonly subscription: SubscriptionRecord }
  | { readonly delivery: DeliveryRecord }
  | { readonly begin: BeginRecord };

export interface SubscriptionRecord {
  readonly id: string;
  /** Grows with each change: of two changes of one version the first on the stream holds. */
  readonly version: number;
  readonly client: string;
  readonly url: string;
  readonly type?: string;
  readonly subject?: string;
  readonly task?: string;
  readonly status: 'active' | 'paused' | 'deleted';
  /** Why it is paused. */
  readonly because?: 'asked' | 'failing' | 'gone';
  /** ISO 8601. */
  readonly created: string;
  /** How often its secret was renewed, and when last (ISO 8601). */
  readonly secret: number;
  readonly rotated?: string;
  /** Grows with each replay. A turn begins at `standing`: the next offset by topic and partition. */
  readonly turn: number;
  /** The request that began the turn, where it came with an Idempotency-Key, and the fingerprint of what it asked for. */
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
  /** `withheld`: when it was to be tried again, the client was not allowed to read it any more. */
  readonly outcome: 'delivered' | 'failed' | 'withheld';
  /** A code, never what the address answered. */
  readonly reason?: string;
  /** The HTTP status that the address answered with, where it answered. */
  readonly status?: number;
  readonly milliseconds: number;
  /** When it is tried again, ISO 8601. */
  readonly next?: string;
  /** Where the subscription stands after the event. */
  readonly standing: SubscriptionRecord['standing'];
}

/** A gateway says that it does a job for so long from now on. */
export interface LeaseRecord {
  readonly run: string;
  readonly milliseconds: number;
  /** The offset of the claim that held until this one, -1 where there was none. Of two claims over one, the first on the stream holds. */
  readonly over: number;
  /** Milliseconds since 1970 by the clock of the machine: another one that differs is noticed. */
  readonly clock: number;
}

/** The first record of a stream that a gateway authenticated. */
export interface BeginRecord {
  /** Records before this offset are of an earlier version, and are not authenticated. */
  readonly before: number;
}

/** What one run of a gateway has counted for a source in an hour until now. */
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

/** What the sender of a message gets back, and what the gateway knows of it afterwards. A refused message's receipt is its quarantine item. */
export interface ReceiptRecord {
  /** The message's id. */
  readonly id: string;
  readonly status: 'accepted' | 'quarantined';
  readonly source: string;
  readonly adapter?: string;
  /** ISO 8601. */
  readonly received: string;
  /** Hex, of the exact bytes: the sender's own proof. Shown to the sender alone. */
  readonly sha256: string;
  readonly mediaType?: string;
  readonly charset?: string;
  /** The label that the sender asserted: a resubmission must not lose it. */
  readonly assertion?: unknown;
  readonly events: readonly { readonly id: string; readonly type: string; readonly standard: string }[];
  readonly warnings: readonly Warning[];
  readonly reasons: readonly Refusal[];
  readonly label: Label;
  /** What joins into the label of a resubmission; absent from receipts of earlier versions, whose `label` then does. */
  readonly origin?: Label;
  /** Who must not be identified in the events. */
  readonly protections?: readonly ReceiptProtection[];
  readonly resubmissionOf?: string;
  /** The message is one record of another, kept alone: the id of that message, and the line there. */
  readonly record?: { readonly message: string; readonly line: number };
  /** Of a message whose records stand for themselves: `received` is what was published and what waits alone. */
  readonly records?: ReceiptRecords;
  /** The client's Idempotency-Key and the fingerprint of what it was first used with. */
  readonly idempotency?: { readonly key: string; readonly fingerprint: string };
}

/** What became of the records of a message. */
export interface ReceiptRecords {
  readonly received: number;
  readonly published: number;
  /** Each waits in quarantine under this id. */
  readonly quarantined: readonly { readonly id: string; readonly line: number; readonly reasons: readonly Refusal[] }[];
}

/** What became of some events for a reader. */
export interface Outcome {
  readonly decision: 'permit' | 'redact' | 'deny';
  readonly marking?: string;
  readonly reasons?: readonly string[];
  /** The first 12 characters of the id of each event, without anything between them. */
  readonly ids: string;
}

/** What one boundary or person did, for DPA 2018 s.62. It holds ids, codes and pseudonyms, and no personal data. */
export interface AuditEntry {
  readonly action: 'collection' | 'alteration' | 'consultation' | 'disclosure' | 'combination' | 'erasure' | 'start' | 'stop' | 'timestamp';
  /** The client that did it or got it; `gateway` for the gateway itself. */
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
    /** With a collection: pseudonyms of whom the event is about. */
    readonly persons?: readonly string[];
    readonly decision?: string;
    readonly reasons?: readonly string[];
    readonly marking?: string;
  }[];
  /** With a disclosure: what became of each event, those of one outcome together. Records of earlier versions have `events` instead. */
  readonly outcomes?: readonly Outcome[];
  /** With a disclosure: how many requests of one moment it is of, if more than one. */
  readonly requests?: number;
  /** The subscription that was made, changed or ended, or that an event was sent for. */
  readonly subscription?: string;
  /** What was changed. */
  readonly change?: string;
  /** The host that events of the subscription are sent to. */
  readonly to?: string;
  /** The task that the recipient named. */
  readonly task?: string;
  /** With a task: how often a field that its profile asks for was there, and how often it was granted. */
  readonly fields?: readonly { readonly standard: string; readonly field: string; readonly asked: number; readonly granted: number }[];
  /** The policy, and version, that decided. */
  readonly policy: string;
  /** An authority's timestamp (RFC 3161) of a signed head of the same chain: the head's number, and the token in base64. */
  readonly timestamp?: { readonly head: number; readonly token: string };
  /** The chain of one run of one gateway, on a bus that several write. */
  readonly chain?: string;
  /** With the change `authenticate streams`: where the records of a stream begin that must be authenticated. */
  readonly streams?: readonly { readonly stream: string; readonly before: number }[];
  /** With the first record of a chain: where the others stood as this gateway saw them. */
  readonly follows?: readonly { readonly chain: string; readonly seq: number; readonly hash: string }[];
}

/** An audit entry in its place in the chain. */
export interface AuditRecord extends AuditEntry {
  readonly seq: number;
  readonly time: string;
  /** Hash of the record before. */
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

/** What a record holds that is known to be one. What comes from a bus is read with {@link StreamReader}. */
export const parseRecord = <T>(value: Uint8Array): T =>
  JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.length).toString()) as JsonObject as unknown as T;
