/**
 * Marks where authenticated records begin. Earlier versions wrote records that give rights without an authentication code. A gateway of
 * this version writes, once on each stream, an authenticated record that says where those end. After it, no record without a code is
 * accepted.
 */
import type { Bus } from '../bus/bus.ts';
import type { RecordAuthenticator } from '../wire/record-authenticator.ts';
import type { StreamReader } from '../wire/stream-reader.ts';
import { APPROVALS, type AuditEntry, type BeginRecord, PROTECTIONS, parseRecord, record, SUBSCRIPTIONS } from '../wire/streams.ts';

/** Leases are not in this list: those of earlier versions have expired when this version starts, so none is accepted. */
const STREAMS = [SUBSCRIPTIONS, PROTECTIONS, APPROVALS] as const;
const BATCH = 1000;
const KEY = 'begin';

type Noted = NonNullable<AuditEntry['streams']>;

/** Where authenticated records begin, by the first authentic record of a stream; undefined where there is none. */
async function find(bus: Bus, authenticator: RecordAuthenticator, topic: string): Promise<number | undefined> {
  for (let offset = 0; ; ) {
    const records = await bus.read(topic, 0, offset, BATCH);
    const last = records.at(-1);
    if (last === undefined) return undefined;
    const first = records.find((stored) => authenticator.check(stored) === 'authentic');
    if (first !== undefined) {
      const { begin } = parseRecord<{ readonly begin?: BeginRecord }>(first.value);
      // Retention removed the marker, and so everything before it.
      return begin?.before ?? 0;
    }
    offset = last.offset + 1;
  }
}

/**
 * Finds where authenticated records begin on each stream that gives rights, marks it where no gateway has, and passes it to the reader.
 * Resolves to the new markers, for the audit log.
 */
export async function authenticateStreams(bus: Bus, authenticator: RecordAuthenticator, reader: StreamReader): Promise<Noted> {
  const before = new Map<string, number>();
  const noted: { stream: string; before: number }[] = [];
  for (const stream of STREAMS) {
    let found = await find(bus, authenticator, stream);
    if (found === undefined) {
      const end = (await bus.ends(stream))[0] ?? 0;
      await bus.publish([authenticator.sign(record(stream, KEY, { begin: { before: end } satisfies BeginRecord }))]);
      // Another gateway may have been first.
      found = (await find(bus, authenticator, stream)) ?? end;
      noted.push({ stream, before: found });
    }
    before.set(stream, found);
  }
  reader.accept(before);
  return noted;
}

/** Passes to the reader where authenticated records begin, for commands that write nothing to the bus. */
export async function readAuthenticatedStreams(bus: Bus, authenticator: RecordAuthenticator, reader: StreamReader): Promise<void> {
  const before = new Map<string, number>();
  for (const stream of STREAMS) before.set(stream, (await find(bus, authenticator, stream)) ?? (await bus.ends(stream))[0] ?? 0);
  reader.accept(before);
}

/** The audit entries for new markers. */
export const noteOf = (streams: Noted, policy: string): readonly AuditEntry[] =>
  streams.length === 0 ? [] : [{ action: 'alteration', who: 'gateway', decision: 'none', policy, change: 'authenticate streams', streams }];
