/** Results of hearings as Common Platform sends them: `public.events.hearing.hearing-resulted` (JSON), of the Crown Court and the magistrates. */
import type { Adapter, DecodedEvent, JsonObject } from '../adapter.ts';
import { ELSEWHERE } from './event.ts';
import { byTable, ID } from './hearing-resulted.ts';
import { object, objects, text } from './results.ts';

const ADULT = 18;

/** An application in several cases: with the first case it is a complete event, and the offences of every other case are an event. */
function perCase({ data: { [ELSEWHERE]: elsewhere, ...data }, ...event }: DecodedEvent): readonly DecodedEvent[] {
  const { extensions, ...said } = data;
  const others = objects(elsewhere).map(
    ({ urn, defendant }): DecodedEvent => ({
      ...event,
      data: { ...said, case: { ...object(said.case), urn }, defendants: [defendant] } as JsonObject,
      warnings: [],
      caseReference: text(urn),
    }),
  );
  return [{ ...event, data }, ...others];
}

const keptBy = ({ data }: DecodedEvent): JsonObject => object(object(data.extensions)[ID]);

function isAdult({ person }: JsonObject, { hearing }: JsonObject): boolean {
  const born = text(object(person).dateOfBirth);
  const eighteen = `${Number(born.slice(0, 4)) + ADULT}${born.slice(4)}`;
  return born !== '' && eighteen <= text(object(hearing).date);
}

/** The dates of birth of people marked as youths: defendants of cases, and parties to applications. */
function birthsOfYouths(event: DecodedEvent): readonly string[] {
  const { subject, applicant, respondents, ...entry } = object(keptBy(event).entry);
  const parties = [object(subject), object(applicant), ...objects(respondents)].map(({ masterDefendant }) => object(masterDefendant));
  return [entry, ...parties]
    .filter(({ isYouth }) => isYouth === true)
    .map(({ personDefendant }) =>
      text(object(object(personDefendant).personDetails).dateOfBirth)
        .trim()
        .slice(0, 10),
    );
}

/** A defendant who is marked as a youth but has an adult's date of birth: nobody can say which is right, so the age is not known. */
function withDoubt(event: DecodedEvent): DecodedEvent {
  const youths = birthsOfYouths(event);
  const ambiguous = objects(event.data.defendants).flatMap((defendant, n) =>
    isAdult(defendant, event.data) && youths.includes(text(object(defendant.person).dateOfBirth))
      ? [`/defendants/${n}/person/dateOfBirth`]
      : [],
  );
  return ambiguous.length === 0 ? event : { ...event, ambiguous };
}

const mayBeYouth = (event: DecodedEvent): boolean =>
  event.ambiguous !== undefined ||
  objects(event.data.defendants).some((defendant) => defendant.organisation === undefined && !isAdult(defendant, event.data));

/** What stands around the cases can name anybody: it goes with a defendant who is not an adult, or of whom that is not known, where there is one. */
function withFrame(events: readonly DecodedEvent[]): readonly DecodedEvent[] {
  const [first] = events;
  const carrier = events.findIndex(mayBeYouth);
  if (first === undefined || carrier < 1) return events;
  const { kind, frame, ...rest } = keptBy(first);
  const carried = { kind, frame } as JsonObject;
  return events.map((event, n): DecodedEvent => {
    if (n === 0) return { ...withKept(event, rest), warnings: [] };
    return n === carrier ? { ...withKept(event, { ...keptBy(event), ...carried }), warnings: first.warnings } : event;
  });
}

const withKept = (event: DecodedEvent, kept: JsonObject): DecodedEvent => ({
  ...event,
  data: { ...event.data, extensions: { ...object(event.data.extensions), [ID]: kept } },
});

const { encode: _, ...reading } = byTable;

/** Common Platform to police, CPS and probation. It is written as SPI: Common Platform reads no results. */
export const hearingResulted: Adapter = {
  ...reading,
  decode: (message, context) => {
    const decoded = byTable.decode(message, context);
    return decoded.ok
      ? { ok: true, value: { ...decoded.value, events: withFrame(decoded.value.events.map(withDoubt).flatMap(perCase)) } }
      : decoded;
  },
};
