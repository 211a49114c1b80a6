/** Finds the entries of an event that count as the same person, without comparing every pair of entries. */
import { areOne, identifiersOf, type Person } from './people.ts';

/** The most entries with similar names to compare. With more, the gateway cannot tell which are the same person. */
const MOST_COMPARED = 300;

export class PeopleIndex {
  readonly #byIdentifier = new Map<string, Person[]>();
  /** Results by the keys that decide. Persons with the same keys have the same entries. */
  readonly #known = new Map<string, ReadonlySet<Person>>();

  constructor(people: readonly Person[]) {
    for (const person of people)
      for (const identifier of identifiersOf(person.keys)) {
        const known = this.#byIdentifier.get(identifier);
        if (known === undefined) this.#byIdentifier.set(identifier, [person]);
        else known.push(person);
      }
  }

  /** Whether too many entries sound alike to tell which are the same person. */
  isCrowded({ keys }: Person): boolean {
    return identifiersOf(keys).some((identifier) => (this.#byIdentifier.get(identifier)?.length ?? 0) > MOST_COMPARED);
  }

  /** The entries that count as one person, including the person itself. A person without a name and number has only one entry. */
  sameAs(person: Person): ReadonlySet<Person> {
    const { keys } = person;
    const { families, givens, initials, singles, numbers } = keys;
    if (families.length + numbers.length === 0 || this.isCrowded(person)) return new Set([person]);
    const signature = JSON.stringify([families, givens, initials, singles, numbers]);
    let same = this.#known.get(signature);
    if (same === undefined) {
      same = new Set(
        identifiersOf(keys).flatMap((identifier) => (this.#byIdentifier.get(identifier) ?? []).filter((other) => areOne(other.keys, keys))),
      );
      this.#known.set(signature, same);
    }
    return same;
  }
}
