/** The message of a court to police, CPS and probation: the outcome of a hearing. */

import type { MessageSpec } from '../xml/table.ts';
import { corporate, courtAddress, hearing, isOrganisation, isPerson, offenceDetails, personDefendant, personDetails } from './elements.ts';
import { group, INTERFACE, leaf, node } from './table.ts';

const result = node(
  'Result',
  'results',
  [
    leaf('ResultCode', 'code', 'integer'),
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
  { many: true, most: 1 },
);

/** Court to police, CPS and probation: the outcome of a hearing. */
export const RESULTED_CASE: MessageSpec = {
  ...INTERFACE,
  id: 'spi-resulted-case',
  standard: 'hearing.resulted',
  attributes: { Flow: 'ResultedCasesForThePolice', Interface: 'LibraStandardProsecutorPolice', SchemaVersion: '0.6g' },
  root: node('ResultedCaseMessage', '', [
    node('Session', '', [
      node('CourtHearing', '', [node('Hearing', '', hearing('hearing.')), leaf('PSAcode', 'hearing.courtHouse.psaCode', 'token')]),
      node('Case', '', [leaf('PTIURN', 'case.urn', 'reference', { always: true }), courtDefendant], { many: true }),
    ]),
  ]),
};
