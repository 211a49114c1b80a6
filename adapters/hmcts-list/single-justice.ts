/** Lists of the single justice procedure, for the press and the public (`single_justice_procedure_press.json`, `…_public.json`). */
import type { Json, JsonObject } from '../adapter.ts';
import type { ElementSpec } from '../xml/table.ts';
import { divide, dividedPlaces, dividedPointer, unite } from './parties.ts';
import { ALWAYS, CASE_REFERENCES, FLAG, type ListKind, leaf, MANY, NUMBER, node, ONE } from './table.ts';

const address = (name: string, path: string, isPublic: boolean): ElementSpec =>
  node(name, path, [
    ...(isPublic ? [] : [leaf('line', 'lines', 'text', MANY), leaf('town', 'town'), leaf('county', 'administrativeArea')]),
    leaf('postCode', 'postcode'),
  ]);

const party = (isPublic: boolean): ElementSpec =>
  node(
    'party',
    'party',
    [
      leaf('partyRole', 'role', 'token', ALWAYS),
      {
        ...node('individualDetails', '', [
          ...(isPublic ? [] : [leaf('title', 'person.name.title')]),
          leaf('individualForenames', 'person.name.givenNames.0'),
          ...(isPublic ? [] : [leaf('individualMiddleName', 'person.name.givenNames.1')]),
          leaf('individualSurname', 'person.name.familyName'),
          ...(isPublic ? [] : [leaf('dateOfBirth', 'birthDay'), leaf('age', 'person.age', 'digits', NUMBER)]),
          address('address', 'address', isPublic),
        ]),
        always: true,
        when: ({ organisation, person, role }) => person !== undefined || (organisation === undefined && role === 'ACCUSED'),
      },
      {
        ...node('organisationDetails', 'organisation', [
          leaf('organisationName', 'name', 'text', ALWAYS),
          address('organisationAddress', 'address', isPublic),
        ]),
        always: true,
        when: ({ organisation, person, role }) => organisation !== undefined || (person === undefined && role !== 'ACCUSED'),
      },
    ],
    MANY,
  );

const hearing = (isPublic: boolean): ElementSpec =>
  node(
    'hearing',
    '',
    [
      ...(isPublic ? [] : [node('case', 'case', [leaf('caseUrn', 'urn', 'token', ALWAYS)], ONE)]),
      { ...party(isPublic), always: true },
      node(
        'offence',
        'offence',
        [
          leaf('offenceTitle', 'title', 'text', ALWAYS),
          ...(isPublic
            ? []
            : [
                leaf('offenceWording', 'wording'),
                leaf('reportingRestriction', 'reportingRestriction', 'token', { ...FLAG, always: true }),
              ]),
        ],
        { many: true, always: true },
      ),
    ],
    MANY,
  );

const root = (isPublic: boolean): ElementSpec =>
  node('list', '', [
    node('document', '', [
      leaf('version', 'list.version'),
      leaf('documentName', 'list.name'),
      leaf('publicationDate', 'list.published', 'dateTime', ALWAYS),
    ]),
    node(
      'courtLists',
      '',
      [
        node('courtHouse', '', [
          node('courtRoom', '', [node('session', '', [node('sittings', '', [hearing(isPublic)], MANY)], MANY)], MANY),
        ]),
      ],
      MANY,
    ),
  ]);

const list = (value: Json | undefined): readonly JsonObject[] => (Array.isArray(value) ? (value as readonly JsonObject[]) : []);

/** 18 March 1991, as press lists write it. */
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const DAY = /^(\d{1,2}) ([A-Z][a-z]+) (\d{4})$/;
const ISO = /^(\d{4})-(\d{2})-(\d{2})$/;

function isoOf(written: Json | undefined): string | undefined {
  if (typeof written !== 'string') return undefined;
  if (ISO.test(written)) return written;
  const [, day = '', month = '', year = ''] = DAY.exec(written) ?? [];
  const number = MONTHS.indexOf(month) + 1;
  return number === 0 ? undefined : `${year}-${String(number).padStart(2, '0')}-${day.padStart(2, '0')}`;
}

