/** Elements that the lists of the Crown Court have in common (`1_CourtService.xsd`, version 5.7). */
import { type ElementSpec, elementsOf } from '../xml/table.ts';

export const COURT_SERVICE = 'http://www.courtservice.gov.uk/schemas/courtservice';
export const PERSONAL_DETAILS = 'http://www.govtalk.gov.uk/people/AddressAndPersonalDetails';

export const { node, leaf } = elementsOf(COURT_SERVICE);
const { leaf: apd } = elementsOf(PERSONAL_DETAILS);
/** Attributes are in no namespace. */
export const { leaf: attribute } = elementsOf('');

const YES_NO = { yes: 'Y', no: 'N' };
const KINDS = { DL: 'daily', D: 'daily', FL: 'firm', WL: 'warned' };
const SEXES = { male: '1', female: '2', unknown: '0', indeterminate: '9' };
const PLEAS = { Guilty: '1', 'Not Guilty': '2' };

const names = (path: string): readonly ElementSpec[] => [
  apd('CitizenNameTitle', `${path}name.title`, 'name'),
  apd('CitizenNameForename', `${path}name.givenNames`, 'name', { many: true }),
  apd('CitizenNameSurname', `${path}name.familyName`, 'name'),
  apd('CitizenNameSuffix', `${path}suffix`, 'name'),
  apd('CitizenNameRequestedName', `${path}knownAs`, 'name'),
];

const address = (name: string, path: string): ElementSpec =>
  node(name, path, [apd('Line', 'lines', 'text', { many: true, most: 5 }), apd('PostCode', 'postcode')]);

/** A court, at a path. */
export const court = (name: string, path: string): ElementSpec =>
  node(name, path, [
    leaf('CourtHouseType', 'kind'),
    leaf('CourtHouseCode', 'crestCode', 'token', { attributes: [attribute('CourtHouseShortName', 'shortName')] }),
    leaf('CourtHouseName', 'name'),
    address('CourtHouseAddress', 'address'),
    leaf('CourtHouseDX', 'dx'),
    leaf('CourtHouseTelephone', 'phone'),
    leaf('CourtHouseFax', 'fax'),
    leaf('Description', 'note'),
  ]);

/** What every list says of itself. Its marking has no place in the data. */
export const document = [
  node('DocumentID', '', [
    leaf('DocumentName', 'list.name'),
    leaf('UniqueID', 'list.identifier'),
    leaf('DocumentType', 'list.kind', 'token', { codes: KINDS }),
    leaf('TimeStamp', 'list.made', 'dateTime'),
    leaf('SellByDate', 'list.expires', 'date'),
    leaf('WelshTranslation', 'list.isWelsh', 'token', { codes: YES_NO }),
  ]),
  node('ListHeader', '', [
    leaf('ListCategory', 'list.category'),
    leaf('StartDate', 'list.startDate', 'date'),
    leaf('EndDate', 'list.endDate', 'date'),
    leaf('Version', 'list.version'),
    leaf('CRESTprintRef', 'list.reference'),
    leaf('PublishedTime', 'list.published', 'dateTime'),
    leaf('CRESTlistID', 'list.number', 'digits'),
  ]),
  court('CrownCourt', 'list.court'),
];

/** Who represents somebody: an advocate, or a solicitor as a party. */
const personal = node('PersonalDetails', '', [node('Name', '', names('')), leaf('IsMasked', 'isMasked', 'token', { codes: YES_NO })]);
const period = [leaf('StartDate', 'startDate', 'date'), leaf('EndDate', 'endDate', 'date')];
const advocate = node('Advocate', 'advocates', [personal, ...period], { many: true });
const solicitor = node(
  'Solicitor',
  'solicitors',
  [
    node('Party', '', [
      node('Person', '', [personal]),
      node('Organisation', '', [leaf('OrganisationCode', 'code'), leaf('OrganisationName', 'organisation')]),
    ]),
    ...period,
  ],
  { many: true },
);

/** Who prosecutes. */
export const prosecution = node(
  'Prosecution',
  'case.prosecution',
  [
    advocate,
    leaf('ProsecutingReference', 'reference'),
    node('ProsecutingOrganisation', '', [leaf('OrganisationCode', 'organisationCode'), leaf('OrganisationName', 'organisation')]),
  ],
  { attributes: [attribute('ProsecutingAuthority', 'authority')] },
);

