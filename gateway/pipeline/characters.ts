/** Characters that an event cannot carry, since no XML message can: control characters and noncharacters. */
import type { Json } from '../../adapters/adapter.ts';
import type { JsonPath } from '../../adapters/json.ts';

/** What XML 1.0, section 2.2 leaves out, lone surrogates aside. */
const UNWRITABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

/** Where the first text or name with such a character is, or undefined. A name is where its object is. */
export function unwritableIn(value: Json, path: JsonPath = []): JsonPath | undefined {
  if (typeof value === 'string') return UNWRITABLE.test(value) ? path : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, member] of Object.entries(value)) {
    if (UNWRITABLE.test(name)) return path;
    const found = unwritableIn(member as Json, [...path, Array.isArray(value) ? Number(name) : name]);
    if (found !== undefined) return found;
  }
  return undefined;
}
