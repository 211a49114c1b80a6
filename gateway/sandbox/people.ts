/** Makes synthetic people. Name, gender, ethnicity and role in the case are chosen independently, so that none implies another. */
import { ANYONE, FAMILIES, MEN, RANKS, WOMEN } from './names.ts';
import { FORCE, plain } from './numbers.ts';
import type { Random } from './random.ts';

export type Name = { readonly title?: string; readonly givenNames: readonly string[]; readonly familyName: string };

export type Contact = {
  readonly phones?: { readonly business?: string; readonly home?: string; readonly mobile?: string };
  readonly emails?: readonly string[];
};

export type Person = {
  readonly name: Name;
  readonly dateOfBirth: string;
  readonly gender: string;
  readonly ethnicity?: { readonly observed: string; readonly selfDefined: string };
  readonly contact?: Contact;
};

export type Officer = {
  readonly name: Name;
  readonly rank: string;
  readonly number: string;
  readonly location: string;
  readonly contact: Contact;
};

/** Telephone numbers that Ofcom reserves for drama: no telephone has them. */
const landline = (random: Random): string => `01632 960${String(random.int(0, 999)).padStart(3, '0')}`;
const mobile = (random: Random): string => `07700 900${String(random.int(0, 999)).padStart(3, '0')}`;

/** E-mail addresses in domains that RFC 2606 reserves for examples. */
const email = (random: Random, { givenNames, familyName }: Name): string =>
  `${plain(givenNames[0] ?? '')}.${plain(familyName)}${random.int(1, 99)}@${random.pick(['example.org', 'example.com'])}`.toLowerCase();

function contactOf(random: Random, name: Name): Contact {
  const byMobile = random.chance(0.8);
  return {
    phones: byMobile ? { mobile: mobile(random) } : { home: landline(random) },
    ...(random.chance(0.5) ? { emails: [email(random, name)] } : {}),
  };
}

/** Officer-defined ethnicity codes, each with matching codes of self-defined ethnicity. */
const ETHNICITIES: readonly (readonly [string, readonly string[]])[] = [
  ['1', ['W1', 'W2', 'W9', 'NS']],
  ['2', ['W9', 'NS']],
  ['3', ['B1', 'B2', 'B9', 'M1', 'M2']],
  ['4', ['A1', 'A2', 'A3', 'A9', 'M3']],
  ['5', ['O1', 'O9']],
  ['6', ['O9', 'M9']],
];

function ethnicity(random: Random): { observed: string; selfDefined: string } {
  const [observed, selfDefined] = random.pick(ETHNICITIES);
  return { observed, selfDefined: random.pick(selfDefined) };
}

/** 1 male, 2 female, rarely 9 not specified. */
const genderOf = (random: Random): string => (random.chance(0.03) ? '9' : random.pick(['1', '2']));

const GIVEN: Readonly<Record<string, readonly string[]>> = { '1': MEN, '2': WOMEN, '9': ANYONE };
const TITLES: Readonly<Record<string, readonly string[]>> = {
  '1': ['Mr', 'Mr', 'Mr', 'Mr', 'Mr', 'Dr'],
  '2': ['Ms', 'Ms', 'Mrs', 'Miss', 'Miss', 'Dr'],
  '9': ['Mx'],
};

/** Family names that can be part of a double name. */
const DOUBLED = FAMILIES.filter((name) => /^[^\s'-]{1,16}$/.test(name));

const familyName = (random: Random): string =>
  random.chance(0.05) ? `${random.pick(DOUBLED)}-${random.pick(DOUBLED)}` : random.pick(FAMILIES);

/** One to three different given names. */
function givenNames(random: Random, from: readonly string[]): readonly string[] {
  const count = random.pick([1, 1, 1, 1, 2, 2, 2, 3]);
  return [...new Set(Array.from({ length: count }, () => random.pick(from)))];
}

export interface Asked {
  readonly dateOfBirth: string;
  readonly gender?: string;
  /** The family name of a relative. */
  readonly familyName?: string;
  readonly hasTitle?: boolean;
}

export function person(random: Random, { dateOfBirth, gender: stated, familyName: shared, hasTitle = true }: Asked): Person {
  const gender = stated ?? genderOf(random);
  const name: Name = {
    ...(hasTitle && random.chance(0.9) ? { title: random.pick(TITLES[gender] ?? []) } : {}),
    givenNames: givenNames(random, GIVEN[gender] ?? []),
    familyName: shared ?? familyName(random),
  };
  return {
    name,
    dateOfBirth,
    gender: gender,
    ...(random.chance(0.85) ? { ethnicity: ethnicity(random) } : {}),
    ...(random.chance(0.75) ? { contact: contactOf(random, name) } : {}),
  };
}

/** The name for use in a sentence: first given name and family name. */
export const called = ({ name }: Person): string => `${name.givenNames[0]} ${name.familyName}`;

export function officer(random: Random, unit: string): Officer {
  const name: Name = { givenNames: [random.pick(random.pick([MEN, WOMEN]))], familyName: familyName(random) };
  return {
    name,
    rank: random.pick(RANKS),
    number: `PC${random.int(1000, 9999)}`,
    location: `0${FORCE}${unit}01`,
    contact: { phones: { business: landline(random) }, emails: [email(random, name)] },
  };
}

/** The contact details of a company. */
export const businessContact = (random: Random): Contact => ({
  phones: { business: landline(random) },
  ...(random.chance(0.5) ? { emails: [`office${random.int(1, 99)}@example.com`] } : {}),
});
