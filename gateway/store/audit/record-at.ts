import type { Bus } from '../../bus/bus.ts';
import { readAudit } from '../../wire/stream-reader.ts';
import { AUDIT, type AuditRecord } from '../../wire/streams.ts';

/** An audit record at its place in the log. */
export interface PlacedRecord {
  readonly offset: number;
  /** When the bus received it. */
  readonly time: number;
  readonly record: AuditRecord;
}

/** What is at a place of the audit log; undefined where there is nothing, or no audit record. The chain shows whether it was changed. */
export async function recordAt(bus: Pick<Bus, 'read'>, offset: number): Promise<PlacedRecord | undefined> {
  const [stored] = await bus.read(AUDIT, 0, offset, 1);
  const record = stored === undefined || stored.offset !== offset ? undefined : readAudit(stored.value);
  return stored === undefined || record === undefined ? undefined : { offset, time: stored.time, record };
}
