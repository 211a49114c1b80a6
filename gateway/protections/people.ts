/** The people of an event, and the keys that identify each. */
import type { Json, JsonObject } from '../../adapters/adapter.ts';
import { driverOf, SHORTEST_DETAIL, searchable, serialsOf, subscribersIn } from './marks.ts';
import { soundOf, squeezed, wordsOf } from './words.ts';

export type PersonKind = 'defendant' | 'victim' | 'parent';

/** The keys that identify a person, in plain form. The register holds them as pseudonyms. */
export interface Keys {
  /** The sounds of the words of the family name. */
  readonly sounds: readonly string[];
  /** The words of the family name. Each can identify the person, wherever it occurs. */
  readonly families: readonly string[];
  readonly givens: readonly string[];
  /** The first letters of all given names. */
  readonly initials: readonly string[];
  /** Given names that are only an initial. */
  readonly singles: readonly string[];
  /** Numbers that identify this person: ASN, PNC ID, CRO number, driver number. */
  readonly numbers: readonly string[];
  /** Numbers, and details of the person's address and contacts. */
  readonly details: readonly string[];
}

/** One object of an event that describes a person. */
export class Person {
  readonly kind: PersonKind;
  /** JSON Pointer of the object. */
  readonly pointer: string;
  /** The object with the name and the dates. */
  readonly object: JsonObject;
  readonly #makeKeys: () => Keys;
  #keys: Keys | undefined;

  constructor(kind: PersonKind, pointer: string, object: JsonObject, makeKeys: () => Keys) {
    this.kind = kind;
    this.pointer = pointer;
    this.object = object;
    this.#makeKeys = makeKeys;
  }

  /** Computed on first use, because most events protect nobody. */
  get keys(): Keys {
    this.#keys ??= this.#makeKeys();
    return this.#keys;
  }

  get datesOfBirth(): readonly string[] {
    return statedDates(this.object.dateOfBirth);
  }

  get birthYears(): readonly string[] {
    return statedDates(this.object.perceivedBirthYear);
  }
}

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : NOTHING);
const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? value : []);
const NOTHING: JsonObject = {};
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
/** A stated date or year, of any type. A blank value counts as absent. */
const statedDates = (value: unknown): readonly string[] =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '') ? [] : [String(value).trim()];

const SHORTEST_FAMILY = 3;

function familyWords(names: readonly JsonObject[]): readonly string[] {
  const found = new Set<string>();
  for (const { familyName, givenNames } of names) {
    const familyParts = wordsOf(textOf(familyName));
    // Some messages have the family name among the given names.
    const words = familyParts.length > 0 ? familyParts : listOf(givenNames).flatMap((name) => wordsOf(textOf(name)));
    const long = words.filter(({ length }) => length >= SHORTEST_FAMILY);
    for (const word of long.length > 0 ? long : words) found.add(word);
    if (words.length > 1) found.add(words.join(''));
  }
  return [...found];
}

/** Whether a value contains any text. */
const saysSomething = (value: Json | undefined): boolean => {
  if (typeof value === 'string') return value.trim() !== '';
  if (typeof value === 'object' && value !== null) return Object.values(value).some((member) => saysSomething(member as Json));
  return value !== undefined && value !== null;
};

function addressDetails(value: unknown): readonly string[] {
  const { lines, saon, paon, street, postcode, uprn } = objectOf(value);
  const addressLines = listOf(lines).map(textOf);
  const house = `${textOf(saon)}${textOf(paon)}${textOf(street)}`;
  // Use only the first line and lines with a number: too many people share a town.
  return [
    ...addressLines.filter((line, n) => n === 0 || /\d/.test(line)),
    // Add the street without the house number, because another address may have them in separate fields.
    ...addressLines.flatMap((line) => /^\W*\d+\w?\W+(.+)$/.exec(line)?.[1] ?? []),
    textOf(street) === '' ? '' : house,
    textOf(street),
    textOf(postcode),
    textOf(uprn),
  ];
}

function contactDetails(value: unknown): readonly string[] {
  const { phones, emails, dx, fax } = objectOf(value);
  const called = [...Object.values(objectOf(phones)), fax].flatMap((number) => subscribersIn(textOf(number)));
  return [...called, ...[...listOf(emails), dx].map(textOf)];
}

/** In how many ways a family name and a given name are joined, or a family name alone is changed. */
const JOINS = 3;

/** Family names in the forms of e-mail addresses, driver numbers and the plural. */
const joinedNames = (families: readonly string[], givens: readonly string[]): readonly string[] =>
  families.flatMap((family) => [
    ...givens.flatMap((given) => [`${given}${family}`, `${family}${given}`, `${given.slice(0, 1)}${family}`]),
    ...[`${family}S`, `${family}ES`, driverOf(family)],
  ]);

