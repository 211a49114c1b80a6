/** Reads the links between cases from the stream, for commands that read the bus without a view. */
import type { Bus } from '../bus/bus.ts';
import { MOST_CASES } from '../protections/link.ts';
import { RecordAuthenticator } from '../wire/record-authenticator.ts';
import { StreamReader } from '../wire/stream-reader.ts';
import { PROTECTIONS, type ProtectionStreamRecord } from '../wire/streams.ts';
import { streamRecords } from './audit/audit.ts';

/** Cases (pseudonyms), with the cases that links in force lead to. Only links that a gateway of the deployment wrote count. */
export async function withLinkedCases(bus: Bus, cases: ReadonlySet<string>, secret: Uint8Array): Promise<ReadonlySet<string>> {
  const reader = new StreamReader({ authenticator: new RecordAuthenticator(secret), onBad: () => undefined });
  // Links are newer than the first authenticated record.
  reader.accept(new Map());
  const links = new Map<string, readonly string[]>();
  for await (const stored of streamRecords(bus, PROTECTIONS)) {
    const record = reader.read<ProtectionStreamRecord>(stored);
    if (record === undefined) continue;
    if ('link' in record) links.set(record.link.event, [record.link.case, ...record.link.linked]);
    else if ('unlink' in record) links.delete(record.unlink.event);
  }
  const linked = new Map<string, (readonly string[])[]>();
  for (const cases of links.values()) for (const urn of cases) linked.set(urn, [...(linked.get(urn) ?? []), cases]);
  const found = new Set(cases);
  // The loop also visits cases that are added to the set meanwhile.
  for (const urn of found) for (const other of (linked.get(urn) ?? []).flat()) if (found.size <= MOST_CASES) found.add(other);
  return found;
}
