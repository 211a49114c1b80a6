/** Searches the audit log, the newest records first. A search reads a bounded part of the log, and says where it stands. */
import { setImmediate } from 'node:timers/promises';
import type { Bus, StoredRecord } from '../../bus/bus.ts';
import { readAudit } from '../../wire/stream-reader.ts';
import { AUDIT, type AuditRecord } from '../../wire/streams.ts';
import { disclosedEvents, shortId } from '../outcomes.ts';
import type { View } from '../view/view.ts';
import { recordAt } from './record-at.ts';

export interface AuditQuery {
  /** Records of this time or later, and before that one: milliseconds since 1970. */
  readonly from?: number;
  readonly to?: number;
  readonly action?: string;
  readonly who?: string;
  readonly decision?: string;
  /** The ids of a message and of an event. */
  readonly message?: string;
  readonly event?: string;
  /** A pseudonym of a case or a person. */
  readonly subject?: string;
}

export interface AuditSearchContext {
  readonly bus: Pick<Bus, 'read' | 'ends' | 'offsetAt'>;
  readonly view: Pick<View, 'trail' | 'caughtUp'>;
}

export interface AuditFound {
  readonly records: readonly AuditRecord[];
  /** The search goes on with records before this offset; undefined where nothing is left. */
  readonly next: number | undefined;
}

const BATCH = 500;
/** How many records one search reads. */
const MOST_READ = 20_000;
/** How many records that name a message or an event are looked up; where there are more, the log is read instead. */
const MOST_NAMED = 5000;
/** How much later than its time a record can reach the bus: a gateway can keep records in its spool for a day, and clocks differ. */
const LATE_MILLISECONDS = 2 * 86_400_000;

const namesEvent = (entry: AuditRecord, event: string): boolean =>
  disclosedEvents(entry).some(({ id }) => id === event || id === shortId(event));

const namesSubject = ({ subject, events = [] }: AuditRecord, pseudonym: string): boolean =>
  subject === pseudonym || events.some((event) => event.subject === pseudonym || event.persons?.includes(pseudonym) === true);

/** Whether a record has everything that is asked for. */
export function matches(entry: AuditRecord, { from, to, action, who, decision, message, event, subject }: AuditQuery): boolean {
  const time = Date.parse(entry.time);
  return (
    (from === undefined || time >= from) &&
    (to === undefined || time < to) &&
    (action === undefined || entry.action === action) &&
    (who === undefined || entry.who === who) &&
    (decision === undefined || entry.decision === decision) &&
    (message === undefined || entry.messageId === message) &&
    (event === undefined || namesEvent(entry, event)) &&
    (subject === undefined || namesSubject(entry, subject))
  );
}

/** All records from an offset on and before another one: one read of the bus can end early, at a number of bytes. */
async function readAll(bus: AuditSearchContext['bus'], start: number, end: number): Promise<readonly StoredRecord[]> {
  const records: StoredRecord[] = [];
  for (let at = start; at < end; ) {
    const part = await bus.read(AUDIT, 0, at, end - at);
    const last = part.at(-1);
    if (last === undefined) break;
    records.push(...part.filter(({ offset }) => offset < end));
    at = last.offset + 1;
  }
  return records;
}

/** Records before an offset, the newest first, with their offsets; undefined for a record that is not one. */
async function* backwards(bus: AuditSearchContext['bus'], before: number, floor: number) {
  for (let end = before; end > floor; end -= BATCH) {
    const start = Math.max(floor, end - BATCH);
    const records = await readAll(bus, start, end);
    for (const { offset, value } of records.toReversed()) yield { offset, entry: readAudit(value) };
    // A search is no reason to keep others waiting.
    await setImmediate();
  }
}

async function* named(bus: AuditSearchContext['bus'], offsets: readonly number[]) {
  for (const [n, offset] of offsets.entries()) {
    if (n % 100 === 99) await setImmediate();
    yield { offset, entry: (await recordAt(bus, offset))?.record };
  }
}

/** The offsets of records that name a message or event before an offset, the newest first; undefined where there are too many. */
function trailOf({ view }: AuditSearchContext, { message, event }: AuditQuery, before: number): readonly number[] | undefined {
  const id = event ?? message;
  if (id === undefined) return undefined;
  const offsets = view.trail.withRefusals(id, MOST_NAMED);
  return offsets.length >= MOST_NAMED ? undefined : offsets.filter((offset) => offset < before).toReversed();
}

/** Up to `limit` records before an offset of the log, or from its end. Rejects with BusUnavailable where the bus does not answer. */
export async function searchAudit(
  context: AuditSearchContext,
  query: AuditQuery,
  { before, limit }: { readonly before?: number | undefined; readonly limit: number },
): Promise<AuditFound> {
  const { bus, view } = context;
  await view.caughtUp('disclosures');
  const end = (await bus.ends(AUDIT))[0] ?? 0;
  const last = query.to === undefined ? end : await bus.offsetAt(AUDIT, 0, query.to + LATE_MILLISECONDS);
  const floor = query.from === undefined ? 0 : await bus.offsetAt(AUDIT, 0, query.from - LATE_MILLISECONDS);
  const start = Math.min(before ?? end, last, end);
  const offsets = trailOf(context, query, start);
  const records: AuditRecord[] = [];
  let read = 0;
  for await (const { offset, entry } of offsets === undefined ? backwards(bus, start, floor) : named(bus, offsets)) {
    if (entry !== undefined && matches(entry, query)) records.push(entry);
    read++;
    if (records.length >= limit || read >= MOST_READ) return { records, next: offset > floor ? offset : undefined };
  }
  return { records, next: undefined };
}
