/** The standard and public lists of the magistrates' courts (`magistrates_standard_list.json`, `magistrates_public_list.json`). */
import type { JsonObject } from '../adapter.ts';
import type { ElementSpec } from '../xml/table.ts';
import { divide, dividedPlaces, dividedPointer, unite } from './parties.ts';
import { ALWAYS, CASE_REFERENCES, FLAG, type ListKind, leaf, MANY, NUMBER, node } from './table.ts';

const PLEAS = { GUILTY: '1', NOT_GUILTY: '2', NONE: '3' };
const GENDERS = { male: '1', female: '2', Male: '1', Female: '2', MALE: '1', FEMALE: '2' };
const CUSTODY = { Y: 'In custody', N: 'Not in custody' };

const address = (name: string, path: string): ElementSpec =>
  node(name, path, [
    leaf('line', 'lines', 'text', MANY),
    leaf('town', 'town'),
    leaf('county', 'administrativeArea'),
    leaf('postCode', 'postcode'),
  ]);

/** What only the standard list shows, and what both do. */
const onlyStandard = (isPublic: boolean, ...elements: readonly ElementSpec[]): readonly ElementSpec[] => (isPublic ? [] : elements);

const offence = (isPublic: boolean): ElementSpec =>
  node(
    'offence',
    'offences',
    [
      ...onlyStandard(isPublic, leaf('offenceCode', 'code', 'token')),
      leaf('offenceTitle', 'title'),
      ...onlyStandard(
        isPublic,
        leaf('offenceWording', 'wording'),
        leaf('offenceMaxPen', 'maximumPenalty'),
        leaf('reportingRestriction', 'reportingRestriction', 'token', FLAG),
        leaf('reportingRestrictionDetails', 'reportingRestrictions', 'text', MANY),
        leaf('convictionDate', 'convictionDate', 'instantDay'),
        leaf('adjournedDate', 'adjournedDate', 'instantDay'),
        leaf('plea', 'plea', 'token', { codes: PLEAS }),
        leaf('pleaDate', 'pleaDate', 'instantDay'),
        leaf('offenceLegislation', 'legislation'),
      ),
    ],
    MANY,
  );

const party = (isPublic: boolean): ElementSpec =>
  node(
    'party',
    'party',
    [
      leaf('partyRole', 'role', 'token'),
      node('individualDetails', '', [
        leaf('individualForenames', 'person.name.givenNames.0'),
        ...onlyStandard(isPublic, leaf('individualMiddleName', 'person.name.givenNames.1')),
        leaf('individualSurname', 'person.name.familyName'),
        ...onlyStandard(
          isPublic,
          leaf('dateOfBirth', 'person.dateOfBirth', 'date'),
          leaf('age', 'person.age', 'digits', NUMBER),
          address('address', 'address'),
          leaf('inCustody', 'custodyStatus', 'token', { ...FLAG, codes: CUSTODY }),
          leaf('gender', 'person.gender', 'token', { codes: GENDERS }),
          leaf('asn', 'asn', 'token'),
          leaf('pncId', 'pncId', 'token'),
        ),
      ]),
      offence(isPublic),
      node('organisationDetails', 'organisation', [
        leaf('organisationName', 'name', 'text', ALWAYS),
        ...onlyStandard(isPublic, address('organisationAddress', 'address')),
      ]),
      leaf('subject', 'isSubject', 'token', FLAG),
    ],
    MANY,
  );

type Data = Readonly<Record<string, unknown>>;
const isApplication = ({ case: caseData }: Data): boolean => (caseData as JsonObject | undefined)?.application !== undefined;

const hearing = (isPublic: boolean): ElementSpec =>
  node(
    'hearing',
    '',
    [
      leaf('hearingType', 'hearing.type.text'),
      ...onlyStandard(isPublic, leaf('panel', 'hearing.panel')),
      leaf('channel', 'hearing.channels', 'text', MANY),
      node(
        'case',
        '',
        [
          leaf('caseUrn', 'case.urn', 'token', ALWAYS),
          leaf('reportingRestriction', 'case.reportingRestriction', 'token', FLAG),
          ...onlyStandard(
            isPublic,
            leaf('reportingRestrictionDetails', 'case.reportingRestrictions', 'text', MANY),
            leaf('caseSequenceIndicator', 'case.sequence'),
          ),
          party(isPublic),
        ],
        { many: true, when: (data) => !isApplication(data) },
      ),
      node(
        'application',
        '',
        [
          leaf('applicationReference', 'case.application.reference', 'text', ALWAYS),
          leaf('applicationType', 'case.application.type'),
          ...onlyStandard(isPublic, leaf('applicationParticulars', 'case.application.particulars')),
          party(isPublic),
        ],
        { many: true, when: isApplication },
      ),
    ],
    MANY,
  );

