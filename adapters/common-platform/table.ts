/** The place of each member of a `hearing-resulted` message. Members that {@link toEvent} converts have intermediate places. */
import { type ElementSpec, elementsOf } from '../xml/table.ts';

const { node, leaf } = elementsOf('');

const FLAG = { json: 'flag' } as const;
const NUMBER = { json: 'number' } as const;
const MANY = { many: true } as const;

const closed = (codes: Readonly<Record<string, string>>) => ({ codes, isClosed: true }) as const;

const GENDERS = closed({ NOT_KNOWN: '0', MALE: '1', FEMALE: '2', NOT_SPECIFIED: '9' });
const LANGUAGES = closed({ ENGLISH: 'E', WELSH: 'W' });
const PLEAS = closed({ GUILTY: '1', NOT_GUILTY: '2', NO_PLEA: '3', CONSENTS: '4', OPPOSES: '5', ADMITS: '7', DENIES: '8' });
const VERDICTS = closed({ GUILTY: 'G', NOT_GUILTY: 'N' });

/** A `name` is a text that counts as absent where it is blank. */
const text = (name: string, path: string): ElementSpec => leaf(name, path, 'name');
const code = (name: string, path: string): ElementSpec => leaf(name, path, 'reference');

const court = (path: string): ElementSpec =>
  node('courtCentre', path, [
    code('courtHearingLocation', 'location'),
    code('code', 'ouCode'),
    leaf('psaCode', 'psaCode', 'digits', NUMBER),
    node('lja', '', [code('ljaCode', 'ljaCode')]),
    text('name', 'name'),
  ]);

const ADDRESS = node('address', 'address', [
  ...[1, 2, 3, 4, 5].map((n) => text(`address${n}`, `lines.${n - 1}`)),
  text('postcode', 'postcode'),
]);

const contact = (path: string): ElementSpec =>
  node('contact', path, [
    text('home', 'phones.home'),
    text('work', 'phones.business'),
    text('mobile', 'phones.mobile'),
    text('primaryEmail', 'emails.0'),
    text('secondaryEmail', 'emails.1'),
    text('fax', 'fax'),
  ]);

const nameIn = (path: string): readonly ElementSpec[] => [
  text('title', `${path}title`),
  text('firstName', `${path}givenNames.0`),
  text('middleName', `${path}givenNames.1`),
  text('lastName', `${path}familyName`),
];

/** A person. `at` is the place of name, date of birth and contact, with a trailing dot. */
const person = (at: string): readonly ElementSpec[] => [
  ...nameIn(`${at}name.`),
  leaf('dateOfBirth', `${at}dateOfBirth`, 'date'),
  leaf('gender', `${at}gender`, 'token', GENDERS),
  node('ethnicity', `${at}ethnicity`, [code('observedEthnicityCode', 'observed'), code('selfDefinedEthnicityCode', 'selfDefined')]),
  contact(`${at}contact`),
  ADDRESS,
];

const personMembers: readonly ElementSpec[] = [
  ...person('person.'),
  code('nationalityCode', 'nationality'),
  code('occupationCode', 'occupation.code'),
  text('occupation', 'occupation.text'),
  text('specificRequirements', 'needs.special'),
  text('interpreterLanguageNeeds', 'needs.language'),
  leaf('documentationLanguageNeeds', 'languages.documentation', 'token', LANGUAGES),
  leaf('hearingLanguageNeeds', 'languages.hearing', 'token', LANGUAGES),
];

const organisationMembers: readonly ElementSpec[] = [text('name', 'organisation.name'), contact('organisation.contact'), ADDRESS];

