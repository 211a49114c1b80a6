/** The common parts of the tables of the Standard Prosecutor Interface (schema 0.6g: CPP-StdProsPoliceCase, CPP-StdProsPoliceResult and the types that they include). */
import { elementsOf, type LeafType, type MessageSpec } from '../xml/table.ts';
import { CARRIERS, noteFact } from './envelope.ts';
import { LONGEST } from './lengths.ts';

const LIBRA = 'http://www.dca.gov.uk/xmlschemas/libra';
const BS7666 = 'http://www.govtalk.gov.uk/people/bs7666';

export const { leaf, node, group } = elementsOf(LIBRA);

/** An element of an address (BS 7666). */
export const bs = (name: string, path: string, type: LeafType = 'text') => elementsOf(BS7666).leaf(name, path, type);

/** The elements of every message of the interface. */
export const INTERFACE = {
  format: 'the Standard Prosecutor Interface',
  namespaces: { '': LIBRA, bs: BS7666 },
  envelopes: { carriers: CARRIERS, noteFact },
  longest: LONGEST,
  unit: 'Case',
  caseReference: ['case', 'urn'],
} as const satisfies Partial<MessageSpec>;
