/** Finds disclosures in the audit log: which client received what about whom. */
import type { Bus } from '../bus/bus.ts';
import { readAudit } from '../wire/stream-reader.ts';
import { AUDIT, type AuditRecord } from '../wire/streams.ts';
import { disclosedEvents, shortId } from './outcomes.ts';

export interface Disclosure {
  /** ISO 8601. */
  readonly time: string;
  readonly who: string;
  /** A pseudonym of the person that the client acted for. */
  readonly onBehalfOf?: string;
  readonly event: string;
  readonly decision: string;
  readonly marking?: string;
  /** The task that the client named. */
  readonly task?: string;
}

/** Every record of the audit log, in order. `audit verify` reports records that are not audit records. */
export async function* auditRecords(bus: Bus): AsyncGenerator<AuditRecord> {
  for (let offset = 0; ; ) {
    const records = await bus.read(AUDIT, 0, offset, 1000);
    if (records.length === 0) return;
    for (const { value } of records) {
      const entry = readAudit(value);
      if (entry !== undefined) yield entry;
    }
    offset = (records.at(-1)?.offset ?? offset) + 1;
  }
}

/** Events about a case or person (pseudonyms), and every disclosure of them, in order. */
export async function disclosuresOf(
  bus: Bus,
  pseudonyms: ReadonlySet<string>,
): Promise<{ readonly events: readonly string[]; readonly disclosures: readonly Disclosure[] }> {
  // Read all events first: another gateway can disclose an event before the record of its collection is on the bus.
  const events = new Set<string>();
  for await (const { events: named = [] } of auditRecords(bus))
    for (const { id, subject, persons = [] } of named)
      if ((subject !== undefined && pseudonyms.has(subject)) || persons.some((person) => pseudonyms.has(person))) events.add(id);
  const wholeIds = new Map([...events].flatMap((id) => [[shortId(id), id] as const, [id, id] as const]));
  const disclosures: Disclosure[] = [];
  for await (const entry of auditRecords(bus)) {
    if (entry.action !== 'disclosure') continue;
    const { who, onBehalfOf, time, task } = entry;
    for (const { id, decision, marking } of disclosedEvents(entry)) {
      const event = wholeIds.get(id);
      if (event === undefined || decision === undefined || decision === 'deny') continue;
      disclosures.push({
        time,
        who,
        event,
        decision,
        ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
        ...(marking === undefined ? {} : { marking }),
        ...(task === undefined ? {} : { task }),
      });
    }
  }
  return { events: [...events], disclosures };
}

/** How a task was used. */
export interface TaskUse {
  requests: number;
  events: number;
  /** By `TYPE FIELD`: how often an event had a field that the profile names, and how often the field was granted. */
  readonly fields: Map<string, { asked: number; granted: number }>;
}

/** The use of every task, by its id. */
export async function taskFieldsOf(bus: Bus): Promise<ReadonlyMap<string, TaskUse>> {
  const tasks = new Map<string, TaskUse>();
  for await (const entry of auditRecords(bus)) {
    const { action, task, requests = 1, fields = [] } = entry;
    if (action !== 'disclosure' || task === undefined) continue;
    let use = tasks.get(task);
    if (use === undefined) tasks.set(task, (use = { requests: 0, events: 0, fields: new Map() }));
    use.requests += requests;
    use.events += disclosedEvents(entry).filter(({ decision }) => decision !== 'deny').length;
    for (const { standard, field, asked, granted } of fields) {
      const known = use.fields.get(`${standard} ${field}`);
      use.fields.set(`${standard} ${field}`, { asked: asked + (known?.asked ?? 0), granted: granted + (known?.granted ?? 0) });
    }
  }
  return tasks;
}
