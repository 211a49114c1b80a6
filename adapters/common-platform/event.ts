/** Makes an event of the standard from the values of the table, for a defendant of a case or an application. */
import type { Json, JsonObject } from '../adapter.ts';
import { defendantOf, offenceOf, presenceOf } from './people.ts';
import { courtHouse, filled, object, objects, onClock, resultsOf, shared, text, withRestrictions } from './results.ts';

const urnOf = ({ urn, reference }: JsonObject): Json | undefined => urn ?? reference;

const sittings = shared((days) => days.map(({ start }) => onClock(start)));
const markers = shared((all) => all.map(({ code }) => text(code)).join(' '));
const resultsByMaster = shared((all) => Map.groupBy(all, ({ master }) => text(master)));

/** The day and time of the hearing. Without a day, those of the only sitting. */
function sitting({ day, days }: JsonObject): JsonObject {
  const all = sittings(days);
  const start = all.length === 1 && day === undefined ? all[0] : all.find(({ date }) => date === day);
  return filled({ date: day ?? start?.date, time: start?.time });
}

/** The identity of the message. The reference is the same for every version of the results, and `created` identifies the version. */
function messageOf({ hearing, shared, day, isReshare }: JsonObject, ids: readonly (Json | undefined)[]): JsonObject {
  return filled({
    type: isReshare === 'Y' ? 'hearing-resulted (reshared)' : 'hearing-resulted',
    reference: [hearing, ...ids]
      .map(text)
      .filter((id) => id !== '')
      .join('/'),
    created: shared,
    dated: day,
  });
}

/**
 * Results of the defendant and of no offence stand with the first offence, as Common Platform sends them to the police. So does what
 * restricts the reporting of the whole hearing.
 */
function withResults(offences: readonly JsonObject[], results: readonly JsonObject[], { restriction }: JsonObject): readonly JsonObject[] {
  const [first = {}, ...others] = offences;
  const all = [...objects(first.results), ...results];
  const restricted = withRestrictions(all, restriction === undefined ? [] : [{ label: restriction }]);
  return restricted.length === 0 ? offences : [{ ...first, results: restricted }, ...others];
}

function ofCase(data: JsonObject): JsonObject {
  const { read, case: caseData, hearing, defendants } = data;
  const around = object(read);
  const { id, urn, reference, authority, informant } = object(around.case);
  const [defendant = {}] = objects(defendants);
  const elsewhere = defendant.master === undefined ? undefined : resultsByMaster(around.results).get(text(defendant.master));
  const offences = objects(defendant.offences).map((offence) => offenceOf(offence, defendant.proceedings));
  return {
    message: messageOf(around, [id, defendant.id]),
    case: filled({ originator: authority, informant, ...object(caseData), urn: urn ?? reference, marker: markers(around.markers) }),
    hearing: filled({ ...object(hearing), ...sitting(around), courtHouse: courtHouse(object(around.court)) }),
    defendants: [
      defendantOf(
        defendant,
        withResults(offences, [...resultsOf(defendant.results), ...resultsOf(elsewhere)], around),
        presenceOf(around.attendance, [defendant.id], around.day),
      ),
    ],
  };
}

/** A party to an application, in the form of a defendant. */
const partyOf = (read: Json | undefined): JsonObject | undefined => {
  const { defendant, individual, organisation, authority } = object(read);
  return [defendant, individual, organisation, authority].map(object).find((party) => Object.keys(party).length > 0);
};

/** The offences that an application is about, by the URN of their case. Those of no case that is named are of the first one. */
function offencesByCase({ cases, ordered }: JsonObject, first: string): ReadonlyMap<string, readonly JsonObject[]> {
  const found = new Map<string, JsonObject[]>([[first, []]]);
  const add = (holder: JsonObject, offences: readonly JsonObject[]): void => {
    const urn = text(urnOf(holder)) || first;
    const all = found.get(urn) ?? [];
    if (offences.length > 0) found.set(urn, [...all, ...offences.map((offence) => offenceOf(offence))]);
  };
  for (const courtCase of objects(cases)) add(courtCase, objects(courtCase.offences));
  for (const order of objects(ordered)) add(order, [object(order.offence)]);
  return found;
}

/** Other defendants who are parties: they must be people of the event, so that the protections of youths apply to them. */
function otherDefendants({ applicant, respondents }: JsonObject, subject: JsonObject): readonly JsonObject[] {
  const all = [object(applicant), ...objects(respondents)].map(({ defendant }) => object(defendant));
  const others = new Map(all.map((member) => [text(member.master) || JSON.stringify(member), member]));
  others.delete(text(subject.master) || JSON.stringify(subject));
  others.delete('{}');
  return [...others.values()].map((defendant) =>
    defendantOf(
      defendant,
      objects(defendant.offences).map((offence) => offenceOf(offence, defendant.proceedings)),
    ),
  );
}

function ofApplication({ read, hearing }: JsonObject): JsonObject {
  const around = object(read);
  const { id, reference, ...application } = object(around.application);
  const urn = [...objects(around.cases), ...objects(around.ordered)].map(urnOf).find((stated) => stated !== undefined) ?? reference;
  const said = {
    message: messageOf(around, [id]),
    case: filled({ urn, courtReference: reference === urn ? undefined : reference }),
    hearing: filled({ ...object(hearing), ...sitting(around), courtHouse: courtHouse(object(around.court)) }),
  };
  const subject = partyOf(around.subject);
  // The standard requires defendants, so a message without a subject is quarantined.
  if (subject === undefined) return said;
  const presence = presenceOf(around.attendance, [subject.id, subject.master], around.day);
  const [[, caseOffences = []] = [], ...others] = offencesByCase(around, text(urn));
  const offences = withResults([offenceOf(application), ...caseOffences], resultsOf(subject.results), around);
  const elsewhere = others.map(
    ([otherUrn, otherOffences]): JsonObject => ({ urn: otherUrn, defendant: defendantOf(subject, otherOffences, presence) }),
  );
  return {
    ...said,
    defendants: [defendantOf(subject, offences, presence), ...otherDefendants(around, subject)],
    ...(elsewhere.length === 0 ? {} : { [ELSEWHERE]: elsewhere }),
  };
}

/** The defendant in the other cases of an application, which are separate events. */
export const ELSEWHERE = 'elsewhere';

/** The data of the event, without intermediate values. */
export const toEvent = (data: JsonObject): JsonObject => (object(data.read).application === undefined ? ofCase(data) : ofApplication(data));
