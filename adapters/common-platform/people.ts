/** Converts defendants and other people from the form of the table to the form of the standard. */
import type { Json, JsonObject } from '../adapter.ts';
import { filled, finalDisposal, object, objects, onClock, resultsOf, shared, text, withRestrictions } from './results.ts';

/** The lines of an address without gaps, with the postcode last, as in other results. */
function address({ lines, postcode }: JsonObject): JsonObject {
  const all = [...(Array.isArray(lines) ? lines : []), postcode].filter((line) => text(line) !== '');
  return filled({ lines: all as readonly Json[] });
}

const personOf = (read: JsonObject): JsonObject => filled({ ...read, address: address(object(read.address)) });

const IS_PARENT = /parent|guardian/i;

export function offenceOf({ results, restrictions, isDisposed, sequence, victims, ...rest }: JsonObject, proceedings?: Json): JsonObject {
  return filled({
    ...rest,
    sequence: text(sequence) === '' ? undefined : text(sequence).padStart(3, '0'),
    initiatedDate: rest.initiatedDate ?? onClock(proceedings).date,
    finalDisposal: finalDisposal(isDisposed, results),
    victims: objects(victims).map(personOf),
    results: withRestrictions(resultsOf(results), objects(restrictions)),
  });
}

/** A defendant with some offences. */
export function defendantOf(read: JsonObject, offences: readonly JsonObject[], presence?: string): JsonObject {
  const { id, master, isYouth, reference, proceedings, associated, aliases, results, asn, organisation, ...rest } = read;
  const parent = objects(associated).find(({ role }) => IS_PARENT.test(text(role)));
  const { role: _, ...parentGuardian } = parent ?? {};
  const named = objects(aliases).map(({ organisation: name, ...person }) => ({ name, person: filled(person) }));
  return filled({
    ...rest,
    asn: asn ?? reference,
    address: address(object(rest.address)),
    organisation: filled({ ...object(organisation), aliases: named.flatMap(({ name }) => (name === undefined ? [] : [name])) }),
    aliases: named.map(({ person }) => person).filter((person) => Object.keys(person).length > 0),
    parentGuardian: personOf(parentGuardian),
    presence,
    offences,
  });
}

const ATTENDANCE: Readonly<Record<string, string>> = { IN_PERSON: 'Y', BY_VIDEO: 'Y', NOT_PRESENT: 'N' };

const attendanceById = shared((all) => Map.groupBy(all, ({ id }) => text(id)));

/** Whether a person with one of some ids was present on the day of the hearing. */
export function presenceOf(attendance: Json | undefined, ids: readonly (Json | undefined)[], day: Json | undefined): string | undefined {
  const attendances = ids.flatMap((id) => (id === undefined ? [] : (attendanceById(attendance).get(text(id)) ?? [])));
  return ATTENDANCE[text(attendances.flatMap(({ days }) => objects(days)).find((attended) => attended.day === day)?.type)];
}
