/** JSON Pointers (RFC 6901): where a value stands in a JSON document. */
import type { Json, JsonObject } from './adapter.ts';

/** A name as a step of a JSON Pointer (RFC 6901). */
export const escapeStep = (name: string): string =>
  name.includes('~') || name.includes('/') ? name.replaceAll('~', '~0').replaceAll('/', '~1') : name;

export const unescapeStep = (step: string): string => (step.includes('~') ? step.replaceAll('~1', '/').replaceAll('~0', '~') : step);

/** The value at a JSON Pointer (RFC 6901), or undefined. Looks only at own members. */
export function at(value: Json, pointer: string): Json | undefined {
  let found: Json | undefined = value;
  for (let start = 1; start <= pointer.length && pointer !== ''; ) {
    const slash = pointer.indexOf('/', start);
    const end = slash < 0 ? pointer.length : slash;
    const name = unescapeStep(pointer.slice(start, end));
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as JsonObject)[name];
    start = end + 1;
  }
  return found;
}
