/** Finds mentions of a protected person: a word of the family name, a given name, a number, an address or another detail. */
import type { Json } from '../../adapters/adapter.ts';
import { detailMark, SearchedText, wordMark } from './marks.ts';
import { areOne, canBeOne, type Keys, type Person, type PersonKind, withDetails } from './people.ts';

/** Every text in a value. */
export function textsIn(value: Json, found: SearchedText[] = []): readonly SearchedText[] {
  if (typeof value === 'string') {
    if (value !== '') found.push(new SearchedText(value));
  } else if (typeof value === 'number') found.push(new SearchedText(String(value)));
  else if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) textsIn(member as Json, found);
  return found;
}

/** The form in which a matcher compares keys and marks: plain, or as pseudonyms. */
export interface Form {
  keysOf(keys: Keys): Keys;
  markOf(mark: string): string;
}

/** Recognises one protected person. */
export interface Matcher {
  /** Undefined where the protected person can be anybody in the case. */
  readonly kind: PersonKind | undefined;
  readonly form: Form;
  /** The keys of the person. `relatives` has those of parents and guardians. */
  readonly keys: Keys;
  readonly relatives: readonly Keys[];
  /** The marks that mention the person, or a parent or guardian. A given name is enough. */
  readonly marks: ReadonlySet<string>;
  /** Whether a person in an event may be this person. */
  canBe(person: Person): boolean;
  /** Whether a person of another kind in the event is this person, or a parent or guardian. */
  is(person: Person): boolean;
  /** Whether a text mentions this person. */
  isIn(text: SearchedText): boolean;
}

class KeyMatcher implements Matcher {
  readonly kind: PersonKind | undefined;
  readonly form: Form;
  readonly keys: Keys;
  readonly relatives: readonly Keys[];
  readonly #marksOf: (keys: Keys) => readonly string[];
  #marks: ReadonlySet<string> | undefined;

  constructor(
    form: Form,
    marksOf: (keys: Keys) => readonly string[],
    { kind, keys, relatives }: { readonly kind: PersonKind | undefined; readonly keys: Keys; readonly relatives: readonly Keys[] },
  ) {
    this.kind = kind;
    this.form = form;
    this.keys = keys;
    this.relatives = relatives;
    this.#marksOf = marksOf;
  }

  get marks(): ReadonlySet<string> {
    this.#marks ??= new Set([this.keys, ...this.relatives].flatMap(this.#marksOf));
    return this.#marks;
  }

  canBe(person: Person): boolean {
    if (this.kind !== undefined && person.kind !== this.kind) return false;
    return canBeOne(this.keys, this.form.keysOf(person.keys));
  }

  is(person: Person): boolean {
    const keys = this.form.keysOf(person.keys);
    return areOne(this.keys, keys) || this.relatives.some((relative) => areOne(relative, keys));
  }

  isIn({ marks }: SearchedText): boolean {
    if (this.marks.size === 0) return false;
    for (const mark of marks) if (this.marks.has(this.form.markOf(mark))) return true;
    return false;
  }
}

const AS_IT_STANDS: Form = { keysOf: (keys) => keys, markOf: (mark) => mark };

const plainMarks = ({ families, givens, details }: Keys): readonly string[] => [
  ...[...families, ...givens].map(wordMark),
  ...details.map(detailMark),
];

/** Recognises a person of an event elsewhere in the same event. */
export class PlainMatcher extends KeyMatcher {
  constructor(kind: PersonKind | undefined, keys: Keys, relatives: readonly Keys[] = []) {
    super(AS_IT_STANDS, plainMarks, { kind, keys, relatives });
  }
}

/** Makes a pseudonym from a text. It is always the same for the same text, and cannot be computed without the deployment's secret. */
export type Pseudonymise = (text: string) => string;

/** Keys as the register holds them. */
export function pseudonymsOf(keys: Keys, pseudonymise: Pseudonymise): Keys {
  const of = (name: keyof Keys, form: (key: string) => string) => keys[name].map((key) => pseudonymise(form(key)));
  return withDetails(
    {
      sounds: of('sounds', (key) => `sound:${key}`),
      families: of('families', wordMark),
      givens: of('givens', wordMark),
      initials: of('initials', (key) => `initial:${key}`),
      singles: of('singles', (key) => `initial:${key}`),
      numbers: of('numbers', detailMark),
    },
    () => of('details', detailMark),
  );
}

/** How many pseudonyms are cached for one case. */
const MOST_REMEMBERED = 20_000;

/** Makes each pseudonym of a case once, because the same words occur often. */
export function remembering(pseudonymise: Pseudonymise): Pseudonymise {
  const known = new Map<string, string>();
  return (text) => {
    let pseudonym = known.get(text);
    if (pseudonym !== undefined) return pseudonym;
    if (known.size >= MOST_REMEMBERED) known.clear();
    known.set(text, (pseudonym = pseudonymise(text)));
    return pseudonym;
  };
}

/** The form of the register, which holds pseudonyms. */
export function pseudonymForm(pseudonymise: Pseudonymise): Form {
  const known = new WeakMap<Keys, Keys>();
  return {
    markOf: pseudonymise,
    keysOf: (keys) => {
      let pseudonyms = known.get(keys);
      if (pseudonyms === undefined) known.set(keys, (pseudonyms = pseudonymsOf(keys, pseudonymise)));
      return pseudonyms;
    },
  };
}

const keptMarks = ({ families, givens, details }: Keys): readonly string[] => [...families, ...givens, ...details];

/** Recognises a person of the register from pseudonyms. All persons of a case share a form. */
export class PseudonymMatcher extends KeyMatcher {
  constructor(kind: PersonKind | undefined, keys: Keys, relatives: readonly Keys[], form: Form) {
    super(form, keptMarks, { kind, keys, relatives });
  }
}
