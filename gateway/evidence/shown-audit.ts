/** Audit records as a package shows them, with what proves that a signed head names them. */

import { digestOfShown, shownRecord } from '../store/audit/record-leaf.ts';
import { disclosedEvents, shortId } from '../store/outcomes.ts';
import type { AuditRecord } from '../wire/streams.ts';

/** That a head names a record (RFC 9162, section 2.1.3). */
export interface RecordProof {
  /** The place of the head in the list of heads. */
  readonly head: number;
  readonly salt: string;
  readonly index: number;
  readonly count: number;
  /** Base64url. */
  readonly path: readonly string[];
}

/** What a record says of this message, where it speaks of other messages too and cannot be shown. */
export type RecordExtract = Pick<AuditRecord, 'action' | 'who' | 'onBehalfOf' | 'decision' | 'policy' | 'task' | 'time'> & {
  readonly events: readonly { readonly id: string; readonly decision?: string; readonly marking?: string }[];
};

export interface ShownAudit {
  /** SHA-256 of the canonical JSON of the record as it may be shown, base64url. */
  readonly digest: string;
  readonly record?: AuditRecord;
  readonly extract?: RecordExtract;
  /** Absent while no head has signed the record, and where an earlier version signed it. */
  readonly proof?: RecordProof;
}

/** The audit records of a message, and the signed heads that name them as compact JWS. */
export interface AuditFile {
  readonly records: readonly ShownAudit[];
  readonly heads: readonly string[];
}

/** A message and its events, as the audit log names them. */
export interface Named {
  readonly message: string;
  /** Short ids. */
  readonly events: ReadonlySet<string>;
}

/** Whether a record speaks of nothing but this message and its events. */
const isOnlyAbout = ({ messageId, events = [], outcomes = [], protection, subject }: AuditRecord, named: Named): boolean =>
  (messageId === undefined || messageId === named.message) &&
  protection === undefined &&
  subject === undefined &&
  (messageId === named.message || disclosedEvents({ events, outcomes }).every(({ id }) => named.events.has(shortId(id))));

/** A record as it may be shown in the package of a message. */
export function showRecord(complete: AuditRecord, named: Named): ShownAudit {
  const record = shownRecord(complete);
  const digest = digestOfShown(record);
  if (isOnlyAbout(record, named)) return { digest, record };
  const { action, who, onBehalfOf, decision, policy, task, time } = record;
  const events = disclosedEvents(record)
    .filter(({ id }) => named.events.has(shortId(id)))
    .map(({ id, decision: eventDecision, marking }) => ({
      id,
      ...(eventDecision === undefined ? {} : { decision: eventDecision }),
      ...(marking === undefined ? {} : { marking }),
    }));
  return {
    digest,
    extract: {
      action,
      who,
      decision,
      policy,
      time,
      events,
      ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
      ...(task === undefined ? {} : { task }),
    },
  };
}

/** What the record says, as far as it is shown. */
export const saidBy = ({ record, extract }: ShownAudit): RecordExtract | undefined =>
  extract ?? (record === undefined ? undefined : { ...record, events: disclosedEvents(record) });