function keysOf(names: readonly JsonObject[], numbers: readonly unknown[], details: () => readonly string[]): Keys {
  const families = familyWords(names);
  const givenWords = names.flatMap(({ givenNames }) => listOf(givenNames).flatMap((name) => wordsOf(textOf(name))));
  const longNumbers = numbers.map((number) => squeezed(textOf(number))).filter(({ length }) => length >= SHORTEST_DETAIL);
  const identity = {
    families,
    sounds: [...new Set(families.map(soundOf))],
    givens: [...new Set(givenWords.filter(({ length }) => length > 1))],
    initials: [...new Set(givenWords.map((word) => word.slice(0, 1)))],
    singles: [...new Set(givenWords.filter(({ length }) => length === 1))],
    numbers: [...new Set(longNumbers)],
  };
  return withDetails(identity, () => {
    const more = [...longNumbers.flatMap(serialsOf), ...details().flatMap(searchable), ...joinedNames(families, [...new Set(givenWords)])];
    return [...new Set([...longNumbers, ...more.filter(({ length }) => length >= SHORTEST_DETAIL)])];
  });
}

/** Keys whose details are computed on first use: comparing persons does not need them. */
export function withDetails(identity: Omit<Keys, 'details'>, makeDetails: () => readonly string[]): Keys {
  let details: readonly string[] | undefined;
  return {
    ...identity,
    get details() {
      details ??= makeDetails();
      return details;
    },
  };
}

/** The numbers and family name sounds of a person: two entries of one person share at least one. */
export const identifiersOf = ({ numbers, sounds }: Keys): readonly string[] => [...numbers, ...sounds.map((sound) => `sound:${sound}`)];

/** The most keys of each kind that a protection holds. The schema of the stream has the same bound. */
export const MOST_KEYS = 1000;
/** The most keys that a protection holds in all, with those of parents and guardians. */
const MOST_IN_ALL = 10_000;

const countOf = (keys: Keys): number => Object.values(keys).reduce((sum: number, list: readonly string[]) => sum + list.length, 0);

/** How many keys a person has, with those of parents and guardians. */
export const countKeys = (keys: Keys, relatives: readonly Keys[]): number =>
  [keys, ...relatives].reduce((sum, each) => sum + countOf(each), 0);

/** Whether a person has too many names to join them in pairs: the details of 800 aliases would be a million. */
const hasManyNames = ({ families, givens, singles }: Keys): boolean =>
  families.length * JOINS * (givens.length + singles.length + 1) > MOST_KEYS;

/** Whether a protection can hold the keys of a person, and of parents and guardians. */
export const canHold = (keys: Keys, relatives: readonly Keys[]): boolean => {
  const all = [keys, ...relatives];
  return (
    !all.some(hasManyNames) &&
    all.every((each) => Object.values(each).every((list: readonly string[]) => list.length <= MOST_KEYS)) &&
    countKeys(keys, relatives) <= MOST_IN_ALL
  );
};

/** A person about whom nothing is known. */
export const NOBODY: Keys = { families: [], sounds: [], givens: [], initials: [], singles: [], numbers: [], details: [] };

/**
 * Whether a defendant is only an organisation. A defendant with both a person and an organisation counts as a person, and so does a
 * defendant without either.
 */
export const isOrganisation = ({ organisation, person }: JsonObject): boolean =>
  saysSomething(objectOf(organisation).name) && !saysSomething(person);

/** The keys of a person whose object has the form of a defendant. */
export function keysOfPerson(object: JsonObject): Keys {
  const { asn, pncId, croNumber, driver, aliases, address } = object;
  const person = objectOf(object.person);
  const names = [objectOf(person.name), ...listOf(aliases).map(objectOf)];
  const numbers = [asn, pncId, croNumber, objectOf(driver).number];
  return keysOf(names, numbers, () => [...addressDetails(address), ...contactDetails(person.contact)]);
}

const defendantOf = (object: JsonObject, pointer: string): Person =>
  new Person('defendant', pointer, objectOf(object.person), () => keysOfPerson(object));

const plainPerson = (kind: PersonKind, object: JsonObject, pointer: string): Person =>
  new Person(kind, pointer, object, () =>
    keysOf([objectOf(object.name)], [], () => [...addressDetails(object.address), ...contactDetails(object.contact)]),
  );

/** A victim, from its object in an event. */
export const victimOf = (object: JsonObject, pointer: string): Person => plainPerson('victim', object, pointer);

