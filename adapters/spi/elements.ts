/**
 * Where every element of the Standard Prosecutor Interface (schema 0.6g: CPP-StdProsPoliceCase, CPP-StdProsPoliceResult and
 * the types they include) stands in the canonical event. Decode and encode both read this one table.
 */

export const LIBRA = 'http://www.dca.gov.uk/xmlschemas/libra';
export const BS7666 = 'http://www.govtalk.gov.uk/people/bs7666';

/** `text` is kept to the letter; the others are trimmed, as XML Schema collapses them, and checked. */
export type LeafType = 'text' | 'token' | 'date' | 'time' | 'digits' | 'decimal';

export interface ElementSpec {
  readonly name: string;
  readonly ns: string;
  /** Path of the value from the object of the parent element; an empty path means the parent's own object; a number is a place in an array. */
  readonly path: readonly string[];
  /** A leaf's type; a structure has children instead. */
  readonly type?: LeafType;
  readonly children?: readonly ElementSpec[];
  /** The element repeats: the path leads to an array. */
  readonly many?: boolean;
  /** Children that repeat as a group without an element of their own: each item of the path's array holds one turn. */
  readonly group?: boolean;
  /** Which of several alternatives to write; decode takes any. */
  readonly when?: (target: Readonly<Record<string, unknown>>) => boolean;
}

type Extra = Pick<ElementSpec, 'many' | 'when' | 'ns'>;
const pathOf = (path: string): readonly string[] => (path === '' ? [] : path.split('.'));

const leaf = (name: string, path: string, type: LeafType = 'text', extra: Partial<Extra> = {}): ElementSpec => ({
  ns: LIBRA,
  ...extra,
  name,
  path: pathOf(path),
  type,
});
const node = (name: string, path: string, children: readonly ElementSpec[], extra: Partial<Extra> = {}): ElementSpec => ({
  ns: LIBRA,
  ...extra,
  name,
  path: pathOf(path),
  children,
});
const group = (path: string, children: readonly ElementSpec[]): ElementSpec => ({ name: '', ns: LIBRA, path: pathOf(path), children, group: true });
const bs = (name: string, path: string, type: LeafType = 'text') => leaf(name, path, type, { ns: BS7666 });

const personName = [
  leaf('PersonTitle', 'title'),
  leaf('PersonGivenName1', 'givenNames.0'),
  leaf('PersonGivenName2', 'givenNames.1'),
  leaf('PersonGivenName3', 'givenNames.2'),
  leaf('PersonFamilyName', 'familyName'),
];

const phones = (path: string) =>
  node('TelephoneDetails', path, [
    leaf('TelephoneNumberBusiness', 'business'),
    leaf('TelephoneNumberHome', 'home'),
    leaf('TelephoneNumberMobile', 'mobile'),
  ]);

const emails = (path: string) =>
  node('EmailDetails', '', [leaf('EmailAddress1', `${path}.0`), leaf('EmailAddress2', `${path}.1`)]);

const personDetails = [
  node('PersonName', 'name', personName),
  phones('contact.phones'),
  emails('contact.emails'),
  leaf('Birthdate', 'dateOfBirth', 'date'),
  leaf('Gender', 'gender', 'token'),
];

const ethnicity = (path: string) =>
  node('PersonEthnicity', path, [leaf('ObservedEthnicity', 'observed', 'token'), leaf('SelfDefinedEthnicity', 'selfDefined', 'token')]);

const structuredAddress = [
  bs('SAON', 'saon'),
  bs('PAON', 'paon'),
  bs('StreetDescription', 'street'),
  bs('UniqueStreetReferenceNumber', 'usrn', 'digits'),
  bs('Locality', 'locality'),
  bs('Town', 'town'),
  bs('AdministrativeArea', 'administrativeArea'),
  bs('PostTown', 'postTown'),
  bs('PostCode', 'postcode'),
  bs('UniquePropertyReferenceNumber', 'uprn', 'digits'),
];

const courtAddress = [
  node('ComplexAddress', '', structuredAddress, { when: (address) => address.lines === undefined }),
  node(
    'SimpleAddress',
    '',
    [0, 1, 2, 3, 4].map((n) => leaf(`AddressLine${n + 1}`, `lines.${n}`)),
    { when: (address) => address.lines !== undefined },
  ),
];

const hearing = (path: string) => [
  leaf('CourtHearingLocation', `${path}courtHouse.ouCode`, 'token'),
  leaf('DateOfHearing', `${path}date`, 'date'),
  leaf('TimeOfHearing', `${path}time`, 'time'),
];

