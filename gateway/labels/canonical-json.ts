/** JSON in one form only (RFC 8785, JSON Canonicalization Scheme), so that a digest means the value and not its spelling. */
import type { Json, JsonObject } from '../../adapters/adapter.ts';

/** The canonical form: members sorted by UTF-16 code units, no white space. Members that are undefined do not exist. */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) {
    let out = '[';
    for (let n = 0; n < value.length; n++) out += (n === 0 ? '' : ',') + canonicalJson(value[n] as Json);
    return `${out}]`;
  }
  const object = value as JsonObject;
  let out = '';
  for (const name of Object.keys(object).sort()) {
    const member = object[name];
    if (member !== undefined) out += `${out === '' ? '{' : ','}${JSON.stringify(name)}:${canonicalJson(member)}`;
  }
  return out === '' ? '{}' : `${out}}`;
}

const unescapeStep = (step: string): string => (step.includes('~') ? step.replaceAll('~1', '/').replaceAll('~0', '~') : step);

/** The value at a JSON Pointer (RFC 6901), or undefined. Looks only at own members. */
export function at(value: Json, pointer: string): Json | undefined {
  let found: Json | undefined = value;
  for (const step of pointer.split('/').slice(1)) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, unescapeStep(step))) return undefined;
    found = (found as JsonObject)[unescapeStep(step)];
  }
  return found;
}

/** A copy of `data` without the members at the pointers; what is not on the way to one of them is shared, not copied. */
export function without(data: JsonObject, pointers: readonly string[]): JsonObject {
  const copies = new Map<object, Record<string, Json>>();
  const copyOf = (value: object): Record<string, Json> => {
    let copy = copies.get(value);
    if (copy === undefined) {
      copy = (Array.isArray(value) ? [...value] : { ...value }) as unknown as Record<string, Json>;
      copies.set(value, copy);
    }
    return copy;
  };
  for (const pointer of pointers) {
    const steps = pointer.split('/').slice(1).map(unescapeStep);
    const last = steps.pop() as string;
    let original: Json | undefined = data;
    let copy = copyOf(data);
    for (const step of steps) {
      original = (original as JsonObject)[step];
      if (typeof original !== 'object' || original === null) break;
      const next = copyOf(original);
      copy[step] = next;
      copy = next;
    }
    if (typeof original === 'object' && original !== null) delete copy[last];
  }
  return copyOf(data);
}
