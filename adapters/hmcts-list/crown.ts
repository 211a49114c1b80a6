/** Daily, firm and warned lists of the Crown Court (`crown_daily_pdda_list.json`, `crown_firm_…`, `crown_warned_…`). */
import type { Json, JsonObject } from '../adapter.ts';
import { conceal, reveal } from '../masked-names.ts';
import type { ElementSpec } from '../xml/table.ts';
import { CASE_REFERENCES, type ListKind, leaf, MANY, NUMBER, node, ONE } from './table.ts';

const YES_NO = { yes: 'Y', no: 'N' };
const SEXES = { male: '1', female: '2', unknown: '0', indeterminate: '9' };

const names = (path: string): readonly ElementSpec[] => [
  leaf('CitizenNameTitle', `${path}name.title`),
  leaf('CitizenNameForename', `${path}name.givenNames`, 'text', MANY),
  leaf('CitizenNameSurname', `${path}name.familyName`),
  leaf('CitizenNameSuffix', `${path}suffix`),
  leaf('CitizenNameRequestedName', `${path}knownAs`),
];

const address = (name: string, path: string): ElementSpec =>
  node(name, path, [leaf('Line', 'lines', 'text', MANY), leaf('PostCode', 'postcode')]);

const court = (name: string, path: string): ElementSpec =>
  node(name, path, [
    leaf('CourtHouseType', 'kind'),
    leaf('CourtHouseCode', 'crestCode', 'digits', NUMBER),
    leaf('CourtHouseShortName', 'shortName'),
    leaf('CourtHouseName', 'name'),
    address('CourtHouseAddress', 'address'),
    leaf('CourtHouseTelephone', 'phone'),
  ]);

const document = [
  node('DocumentID', '', [
    leaf('UniqueID', 'list.identifier'),
    leaf('DocumentType', 'list.documentType'),
    leaf('TimeStamp', 'list.made', 'dateTime'),
  ]),
  node('ListHeader', '', [
    leaf('StartDate', 'list.startDate', 'date'),
    leaf('EndDate', 'list.endDate', 'date'),
    leaf('Version', 'list.version'),
    leaf('PublishedTime', 'list.published', 'dateTime'),
  ]),
  court('CrownCourt', 'list.court'),
];

/** An advocate or solicitor as a person: what the list shows of one. */
const personal = node('PersonalDetails', '', [node('Name', '', names('')), leaf('IsMasked', 'isMasked', 'token', { codes: YES_NO })]);
const advocate = node('Advocate', 'advocates.0', [personal]);
const solicitor = node(
  'Solicitor',
  'solicitors',
  [node('Party', '', [node('Person', '', [personal]), node('Organisation', '', [leaf('OrganisationName', 'organisation')])])],
  MANY,
);

const prosecution = node('Prosecution', 'case.prosecution', [
  leaf('ProsecutingReference', 'reference'),
  node('ProsecutingOrganisation', '', [leaf('OrganisationName', 'organisation')]),
  leaf('ProsecutingAuthority', 'authority'),
  advocate,
]);

const charge = node(
  'Charges',
  'offences',
  [leaf('OffenceStatement', 'title'), leaf('IndictmentCountNumber', 'sequence', 'digits', NUMBER), leaf('CJSoffenceCode', 'code', 'token')],
  MANY,
);

const defendants = node(
  'Defendants',
  'defendants',
  [
    node('PersonalDetails', '', [
      node('Name', 'person', names(''), { always: true }),
      leaf('MaskedName', 'maskedName'),
      leaf('IsMasked', 'isMasked', 'token', { codes: YES_NO }),
      node('DateOfBirth', '', [leaf('BirthDate', 'person.dateOfBirth', 'date'), leaf('VerifiedBy', 'person.birthVerified')]),
      leaf('Age', 'person.age', 'digits', NUMBER),
      leaf('Sex', 'person.gender', 'token', { codes: SEXES }),
      address('Address', 'address'),
      leaf('Nationality', 'nationality'),
    ]),
    leaf('URN', 'urn', 'token'),
    leaf('PrisonerID', 'prison.prisonerId'),
    node('PrisonLocation', 'prison', [leaf('Location', 'location', 'text', MANY)]),
    leaf('CustodyStatus', 'custodyStatus'),
    node('Counsel', 'counsel', [solicitor], MANY),
    charge,
  ],
  MANY,
);

const numbers = [leaf('CaseNumber', 'case.courtReference', 'token'), leaf('CaseNumberCaTH', 'case.publicReference', 'token')];

const details = (name: string, isList: boolean): ElementSpec =>
  node(
    name,
    '',
    [
      leaf('HearingDescription', 'hearing.type.text'),
      leaf('HearingDate', 'hearing.date', 'date'),
      leaf('HearingEndDate', 'hearing.endDate', 'date'),
      ...(isList ? [leaf('ListNote', 'hearing.note')] : []),
      leaf('HearingType', 'hearing.type.code', 'token'),
    ],
    isList ? ONE : {},
  );