/** The victims in a list of an event, at a JSON Pointer. */
export const victimsOf = (value: Json | undefined, pointer: string): readonly Person[] =>
  value === undefined
    ? NOBODY_THERE
    : listOf(value).flatMap((victim, n) => (isObject(victim) ? [victimOf(victim, `${pointer}/${n}`)] : []));

const NOBODY_THERE: readonly Person[] = [];

export class Offence {
  readonly object: JsonObject;
  readonly #pointer: string;
  #victims: readonly Person[] | undefined;

  constructor(object: JsonObject, pointer: string) {
    this.object = object;
    this.#pointer = pointer;
  }

  get victims(): readonly Person[] {
    this.#victims ??= victimsOf(this.object.victims, `${this.#pointer}/victims`);
    return this.#victims;
  }
}

export interface Defendant {
  readonly object: JsonObject;
  /** Undefined for an organisation. */
  readonly person: Person | undefined;
  /** The parent or guardian, who could identify the defendant. */
  readonly parent: Person | undefined;
  readonly offences: readonly Offence[];
  /** The crime that an event records: its code, and its victims. */
  readonly crime?: Offence;
}

/** The defendants of an event with their offences and victims, and allegations without a defendant. */
export function defendantsOf(data: JsonObject): readonly Defendant[] {
  const defendants: Defendant[] = [];
  for (const [n, object] of listOf(data.defendants).entries())
    if (isObject(object)) defendants.push(defendantAt(object, `/defendants/${n}`));
  if (data.crime !== undefined || data.offences !== undefined) defendants.push(allegationIn(data));
  return defendants;
}

/** The offences of a detention, or a recorded crime with its victims. Without proceedings, nobody is a defendant. */
function allegationIn({ crime, offences, victims }: JsonObject): Defendant {
  const alleged = listOf(offences).flatMap((offence, n) => (isObject(offence) ? [new Offence(offence, `/offences/${n}`)] : []));
  const nobody = { object: NOTHING, person: undefined, parent: undefined };
  if (!isObject(crime)) return { ...nobody, offences: alleged };
  const { classification, category, offenceCode } = crime;
  // Use the coarser category only where there is no classification. A crime with neither counts as an unknown code.
  const code = textOf(classification).trim() === '' ? textOf(category) : textOf(classification);
  const coded = textOf(offenceCode).trim() === '' ? [] : [new Offence({ code: textOf(offenceCode) }, '')];
  return { ...nobody, offences: [...alleged, ...coded], crime: new Offence({ code, ...(victims === undefined ? {} : { victims }) }, '') };
}

function defendantAt(object: JsonObject, pointer: string): Defendant {
  const offences: Offence[] = [];
  for (const [n, offence] of listOf(object.offences).entries())
    if (isObject(offence)) offences.push(new Offence(offence, `${pointer}/offences/${n}`));
  const { parentGuardian } = object;
  return {
    object,
    person: isOrganisation(object) ? undefined : defendantOf(object, pointer),
    parent: isObject(parentGuardian) ? plainPerson('parent', parentGuardian, `${pointer}/parentGuardian`) : undefined,
    offences,
  };
}

/** Whether two lists share an entry. */
const share = (a: readonly string[], b: readonly string[]): boolean => a.some((key) => b.includes(key));

/**
 * Whether two entries can be the same person. They cannot where both have family names that do not sound alike, or different given names.
 * An identifying number decides before names. Both must have keys in the same form, plain or pseudonyms.
 */
export function canBeOne(a: Keys, b: Keys): boolean {
  if (share(a.numbers, b.numbers)) return true;
  if (a.families.length === 0 || b.families.length === 0) return true;
  if (!share(a.sounds, b.sounds)) return false;
  if (a.initials.length === 0 || b.initials.length === 0) return true;
  return share(a.givens, b.givens) || share(a.singles, b.initials) || share(b.singles, a.initials);
}

/** Whether two entries count as the same person: they share a number, or their names can be the same. An entry without a name needs a number. */
export const areOne = (a: Keys, b: Keys): boolean =>
  share(a.numbers, b.numbers) || (a.families.length > 0 && b.families.length > 0 && canBeOne(a, b));

/** The joined keys of one person from several entries. */
export const mergedKeys = (entries: readonly Keys[]): Keys => {
  const [first, ...others] = entries;
  if (first !== undefined && others.length === 0) return first;
  const merged = (name: keyof Keys) => [...new Set(entries.flatMap((keys) => keys[name]))];
  return withDetails(
    {
      sounds: merged('sounds'),
      families: merged('families'),
      givens: merged('givens'),
      initials: merged('initials'),
      singles: merged('singles'),
      numbers: merged('numbers'),
    },
    () => merged('details'),
  );
};
