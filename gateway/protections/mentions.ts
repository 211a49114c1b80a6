/** Where a value mentions a protected person: by a word of the family name, a given name, a number, an address or another detail. */
import type { Json } from '../../adapters/adapter.ts';
import { areOne, canBeOne, type Keys, mergedKeys, type Person, type PersonKind } from './people.ts';
import { squeezed, wordsOf } from './words.ts';

/** Knows one protected person again. */
export interface Matcher {
  /** Undefined where anybody of the case can be meant. */
  readonly kind: PersonKind | undefined;
  /** Whether somebody in an event can be this person. */
  canBe(person: Person): boolean;
  /** Whether somebody of another kind in the event is this person, or a parent or guardian of this person. */
  is(person: Person): boolean;
  /** Whether a text mentions this person: a given name alone can be meant too. */
  isIn(text: string): boolean;
}

/** Knows a person of an event again in the same event. */
export class PlainMatcher implements Matcher {
  readonly kind: PersonKind;
  readonly #keys: Keys;
  readonly #relatives: readonly Keys[];
  /** Of the person and of the relatives. */
  readonly #all: Keys;

  constructor(kind: PersonKind, keys: Keys, relatives: readonly Keys[] = []) {
    this.kind = kind;
    this.#keys = keys;
    this.#relatives = relatives;
    this.#all = relatives.length === 0 ? keys : mergedKeys([keys, ...relatives]);
  }

  canBe(person: Person): boolean {
    return person.kind === this.kind && canBeOne(this.#keys, person.keys);
  }

  is(person: Person): boolean {
    return areOne(this.#keys, person.keys) || this.#relatives.some((keys) => areOne(keys, person.keys));
  }

  isIn(text: string): boolean {
    const { families, givens, details } = this.#all;
    if (families.length + givens.length + details.length === 0) return false;
    const words = wordsOf(text);
    if (wordsAndPairs(words).some((word) => families.includes(word))) return true;
    if (words.some((word) => givens.includes(word))) return true;
    if (details.length === 0) return false;
    const own = squeezed(text);
    return details.some((detail) => own.includes(detail));
  }
}

/** Makes the same pseudonym of the same text, which nobody can guess without the deployment's secret. */
export type Pseudonymise = (text: string) => string;

const PREFIXES: Readonly<Record<keyof Keys, string>> = {
  sounds: 'sound',
  families: 'word',
  givens: 'given',
  initials: 'initial',
  singles: 'initial',
  numbers: 'detail',
  details: 'detail',
};

/** Keys as the register holds them. */
export function pseudonymsOf(keys: Keys, pseudonymise: Pseudonymise): Keys {
  const of = (name: keyof Keys) => keys[name].map((key) => pseudonymise(`${PREFIXES[name]}:${key}`));
  return {
    sounds: of('sounds'),
    families: of('families'),
    givens: of('givens'),
    initials: of('initials'),
    singles: of('singles'),
    numbers: of('numbers'),
    details: of('details'),
  };
}

/** Makes pseudonyms once for one event: its words come again and again. */
export function remembering(pseudonymise: Pseudonymise): Pseudonymise {
  const known = new Map<string, string>();
  return (text) => {
    let pseudonym = known.get(text);
    if (pseudonym === undefined) known.set(text, (pseudonym = pseudonymise(text)));
    return pseudonym;
  };
}

/** Knows a person of the register again, of whom only pseudonyms are kept. */
export class PseudonymMatcher implements Matcher {
  readonly kind: PersonKind | undefined;
  readonly #keys: Keys;
  readonly #relatives: readonly Keys[];
  readonly #all: Keys;
  readonly #pseudonymise: Pseudonymise;

  constructor(kind: PersonKind | undefined, keys: Keys, relatives: readonly Keys[], pseudonymise: Pseudonymise) {
    this.kind = kind;
    this.#keys = keys;
    this.#relatives = relatives;
    this.#all = relatives.length === 0 ? keys : mergedKeys([keys, ...relatives]);
    this.#pseudonymise = pseudonymise;
  }

  canBe(person: Person): boolean {
    if (this.kind !== undefined && person.kind !== this.kind) return false;
    return canBeOne(this.#keys, pseudonymsOf(person.keys, this.#pseudonymise));
  }

  is(person: Person): boolean {
    const own = pseudonymsOf(person.keys, this.#pseudonymise);
    return areOne(this.#keys, own) || this.#relatives.some((keys) => areOne(keys, own));
  }

  isIn(text: string): boolean {
    const { families, givens, details } = this.#all;
    if (families.length + givens.length + details.length === 0) return false;
    const words = wordsOf(text);
    if (wordsAndPairs(words).some((word) => families.includes(this.#pseudonymise(`${PREFIXES.families}:${word}`)))) return true;
    if (words.some((word) => givens.includes(this.#pseudonymise(`${PREFIXES.givens}:${word}`)))) return true;
    return details.includes(this.#pseudonymise(`${PREFIXES.details}:${squeezed(text)}`));
  }
}

/** A name of two words is often written as one, and the other way round. */
function wordsAndPairs(words: readonly string[]): readonly string[] {
  const all = [...words];
  for (let n = 1; n < words.length; n++) all.push(`${words[n - 1]}${words[n]}`);
  return all;
}

/** Whether a value mentions a person anywhere. */
export function mentions(value: Json, matcher: Matcher): boolean {
  if (typeof value === 'string') return matcher.isIn(value);
  if (typeof value === 'number') return matcher.isIn(String(value));
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some((item) => mentions(item as Json, matcher));
  return Object.values(value).some((own) => mentions(own as Json, matcher));
}
