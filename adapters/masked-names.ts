/** A defendant whom the list must not name: the name that is there is kept where the public does not read it. */
import type { Json, JsonObject } from './adapter.ts';

type Person = { readonly [name: string]: Json };

const NAMES = [
  ['name', 'concealedName'],
  ['knownAs', 'concealedKnownAs'],
] as const;

function withNames(data: JsonObject, renamed: (person: Person) => Person): JsonObject {
  const { defendants } = data;
  if (!Array.isArray(defendants)) return data;
  return {
    ...data,
    defendants: (defendants as readonly JsonObject[]).map((one) =>
      one.isMasked === 'Y' && typeof one.person === 'object' ? { ...one, person: renamed(one.person as Person) } : one,
    ),
  };
}

const rename = (person: Person, pairs: readonly (readonly [string, string])[]): Person =>
  Object.fromEntries(Object.entries(person).map(([name, value]) => [pairs.find(([from]) => from === name)?.[1] ?? name, value]));

/** The event with the true names of masked defendants concealed. */
export const conceal = (data: JsonObject): JsonObject => withNames(data, (person) => rename(person, NAMES));

/** The inverse of {@link conceal}. */
export const reveal = (data: JsonObject): JsonObject =>
  withNames(data, (person) =>
    rename(
      person,
      NAMES.map(([from, to]) => [to, from]),
    ),
  );
