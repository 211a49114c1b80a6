/**
 * Makes keyed pseudonyms of the people that an event is about, so that the audit log can be searched for a person and holds no personal
 * data (DPA 2018 s.62, s.45).
 */
import type { Json, JsonObject } from '../../adapters/adapter.ts';
import { canonicalAsn, canonicalCroNumber, canonicalName, canonicalPncId } from '../quality/canonical-form.ts';
import type { Identities } from './ids.ts';

/** The kinds of references to search for a person. A search for a case uses its URN, which is the event's subject. */
export const REFERENCES = ['asn', 'pnc', 'cro', 'name'] as const;
export type Reference = (typeof REFERENCES)[number];

const FORMS: Readonly<Record<Reference, (value: string) => string>> = {
  asn: canonicalAsn,
  pnc: canonicalPncId,
  cro: canonicalCroNumber,
  name: (value) => value.split('/').map(canonicalName).join('/'),
};

/**
 * The input of a pseudonym: all spellings of a reference give the same input. A name is `FAMILY/GIVEN/YYYY-MM-DD`, with the first given
 * name.
 */
export const referenceOf = (kind: Reference, value: string): string => `${kind}:${FORMS[kind](value)}`;

/** The inputs of pseudonyms in records from before decision 13: a number as it was spelt, a name without combining characters. */
export function formerReferencesOf(kind: Reference, value: string): readonly string[] {
  const former = (text: string) => text.toUpperCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
  const of = (text: string) => `${kind}:${kind === 'name' ? text.split('/').map(former).join('/') : former(text)}`;
  return [...new Set([of(value), of(value.normalize('NFD'))])];
}

const PROPERTIES: readonly (readonly [string, Reference])[] = [
  ['asn', 'asn'],
  ['pncId', 'pnc'],
  ['croNumber', 'cro'],
];

function nameOf(object: JsonObject): string | undefined {
  const { name, dateOfBirth } = object;
  if (typeof name !== 'object' || name === null || Array.isArray(name) || typeof dateOfBirth !== 'string') return undefined;
  const { familyName, givenNames } = name as JsonObject;
  const [first] = Array.isArray(givenNames) ? givenNames : [];
  return typeof familyName === 'string' ? `${familyName}/${typeof first === 'string' ? first : ''}/${dateOfBirth}` : undefined;
}

/** The pseudonyms of everybody whom data names by a number, or by name and date of birth, each once. */
export function personsOf(data: JsonObject, identities: Pick<Identities, 'pseudonym'>): readonly string[] {
  const found = new Set<string>();
  const add = (kind: Reference, value: string) => found.add(identities.pseudonym('person', referenceOf(kind, value)));
  const walk = (value: Json): void => {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      value.forEach(walk);
      return;
    }
    const object = value as JsonObject;
    for (const [property, kind] of PROPERTIES) {
      const number = object[property];
      if (typeof number === 'string' && number.trim() !== '') add(kind, number);
    }
    const name = nameOf(object);
    if (name !== undefined) add('name', name);
    for (const member of Object.values(object)) if (member !== undefined) walk(member);
  };
  walk(data);
  return [...found];
}
