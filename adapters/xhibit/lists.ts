/** The daily, firm and warned lists of the Crown Court. */
import type { JsonObject } from '../adapter.ts';
import { conceal, reveal } from '../masked-names.ts';
import type { ListSpec } from '../xml/list-spec.ts';
import type { ElementSpec } from '../xml/table.ts';
import {
  attribute,
  COURT_SERVICE,
  court,
  defendant,
  document,
  hearing,
  hearingDetails,
  leaf,
  node,
  PERSONAL_DETAILS,
  prosecution,
  sitting,
} from './table.ts';

/** How long the names and lines may be that GovTalk has types for. */
const LONGEST = {
  CitizenNameTitle: 35,
  CitizenNameForename: 35,
  CitizenNameSurname: 35,
  CitizenNameSuffix: 35,
  CitizenNameRequestedName: 70,
  Line: 35,
  ASN: 20,
  PNCnumber: 12,
};

const kindOf = (data: JsonObject): unknown => (data.list as JsonObject | undefined)?.kind;

const listOf = (root: string, kind: string, unit: string, children: readonly ElementSpec[]): ListSpec => ({
  id: 'xhibit-list',
  format: 'XHIBIT',
  standard: 'hearing.listed',
  namespaces: { cs: COURT_SERVICE, apd: PERSONAL_DETAILS },
  root: node(root, '', [...document, ...children]),
  unit,
  marking: 'SecurityClassification',
  noteFact: () => undefined,
  caseReferences: [
    ['defendants', '0', 'urn'],
    ['case', 'courtReference'],
  ],
  isKindOf: (data) => kindOf(data) === kind,
  toEvent: conceal,
  fromEvent: reveal,
  longest: LONGEST,
});

const sittings = node('Sittings', '', [node('Sitting', '', [...sitting, node('Hearings', '', [hearing])], { many: true })]);

export const DAILY = listOf('DailyList', 'daily', 'Hearing', [
  node('CourtLists', '', [node('CourtList', '', [court('CourtHouse', 'hearing.courtHouse'), sittings], { many: true })]),
]);

/** The hearings of the reserve list are at no court house yet. */
const isReserve = ({ hearing, sitting: sittingData }: Readonly<Record<string, unknown>>): boolean =>
  (hearing as JsonObject | undefined)?.courtHouse === undefined && sittingData === undefined;

export const FIRM = listOf('FirmList', 'firm', 'Hearing', [
  node(
    'CourtLists',
    '',
    [
      node('CourtList', '', [court('CourtHouse', 'hearing.courtHouse'), sittings], {
        many: true,
        attributes: [attribute('SittingDate', 'sitting.date', 'date')],
      }),
    ],
    { when: (data) => !isReserve(data) },
  ),
  node('ReserveList', '', [hearing], { when: isReserve }),
]);

const isFixed = ({ sitting: sittingData }: Readonly<Record<string, unknown>>): boolean =>
  (sittingData as JsonObject | undefined)?.date !== undefined;

const entry = node(
  'Case',
  '',
  [
    leaf('CaseNumber', 'case.courtReference', 'token'),
    node('CaseArrivedFrom', '', [court('OriginatingCourt', 'case.arrivedFrom')]),
    hearingDetails('Hearing', [leaf('ListNote', 'hearing.note')]),
    node('Defendants', 'defendants', [node('Defendant', '', defendant)], { many: true }),
    prosecution,
  ],
  { many: true },
);

const fixture = node(
  'Fixture',
  '',
  [leaf('FixedDate', 'sitting.date', 'date'), leaf('Notes', 'sitting.note'), node('Cases', '', [entry])],
  {
    many: true,
  },
);

export const WARNED = listOf('WarnedList', 'warned', 'Case', [
  node('ListingInstructions', '', [leaf('ListingInstruction', 'list.instructions', 'text', { many: true, most: 3 })]),
  node('CourtLists', '', [
    node(
      'CourtList',
      '',
      [
        court('CourtHouse', 'hearing.courtHouse'),
        node('WithFixedDate', '', [fixture], { many: true, when: isFixed }),
        node('WithoutFixedDate', '', [fixture], { many: true, when: (data) => !isFixed(data) }),
      ],
      { many: true },
    ),
  ]),
]);
