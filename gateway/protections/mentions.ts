/** Where a value mentions a protected person: by a word of the family name, a given name, a number, an address or another detail. */
import type { Json } from '../../adapters/adapter.ts';
import { areOne, canBeOne, type Keys, mergedKeys, type Person, type PersonKind } from './people.ts';
import { squeezed, wordsOf } from './words.ts';

/** A text of an event, taken apart once for everybody who is looked for in it. */
export class SearchedText {
  readonly #text: string;
  #words: readonly string[] | undefined;
  #squeezed: string | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** Its words, and each two that follow each other as one: a name of two words is often written as one, and the other way round. */
  get words(): readonly string[] {
    if (this.#words === undefined) {
      const words = wordsOf(this.#text);
      this.#words = words.length < 2 ? words : [...words, ...words.slice(1).map((word, n) => `${words[n]}${word}`)];
    }
    return this.#words;
  }

  /** Its letters and digits. */
  get squeezed(): string {
    this.#squeezed ??= squeezed(this.#text);
    return this.#squeezed;
  }
}

/** Every text in a value. */
export function textsIn(value: Json, found: SearchedText[] = []): readonly SearchedText[] {
  if (typeof value === 'string') {
    if (value !== '') found.push(new SearchedText(value));
  } else if (typeof value === 'number') found.push(new SearchedText(String(value)));
  else if (Array.isArray(value)) for (const item of value) textsIn(item as Json, found);
  else if (typeof value === 'object' && value !== null) for (const own of Object.values(value)) textsIn(own as Json, found);
  return found;
}

/** Knows one protected person again. */
export interface Matcher {
  /** Undefined where anybody of the case can be meant. */
  readonly kind: PersonKind | undefined;
  /** Whether somebody in an event can be this person. */
  canBe(person: Person): boolean;
  /** Whether somebody of another kind in the event is this person, or a parent or guardian of this person. */
  is(person: Person): boolean;
  /** Whether a text mentions this person: a given name alone can be meant too. */
  isIn(text: SearchedText): boolean;
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

  isIn(text: SearchedText): boolean {
    const { families, givens, details } = this.#all;
    if (text.words.some((word) => families.includes(word) || givens.includes(word))) return true;
    return details.length > 0 && details.some((detail) => text.squeezed.includes(detail));
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

  isIn(text: SearchedText): boolean {
    const { families, givens, details } = this.#all;
    if (families.length + givens.length + details.length === 0) return false;
    const isWord = (word: string) =>
      families.includes(this.#pseudonymise(`${PREFIXES.families}:${word}`)) ||
      givens.includes(this.#pseudonymise(`${PREFIXES.givens}:${word}`));
    return text.words.some(isWord) || details.includes(this.#pseudonymise(`${PREFIXES.details}:${text.squeezed}`));
  }
}
