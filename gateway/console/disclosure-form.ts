/** The form in which a person names a case or a person, and says why they ask. */
import type { components } from '../../contracts/generated/openapi.d.ts';
import type { FormFault } from './form-fault.ts';
import { isReasonToRead, REASONS_TO_READ, type ReasonToRead } from './reasons.ts';

type PseudonymRequest = components['schemas']['PseudonymRequest'];

/** A field of the form, with its fault. */
export interface Field {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
}

export interface Asked {
  readonly request: PseudonymRequest;
  readonly reason: ReasonToRead;
}

const REFERENCES = [
  ['urn', 'Case reference (URN)'],
  ['asn', 'Arrest or summons number (ASN)'],
  ['pncId', 'PNC ID'],
  ['croNumber', 'CRO number'],
] as const;
const LONGEST = 200;

export const REASONS = Object.entries(REASONS_TO_READ).filter(([code]) => code !== 'repair');

/** The fields that name a case or a person, with what a person entered. */
export const fieldsOf = (form: URLSearchParams): { readonly references: readonly Field[]; readonly names: readonly Field[] } => {
  const value = (name: string) => (form.get(name) ?? '').trim().slice(0, LONGEST);
  return {
    references: REFERENCES.map(([name, label]) => ({ name, label, value: value(name) })),
    names: [
      { name: 'familyName', label: 'Family name', value: value('familyName') },
      { name: 'givenName', label: 'First given name', value: value('givenName') },
      { name: 'dateOfBirth', label: 'Date of birth', hint: 'For example, 1991-04-17', value: value('dateOfBirth') },
    ],
  };
};

/** What a person asked for, or what is wrong in the form. */
export function askedIn(form: URLSearchParams): Asked | FormFault {
  const { references, names } = fieldsOf(form);
  const reason = form.get('reason');
  const given = references.filter(({ value }) => value !== '');
  const [familyName = '', givenName = '', dateOfBirth = ''] = names.map(({ value }) => value);
  const isNamed = [familyName, givenName, dateOfBirth].some((value) => value !== '');
  if (given.length + (isNamed ? 1 : 0) !== 1) return { field: 'urn', text: 'Enter one reference, or a name and a date of birth' };
  if (isNamed && familyName === '') return { field: 'familyName', text: 'Enter a family name' };
  if (isNamed && !/^\d{4}-\d\d-\d\d$/.test(dateOfBirth)) return { field: 'dateOfBirth', text: 'Enter a date of birth, like 1991-04-17' };
  if (!isReasonToRead(reason)) return { field: 'reason-1', text: 'Select why you ask' };
  const [reference] = given;
  if (reference !== undefined) return { request: { [reference.name]: reference.value } as unknown as PseudonymRequest, reason };
  return { request: { person: { familyName, ...(givenName === '' ? {} : { givenName }), dateOfBirth } } as PseudonymRequest, reason };
}
