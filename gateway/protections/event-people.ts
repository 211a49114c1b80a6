/** The people of one event: which entries are the same person, and their ages. */
import type { JsonObject } from '../../adapters/adapter.ts';
import type { UnlabelledEvent } from '../labels/event.ts';
import { areaOf } from '../quality/assess.ts';
import { type AgeAnswer, type BirthDates, isPlausibleHearing, isUnderOn } from './age.ts';
import { type Defendant, type Keys, mergedKeys, type Person } from './people.ts';
import { hearingDate, type RuleContext } from './rules.ts';
import { PeopleIndex } from './same-person.ts';
import { soundOf, wordsOf } from './words.ts';

/** The parts of an event that protections depend on. */
export type ProtectableEvent = Pick<UnlabelledEvent, 'data' | 'source' | 'recordedtime'>;

/** The age at which a child becomes an adult. */
export const ADULT = 18;

/** The code of a quality issue: the message has different values for the same field. */
export const GIVEN_TWICE = 'given-more-than-once';

/** The people of one event, as the rules ask about them. */
export class EventPeople implements RuleContext {
  readonly source: string;
  readonly area: string;
  readonly defendants: readonly Defendant[];
  readonly hearing: string;
  readonly #isPlausible: boolean;
  readonly #ambiguous: readonly string[];
  #people: readonly Person[] | undefined;
  #victims: readonly Person[] | undefined;
  #children: readonly Person[] | undefined;
  /** People who may have a second entry. */
  #doubles: ReadonlySet<Person> | 'not-known' | undefined;
  #parents: ReadonlyMap<Person, Person> | undefined;
  #index: PeopleIndex | undefined;
  readonly #keys = new Map<ReadonlySet<Person>, Keys>();
  readonly #births = new Map<ReadonlySet<Person>, BirthDates>();

  constructor({ data, source, recordedtime }: ProtectableEvent, defendants: readonly Defendant[]) {
    this.source = source;
    this.area = areaOf(data);
    this.defendants = defendants;
    this.hearing = hearingDate(data);
    this.#isPlausible = defendants.length > 0 && isPlausibleHearing(this.hearing, recordedtime);
    this.#ambiguous = ambiguousIn(data);
  }

