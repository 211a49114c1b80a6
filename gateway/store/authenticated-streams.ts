/**
 * Where the records that must be authenticated begin. Earlier versions wrote records of rights without a code: a gateway of this version
 * notes on each stream where these end, once, in a record that is authenticated itself. What was not there then is never taken without a code.
 */
import type { Bus } from '../bus/bus.ts';
import type { RecordAuthenticator } from '../wire/record-authenticator.ts';
import type { StreamReader } from '../wire/stream-reader.ts';
import { APPROVALS, type AuditEntry, type BeginRecord, PROTECTIONS, parseRecord, record, SUBSCRIPTIONS } from '../wire/streams.ts';

/** Leases of earlier versions have run out by the time that this version starts: none of them is taken. */
const STREAMS = [SUBSCRIPTIONS, PROTECTIONS, APPROVALS] as const;
const BATCH = 1000;
const KEY = 'begin';

type Noted = NonNullable<AuditEntry['streams']>;

/** What the first authentic record of a stream says of those before it; undefined where there is none. */
async function find(bus: Bus, authenticator: RecordAuthenticator, topic: string): Promise<number | undefined> {
  for (let offset = 0; ; ) {
    const records = await bus.read(topic, 0, offset, BATCH);
    const last = records.at(-1);
    if (last === undefined) return undefined;
    const first = records.find((one) => authenticator.check(one) === 'authentic');
    if (first !== undefined) {
      const { begin } = parseRecord<{ readonly begin?: BeginRecord }>(first.value);
      // The note itself was removed: then so was everything before it.
      return begin?.before ?? 0;
    }
    offset = last.offset + 1;
  }
}

/**
 * Finds where authenticated records begin on each stream of rights, notes it on those where nobody has, and tells the reader. Resolves with
 * what was noted now, for the audit log.
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

/** What the audit log says of streams that were noted. */
export const noteOf = (streams: Noted, policy: string): readonly AuditEntry[] =>
  streams.length === 0 ? [] : [{ action: 'alteration', who: 'gateway', decision: 'none', policy, change: 'authenticate streams', streams }];