const offenceDetails = node('BaseOffenceDetails', '', [
  leaf('OffenceSequenceNumber', 'sequence', 'token'),
  leaf('OffenceCode', 'code', 'token'),
  leaf('OffenceWording', 'wording'),
  node('OffenceTiming', 'date', [
    leaf('OffenceDateCode', 'code', 'token'),
    node('OffenceStart', '', [leaf('OffenceDateStartDate', 'start', 'date'), leaf('OffenceStartTime', 'startTime', 'time')]),
    node('OffenceEnd', '', [leaf('OffenceEndDate', 'end', 'date'), leaf('OffenceEndTime', 'endTime', 'time')]),
  ]),
  leaf('ChargeDate', 'chargeDate', 'date'),
  leaf('ArrestDate', 'arrestDate', 'date'),
  leaf('LocationOfOffence', 'location'),
  node('AlcoholRelatedOffence', 'alcohol', [leaf('AlcoholLevelAmount', 'level', 'digits'), leaf('AlcoholLevelMethod', 'method', 'token')]),
  node('VehicleRelatedOffence', 'vehicle', [leaf('VehicleCode', 'code', 'token'), leaf('VehicleRegistrationMark', 'registration')]),
]);

const corporate = [
  node('OrganisationName', '', [leaf('OrganisationName', 'organisation.name')]),
  leaf('TelephoneNumberBusiness', 'organisation.contact.phones.business'),
  emails('organisation.contact.emails'),
  leaf('PNCidentifier', 'pncId', 'token'),
];

const personDefendant = node('PersonDefendant', '', [
  node('BasePersonDetails', 'person', personDetails),
  leaf('PNCidentifier', 'pncId', 'token'),
  leaf('PersonStatedNationality', 'nationality', 'token'),
  leaf('BailConditions', 'bailConditions'),
]);

const isPerson = { when: (defendant: Readonly<Record<string, unknown>>) => defendant.organisation === undefined };
const isOrganisation = { when: (defendant: Readonly<Record<string, unknown>>) => defendant.organisation !== undefined };

const result = node(
  'Result',
  'results',
  [
    leaf('ResultCode', 'code', 'token'),
    leaf('ResultText', 'text'),
    leaf('ResultCodeQualifier', 'qualifiers', 'token', { many: true }),
    node('NextHearing', '', [
      node('NextHearingDetails', '', hearing('nextHearing.')),
      leaf('NextHearingReason', 'nextHearing.reason'),
      leaf('BailStatusOffence', 'bailStatus', 'token'),
    ]),
    node('Outcome', '', [
      leaf('PenaltyPoints', 'penaltyPoints', 'digits'),
      leaf('ResultAmountSterling', 'amounts.0', 'decimal'),
      node('Duration', '', [
        leaf('DurationValue', 'durations.0.value', 'digits'),
        leaf('DurationUnit', 'durations.0.unit', 'token'),
        leaf('SecondaryDurationValue', 'durations.1.value', 'digits'),
        leaf('SecondaryDurationUnit', 'durations.1.unit', 'token'),
        group('periods', [leaf('DurationStartDate', 'start', 'date'), leaf('DurationEndDate', 'end', 'date')]),
      ]),
    ]),
  ],
  { many: true },
);

const courtOffence = node(
  'Offence',
  'offences',
  [
    offenceDetails,
    leaf('InitiatedDate', 'initiatedDate', 'date'),
    leaf('Plea', 'plea', 'token'),
    leaf('ModeOfTrial', 'modeOfTrial', 'token'),
    leaf('FinalDisposalIndicator', 'finalDisposal', 'token'),
    leaf('ConvictionDate', 'convictionDate', 'date'),
    leaf('ConvictingCourt', 'convictingCourt', 'token'),
    leaf('Finding', 'finding', 'token'),
    result,
  ],
  { many: true },
);

const courtDefendant = node(
  'Defendant',
  'defendants',
  [
    leaf('ProsecutorReference', 'asn', 'token'),
    node(
      'CourtIndividualDefendant',
      '',
      [
        personDefendant,
        leaf('BailStatus', 'bailStatus', 'token'),
        node('Address', 'address', courtAddress),
        leaf('PresentAtHearing', 'presence', 'token'),
        leaf('ReasonForBailConditionsOrCustody', 'bailReason'),
        node('ParentGuardianDetails', 'parentGuardian', [
          node('BasePersonDetails', '', personDetails),
          node('Address', 'address', courtAddress),
        ]),
      ],
      isPerson,
    ),
    node(
      'CourtCorporateDefendant',
      '',
      [
        ...corporate,
        node('Address', 'address', courtAddress),
        leaf('PresentAtHearing', 'presence', 'token'),
        leaf('BailStatus', 'bailStatus', 'token'),
      ],
      isOrganisation,
    ),
    courtOffence,
  ],
  { many: true },
);

const victim = node(
  'OtherPartyVictim',
  'victims',
  [
    node('PersonDetails', 'name', personName),
    node('Address', 'address', structuredAddress),
    phones('contact.phones'),
    emails('contact.emails'),
    leaf('Birthdate', 'dateOfBirth', 'date'),
    leaf('Gender', 'gender', 'token'),
    ethnicity('ethnicity'),
  ],
  { many: true },
);

