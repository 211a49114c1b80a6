/** The part of a form that names a case or a person. What is entered there is turned into a pseudonym, and stands in no address. */
import { dataOf, problemOf, type Schemas } from './answers.ts';
import type { Faults } from './form-fault.ts';
import type { Person } from './person.ts';
import { dayOf } from './times.ts';

/** The fields, as `reference-fields.njk` has them. */
export const REFERENCE_FIELDS = ['urn', 'asn', 'pncId', 'croNumber', 'familyName', 'givenName', 'dateOfBirth'] as const;
type Field = (typeof REFERENCE_FIELDS)[number];
export type EnteredReference = Readonly<Record<Field, string>>;

/** `17/4/1991` as `1991-04-17`; undefined where it is not a day of the calendar. */
function dayIn(text: string): string | undefined {
  const [, day = '', month = '', year = ''] = /^(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})$/.exec(text) ?? [];
  return dayOf(day, month, year);
}

export const enteredReference = (form: URLSearchParams): EnteredReference =>
  Object.fromEntries(REFERENCE_FIELDS.map((name) => [name, (form.get(name) ?? '').trim()])) as EnteredReference;

type Asked = { readonly request: Schemas['PseudonymRequest'] } | { readonly faults: Faults } | undefined;

/** What a form says where it names nothing and must. */
export const NOTHING_NAMED: Faults = { urn: 'Enter the reference of a case, or name a person' };

/** What the form names: one case or one person, or nothing. */
export function askedFor(entered: EnteredReference): Asked {
  const { urn, asn, pncId, croNumber, familyName, givenName, dateOfBirth } = entered;
  const numbers = Object.entries({ urn, asn, pncId, croNumber }).filter(([, value]) => value !== '');
  const isNamed = familyName !== '' || givenName !== '' || dateOfBirth !== '';
  const [first, second] = numbers;
  if (first === undefined && !isNamed) return undefined;
  if (second !== undefined || (first !== undefined && isNamed))
    return { faults: { [second?.[0] ?? 'familyName']: 'Enter one case or person: its reference, a number, or a name and date of birth' } };
  if (first !== undefined) {
    const [name, value] = first;
    return value.length > 40 ? { faults: { [name]: 'It must have 40 characters or fewer' } } : { request: { [name]: value } };
  }
  const day = dayIn(dateOfBirth);
  const faults = {
    ...(familyName === '' ? { familyName: 'Enter the family name' } : {}),
    ...(familyName.length > 200 ? { familyName: 'The family name must have 200 characters or fewer' } : {}),
    ...(givenName.length > 200 ? { givenName: 'The given name must have 200 characters or fewer' } : {}),
    ...(day === undefined ? { dateOfBirth: 'Date of birth must be a real date, such as 17/4/1991' } : {}),
  };
  if (day === undefined || Object.keys(faults).length > 0) return { faults };
  return { request: { person: { familyName, ...(givenName === '' ? {} : { givenName }), dateOfBirth: day } } };
}

const FIELD_AT: Readonly<Record<string, Field>> = { '/body/person/familyName': 'familyName', '/body/person/dateOfBirth': 'dateOfBirth' };

/**
 * The pseudonyms of what a form names, with commas between them: today's, and those that older records can have. Undefined where it names
 * nothing. Throws ProblemAnswered.
 */
export async function pseudonymsOf(
  { api }: Person,
  entered: EnteredReference,
): Promise<{ readonly about: string } | { readonly faults: Faults } | undefined> {
  const asked = askedFor(entered);
  if (asked === undefined || 'faults' in asked) return asked;
  const answer = await api.POST('/v1/pseudonyms', { body: asked.request });
  if (answer.response.status !== 400) {
    const { pseudonym, former } = dataOf<Schemas['Pseudonym']>(answer);
    return { about: [pseudonym, ...former].join() };
  }
  const { reasons: [first] = [] } = problemOf(answer).problem;
  const at = first?.at ?? '';
  return { faults: { [FIELD_AT[at] ?? at.replace('/body/', '')]: 'It must have a letter or a digit' } };
}
