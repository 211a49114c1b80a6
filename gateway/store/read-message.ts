/** Reads a message as it was received. */
import { inflateRawSync } from 'node:zlib';
import type { Bus, StoredRecord } from '../bus/bus.ts';
import { DEFLATE, MESSAGES } from '../wire/streams.ts';
import type { View } from './view/view.ts';

/**
 * The largest message that a configuration can allow (`limits.bodyBytes`). A record that would inflate to more was not written by a
 * gateway.
 */
const MOST_MESSAGE_BYTES = 64 * 1024 * 1024;

/** The bytes of a message that has a receipt. Throws an Error where the bus does not have it. */
export async function readMessage(
  { bus, view }: { readonly bus: Pick<Bus, 'read'>; readonly view: View },
  id: string,
): Promise<Uint8Array> {
  let place = view.message(id);
  if (place === undefined) {
    // The view follows receipts and messages separately, so the receipt may be there first.
    await view.caughtUpWith([MESSAGES]);
    place = view.message(id);
  }
  const [record] = place === undefined ? [] : await bus.read(MESSAGES, place.partition, place.offset, 1);
  if (record === undefined) throw new Error('A receipt has no message on the bus');
  return bytesOfMessage(record);
}

/** The bytes of a message, from its record. */
export const bytesOfMessage = ({ headers, value }: Pick<StoredRecord, 'headers' | 'value'>): Uint8Array =>
  headers['content-encoding'] === DEFLATE ? inflateRawSync(value, { maxOutputLength: MOST_MESSAGE_BYTES }) : value;
