/** The places in which two JSON values differ. */
import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../../adapters/adapter.ts';
import type { JsonPath } from '../../adapters/json.ts';

export type Kind = 'added' | 'removed' | 'changed';

export interface Difference {
  readonly path: JsonPath;
  readonly kind: Kind;
  readonly before?: Json;
  readonly after?: Json;
}

/** What an adapter kept of a message for its way back: its names come from the message, and it is compared as one value. */
const AS_ONE = 'extensions';

const isObject = (value: Json): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

function difference(path: JsonPath, before: Json | undefined, after: Json | undefined): Difference {
  if (before === undefined) return { path, kind: 'added', ...(after === undefined ? {} : { after }) };
  return after === undefined ? { path, kind: 'removed', before } : { path, kind: 'changed', before, after };
}

/** Every place in which two values differ, as deep as both have it. */
export function* differences(before: Json | undefined, after: Json | undefined, path: JsonPath = []): Generator<Difference> {
  if (before === after) return;
  if (before === undefined || after === undefined) yield difference(path, before, after);
  else if (Array.isArray(before) && Array.isArray(after)) {
    for (let n = 0; n < Math.max(before.length, after.length); n++) yield* differences(before[n], after[n], [...path, n]);
  } else if (isObject(before) && isObject(after) && path.at(-1) !== AS_ONE) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)]))
      yield* differences(before[name], after[name], [...path, name]);
  } else if (!isDeepStrictEqual(before, after)) yield difference(path, before, after);
}
