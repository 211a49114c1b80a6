/** Elements that both messages have: people, addresses, hearings, offences. */
import { bs, leaf, node } from './table.ts';

export const personName = [
  leaf('PersonTitle', 'title', 'name'),
  leaf('PersonGivenName1', 'givenNames.0', 'name'),
  leaf('PersonGivenName2', 'givenNames.1', 'name'),
  leaf('PersonGivenName3', 'givenNames.2', 'name'),
  leaf('PersonFamilyName', 'familyName', 'name'),
];

export const phones = (path: string) =>
  node('TelephoneDetails', path, [
    leaf('TelephoneNumberBusiness', 'business'),
    leaf('TelephoneNumberHome', 'home'),
    leaf('TelephoneNumberMobile', 'mobile'),
  ]);

export const emails = (path: string) =>
  node('EmailDetails', '', [leaf('EmailAddress1', `${path}.0`, 'text', { required: true }), leaf('EmailAddress2', `${path}.1`)]);

export const personDetails = [
  node('PersonName', 'name', personName),
  phones('contact.phones'),
  emails('contact.emails'),
  leaf('Birthdate', 'dateOfBirth', 'date'),
  leaf('Gender', 'gender', 'token'),
];

export const ethnicity = (path: string) =>
  node('PersonEthnicity', path, [leaf('ObservedEthnicity', 'observed', 'token'), leaf('SelfDefinedEthnicity', 'selfDefined', 'token')]);

export const structuredAddress = [
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

export const courtAddress = [
  node('ComplexAddress', '', structuredAddress, { when: (address) => address.lines === undefined }),
  node(
    'SimpleAddress',
    '',
    [0, 1, 2, 3, 4].map((n) => leaf(`AddressLine${n + 1}`, `lines.${n}`, 'text', { required: n === 0 })),
    { when: (address) => address.lines !== undefined },
  ),
];

export const hearing = (path: string) => [
  leaf('CourtHearingLocation', `${path}courtHouse.ouCode`, 'token'),
  leaf('DateOfHearing', `${path}date`, 'date'),
  leaf('TimeOfHearing', `${path}time`, 'time'),
];

export const offenceDetails = node('BaseOffenceDetails', '', [
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

export const corporate = [
  node('OrganisationName', '', [leaf('OrganisationName', 'organisation.name')]),
  leaf('TelephoneNumberBusiness', 'organisation.contact.phones.business'),
  emails('organisation.contact.emails'),
  leaf('PNCidentifier', 'pncId', 'token'),
];

export const personDefendant = node('PersonDefendant', '', [
  node('BasePersonDetails', 'person', personDetails),
  leaf('PNCidentifier', 'pncId', 'token'),
  leaf('PersonStatedNationality', 'nationality', 'token'),
  leaf('BailConditions', 'bailConditions'),
]);

const isFilled = (value: unknown): boolean => typeof value === 'object' && value !== null && Object.keys(value).length > 0;

type Defendant = Readonly<Record<string, unknown>>;

/** Both are written where a defendant has a person and an organisation. */
export const isPerson = { when: ({ organisation, person }: Defendant) => organisation === undefined || isFilled(person) };
export const isOrganisation = {
  when: ({ organisation, person }: Defendant) => organisation !== undefined && (isFilled(organisation) || !isFilled(person)),
};
