/** Invented facts in the form of the standards. Nobody and nothing in them exists. */
import type { JsonObject } from '../../adapters/json.ts';

export const CASE = 'uk.justice.case.registered.v1';
export const CORRECTION = 'uk.justice.correction.issued.v1';

/** The reference of the nth invented case. */
export const urnOf = (n: number): string => `52WX9${String(n).padStart(6, '0')}`;

/** A new case, with texts that a system can spoil: letters beyond ASCII, white space, quotes, an empty text. */
export const newCase = (urn: string): JsonObject => ({
  case: { urn, originator: '152WX00', initiation: 'C' },
  hearing: { courtHouse: { ouCode: 'B01EF00' }, date: '2026-12-01', time: '10:00:00' },
  defendants: [
    {
      person: { name: { givenNames: ['Llŷr', 'Siân'], familyName: 'O’Dŵr-Tremayne' }, dateOfBirth: '1991-04-17', gender: '1' },
      occupation: { text: '' },
      address: { paon: ' 17 ', street: 'Kittiwake Row', town: 'Saltmouth', postcode: 'ZZ1 4QT' },
      offences: [
        {
          sequence: '001',
          code: 'CJ88116',
          wording: 'On 02/11/2026 at Saltmouth assaulted Ffion Prosser by beating her.\n  He said "no <more>".',
          victims: [{ name: { givenNames: ['Ffion'], familyName: 'Prosser' }, address: { street: 'Larkspur Terrace', town: 'Saltmouth' } }],
        },
      ],
    },
  ],
});

/** Where {@link invalidCase} is not as the standard has it. */
export const INVALID_AT: readonly string[] = ['/hearing/date', '/defendants/0/person/dateOfBirth'];

/** A case with dates that do not exist. */
export const invalidCase = (urn: string): JsonObject => {
  const { hearing, ...rest } = newCase(urn);
  const person = { name: { givenNames: ['Nest'], familyName: 'Prosser' }, dateOfBirth: '17 April 1991' };
  return { ...rest, hearing: { ...(hearing as JsonObject), date: '01/12/2026' }, defendants: [{ person, offences: [] }] };
};

export const hearingResulted = (urn: string): JsonObject => ({
  case: { urn },
  hearing: { courtHouse: { ouCode: 'B01EF00' }, date: '2026-12-01' },
  defendants: [
    {
      person: { name: { givenNames: ['Llŷr', 'Siân'], familyName: 'O’Dŵr-Tremayne' }, dateOfBirth: '1991-04-17' },
      offences: [{ code: 'CJ88116', finding: 'G', results: [{ code: '1015', amounts: ['100.00'] }] }],
    },
  ],
});

export const personStopped = (reference: string): JsonObject => ({
  stop: { reference, date: '2026-11-20', kind: 'person-search', power: 'PACE1984_s1', grounds: 'Fitted a description.' },
});

/** That an event was wrong in something. */
export const correctionOf = (urn: string, corrects: string): JsonObject => ({
  case: { urn },
  corrects,
  kind: 'rectified',
  detail: 'The house number of the defendant was wrong.',
});

/** The case has another reference. */
export const caseLinked = (urn: string, other: string): object => ({ case: { urn }, kind: 'renamed', linkedCases: [{ urn: other }] });
