/** The form in which a person imposes a protection: an order of a court that no message has. */
import type { components } from '../../contracts/generated/openapi.d.ts';
import type { FormFault } from './form-fault.ts';

type Request = components['schemas']['ProtectionRequest'];
type Named = NonNullable<Request['person']>;

export interface ImposeField {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
}

const LONGEST = 500;
const KINDS = ['defendant', 'victim'] as const;

const FIELDS: readonly Omit<ImposeField, 'value'>[] = [
  { name: 'case', label: 'Case reference (URN)' },
  { name: 'familyName', label: 'Family name', hint: 'Leave the name and the numbers empty to protect everybody in the case' },
  { name: 'givenNames', label: 'Given names', hint: 'With spaces between them' },
  { name: 'asn', label: 'Arrest or summons number (ASN)' },
  { name: 'restrictions', label: 'Restrictions', hint: 'For example, YJCEA1999_s45. With commas between several' },
  { name: 'law', label: 'Law', hint: 'For example, Youth Justice and Criminal Evidence Act 1999, s.45' },
  { name: 'title', label: 'The order', hint: 'Do not write names: the register keeps your text as it is' },
  {
    name: 'until',
    label: 'The day from which it does not hold any more',
    hint: 'For example, 2029-04-17. Leave it empty where there is no end',
  },
];

const valueIn = (form: URLSearchParams, name: string): string => (form.get(name) ?? '').trim().slice(0, LONGEST);

/** The fields, with what a person entered. */
export const imposeFields = (form: URLSearchParams): readonly ImposeField[] =>
  FIELDS.map((field) => ({ ...field, value: valueIn(form, field.name) }));

/** The person in the form; undefined where everybody in the case is meant. */
function personIn(form: URLSearchParams): Named | undefined {
  const [familyName, givenNames, asn] = ['familyName', 'givenNames', 'asn'].map((name) => valueIn(form, name));
  if (familyName === '' && givenNames === '' && asn === '') return undefined;
  const kind = KINDS.find((known) => known === form.get('kind'));
  return {
    ...(kind === undefined ? {} : { kind }),
    ...(familyName === '' || familyName === undefined ? {} : { familyName }),
    ...(givenNames === '' || givenNames === undefined ? {} : { givenNames: givenNames.split(/\s+/) }),
    ...(asn === '' || asn === undefined ? {} : { asn }),
  };
}

/** The protection in the form, or what is wrong. */
export function impositionIn(form: URLSearchParams): Request | FormFault {
  const missing = [
    ['case', 'Enter the case reference'],
    ['restrictions', 'Enter a restriction'],
    ['law', 'Enter the law'],
    ['title', 'Enter what the order is'],
  ].find(([name = '']) => valueIn(form, name) === '');
  if (missing !== undefined) return { field: missing[0] ?? 'case', text: missing[1] ?? '' };
  const until = valueIn(form, 'until');
  if (until !== '' && !/^\d{4}-\d\d-\d\d$/.test(until)) return { field: 'until', text: 'Enter a day like 2029-04-17' };
  const person = personIn(form);
  return {
    case: valueIn(form, 'case'),
    restrictions: valueIn(form, 'restrictions')
      .split(',')
      .map((text) => text.trim())
      .filter(Boolean),
    law: valueIn(form, 'law'),
    title: valueIn(form, 'title'),
    ...(person === undefined ? {} : { person }),
    ...(until === '' ? {} : { until }),
  };
}