  /** Everybody in the event. */
  get people(): readonly Person[] {
    if (this.#people !== undefined) return this.#people;
    const people: Person[] = [];
    for (const { person, offences, crime } of this.defendants) {
      if (person !== undefined) people.push(person);
      for (const { victims } of offences) for (const victim of victims) people.push(victim);
      for (const victim of crime?.victims ?? []) people.push(victim);
    }
    return (this.#people = people);
  }

  get victims(): readonly Person[] {
    this.#victims ??= this.defendants.flatMap(({ offences, crime }) =>
      [...offences, ...(crime === undefined ? [] : [crime])].flatMap(({ victims }) => victims),
    );
    return this.#victims;
  }

  /** The victims who are children, or whose age is not known. */
  get children(): readonly Person[] {
    this.#children ??= this.victims.filter((victim) => this.isUnder(ADULT, victim) !== 'not-under');
    return this.#children;
  }

  isUnder(age: number, person: Person): AgeAnswer {
    return this.#isPlausible ? isUnderOn(age, this.birthOf(person), this.hearing) : 'not-known';
  }

  /** The dates and years of birth of a person, from all of the person's entries. */
  birthOf(person: Person): BirthDates {
    const { datesOfBirth, birthYears } = person;
    // Another entry can contradict an age but cannot supply one: an alias easily makes two people look like the same person.
    if (datesOfBirth.length === 0) return { datesOfBirth, birthYears };
    if (!this.#canHaveDouble(person)) return { datesOfBirth, birthYears, isAmbiguous: this.#isAmbiguous(person) };
    const entries = this.#entriesOf(person);
    if (this.#index?.isCrowded(person) === true) return { datesOfBirth, birthYears, isAmbiguous: true };
    let birth = this.#births.get(entries);
    if (birth === undefined) {
      const persons = [...entries];
      birth = {
        datesOfBirth: [...new Set(persons.flatMap((entry) => entry.datesOfBirth))],
        birthYears: [...new Set(persons.flatMap((entry) => entry.birthYears))],
        isAmbiguous: persons.some((entry) => this.#isAmbiguous(entry)),
      };
      this.#births.set(entries, birth);
    }
    return birth;
  }

  /** Compares complete family names first, which is cheap: in most events no two sound alike. */
  #canHaveDouble(person: Person): boolean {
    if (this.people.length === 1) return false;
    this.#doubles ??= this.defendants.some(({ object: { aliases } }) => aliases !== undefined) ? 'not-known' : doublesOf(this.people);
    return this.#doubles === 'not-known' || this.#doubles.has(person);
  }

  #isAmbiguous({ pointer }: Person): boolean {
    return this.#ambiguous.some((at) => at.startsWith(`${pointer}/`));
  }

  /** The entries that count as one person, including the person's own. */
  #entriesOf(person: Person): ReadonlySet<Person> {
    // A parent or guardian can be in the case on their own account too.
    this.#index ??= new PeopleIndex([...this.people, ...this.defendants.flatMap(({ parent }) => (parent === undefined ? [] : [parent]))]);
    return this.#index.sameAs(person);
  }

  /** The keys of a person, from every entry that counts as that person. */
  keysOf(person: Person): Keys {
    const entries = this.#entriesOf(person);
    let keys = this.#keys.get(entries);
    if (keys === undefined) {
      keys = mergedKeys([...entries].map((entry) => entry.keys));
      this.#keys.set(entries, keys);
    }
    return keys;
  }

  /** The keys of a defendant's parents and guardians, from any entry. */
  relativesOf(person: Person): readonly Keys[] {
    this.#parents ??= new Map(
      this.defendants.flatMap((defendant) => (defendant.person && defendant.parent ? [[defendant.person, defendant.parent] as const] : [])),
    );
    if (this.#parents.size === 0) return [];
    return [...this.#entriesOf(person)].flatMap((entry) => {
      const parent = this.#parents?.get(entry);
      return parent === undefined ? [] : [this.keysOf(parent)];
    });
  }
}

/** The sounds of a family name: of each word, and of all words together. Undefined where they cannot identify the person. */
function familySounds({ kind, object: { name } }: Person): readonly string[] | undefined {
  const { familyName, givenNames } = (name ?? {}) as JsonObject;
  const words = typeof familyName === 'string' ? wordsOf(familyName) : [];
  // A defendant without a name can have the number of another entry.
  if (words.length === 0) return kind === 'defendant' || (Array.isArray(givenNames) && givenNames.length > 0) ? undefined : [];
  return words.length === 1 ? [soundOf(words[0] as string)] : [...new Set([...words, words.join('')].map(soundOf))];
}

/** The persons whose family names sound like another person's. */
function doublesOf(people: readonly Person[]): ReadonlySet<Person> | 'not-known' {
  const first = new Map<string, Person>();
  const doubles = new Set<Person>();
  for (const person of people) {
    const sounds = familySounds(person);
    if (sounds === undefined) return 'not-known';
    for (const sound of sounds) {
      const other = first.get(sound);
      if (other === undefined) first.set(sound, person);
      else doubles.add(other).add(person);
    }
  }
  return doubles;
}

/** Where the message gave a date of birth more than once, as the quality issues of the event say. */
function ambiguousIn({ quality }: JsonObject): readonly string[] {
  const { issues } = (quality ?? {}) as { issues?: unknown };
  if (!Array.isArray(issues)) return [];
  return issues.flatMap(({ code, at }: { code?: unknown; at?: unknown }) =>
    code === GIVEN_TWICE && typeof at === 'string' && /birth/i.test(at) ? [at] : [],
  );
}