const result = (name: string, path: string, extra: { readonly many?: boolean } = MANY): ElementSpec =>
  node(
    name,
    path,
    [
      leaf('cjsCode', 'code', 'integer'),
      text('resultText', 'text'),
      text('label', 'label'),
      code('qualifier', 'qualifier'),
      code('category', 'category'),
      code('postHearingCustodyStatus', 'bailStatus'),
      leaf('isDeleted', 'isDeleted', 'token', FLAG),
      leaf('publishedAsAPrompt', 'isPrompt', 'token', FLAG),
      leaf('rollUpPrompts', 'saysPrompts', 'token', FLAG),
      node('durationElement', '', [
        leaf('primaryDurationValue', 'durations.0.value', 'digits', NUMBER),
        code('primaryDurationUnit', 'durations.0.unit'),
        leaf('secondaryDurationValue', 'durations.1.value', 'digits', NUMBER),
        code('secondaryDurationUnit', 'durations.1.unit'),
        leaf('tertiaryDurationValue', 'durations.2.value', 'digits', NUMBER),
        code('tertiaryDurationUnit', 'durations.2.unit'),
        leaf('durationStartDate', 'periods.0.start', 'date'),
        leaf('durationEndDate', 'periods.0.end', 'date'),
      ]),
      node(
        'judicialResultPrompts',
        'prompts',
        [
          text('label', 'label'),
          text('value', 'value'),
          leaf('isFinancialImposition', 'isImposition', 'token', FLAG),
          leaf('totalPenaltyPoints', 'points', 'digits', NUMBER),
        ],
        MANY,
      ),
      node('nextHearing', 'nextHearing', [
        leaf('listedStartDateTime', 'start', 'dateTime'),
        text('adjournmentReason', 'reason'),
        court('courtHouse'),
      ]),
    ],
    extra,
  );

const offenceMembers: readonly ElementSpec[] = [
  leaf('orderIndex', 'sequence', 'digits', NUMBER),
  code('offenceCode', 'code'),
  text('offenceTitle', 'title'),
  text('wording', 'wording'),
  leaf('offenceDateCode', 'date.code', 'digits', NUMBER),
  leaf('startDate', 'date.start', 'date'),
  leaf('endDate', 'date.end', 'date'),
  leaf('arrestDate', 'arrestDate', 'date'),
  leaf('chargeDate', 'chargeDate', 'date'),
  node('plea', '', [leaf('pleaValue', 'plea', 'token', PLEAS)]),
  node('verdict', '', [node('verdictType', '', [leaf('categoryType', 'finding', 'token', VERDICTS)])]),
  node('allocationDecision', '', [code('motReasonCode', 'modeOfTrial')]),
  leaf('convictionDate', 'convictionDate', 'date'),
  node('convictingCourt', '', [node('lja', '', [code('ljaCode', 'convictingCourt')])]),
  leaf('isDisposed', 'isDisposed', 'token', FLAG),
  node('offenceFacts', '', [
    leaf('alcoholReadingAmount', 'alcohol.level', 'digits', NUMBER),
    code('alcoholReadingMethodCode', 'alcohol.method'),
    code('vehicleCode', 'vehicle.code'),
    text('vehicleRegistration', 'vehicle.registration'),
  ]),
  node('victims', 'victims', person(''), MANY),
  result('judicialResults', 'results'),
  node('reportingRestrictions', 'restrictions', [text('label', 'label'), leaf('orderedDate', 'ordered', 'date')], MANY),
];

const offences = (path: string): ElementSpec => node('offences', path, offenceMembers, MANY);

/** A defendant. `at` is its place with a trailing dot, or empty. */
const defendant = (at: string): readonly ElementSpec[] => [
  code('id', `${at}id`),
  code('masterDefendantId', `${at}master`),
  code('prosecutionAuthorityReference', `${at}reference`),
  leaf('courtProceedingsInitiated', `${at}proceedings`, 'dateTime'),
  code('pncId', `${at}pncId`),
  code('croNumber', `${at}croNumber`),
  leaf('isYouth', `${at}isYouth`, 'token', FLAG),
  node('personDefendant', at.slice(0, -1), [
    node('personDetails', '', personMembers),
    code('arrestSummonsNumber', 'asn'),
    node('bailStatus', '', [code('code', 'bailStatus')]),
    text('bailConditions', 'bailConditions'),
    text('bailReasons', 'bailReason'),
    leaf('perceivedBirthYear', 'person.perceivedBirthYear', 'digits', NUMBER),
    code('driverNumber', 'driver.number'),
    code('driverLicenceCode', 'driver.licenceCode'),
  ]),
  node('legalEntityDefendant', at.slice(0, -1), [node('organisation', '', organisationMembers)]),
  node('aliases', `${at}aliases`, [...nameIn(''), text('legalEntityName', 'organisation')], MANY),
  node('associatedPersons', `${at}associated`, [text('role', 'role'), node('person', '', person(''))], MANY),
  offences(`${at}offences`),
  result('judicialResults', `${at}results`),
];