/** The offences of a hearing are those of the person who is accused in it. */
function toEvent(kind: string): (data: JsonObject) => JsonObject {
  return ({ offence, ...read }) => {
    const parties = list(read.party).map(({ birthDay, ...rest }) => {
      const dateOfBirth = isoOf(birthDay);
      return dateOfBirth === undefined ? rest : { ...rest, person: { ...((rest.person ?? {}) as JsonObject), dateOfBirth } };
    });
    const { list: listData = {}, ...data } = divide(read.party === undefined ? read : { ...read, party: parties });
    // The list names no day of a hearing: a case can be decided from the day on which the list is published.
    const { published } = listData as JsonObject;
    const hearing = typeof published === 'string' ? { date: published.slice(0, 10) } : {};
    const event = { ...data, list: { ...(listData as JsonObject), kind }, hearing };
    const where = list(data.defendants).length > 0 ? 'defendants' : 'parties';
    const [first, ...more] = list(data[where]);
    if (offence === undefined || first === undefined) return event;
    return { ...event, [where]: [{ ...first, offences: offence }, ...more] };
  };
}

function fromEvent(event: JsonObject): JsonObject {
  const { list: listData, hearing: _hearing, party, ...data } = unite(event);
  const { kind: _, ...rest } = (listData ?? {}) as JsonObject;
  const all = list(party);
  const offence = all.flatMap(({ offences }) => list(offences));
  const parties = all.map(({ offences, person, ...others }) => {
    const { dateOfBirth, ...who } = (person ?? {}) as JsonObject;
    return { ...others, ...(person === undefined ? {} : { person: who }), ...(dateOfBirth === undefined ? {} : { birthDay: dateOfBirth }) };
  });
  return {
    ...data,
    ...(Object.keys(rest).length === 0 ? {} : { list: rest }),
    ...(all.length === 0 ? {} : { party: parties }),
    ...(offence.length === 0 ? {} : { offence }),
  };
}

/** The public list has the first letter of a given name, and the first two characters of a postcode. */
function shortened(data: JsonObject): JsonObject {
  const { party, ...read } = fromEvent(data);
  const parties = list(party).map((listed) => {
    const { name, ...who } = (listed.person ?? {}) as JsonObject;
    const { givenNames, title: _, ...rest } = (name ?? {}) as JsonObject;
    const [first] = Array.isArray(givenNames) ? (givenNames as readonly string[]) : [];
    const initial = first === undefined ? {} : { givenNames: [first.slice(0, 1)] };
    const { postcode } = (listed.address ?? {}) as JsonObject;
    return {
      ...listed,
      ...(name === undefined ? {} : { person: { ...who, name: { ...rest, ...initial } } }),
      ...(typeof postcode === 'string' ? { address: { postcode: postcode.slice(0, 2) } } : {}),
    };
  });
  return party === undefined ? read : { ...read, party: parties };
}

const isSingleJustice = (document: JsonObject): boolean => Array.isArray(document.courtLists) && document.venue === undefined;

const listOf = (kind: string, isPublic: boolean): ListKind => ({
  standard: 'hearing.listed',
  kind,
  root: root(isPublic),
  isKindOf: isSingleJustice,
  caseReferences: CASE_REFERENCES,
  toEvent: toEvent(kind),
  placesOf: (at) =>
    at.startsWith('/offence')
      ? [`/defendants/*${at.replace('/offence', '/offences')}`]
      : dividedPlaces(at.replace(/\/birthDay$/, '/person/dateOfBirth')),
  pointerOf: (read, pointer) =>
    pointer.startsWith('/offence/')
      ? pointer.replace('/offence', '/defendants/0/offences')
      : dividedPointer(read, pointer).replace(/\/birthDay$/, '/person/dateOfBirth'),
  fromEvent: isPublic ? shortened : fromEvent,
  longest: {},
});

export const PRESS: ListKind = listOf('single-justice-press', false);

export const SINGLE_JUSTICE_PUBLIC: ListKind = {
  ...listOf('single-justice-public', true),
  neverShown: new Set([
    ...['/list/kind', '/case/urn', '/defendants/*/offences/*/reportingRestriction'],
    ...['/defendants/*/person/name/givenNames/*', '/defendants/*/person/name/title'],
  ]),
};
