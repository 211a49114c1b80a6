/** The records of an event on the bus. */
import type { BusRecord } from '../bus/bus.ts';
import type { ReadyEvent } from '../workers/task.ts';

/** The CloudEvents Kafka binding's headers, repeated for filters; a consumer trusts only what is in the value. */
const headersOf = ({ id, type, source }: Pick<ReadyEvent, 'id' | 'type' | 'source'>) => ({
  // Without a charset, which the SDK of CloudEvents does not understand: JSON is UTF-8 (RFC 8259).
  'content-type': 'application/cloudevents+json',
  ce_specversion: '1.0',
  ce_id: id,
  ce_type: type,
  ce_source: source,
});

/** An event, and what of it stands on the levels below. */
export function eventRecords(event: ReadyEvent): readonly BusRecord[] {
  const { topic, partitionkey: key, value, renditions } = event;
  const headers = headersOf(event);
  return [
    { topic, key, value, headers },
    ...renditions.map(({ rendition, ...one }) => ({ ...one, key, headers: { ...headers, ce_rendition: rendition } })),
  ];
}