const policeDefendant = node(
  'Defendant',
  'defendants',
  [
    leaf('ProsecutorReference', 'asn', 'token'),
    node(
      'PoliceIndividualDefendant',
      '',
      [
        personDefendant,
        leaf('PerceivedBirthYear', 'person.perceivedBirthYear', 'token'),
        node('Address', 'address', structuredAddress),
        ethnicity('person.ethnicity'),
        leaf('OccupationCode', 'occupation.code', 'token'),
        leaf('Occupation', 'occupation.text'),
        leaf('CROnumber', 'croNumber', 'token'),
        leaf('OffenderCode', 'offenderCode', 'token'),
        leaf('CustodyStatus', 'custodyStatus', 'token'),
        node('LanguageOptions', 'languages', [
          leaf('DocumentationLanguage', 'documentation', 'token'),
          leaf('HearingLanguage', 'hearing', 'token'),
        ]),
        leaf('LanguageNeeds', 'needs.language'),
        leaf('SpecialNeeds', 'needs.special'),
        node('DriverInformation', 'driver', [
          leaf('DriverNumber', 'number', 'token'),
          leaf('DriverLicenceCode', 'licenceCode', 'token'),
          leaf('DriverLicenceIssue', 'issue', 'token'),
        ]),
        leaf('CounterpartIssue', 'driver.counterpart', 'token'),
        node('Alias', 'aliases', personName, { many: true }),
        node('ParentGuardianDetails', 'parentGuardian', [
          node('BasePersonDetails', '', personDetails),
          node('Address', 'address', structuredAddress),
          ethnicity('ethnicity'),
        ]),
      ],
      isPerson,
    ),
    node(
      'PoliceCorporateDefendant',
      '',
      [
        ...corporate,
        node('Address', 'address', structuredAddress),
        leaf('CROnumber', 'croNumber', 'token'),
        leaf('Alias', 'organisation.aliases', 'text', { many: true }),
      ],
      isOrganisation,
    ),
    node(
      'Offence',
      'offences',
      [offenceDetails, leaf('ProsecutionFacts', 'prosecutionFacts'), victim],
      { many: true },
    ),
  ],
  { many: true },
);

const isSummons = (data: Readonly<Record<string, unknown>>) => (data.case as Record<string, unknown> | undefined)?.summonsCode !== undefined;

const officerInCase = node('OtherPartyOfficerInCase', 'case.officerInCase', [
  node('OfficerName', 'name', personName),
  leaf('PoliceOfficerRank', 'rank'),
  leaf('PoliceWorkerReferenceNumber', 'number', 'token'),
  leaf('PoliceWorkerLocationCode', 'location', 'token'),
  node('StructuredAddress', 'address', structuredAddress),
  node('TelephoneDetails', 'contact.phones', [leaf('TelephoneNumberBusiness', 'business'), leaf('TelephoneNumberMobile', 'mobile')]),
  leaf('DXaddress', 'contact.dx'),
  leaf('FAXnumber', 'contact.fax'),
  emails('contact.emails'),
]);

/** One message format of the interface: its root, what surrounds a case, and the case itself, which becomes one event. */
export interface MessageSpec {
  readonly id: string;
  readonly standard: string;
  readonly root: ElementSpec;
  readonly attributes: Readonly<Record<string, string>>;
  /** The name of the element, at any depth below the root, that becomes one event each. */
  readonly unit: 'Case';
}

/** Court to police, CPS and probation: the outcome of a hearing. */
export const RESULTED_CASE: MessageSpec = {
  id: 'spi-resulted-case',
  standard: 'hearing.resulted',
  unit: 'Case',
  attributes: { Flow: 'ResultedCasesForThePolice', Interface: 'LibraStandardProsecutorPolice', SchemaVersion: '0.6g' },
  root: node('ResultedCaseMessage', '', [
    node('Session', '', [
      node('CourtHearing', '', [node('Hearing', '', hearing('hearing.')), leaf('PSAcode', 'hearing.courtHouse.psaCode', 'token')]),
      node('Case', '', [leaf('PTIURN', 'case.urn', 'token'), courtDefendant], { many: true }),
    ]),
  ]),
};

/** Police to court and CPS: a new case. */
export const NEW_CASE: MessageSpec = {
  id: 'spi-new-case',
  standard: 'case.registered',
  unit: 'Case',
  attributes: { Flow: 'NewCasesFromThePolice', Interface: 'LibraStandardProsecutorPolice', SchemaVersion: '0.6g' },
  root: node('NewCaseMessage', '', [
    node(
      'Case',
      '',
      [
        leaf('PTIURN', 'case.urn', 'token'),
        leaf('OriginatingOrganisation', 'case.originator', 'token'),
        leaf('InitiationCode', 'case.initiation', 'token', { when: isSummons }),
        leaf('SummonsCode', 'case.summonsCode', 'token'),
        leaf('CaseInitiation', 'case.initiation', 'token', { when: (data) => !isSummons(data) }),
        leaf('Informant', 'case.informant'),
        leaf('CPSorganisation', 'case.prosecutor', 'token'),
        leaf('CaseMarker', 'case.marker'),
        node('InitialHearing', '', hearing('hearing.')),
        leaf('VehicleOperatorLicenceNumber', 'case.operatorLicence', 'token'),
        officerInCase,
        policeDefendant,
      ],
      { many: true },
    ),
  ]),
};
