/** Collects the decisions on events for a reader, for the audit log. */
import type { Delivery } from '../pipeline/deliver.ts';
import { addFields, decisionOf, Outcomes } from '../store/outcomes.ts';
import { isId } from '../wire/id-form.ts';
import type { AuditEntry, Outcome } from '../wire/streams.ts';

type Named = NonNullable<AuditEntry['events']>[number];
type Fields = NonNullable<AuditEntry['fields']>;

/** Decisions for a client that the audit log does not hold yet. */
export interface PendingDisclosure {
  readonly outcomes: { readonly outcome: Omit<Outcome, 'ids'>; readonly id: string }[];
  /** Entries without an event id: records that cannot be judged, and ids that do not exist. */
  readonly otherRecords: Named[];
  fields: Fields;
}

/** A pending disclosure without entries. */
export const nothingPending = (): PendingDisclosure => ({ outcomes: [], otherRecords: [], fields: [] });

/** How many decisions a pending disclosure has. */
export const sizeOf = ({ outcomes, otherRecords }: PendingDisclosure): number => outcomes.length + otherRecords.length;

/** Records the decision on an event for a reader. */
export function note(pending: PendingDisclosure, { id, decision, fields = [] }: Delivery): void {
  if (decision.verdict === 'deny') {
    put(pending, id, { decision: 'deny', reasons: decision.reasons });
    return;
  }
  const { event } = decision;
  put(pending, id, {
    decision: decision.verdict,
    marking: event.classification,
    ...(decision.verdict === 'redact' ? { reasons: decision.reasons } : {}),
  });
  if (fields.length === 0) return;
  const uses = fields.map(({ field, granted }) => ({ standard: event.type, field, asked: 1, granted: granted ? 1 : 0 }));
  pending.fields = addFields(pending.fields, uses);
}

function put({ outcomes, otherRecords }: PendingDisclosure, id: string, outcome: Omit<Outcome, 'ids'>): void {
  if (isId(id)) outcomes.push({ outcome, id });
  else otherRecords.push({ id, ...outcome });
}

/** Adds the entries of one disclosure to another. */
export function add(pending: PendingDisclosure, added: PendingDisclosure): void {
  pending.outcomes.push(...added.outcomes);
  pending.otherRecords.push(...added.otherRecords);
  if (added.fields.length > 0) pending.fields = addFields(pending.fields, added.fields);
}

/** The members of the audit entry; undefined where there is nothing to audit. */
export function disclosureOf({
  outcomes,
  otherRecords,
}: PendingDisclosure): Pick<AuditEntry, 'decision' | 'outcomes' | 'events'> | undefined {
  if (outcomes.length + otherRecords.length === 0) return undefined;
  const together = new Outcomes();
  for (const { outcome, id } of outcomes) together.add(outcome, [id]);
  return {
    decision: decisionOf(new Set([...outcomes.map(({ outcome }) => outcome.decision), ...otherRecords.map(({ decision }) => decision)])),
    ...(outcomes.length === 0 ? {} : { outcomes: together.list }),
    ...(otherRecords.length === 0 ? {} : { events: otherRecords }),
  };
}

/** The entry for a person who opens an event for a reason, by its code: none where nothing is given, and none without a reason. */
export function consultationsOf(
  { outcomes }: PendingDisclosure,
  reason: string | undefined,
): readonly Omit<AuditEntry, 'who' | 'policy'>[] {
  const events = outcomes.flatMap(({ outcome, id }) => (outcome.decision === 'deny' ? [] : [{ id }]));
  return reason === undefined || events.length === 0 ? [] : [{ action: 'consultation', decision: 'permit', events, reasons: [reason] }];
}
