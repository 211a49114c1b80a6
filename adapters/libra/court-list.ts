/**
 * The table of a court list. The official schema leaves the document open (`xs:any`), so the elements and their order are those of the lists
 * that courts send: `crime-portal-gateway` of the Ministry of Justice reads the same.
 */
import type { JsonObject } from '../adapter.ts';
import type { ListSpec } from '../xml/list-spec.ts';
import { elementsOf } from '../xml/table.ts';
import { noteFact } from './envelope.ts';

const LIBRA = 'http://www.justice.gov.uk/magistrates/external/ExternalDocumentRequest';
const { node } = elementsOf(LIBRA);
/** Only the outermost element is in a namespace. */
const { node: inner, leaf } = elementsOf('');

/** The kinds of list, by Libra's document names. */
const KINDS = { EDT_Adult_Daily_Courtlist: 'daily', EDT_Youth_Daily_Courtlist: 'daily' };
const GENDERS = { M: '1', F: '2', N: '9' };
const PLEAS = { G: '1', NG: '2' };

const offence = inner(
  'offence',
  'offences',
  [
    leaf('oseq', 'sequence', 'token'),
    leaf('co_id', 'identifier', 'token'),
    leaf('code', 'code', 'token'),
    leaf('maxpen', 'maximumPenalty'),
    leaf('title', 'title'),
    leaf('cy_title', 'titleWelsh'),
    leaf('sum', 'wording'),
    leaf('cy_sum', 'wordingWelsh'),
    leaf('as', 'legislation'),
    leaf('cy_as', 'legislationWelsh'),
    leaf('adjdate', 'adjournedDate', 'dayFirst'),
    leaf('adjreason', 'adjournedReason'),
    leaf('plea', 'plea', 'token', { codes: PLEAS }),
    leaf('pleadate', 'pleaDate', 'dayFirst'),
    leaf('convdate', 'convictionDate', 'dayFirst'),
  ],
  { many: true },
);

const name = inner('def_name_elements', 'defendants.0.person.name', [
  leaf('title', 'title', 'name'),
  leaf('forename1', 'givenNames.0', 'name'),
  leaf('forename2', 'givenNames.1', 'name'),
  leaf('forename3', 'givenNames.2', 'name'),
  leaf('surname', 'familyName', 'name'),
]);

const address = inner('def_addr', 'defendants.0.address', [
  ...[0, 1, 2, 3, 4].map((n) => leaf(`line${n + 1}`, `lines.${n}`)),
  leaf('pcode', 'postcode'),
]);

/** One case against one defendant. */
const entry = inner(
  'case',
  '',
  [
    leaf('c_id', 'case.identifier', 'token'),
    leaf('h_id', 'hearing.identifier', 'token'),
    leaf('valid', 'case.isValid', 'token'),
    leaf('caseno', 'case.courtReference', 'token'),
    leaf('urn', 'case.urn', 'token'),
    leaf('type', 'case.kind', 'token'),
    leaf('def_name', 'defendants.0.person.knownAs'),
    leaf('def_dob', 'defendants.0.person.dateOfBirth', 'dayFirst'),
    leaf('def_age', 'defendants.0.person.age', 'digits'),
    leaf('def_type', 'defendants.0.kind', 'token'),
    leaf('def_sex', 'defendants.0.person.gender', 'token', { codes: GENDERS }),
    name,
    leaf('pnc_id', 'defendants.0.pncId', 'token'),
    leaf('cro_number', 'defendants.0.croNumber', 'token'),
    leaf('asn', 'defendants.0.asn', 'token'),
    address,
    leaf('nationality_1', 'defendants.0.nationality'),
    leaf('inf', 'case.informant'),
    leaf('cseq', 'case.sequence', 'token'),
    leaf('listno', 'hearing.sequence', 'token'),
    inner('offences', 'defendants.0', [offence]),
  ],
  { many: true },
);

const block = inner(
  'block',
  '',
  [
    leaf('sb_id', 'sitting.slot.identifier', 'token'),
    leaf('bstart', 'hearing.time', 'hoursMinutes'),
    leaf('bend', 'sitting.slot.end', 'hoursMinutes'),
    leaf('desc', 'sitting.slot.text'),
    inner('cases', '', [entry]),
  ],
  { many: true },
);

const session = inner(
  'session',
  '',
  [
    leaf('s_id', 'sitting.identifier', 'token'),
    leaf('doh', 'hearing.date', 'dayFirst'),
    leaf('lja', 'hearing.courtHouse.area'),
    leaf('cmu', 'sitting.unit'),
    leaf('panel', 'hearing.panel'),
    leaf('court', 'hearing.courtHouse.name'),
    leaf('room', 'sitting.room', 'token'),
    leaf('sstart', 'sitting.start', 'hoursMinutes'),
    leaf('send', 'sitting.end', 'hoursMinutes'),
    inner('blocks', '', [block]),
  ],
  { many: true },
);

const info = inner('info', '', [
  inner('general', '', [
    leaf('doc_type', 'list.kind', 'token', { codes: KINDS }),
    leaf('version', 'list.version', 'token'),
    leaf('docref', 'list.number', 'token'),
  ]),
  leaf('source_file_name', 'list.identifier'),
  inner('parameters', '', [leaf('pi_psa_code', 'hearing.courtHouse.psaCode', 'token')]),
]);

/** Where the list marks an organisation, the person's name is the name of the organisation. */
const isOrganisation = ({ kind }: JsonObject): boolean => kind === 'O';

function toEvent(data: JsonObject): JsonObject {
  const [defendant] = (data.defendants ?? []) as readonly JsonObject[];
  const { knownAs, ...person } = (defendant?.person ?? {}) as JsonObject;
  if (defendant === undefined || !isOrganisation(defendant) || knownAs === undefined || Object.keys(person).length > 0) return data;
  const { person: _, ...rest } = defendant;
  return { ...data, defendants: [{ ...rest, organisation: { name: knownAs } }] };
}

function fromEvent(data: JsonObject): JsonObject {
  const [defendant, ...more] = (data.defendants ?? []) as readonly JsonObject[];
  const { name } = (defendant?.organisation ?? {}) as JsonObject;
  if (defendant === undefined || !isOrganisation(defendant) || name === undefined || defendant.person !== undefined) return data;
  const { organisation: _, ...rest } = defendant;
  return { ...data, defendants: [{ ...rest, person: { knownAs: name } }, ...more] };
}

/** The courts' daily lists. */
export const COURT_LIST: ListSpec = {
  id: 'libra-court-list',
  format: 'Libra',
  standard: 'hearing.listed',
  namespaces: { ns35: LIBRA },
  root: node('ExternalDocumentRequest', '', [
    inner('documents', '', [
      inner('document', '', [
        info,
        inner('data', '', [inner('job', '', [leaf('printdate', 'list.printDate', 'dayFirst'), inner('sessions', '', [session])])]),
      ]),
    ]),
  ]),
  unit: 'case',
  noteFact,
  caseReferences: [
    ['case', 'urn'],
    ['case', 'courtReference'],
  ],
  isKindOf: () => true,
  toEvent,
  fromEvent,
  longest: {},
};
