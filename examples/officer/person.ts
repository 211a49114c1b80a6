/** One person, with what several records say: each fact once, with the records that it comes from. */
import type { GrantedRecord } from './granted.ts';
import { isSame, letters } from './names.ts';

/** The records of one person, the newest first. */
export type PersonRecords = readonly [GrantedRecord, ...GrantedRecord[]];

/** Whether two records can be of one person: the same names and date of birth, and no driver number that says otherwise. */
function isOfSamePerson(record: GrantedRecord, other: GrantedRecord): boolean {
  const [first, second] = [record, other].map(({ givenNames }) => letters(givenNames[0] ?? ''));
  const numbers = [record, other].flatMap(({ driver }) => driver?.number ?? []).map(letters);
  return (
    record.dateOfBirth !== undefined &&
    record.dateOfBirth === other.dateOfBirth &&
    isSame(record.familyName, other.familyName) &&
    first === second &&
    new Set(numbers).size <= 1
  );
}

/** Puts the records of each person together. A record that can be of two people stays alone. */
export function peopleOf(records: readonly GrantedRecord[]): readonly PersonRecords[] {
  const people: [GrantedRecord, ...GrantedRecord[]][] = [];
  for (const record of records) {
    const [known, ...others] = people.filter((person) => person.every((other) => isOfSamePerson(other, record)));
    if (known === undefined || others.length > 0) people.push([record]);
    else known.push(record);
  }
  return people;
}
