/** The records of an event on the bus. */
import type { BusRecord } from '../bus/bus.ts';
import type { ReadyEvent } from '../workers/task.ts';
import { ORDER, type OrderRecord, record } from './streams.ts';

/** The CloudEvents Kafka binding's headers, repeated for filters; a consumer trusts only what is in the value. */
const headersOf = ({ id, type, source, time }: Pick<ReadyEvent, 'id' | 'type' | 'source' | 'time'>) => ({
  // Without a charset, which the SDK of CloudEvents does not understand: JSON is UTF-8 (RFC 8259).
  'content-type': 'application/cloudevents+json',
  ce_specversion: '1.0',
  ce_id: id,
  ce_type: type,
  ce_source: source,
  ...(time === undefined ? {} : { ce_time: time }),
});

/** The record of an event's place in the order of all events. It is written when the event is durable. */
export const orderRecord = (id: string, key: string, topic: string, renditions: readonly string[]): BusRecord => ({
  ...record(ORDER, key, { event: id, topic, ...(renditions.length === 0 ? {} : { renditions }) } satisfies OrderRecord),
  after: true,
});

/** The records of an event, of its renditions for lower levels, and of its place in the order. */
export function eventRecords(event: ReadyEvent): readonly BusRecord[] {
  const { topic, partitionkey: key, value, renditions } = event;
  const headers = headersOf(event);
  return [
    { topic, key, value, headers },
    ...renditions.map(({ rendition, ...copy }) => ({ ...copy, key, headers: { ...headers, ce_rendition: rendition } })),
    orderRecord(
      event.id,
      key,
      topic,
      renditions.map((copy) => copy.topic),
    ),
  ];
}
