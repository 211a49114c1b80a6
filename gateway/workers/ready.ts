/** Events and messages in the bytes that the bus takes. */
import { deflateRawSync } from 'node:zlib';
import type { Placed } from '../pipeline/submission.ts';
import type { ReadyEvent } from './task.ts';

const encoder = new TextEncoder();

/** A message as it is stored: compressed (raw DEFLATE), and little, because each message waits for it. */
export const compressed = (message: Uint8Array): Uint8Array<ArrayBuffer> => deflateRawSync(message, { level: 1 });

/** A sealed event, ready for the bus. */
export function readyEvent({ topic, standard, event, text, renditions, persons }: Placed): ReadyEvent {
  const { id, type, source, subject, time, partitionkey, classification } = event;
  return {
    topic,
    id,
    type,
    standard,
    source,
    partitionkey,
    persons,
    classification,
    ...(subject === undefined ? {} : { subject }),
    ...(time === undefined ? {} : { time }),
    value: encoder.encode(text),
    renditions: renditions.map((disclosed) => ({
      topic: disclosed.topic,
      rendition: disclosed.event.classification,
      value: encoder.encode(JSON.stringify(disclosed.event)),
    })),
  };
}
