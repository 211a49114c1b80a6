/** The events in JSON that a file holds, as their senders would send them. */
import type { JsonObject } from '../../adapters/adapter.ts';
import { parseStrict } from '../../adapters/json.ts';
import { headOf } from '../pipeline/decode.ts';
import type { Adapters } from '../pipeline/submission.ts';

/** What a gateway adds to an event. Without these, an event that was read from a gateway can be tried as one that is sent. */
const MADE_BY_GATEWAY = [
  'id',
  'source',
  'subject',
  'partitionkey',
  'traceparent',
  'recordedtime',
  'sequence',
  'classification',
  'rendition',
  'seal',
];
const DATA_MADE_BY_GATEWAY = ['label', 'portions', 'quality', 'protections'];

const omit = (object: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));

/** An event as its sender would send it. One that no gateway has seen stays as it is, its asserted label too. */
function asSent(text: string): Uint8Array {
  const parsed = parseStrict(text);
  if (!parsed.ok || typeof parsed.value !== 'object' || parsed.value === null) return Buffer.from(text);
  const event = parsed.value as JsonObject;
  const data = event.data as JsonObject | undefined;
  if (typeof data !== 'object' || data === null || (data.portions === undefined && event.recordedtime === undefined))
    return Buffer.from(text);
  // Where the time is the time of recording, the sender stated none.
  const names = event.time === event.recordedtime ? [...MADE_BY_GATEWAY, 'time'] : MADE_BY_GATEWAY;
  return Buffer.from(JSON.stringify({ ...omit(event, names), data: omit(data, DATA_MADE_BY_GATEWAY) }));
}

/** The events in JSON that a file holds, or undefined where it holds a legacy message: some of those are JSON too. */
export function eventsIn(bytes: Uint8Array, adapters: Adapters): readonly Uint8Array[] | undefined {
  const text = Buffer.from(bytes)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
  if (!text.trimStart().startsWith('{')) return undefined;
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const isLines = lines.length > 1 && lines.every((line) => line.startsWith('{') && parseStrict(line).ok);
  if (!isLines && !text.includes('"specversion"') && adapters.detect(headOf(bytes)) !== undefined) return undefined;
  return (isLines ? lines : [text]).map(asSent);
}
