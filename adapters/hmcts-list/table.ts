/** What the tables of the lists of HMCTS have in common. */
import type { JsonListSpec } from '../json/list-spec.ts';
import { elementsOf } from '../xml/table.ts';

/** One kind of list, whichever adapter writes it. */
export type ListKind = Omit<JsonListSpec, 'id'>;

export const { node, leaf } = elementsOf('');

export const FLAG = { json: 'flag' } as const;
export const NUMBER = { json: 'number' } as const;
export const ONE = { json: 'one' } as const;
export const MANY = { many: true } as const;
export const ALWAYS = { always: true } as const;

/** Where the data of an event names the case. */
export const CASE_REFERENCES = [
  ['case', 'urn'],
  ['defendants', '0', 'urn'],
  ['case', 'courtReference'],
] as const;