const judiciary = node(
  'judiciary',
  'sitting.judiciary',
  [leaf('johKnownAs', 'knownAs'), leaf('isPresiding', 'isPresiding', 'token', FLAG)],
  MANY,
);

const sittings = (isPublic: boolean): ElementSpec =>
  node('sittings', '', [leaf('sittingStart', 'sittingStart', 'dateTime', ALWAYS), hearing(isPublic)], MANY);

const rooms = (isPublic: boolean): ElementSpec =>
  node(
    'courtRoom',
    '',
    [leaf('courtRoomName', 'sitting.room', 'text', ALWAYS), node('session', '', [judiciary, sittings(isPublic)], MANY)],
    MANY,
  );

const root = (isPublic: boolean): ElementSpec =>
  node('list', '', [
    node('document', '', [leaf('publicationDate', 'list.published', 'dateTime', ALWAYS)]),
    node('venue', '', [address('venueAddress', 'list.court.address')], ALWAYS),
    node(
      'courtLists',
      '',
      [
        node('courtHouse', '', [
          ...onlyStandard(isPublic, leaf('courtHouseName', 'hearing.courtHouse.name'), leaf('lja', 'hearing.courtHouse.area')),
          rooms(isPublic),
        ]),
      ],
      MANY,
    ),
  ]);

const INSTANT = /^(\d{4}-\d{2}-\d{2})T(.+)$/;

/** The start of the sitting is the date and time of the hearing. */
function toEvent(kind: string): (data: JsonObject) => JsonObject {
  return ({ sittingStart, ...read }) => {
    const { list = {}, hearing: hearingData = {}, ...data } = divide(read);
    const [, date, time] = (typeof sittingStart === 'string' && INSTANT.exec(sittingStart)) || [];
    const when = date === undefined || time === undefined ? {} : { date, time };
    return { ...data, list: { ...(list as JsonObject), kind }, hearing: { ...(hearingData as JsonObject), ...when } };
  };
}

function fromEvent(event: JsonObject): JsonObject {
  const { list, hearing: hearingData, ...data } = unite(event);
  const { kind: _, ...rest } = (list ?? {}) as JsonObject;
  const { date, time, ...hearingRest } = (hearingData ?? {}) as JsonObject;
  const start = typeof date === 'string' && typeof time === 'string' ? { sittingStart: `${date}T${time}` } : {};
  const left = Object.keys(start).length > 0 ? hearingRest : ((hearingData ?? {}) as JsonObject);
  return {
    ...data,
    ...start,
    ...(Object.keys(rest).length === 0 ? {} : { list: rest }),
    ...(Object.keys(left).length === 0 ? {} : { hearing: left }),
  };
}

const isMagistrates = (document: JsonObject): boolean => Array.isArray(document.courtLists) && document.venue !== undefined;

const listOf = (kind: string, isPublic: boolean): ListKind => ({
  standard: 'hearing.listed',
  kind,
  root: root(isPublic),
  isKindOf: isMagistrates,
  caseReferences: CASE_REFERENCES,
  toEvent: toEvent(kind),
  fromEvent,
  placesOf: (at) => (at === '/sittingStart' ? ['/hearing/date', '/hearing/time'] : dividedPlaces(at)),
  pointerOf: (read, pointer) => (pointer === '/sittingStart' ? '/hearing/date' : dividedPointer(read, pointer)),
  longest: {},
});

export const STANDARD: ListKind = listOf('standard', false);

/** What everybody may know, and the form of the public list has no member for. */
export const PUBLIC: ListKind = {
  ...listOf('public', true),
  neverShown: new Set([
    '/list/kind',
    '/defendants/*/person/name/givenNames/*',
    '/defendants/*/offences/*/code',
    '/defendants/*/offences/*/reportingRestriction',
    '/hearing/courtHouse/name',
    '/hearing/courtHouse/area',
    '/hearing/panel',
    '/case/sequence',
  ]),
};