const hearing = (name: string): ElementSpec =>
  node(
    name,
    '',
    [
      leaf('HearingSequenceNumber', 'hearing.sequence', 'digits', NUMBER),
      details('HearingDetails', false),
      leaf('TimeMarkingNote', 'hearing.timeNote'),
      ...numbers,
      prosecution,
      court('CommittingCourt', 'case.arrivedFrom'),
      leaf('ListNote', 'hearing.note'),
      defendants,
      leaf('Respondent', 'case.respondents', 'text', MANY),
    ],
    MANY,
  );

const sittings = node(
  'Sittings',
  '',
  [
    leaf('CourtRoomNumber', 'sitting.room', 'digits', NUMBER),
    leaf('SittingAt', 'sitting.start', 'time'),
    leaf('SittingPriority', 'sitting.priority', 'token'),
    leaf('SittingNote', 'sitting.note'),
    node('Judiciary', '', [node('Judge', 'sitting.judge', names('')), node('Justice', 'sitting.judiciary', names(''), MANY)]),
    hearing('Hearings'),
  ],
  MANY,
);

/** What the document calls itself is a reference: its outermost member says which kind of list it is. */
const toEvent =
  (kind: string) =>
  (read: JsonObject): JsonObject => {
    const { list, hearing: hearingData, ...data } = conceal(read);
    const { documentType, ...rest } = (list ?? {}) as { readonly [name: string]: Json };
    const reference = documentType === undefined ? {} : { reference: documentType };
    return { ...withLinks(data), list: { ...rest, ...reference, kind }, hearing: hearingData ?? {} };
  };

/** The numbers of linked cases as a list of texts, and back. */
function withLinks(data: JsonObject): JsonObject {
  const { linked, ...rest } = (data.case ?? {}) as JsonObject;
  if (!Array.isArray(linked)) return data;
  return { ...data, case: { ...rest, linkedCases: linked.map((linkedCase) => (linkedCase as JsonObject).number ?? '') } };
}

function withoutLinks(data: JsonObject): JsonObject {
  const { linkedCases, ...rest } = (data.case ?? {}) as JsonObject;
  if (!Array.isArray(linkedCases)) return data;
  return { ...data, case: { ...rest, linked: linkedCases.map((number) => ({ number })) } };
}

function fromEvent(event: JsonObject): JsonObject {
  const { list, ...data } = withoutLinks(reveal(event));
  const { reference, kind: _, ...rest } = (list ?? {}) as { readonly [name: string]: Json };
  return { ...data, list: { ...rest, ...(reference === undefined ? {} : { documentType: reference }) } };
}

const listOf = (name: string, kind: string, children: readonly ElementSpec[]): ListKind => ({
  standard: 'hearing.listed',
  kind,
  root: node('list', '', [node(name, '', [...document, ...children])]),
  isKindOf: (message) => message[name] !== undefined,
  marking: [name, 'DocumentID', 'SecurityClassification'],
  caseReferences: CASE_REFERENCES,
  toEvent: toEvent(kind),
  placesOf: (at) => [at.replace('/list/documentType', '/list/reference').replace('/case/linked/*/number', '/case/linkedCases/*')],
  fromEvent,
  longest: {},
});

const house = court('CourtHouse', 'hearing.courtHouse');

export const DAILY = listOf('DailyList', 'daily', [node('CourtLists', '', [house, sittings], MANY)]);

type Data = Readonly<Record<string, unknown>>;
const isReserve = ({ hearing: hearingData, sitting }: Data): boolean =>
  (hearingData as JsonObject | undefined)?.courtHouse === undefined && sitting === undefined;

export const FIRM = listOf('FirmList', 'firm', [
  node('CourtLists', '', [leaf('SittingDate', 'sitting.date', 'date'), house, sittings], { many: true, when: (data) => !isReserve(data) }),
  { ...hearing('ReserveList'), when: isReserve },
]);

const isFixed = ({ sitting }: Data): boolean => (sitting as JsonObject | undefined)?.date !== undefined;

const fixture = node(
  'Fixture',
  '',
  [
    leaf('FixedDate', 'sitting.date', 'date'),
    leaf('Notes', 'sitting.note'),
    node(
      'Cases',
      '',
      [
        ...numbers,
        node('CaseArrivedFrom', '', [
          node('OriginatingCourt', 'case.arrivedFrom', [
            leaf('CourtHouseCode', 'crestCode', 'digits', NUMBER),
            leaf('CourtHouseShortName', 'shortName'),
            leaf('CourtHouseName', 'name'),
          ]),
        ]),
        details('Hearing', true),
        defendants,
        prosecution,
        node('LinkedCases', 'case.linked', [leaf('CaseNumber', 'number', 'token')], MANY),
      ],
      MANY,
    ),
  ],
  MANY,
);

export const WARNED = listOf('WarnedList', 'warned', [
  leaf('ListingInstruction', 'list.instructions', 'text', MANY),
  node(
    'CourtLists',
    '',
    [
      house,
      node('WithFixedDate', '', [fixture], { many: true, when: isFixed }),
      node('WithoutFixedDate', '', [fixture], { many: true, when: (data) => !isFixed(data) }),
    ],
    MANY,
  ),
]);
