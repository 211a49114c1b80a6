/** What became of events for a reader, as the audit log will have it. */
import type { Delivery } from '../pipeline/deliver.ts';
import type { AuditEntry } from '../store/streams.ts';

/** What a client was told, as the audit log will have it. */
export interface Told {
  readonly events: NonNullable<AuditEntry['events']>[number][];
  readonly fields: Map<string, NonNullable<AuditEntry['fields']>[number]>;
}

/** Nothing yet. */
export const nothingTold = (): Told => ({ events: [], fields: new Map() });

/** Notes what became of an event for a reader. */
export function note({ events, fields }: Told, { id, decision, fields: asked = [] }: Extract<Delivery, { ok: true }>): void {
  if (decision.verdict === 'deny') {
    events.push({ id, decision: 'deny', reasons: decision.reasons });
    return;
  }
  const { event } = decision;
  events.push({
    id,
    ...(event.subject === undefined ? {} : { subject: event.subject }),
    decision: decision.verdict,
    marking: event.classification,
    ...(decision.verdict === 'redact' ? { reasons: decision.reasons } : {}),
  });
  for (const { field, granted } of asked) count(fields, { standard: event.type, field, asked: 1, granted: granted ? 1 : 0 });
}

function count(fields: Told['fields'], { standard, field, asked, granted }: NonNullable<AuditEntry['fields']>[number]): void {
  const key = `${standard} ${field}`;
  const known = fields.get(key);
  fields.set(key, { standard, field, asked: asked + (known?.asked ?? 0), granted: granted + (known?.granted ?? 0) });
}

/** Adds what became of one event to what became of others. */
export function add(told: Told, also: Told): void {
  told.events.push(...also.events);
  for (const one of also.fields.values()) count(told.fields, one);
}
