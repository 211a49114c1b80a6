/** Who was told what about whom, as the audit log has it. */
import type { Bus } from '../bus/bus.ts';
import { AUDIT, type AuditRecord, parseRecord } from './streams.ts';

export interface Disclosure {
  /** ISO 8601. */
  readonly time: string;
  readonly who: string;
  readonly event: string;
  readonly decision: string;
  readonly marking?: string;
  /** The task that it was asked for. */
  readonly task?: string;
}

/** Every record of the audit log, in order. */
export async function* auditRecords(bus: Bus): AsyncGenerator<AuditRecord> {
  for (let offset = 0; ; ) {
    const records = await bus.read(AUDIT, 0, offset, 1000);
    if (records.length === 0) return;
    for (const { value } of records) yield parseRecord<AuditRecord>(value);
    offset = (records.at(-1)?.offset ?? offset) + 1;
  }
}

/** Events about a case or person (pseudonyms), and every disclosure of them, in order. */
export async function disclosuresOf(
  bus: Bus,
  pseudonyms: ReadonlySet<string>,
): Promise<{ readonly events: readonly string[]; readonly disclosures: readonly Disclosure[] }> {
  const events = new Set<string>();
  const disclosures: Disclosure[] = [];
  for await (const { action, who, time, task, events: told = [] } of auditRecords(bus))
    for (const { id, subject, persons = [], decision, marking } of told) {
      const isMeant = (subject !== undefined && pseudonyms.has(subject)) || persons.some((one) => pseudonyms.has(one));
      if (isMeant && action !== 'disclosure') events.add(id);
      if (action !== 'disclosure' || decision === undefined || decision === 'deny' || !(events.has(id) || isMeant)) continue;
      events.add(id);
      disclosures.push({
        time,
        who,
        event: id,
        decision,
        ...(marking === undefined ? {} : { marking }),
        ...(task === undefined ? {} : { task }),
      });
    }
  return { events: [...events], disclosures };
}

/** What was read for a task. */
export interface TaskUse {
  requests: number;
  events: number;
  /** By `TYPE FIELD`: how often a field that the profile names was there, and how often it was granted. */
  readonly fields: Map<string, { asked: number; granted: number }>;
}

/** The use of every task, by its id. */
export async function taskFieldsOf(bus: Bus): Promise<ReadonlyMap<string, TaskUse>> {
  const tasks = new Map<string, TaskUse>();
  for await (const { action, task, events = [], fields = [] } of auditRecords(bus)) {
    if (action !== 'disclosure' || task === undefined) continue;
    let use = tasks.get(task);
    if (use === undefined) tasks.set(task, (use = { requests: 0, events: 0, fields: new Map() }));
    use.requests++;
    use.events += events.filter(({ decision }) => decision !== 'deny').length;
    for (const { standard, field, asked, granted } of fields) {
      const known = use.fields.get(`${standard} ${field}`);
      use.fields.set(`${standard} ${field}`, { asked: asked + (known?.asked ?? 0), granted: granted + (known?.granted ?? 0) });
    }
  }
  return tasks;
}
