/** Finds the entries of an event that are taken for the same person, without comparing everybody with everybody. */
import { areOne, identifiersOf, type Person } from './people.ts';

/** How many entries with similar names are compared. With more, nobody can tell which are the same person. */
const MOST_COMPARED = 300;

export class PeopleIndex {
  readonly #byIdentifier = new Map<string, Person[]>();
  /** By what decides: persons of whom the same is known have the same entries. */
  readonly #known = new Map<string, ReadonlySet<Person>>();

  constructor(people: readonly Person[]) {
    for (const person of people)
      for (const identifier of identifiersOf(person.keys)) {
        const known = this.#byIdentifier.get(identifier);
        if (known === undefined) this.#byIdentifier.set(identifier, [person]);
        else known.push(person);
      }
  }

  /** Whether so many entries sound alike that nobody can say which of them are one person. */
  isCrowded({ keys }: Person): boolean {
    return identifiersOf(keys).some((identifier) => (this.#byIdentifier.get(identifier)?.length ?? 0) > MOST_COMPARED);
  }

  /** The entries that are taken for one person, with the person's own. Of whom neither name nor number is known, there is no other. */
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
