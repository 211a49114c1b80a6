/** What became of events for a reader, as the audit log will have it. */
import type { Delivery } from '../pipeline/deliver.ts';
import { addFields, decisionOf, isEventId, Outcomes } from '../store/outcomes.ts';
import type { AuditEntry, Outcome } from '../wire/streams.ts';

type Named = NonNullable<AuditEntry['events']>[number];
type Fields = NonNullable<AuditEntry['fields']>;

/** What a client is being given, until the audit log has it. */
export interface PendingDisclosure {
  readonly outcomes: { readonly outcome: Omit<Outcome, 'ids'>; readonly id: string }[];
  /** What has no id of an event: a record that cannot be judged, or what a client asked for in vain. */
  readonly others: Named[];
  fields: Fields;
}

/** Nothing yet. */
export const nothingPending = (): PendingDisclosure => ({ outcomes: [], others: [], fields: [] });

/** Notes what became of an event for a reader. */
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
  const asked = fields.map(({ field, granted }) => ({ standard: event.type, field, asked: 1, granted: granted ? 1 : 0 }));
  pending.fields = addFields(pending.fields, asked);
}

function put({ outcomes, others }: PendingDisclosure, id: string, outcome: Omit<Outcome, 'ids'>): void {
  if (isEventId(id)) outcomes.push({ outcome, id });
  else others.push({ id, ...outcome });
}

/** Adds what became of one event to what became of others. */
export function add(pending: PendingDisclosure, also: PendingDisclosure): void {
  pending.outcomes.push(...also.outcomes);
  pending.others.push(...also.others);
  if (also.fields.length > 0) pending.fields = addFields(pending.fields, also.fields);
}

/** What the audit log says of it, or undefined where there is nothing to say. */
export function disclosureOf({ outcomes, others }: PendingDisclosure): Pick<AuditEntry, 'decision' | 'outcomes' | 'events'> | undefined {
  if (outcomes.length + others.length === 0) return undefined;
  const together = new Outcomes();
  for (const { outcome, id } of outcomes) together.add(outcome, [id]);
  return {
    decision: decisionOf(new Set([...outcomes.map(({ outcome }) => outcome.decision), ...others.map(({ decision }) => decision)])),
    ...(outcomes.length === 0 ? {} : { outcomes: together.list }),
    ...(others.length === 0 ? {} : { events: others }),
  };
}
