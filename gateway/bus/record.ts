/** Checks that every bus makes before it stores a record. */
import type { BusRecord } from './bus.ts';

const TOPIC = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/;
const PRINTABLE = /^[\x20-\x7e]*$/;

/** Throws TypeError for a topic that is not a plain name (T21). */
function checkTopic(topic: string): void {
  if (!isTopic(topic)) throw new TypeError('A topic name must be words of lower-case letters, digits and dashes, separated by dots');
}

export const isTopic = (topic: unknown): topic is string => typeof topic === 'string' && topic.length <= 200 && TOPIC.test(topic);

const printable = (text: unknown) => typeof text === 'string' && PRINTABLE.test(text);

/**
 * Throws TypeError for a topic that is not a plain name, a key that is not well-formed text, a value that is not bytes, and headers that
 * could be taken for something else (T20, T21).
 */
export function checkRecord({ topic, key, value, headers = {} }: BusRecord): void {
  checkTopic(topic);
  if (typeof key !== 'string' || !key.isWellFormed()) throw new TypeError('A key is well-formed text');
  if (!(value instanceof Uint8Array)) throw new TypeError('A value is bytes');
  const pairs = Object.entries(headers);
  if (!pairs.every(([name, text]) => name !== '' && printable(name) && printable(text)))
    throw new TypeError('Headers must be printable ASCII');
  // Clients keep headers in plain objects, which have these names already (T34).
  if (pairs.some(([name]) => name in {})) throw new TypeError('A header must not have a name that every JavaScript object has');
}

/** The gateway's own streams have one partition, and so one order. */
export const isStream = (topic: string): boolean => topic.startsWith('interchange.');