const identifier = (path: string): ElementSpec =>
  node('prosecutionCaseIdentifier', path, [
    code('caseURN', 'urn'),
    code('prosecutionAuthorityReference', 'reference'),
    code('prosecutionAuthorityOUCode', 'authority'),
    text('prosecutionAuthorityName', 'informant'),
  ]);

const prosecutionCase = node(
  'prosecutionCases',
  '',
  [
    code('id', 'read.case.id'),
    identifier('read.case'),
    code('initiationCode', 'case.initiation'),
    code('summonsCode', 'case.summonsCode'),
    code('originatingOrganisation', 'case.originator'),
    code('cpsOrganisation', 'case.prosecutor'),
    node('caseMarkers', 'read.markers', [code('markerTypeCode', 'code')], MANY),
    node('defendants', '', defendant('defendants.0.'), MANY),
  ],
  MANY,
);

/** A party to an application: a defendant of a case, or somebody else. Each is read in the form of a defendant. */
const partyMembers: readonly ElementSpec[] = [
  node('masterDefendant', 'defendant', defendant('')),
  node('personDetails', 'individual', personMembers),
  node('organisation', 'organisation', organisationMembers),
  node('prosecutingAuthority', 'authority', organisationMembers),
];

const application = node(
  'courtApplications',
  '',
  [
    code('id', 'read.application.id'),
    code('applicationReference', 'read.application.reference'),
    node('type', 'read.application', [code('code', 'code'), text('type', 'title')]),
    text('applicationParticulars', 'read.application.wording'),
    leaf('applicationReceivedDate', 'read.application.initiatedDate', 'date'),
    leaf('allegationOrComplaintStartDate', 'read.application.date.start', 'date'),
    leaf('allegationOrComplaintEndDate', 'read.application.date.end', 'date'),
    node('plea', 'read.application', [leaf('pleaValue', 'plea', 'token', PLEAS)]),
    node('verdict', 'read.application', [node('verdictType', '', [leaf('categoryType', 'finding', 'token', VERDICTS)])]),
    leaf('convictionDate', 'read.application.convictionDate', 'date'),
    result('judicialResults', 'read.application.results'),
    node('subject', 'read.subject', partyMembers),
    node('applicant', 'read.applicant', partyMembers),
    node('respondents', 'read.respondents', partyMembers, MANY),
    node('courtApplicationCases', 'read.cases', [identifier(''), offences('offences')], MANY),
    node('courtOrder', 'read', [node('courtOrderOffences', 'ordered', [identifier(''), node('offence', 'offence', offenceMembers)], MANY)]),
  ],
  MANY,
);

/** The message. Each defendant of a case is an event, and each application. */
export const MESSAGE = node('message', '', [
  node('hearing', '', [
    code('id', 'read.hearing'),
    court('read.court'),
    leaf('hearingLanguage', 'hearing.language', 'token', LANGUAGES),
    text('reportingRestrictionReason', 'read.restriction'),
    node('hearingDays', 'read.days', [leaf('sittingDay', 'start', 'dateTime')], MANY),
    node(
      'defendantAttendance',
      'read.attendance',
      [code('defendantId', 'id'), node('attendanceDays', 'days', [leaf('day', 'day', 'date'), code('attendanceType', 'type')], MANY)],
      MANY,
    ),
    node('defendantJudicialResults', 'read.results', [code('masterDefendantId', 'master'), result('judicialResult', '', {})], MANY),
    prosecutionCase,
    application,
  ]),
  leaf('sharedTime', 'read.shared', 'dateTime'),
  leaf('hearingDay', 'read.day', 'date'),
  leaf('isReshare', 'read.isReshare', 'token', FLAG),
]);
