/** The message of the police to court and CPS: a new case. */

import type { MessageSpec } from '../xml/table.ts';
import {
  corporate,
  emails,
  ethnicity,
  hearing,
  isOrganisation,
  isPerson,
  offenceDetails,
  personDefendant,
  personDetails,
  personName,
  phones,
  structuredAddress,
} from './elements.ts';
import { INTERFACE, leaf, node } from './table.ts';

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
    node('Offence', 'offences', [offenceDetails, leaf('ProsecutionFacts', 'prosecutionFacts'), victim], { many: true }),
  ],
  { many: true },
);

const isSummons = (data: Readonly<Record<string, unknown>>) =>
  (data.case as Record<string, unknown> | undefined)?.summonsCode !== undefined;

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

/** Police to court and CPS: a new case. */
export const NEW_CASE: MessageSpec = {
  ...INTERFACE,
  id: 'spi-new-case',
  standard: 'case.registered',
  attributes: { Flow: 'NewCasesFromThePolice', Interface: 'LibraStandardProsecutorPolice', SchemaVersion: '0.6g' },
  root: node('NewCaseMessage', '', [
    node(
      'Case',
      '',
      [
        leaf('PTIURN', 'case.urn', 'reference', { always: true }),
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
