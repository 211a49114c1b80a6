/** Conceals the names of masked defendants, whom a list must not name: the true name is kept in a portion that the public cannot read. */
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
    defendants: (defendants as readonly JsonObject[]).map((defendant) =>
      defendant.isMasked === 'Y' && typeof defendant.person === 'object'
        ? { ...defendant, person: renamed(defendant.person as Person) }
        : defendant,
    ),
  };
}

const rename = (person: Person, pairs: readonly (readonly [string, string])[]): Person =>
  Object.fromEntries(Object.entries(person).map(([name, value]) => [pairs.find(([from]) => from === name)?.[1] ?? name, value]));

/** Conceals the true names of masked defendants in an event. */
export const conceal = (data: JsonObject): JsonObject => withNames(data, (person) => rename(person, NAMES));

/** The inverse of {@link conceal}. */
export const reveal = (data: JsonObject): JsonObject =>
  withNames(data, (person) =>
    rename(
      person,
      NAMES.map(([from, to]) => [to, from]),
    ),
  );
