/** The people of one event: who is who under several entries, and how old. */
import type { JsonObject } from '../../adapters/adapter.ts';
import type { UnlabelledEvent } from '../labels/event.ts';
import { type AgeAnswer, type BirthDates, isPlausibleHearing, isUnderOn } from './age.ts';
import { areOne, type Defendant, type Keys, mergedKeys, type Person } from './people.ts';
import { hearingDate, type RuleContext } from './rules.ts';
import { squeezed } from './words.ts';

/** What of an event protections depend on. */
export type ProtectableEvent = Pick<UnlabelledEvent, 'data' | 'source' | 'recordedtime'>;

/** The code of a quality issue: the message gave a value more than once, and not alike. */
export const GIVEN_TWICE = 'given-more-than-once';

/** The people of one event, as the rules ask about them. */
export class EventPeople implements RuleContext {
  readonly data: JsonObject;
  readonly source: string;
  readonly received: string;
  readonly defendants: readonly Defendant[];
  readonly hearing: string;
  readonly #isPlausible: boolean;
  readonly #ambiguous: readonly string[];
  #people: readonly Person[] | undefined;
  #families: readonly string[] | undefined;

  constructor({ data, source, recordedtime }: ProtectableEvent, defendants: readonly Defendant[]) {
    this.data = data;
    this.source = source;
    this.received = recordedtime;
    this.defendants = defendants;
    this.hearing = hearingDate(data);
    this.#isPlausible = defendants.length > 0 && isPlausibleHearing(this.hearing, recordedtime);
    this.#ambiguous = ambiguousIn(data);
  }

  /** Everybody in the event. */
  get people(): readonly Person[] {
    this.#people ??= this.defendants.flatMap(({ person, offences }) => [
      ...(person === undefined ? [] : [person]),
      ...offences.flatMap(({ victims }) => victims),
    ]);
    return this.#people;
  }

  isUnder(age: number, person: Person): AgeAnswer {
    return this.#isPlausible ? isUnderOn(age, this.birthOf(person), this.hearing) : 'not-known';
  }

  /** What the event says of when a person was born, under any entry. */
  birthOf(person: Person): BirthDates {
    const { datesOfBirth, birthYears } = person;
    // What other entries say can contradict an age. It cannot give one: an alias makes two people one too easily.
    if (datesOfBirth.length === 0) return { datesOfBirth, birthYears };
    const entries = this.people.length === 1 ? this.people : this.#entriesOf(person);
    return {
      datesOfBirth: entries.length === 1 ? datesOfBirth : entries.flatMap((one) => one.datesOfBirth),
      birthYears: entries.length === 1 ? birthYears : entries.flatMap((one) => one.birthYears),
      isAmbiguous:
        this.#ambiguous.length > 0 && entries.some((one) => this.#ambiguous.some((pointer) => pointer.startsWith(`${one.pointer}/`))),
    };
  }

  /** Names are compared as they stand before they are taken apart: most people of an event share none. */
  #entriesOf(person: Person): readonly Person[] {
    const families = (this.#families ??= this.people.map(familyOf));
    const family = familyOf(person);
    return this.people.filter(
      (one, n) => one === person || ((families[n] === family || families[n] === '' || family === '') && areOne(one.keys, person.keys)),
    );
  }

  /** What a person is known by from every entry that is taken for that person. */
  keysOf(person: Person): Keys {
    return mergedKeys([
      person.keys,
      ...this.people.filter((one) => one !== person && areOne(one.keys, person.keys)).map(({ keys }) => keys),
    ]);
  }

  /** What the parents and guardians of a defendant are known by, under any entry. */
  relativesOf(person: Person): readonly Keys[] {
    return this.defendants
      .filter((one) => one.person === person || (one.person !== undefined && areOne(one.person.keys, person.keys)))
      .flatMap(({ parent }) => (parent === undefined ? [] : [this.keysOf(parent)]));
  }
}

function familyOf({ object }: Person): string {
  const { familyName } = (object.name ?? {}) as JsonObject;
  return typeof familyName === 'string' ? squeezed(familyName) : '';
}

/** Where the message gave a date of birth more than once, as the quality issues of the event say. */
function ambiguousIn({ quality }: JsonObject): readonly string[] {
  const { issues } = (quality ?? {}) as { issues?: unknown };
  if (!Array.isArray(issues)) return [];
  return issues.flatMap(({ code, at }: { code?: unknown; at?: unknown }) =>
    code === GIVEN_TWICE && typeof at === 'string' && /birth/i.test(at) ? [at] : [],
  );
}