const charge = node(
  'Charge',
  'offences',
  [
    leaf('CRESTchargeID', 'identifier', 'token'),
    leaf('OffenceStatement', 'title'),
    leaf('ConvictionDate', 'convictionDate', 'date'),
    leaf('OffenceParticulars', 'wording'),
    leaf('Plea', 'plea', 'token', { codes: PLEAS }),
  ],
  { many: true, attributes: [attribute('IndictmentCountNumber', 'sequence', 'token'), attribute('CJSoffenceCode', 'code', 'token')] },
);

/** What a defendant is described by. */
export const defendant: readonly ElementSpec[] = [
  node('PersonalDetails', '', [
    node('Name', 'person', names('')),
    leaf('MaskedName', 'maskedName'),
    leaf('IsMasked', 'isMasked', 'token', { codes: YES_NO }),
    node('DateOfBirth', '', [apd('BirthDate', 'person.dateOfBirth', 'date'), apd('VerifiedBy', 'person.birthVerified')]),
    leaf('Age', 'person.age', 'digits'),
    leaf('Sex', 'person.gender', 'token', { codes: SEXES }),
    address('Address', 'address'),
    leaf('Nationality', 'nationality'),
  ]),
  node('ASNs', '', [leaf('ASN', 'asn', 'token')]),
  leaf('CRESTdefendantID', 'identifier', 'token'),
  leaf('PNCnumber', 'pncId', 'token'),
  leaf('URN', 'urn', 'token'),
  leaf('CROnumber', 'croNumber', 'token'),
  leaf('MagistratesCourtRefNumber', 'courtReference'),
  leaf('PrisonerID', 'prison.prisonerId'),
  node('PrisonLocation', 'prison', [leaf('Location', 'location.0')], { attributes: [attribute('PrisonID', 'identifier')] }),
  leaf('CustodyStatus', 'custodyStatus'),
  node('Counsel', 'counsel', [solicitor, advocate], { many: true }),
  node('Charges', '', [charge]),
  leaf('AdditionalNotes', 'note'),
];

/** What a hearing is for, and when. */
export const hearingDetails = (name: string, note: readonly ElementSpec[]): ElementSpec =>
  node(
    name,
    '',
    [
      leaf('HearingDescription', 'hearing.type.text'),
      leaf('HearingDate', 'hearing.date', 'date'),
      leaf('HearingEndDate', 'hearing.endDate', 'date'),
      ...note,
    ],
    { attributes: [attribute('HearingType', 'hearing.type.code', 'token')] },
  );

const judge = (name: string, path: string, number: string, many: boolean): ElementSpec =>
  node(name, path, [...names(''), leaf(number, 'identifier', 'token')], { many });

/** What a sitting says before its hearings. */
export const sitting: readonly ElementSpec[] = [
  leaf('CourtRoomNumber', 'sitting.room', 'token'),
  leaf('SittingSequenceNo', 'sitting.sequence', 'token'),
  leaf('SittingAt', 'sitting.start', 'time'),
  leaf('SittingPriority', 'sitting.priority', 'token'),
  leaf('SittingNote', 'sitting.note'),
  node('Judiciary', '', [
    judge('Judge', 'sitting.judge', 'CRESTjudgeID', false),
    judge('Justice', 'sitting.judiciary', 'CRESTjusticeID', true),
    leaf('StartDate', 'sitting.startDate', 'date'),
    leaf('EndDate', 'sitting.endDate', 'date'),
  ]),
];

/** A hearing of a daily or firm list. */
export const hearing = node(
  'Hearing',
  '',
  [
    leaf('HearingSequenceNumber', 'hearing.sequence', 'token'),
    hearingDetails('HearingDetails', []),
    leaf('CRESThearingID', 'hearing.identifier', 'token'),
    leaf('TimeMarkingNote', 'hearing.timeNote'),
    leaf('CaseNumber', 'case.courtReference', 'token'),
    prosecution,
    court('CommittingCourt', 'case.arrivedFrom'),
    leaf('ListNote', 'hearing.note'),
    leaf('NumberOfDefendants', 'case.numberOfDefendants', 'digits'),
    node('Defendants', '', [node('Defendant', 'defendants', defendant, { many: true })]),
    leaf('Respondent', 'case.respondents.0'),
  ],
  { many: true },
);
