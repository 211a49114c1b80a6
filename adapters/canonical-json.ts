/** Writes canonical JSON (RFC 8785, JSON Canonicalization Scheme), so that a digest depends on the value and not on its spelling. */
import { at, type Json, type JsonObject, unescapeStep } from './json.ts';

/** A name that needs no escape. Nearly all names are of standards and are such, and the test costs less than JSON.stringify. */
const PLAIN = /^[\w-]*$/;

/** Writes the name of a member. */
const quote = (name: string): string => (PLAIN.test(name) ? `"${name}":` : `${JSON.stringify(name)}:`);

/** The canonical form: members sorted by UTF-16 code units, no white space. Members that are undefined do not exist. */
export function canonicalJson(value: Json): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  let out = '';
  if (Array.isArray(value)) {
    for (let n = 0; n < value.length; n++) out += (n === 0 ? '' : ',') + canonicalJson(value[n] as Json);
    return `[${out}]`;
  }
  const object = value as JsonObject;
  const names = Object.keys(object);
  if (names.length > 1) names.sort();
  for (const name of names) {
    const member = object[name];
    if (member !== undefined) out += (out === '' ? '' : ',') + quote(name) + canonicalJson(member);
  }
  return `{${out}}`;
}

/** The members of objects that a canonical form leaves out. */
export type Omissions = ReadonlyMap<object, ReadonlySet<string>>;

/** The canonical form of a value without some members. */
export function canonicalWithout(value: Json, omissions: Omissions): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  let out = '';
  if (Array.isArray(value)) {
    for (let n = 0; n < value.length; n++) out += (n === 0 ? '' : ',') + canonicalWithout(value[n] as Json, omissions);
    return `[${out}]`;
  }
  const object = value as JsonObject;
  const omitted = omissions.get(object);
  for (const name of Object.keys(object).sort()) {
    const member = object[name];
    if (member === undefined || omitted?.has(name)) continue;
    out += (out === '' ? '' : ',') + quote(name) + canonicalWithout(member, omissions);
  }
  return `{${out}}`;
}

/** The members at some pointers, and some at the top, as omissions. */
export function omissionsOf(data: JsonObject, pointers: readonly string[], top: readonly string[]): Omissions {
  const omissions = new Map<object, Set<string>>([[data, new Set(top)]]);
  for (const pointer of pointers) {
    const end = pointer.lastIndexOf('/');
    const holder = at(data, pointer.slice(0, end));
    if (typeof holder !== 'object' || holder === null) continue;
    const name = unescapeStep(pointer.slice(end + 1));
    const names = omissions.get(holder);
    if (names === undefined) omissions.set(holder, new Set([name]));
    else names.add(name);
  }
  return omissions;
}
