/**
 * Invented cases, and an oracle that says who in them must not be identified. Both are written from the law and from the design
 * ("Protection follows the person, not the place"), and know nothing of how the gateway finds protected people.
 *
 * Every name, street and email address is a unique word, and every number contains a mark, so that a search for a word or a number in a
 * delivered event finds a mention of a person and nothing else. Only members of one family share a family name or a street.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../adapters/adapter.ts';
import { HOME } from '../../gateway/config.ts';
import { standards } from '../support/rules-in-force.ts';

// Values and chance ---------------------------------------------------------------------------------------------------------------

type Value = string | Value[] | Draft;

/** Data while it is made. */
export interface Draft {
  [property: string]: Value;
}

/** Numbers that are the same in every run for the same seed. */
class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  }

  /** A whole number below a bound. */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % bound;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** A random name of a table, as often as its weight says. */
  kind<K extends string>(weights: Readonly<Record<K, number>>): K {
    let total = 0;
    for (const name in weights) total += weights[name];
    let left = this.below(total);
    for (const name in weights) {
      left -= weights[name];
      if (left < 0) return name;
    }
    throw new Error('A table of weights is empty');
  }
}

const two = (n: number): string => String(n).padStart(2, '0');

// What is generated, each kind with its weight ------------------------------------------------------------------------------------

/** A few properties decide most of a case, so they are chosen for the case first: otherwise nearly every case would protect somebody. */
const THEMES = { 'nobody is young': 45, 'some are young': 55 } as const;
const OFFENCE_THEMES = { 'ordinary offences': 50, 'some sexual offences': 50 } as const;
const STANDARDS = { 'hearing.resulted': 65, 'case.registered': 35 } as const;
const HEARINGS = { ordinary: 84, '0001-01-01': 4, '9999-12-31': 4, 'long ago': 4, missing: 4 } as const;
const DEFENDANTS = {
  person: 58,
  'person with an organisation': 9,
  'person with an empty organisation': 7,
  organisation: 10,
  'without person or organisation': 3,
  'same person again': 5,
  'victim as a defendant': 4,
  'parent as a defendant': 4,
} as const;
const ADULT_AGES = { adult: 70, 'adult, year agrees': 20, '18 on the day': 10 } as const;
const AGES = {
  adult: 18,
  'adult, year agrees': 4,
  '18 on the day': 3,
  youth: 22,
  'youth, year agrees': 4,
  '18 since the hearing': 4,
  'under 8': 3,
  'over 110': 3,
  'no date': 9,
  'sentinel date': 14,
  'sentinel date, adult year': 3,
  'adult, year of a youth': 4,
  'youth, year of an adult': 4,
  'year 0001': 3,
  'adult, year 0001': 2,
  'adult year alone': 3,
} as const;
const VICTIM_AGES = { adult: 62, child: 16, 'no date': 12, 'sentinel date': 8, 'over 110': 2 } as const;
const SENTINELS = ['0001-01-01', '1900-01-01', '1899-12-30', '9999-12-31'] as const;
const ORDINARY_CODES = { ordinary: 70, 'ordinary, lower case': 15, 'ordinary, padded': 15 } as const;

const componentOf = (name: string): Schema => standards.files.get(`components/${name}.json`) as unknown as Schema;
const mayLack = (component: string, property: string): boolean => !(componentOf(component).required ?? []).includes(property);

const CODES: Readonly<Record<string, number>> = {
  ordinary: 38,
  'ordinary, lower case': 4,
  'ordinary, padded': 4,
  sexual: 24,
  'sexual, lower case': 7,
  'sexual, padded': 7,
  'sexual by prefix': 6,
  unknown: 7,
  ...(mayLack('offence', 'code') ? { absent: 3 } : {}),
};
const ORDERS = { '4510': 50, '04510': 25, ' 4510': 25 } as const;
const VICTIMS = { 'new victim': 62, 'same victim again': 28, 'defendant as a victim': 6, 'victim of the family': 4 } as const;
const SPELLINGS = {
  'as first written': 25,
  'upper case': 15,
  decomposed: 15,
  'given names in another order': 15,
  'an initial only': 15,
  'with a title': 15,
} as const;
const NAME_FORMS = {
  'given and family name': 20,
  'family name': 14,
  'given name': 14,
  'title and family name': 12,
  'initial and family name': 10,
  'family name first': 8,
  decomposed: 11,
  'upper case': 11,
} as const;
const NUMBER_FORMS = { asn: 24, pncId: 20, phone: 20, 'phone without spaces': 10, email: 14, 'address line': 12 } as const;
const WHERE = { 'any place of the standard': 66, 'free text': 22, extensions: 9, 'name of an extension': 3 } as const;

/** Everything that a run must have tried, by what it is a kind of. */
export const KINDS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries({
    standard: STANDARDS,
    hearing: HEARINGS,
    defendant: DEFENDANTS,
    age: AGES,
    'age of a victim': VICTIM_AGES,
    'offence code': CODES,
    'result code': { ...ORDERS, ordinary: 1 },
    victim: VICTIMS,
    spelling: SPELLINGS,
    form: { ...NAME_FORMS, ...NUMBER_FORMS },
    where: WHERE,
    family: { parent: 1, 'co-defendant': 1 },
    complainant: { 'named in text alone': 1 },
    contradiction: { 'same person again': 1 },
  }).map(([name, weights]) => [name, Object.keys(weights)]),
);

// Code lists ----------------------------------------------------------------------------------------------------------------------

interface ListFile {
  readonly prefixes?: readonly string[];
  readonly codes: readonly (readonly [string, ...unknown[]])[];
}

const listOf = (id: string): ListFile => JSON.parse(readFileSync(join(HOME, `schemas/codelists/${id}.json`), 'utf8')) as ListFile;
const sexual = listOf('sexual-offences');
const SEXUAL = new Set(sexual.codes.map(([code]) => code));
const SEXUAL_PREFIXES: readonly string[] = sexual.prefixes ?? [];
const LISTED = new Set(listOf('offences').codes.map(([code]) => code));
const isSexual = (code: string): boolean => SEXUAL.has(code) || SEXUAL_PREFIXES.some((prefix) => code.startsWith(prefix));

const SEXUAL_CODES = [...SEXUAL];
const ORDINARY = [...LISTED].filter((code) => /^[A-Z]{2}\d{5}$/.test(code) && !isSexual(code));
const UNKNOWN = ['ZZ99999', 'TH6801O', 'CJ8811', 'RT8819l', '0', ' ', 'NONE', 'THEFT'].filter((code) => !LISTED.has(code));
const RESULTS = ['1015', '3117', '4506', '1002', '4509', '01015', '14510'];

const canonicalCode = (code: string): string => code.trim().toUpperCase();
const canonicalResult = (code: string): string => canonicalCode(code).replace(/^0+(?=\d+$)/, '');

// Names and what else identifies ---------------------------------------------------------------------------------------------------

export interface Person {
  readonly number: number;
  readonly role: string;
  readonly title: string;
  readonly givenNames: readonly string[];
  /** Two where the family name is double-barrelled. */
  readonly familyNames: readonly string[];
  /** Only what some object of the case says of the person. */
  readonly details: { asn?: string; pncId?: string; phone?: string; email?: string; street?: string };
  born?: string;
  perceived?: string;
}

const MARKS = /[\u0300-\u036f]/g;
const ASCII = /^[\x00-\x7f]*$/;

/** Text as it is compared: without marks, small. */
export const plain = (text: string): string => (ASCII.test(text) ? text : text.normalize('NFKD').replace(MARKS, '')).toLowerCase();

const NAME_MARK = 'zq';
const NUMBER_MARK = '7319';
const PHONE_MARK = '07700';

/** The words and numbers of people in a text that is plain already. */
export function keysIn(text: string, found: Set<string> = new Set()): Set<string> {
  for (let at = text.indexOf(NAME_MARK); at >= 0; at = text.indexOf(NAME_MARK, at + 2)) found.add(text.slice(Math.max(0, at - 4), at + 5));
  for (let at = text.indexOf(NUMBER_MARK); at >= 0; at = text.indexOf(NUMBER_MARK, at + 4)) found.add(text.slice(at, at + 7));
  for (let at = text.indexOf(PHONE_MARK); at >= 0; at = text.indexOf(PHONE_MARK, at + 5))
    found.add(
      text
        .slice(at, at + 12)
        .replace(' ', '')
        .slice(0, 11),
    );
  return found;
}

const CONSONANTS = [...'bcdfghjklmnprstvw'];
const VOWELS = [...'aeiou'];
const ACCENTED: Readonly<Record<string, string>> = { a: 'á', e: 'ë', i: 'ï', o: 'ô', u: 'ü' };
const TITLES = ['Miss', 'Mr', 'Mrs', 'Ms', 'Dr'];

const upper = (names: readonly string[]): string => names.join('-').toUpperCase();

/** What a text says of a person in each form, or nothing where the person has no such thing. */
function mentionOf(person: Person, form: keyof typeof NAME_FORMS | keyof typeof NUMBER_FORMS, random: SeededRandom): string | undefined {
  const { givenNames, familyNames, title, details } = person;
  const given = random.of(givenNames);
  const family = random.chance(50) ? upper(familyNames) : familyNames.join('-');
  if (given === undefined && Object.hasOwn(NAME_FORMS, form)) return undefined;
  switch (form) {
    case 'given and family name':
      return `${givenNames.join(' ')} ${family}`;
    case 'family name':
      return family;
    case 'given name':
      return given;
    case 'title and family name':
      return `${title} ${family}`;
    case 'initial and family name':
      return `${plain(given)[0]?.toUpperCase()}. ${family}`;
    case 'family name first':
      return `${family}, ${given}`;
    case 'decomposed':
      return `${given} ${family}`.normalize('NFD');
    case 'upper case':
      return `${given} ${family}`.toUpperCase();
    case 'phone without spaces':
      return details.phone?.replaceAll(' ', '');
    case 'address line':
      return details.street;
    default:
      return details[form];
  }
}

// Where text can be ----------------------------------------------------------------------------------------------------------------

interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly pattern?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly maxLength?: number;
}

/** A property that can hold any text: its path, with `*` for each item of an array. */
export interface TextPlace {
  readonly name: string;
  readonly path: readonly string[];
  readonly maxLength: number;
}

/** What the gateway makes itself, and what can hold anything at all. */
const NOT_A_PLACE: ReadonlySet<string> = new Set(['quality', 'label', 'portions', 'extensions']);

function collectPlaces(schema: Schema, path: readonly string[], found: Map<string, TextPlace>): void {
  const { $ref, allOf = [], anyOf = [], oneOf = [], properties = {}, items, type, pattern, format, maxLength = 200 } = schema;
  if ($ref !== undefined) collectPlaces(standards.files.get($ref) as unknown as Schema, path, found);
  for (const part of [...allOf, ...anyOf, ...oneOf]) collectPlaces(part, path, found);
  for (const [name, property] of Object.entries(properties)) if (!NOT_A_PLACE.has(name)) collectPlaces(property, [...path, name], found);
  if (items !== undefined) collectPlaces(items, [...path, '*'], found);
  if (type !== 'string' || pattern !== undefined || format !== undefined || schema.enum !== undefined) return;
  const name = `/${path.join('/')}`;
  found.set(name, { name, path, maxLength });
}

function placesOf(standard: string): readonly TextPlace[] {
  const found = new Map<string, TextPlace>();
  collectPlaces(standards.files.get(`events/${standard}.json`) as unknown as Schema, [], found);
  return [...found.values()];
}

/** Every place of each standard where its schema allows text. */
export const TEXT_PLACES: Readonly<Record<string, readonly TextPlace[]>> = Object.fromEntries(
  Object.keys(STANDARDS).map((standard) => [standard, placesOf(standard)]),
);

/** Text that courts and police write in sentences. */
const NARRATIVE = /\/(wording|prosecutionFacts|location|text|reason|bailConditions|bailReason)$/;
const FREE_TEXT: Readonly<Record<string, readonly TextPlace[]>> = Object.fromEntries(
  Object.entries(TEXT_PLACES).map(([standard, places]) => [
    standard,
    places.filter(({ name, maxLength }) => NARRATIVE.test(name) && maxLength > 200),
  ]),
);

/** What a text in one of these places would change of who is protected. */
const DECIDES = /\/(perceivedBirthYear|offences\/\*\/code)$/;

/** An object that is a person is only ever made with the person: text is put into those that are there. */
const ONLY_IF_THERE: ReadonlySet<string> = new Set(['person', 'organisation', 'parentGuardian', 'defendants', 'offences', 'victims']);

const SENTENCES = ['Not to contact #.', 'In the presence of #, at Aberllyn.', 'See # as well.', '#', 'Reported by # on the day', 'with #;'];

// The case ------------------------------------------------------------------------------------------------------------------------

/** A person standing in the case: as a defendant, a victim or a parent or guardian. */
interface Appearance {
  readonly person: Person;
  readonly as: 'defendant' | 'victim' | 'parent';
  /** The defendant for a defendant and a parent, the offence for a victim. */
  readonly of: Draft;
  /** The object that holds the dates: `person` of a defendant, the victim itself. */
  readonly object: Draft | undefined;
}

export interface Mention {
  readonly person: Person;
  readonly place: string;
  readonly form: string;
}

export interface GeneratedCase {
  readonly seed: number;
  readonly standard: string;
  readonly data: JsonObject;
  readonly people: readonly Person[];
  readonly appearances: readonly Appearance[];
  readonly mentions: readonly Mention[];
  /** The kinds that occur, as `KINDS` names them: `form: decomposed`. */
  readonly kinds: readonly string[];
}

interface HearingDay {
  readonly date: string | undefined;
  /** What ages are counted from where the hearing has no date that could be one. */
  readonly year: number;
  readonly monthDay: string;
}

/** When the gateway records every case. */
export const RECEIVED = '2026-11-26T12:00:00.000Z';
/** The last day and month that a person of "18 since the hearing" had a birthday on. */
const LAST_BIRTHDAY = '11-24';

class CaseInProgress {
  readonly people: Person[] = [];
  readonly appearances: Appearance[] = [];
  readonly mentions: Mention[] = [];
  readonly kinds: string[] = [];
  readonly standard: keyof typeof STANDARDS;
  readonly data: Draft;
  readonly #random: SeededRandom;
  readonly #mayProtect: boolean;
  readonly #words = new Set<string>();
  readonly #defendants: Draft[] = [];
  readonly #hearing: HearingDay;
  readonly #isYoungTheme: boolean;
  readonly #isSexualTheme: boolean;
  #number = 99;

  constructor(seed: number, mayProtect: boolean) {
    const random = new SeededRandom(seed);
    this.#random = random;
    this.#mayProtect = mayProtect;
    this.standard = this.#chosen('standard', STANDARDS);
    this.#isYoungTheme = mayProtect && random.kind(THEMES) === 'some are young';
    this.#isSexualTheme = mayProtect && random.kind(OFFENCE_THEMES) === 'some sexual offences';
    this.#hearing = this.#hearingDay();
    this.data = { case: this.#case(), defendants: this.#defendants };
    const hearing = this.#hearingOf();
    if (hearing !== undefined) this.data.hearing = hearing;
    if (random.chance(60)) this.data.message = { identifier: '260514-153012-7K2M', source: 'B00LIBRA', destinations: ['Z00CJSE'] };
    const count = 1 + random.below(4);
    for (let n = 0; n < count; n++) this.#addDefendant();
    if (this.#isSexualTheme && random.chance(25)) this.#nameComplainantInText();
    for (let left = 4 + random.below(7); left > 0; left--) this.#addMention();
  }

  #chosen<K extends string>(what: string, weights: Readonly<Record<K, number>>): K {
    const kind = this.#random.kind(weights);
    this.kinds.push(`${what}: ${kind}`);
    return kind;
  }

  // Dates

  #hearingDay(): HearingDay {
    const random = this.#random;
    const chosen = this.#mayProtect ? random.kind(HEARINGS) : 'ordinary';
    // The standard of results requires a date of the hearing.
    const kind = chosen === 'missing' && this.standard === 'hearing.resulted' ? '0001-01-01' : chosen;
    this.kinds.push(`hearing: ${kind}`);
    const monthDay = `${two(1 + random.below(12))}-${two(1 + random.below(28))}`;
    const year = 2025 + random.below(3);
    if (kind === 'ordinary') return { date: `${year}-${monthDay}`, year, monthDay };
    if (kind === 'long ago') return { date: `19${50 + random.below(50)}-${monthDay}`, year, monthDay };
    return { date: kind === 'missing' ? undefined : kind, year, monthDay };
  }

  #hearingOf(): Draft | undefined {
    const { date } = this.#hearing;
    if (date === undefined && this.#random.chance(50)) return undefined;
    const courtHouse = { ouCode: 'B01AB00', name: 'Aberllyn Magistrates’ Court' };
    return { courtHouse, time: '10:00:00', ...(date === undefined ? {} : { date }) };
  }

  /** A birthday for this age, or a year less, at the hearing. Never the first of a month, which systems write for an unknown date. */
  #bornBefore(years: number): string {
    return `${String(this.#hearing.year - years).padStart(4, '0')}-${two(1 + this.#random.below(12))}-${two(2 + this.#random.below(27))}`;
  }

  #bornOf(kind: string): string | undefined {
    const random = this.#random;
    const { year, monthDay, date } = this.#hearing;
    switch (kind) {
      case 'adult':
      case 'adult, year agrees':
      case 'adult, year of a youth':
      case 'adult, year 0001':
        return this.#bornBefore(20 + random.below(70));
      case '18 on the day':
        return `${year - 18}-${monthDay}`;
      case '18 since the hearing':
        return date !== undefined && date > '2025-12-01' && date < `2026-${LAST_BIRTHDAY}` ? `2008-${LAST_BIRTHDAY}` : this.#bornBefore(15);
      case 'under 8':
        return this.#bornBefore(1 + random.below(7));
      case 'over 110':
        return this.#bornBefore(112 + random.below(20));
      case 'sentinel date':
      case 'sentinel date, adult year':
        return random.of(SENTINELS);
      case 'no date':
      case 'year 0001':
      case 'adult year alone':
        return undefined;
      default:
        return this.#bornBefore(9 + random.below(8));
    }
  }

  #perceivedOf(kind: string, born: string | undefined): string | undefined {
    const { year } = this.#hearing;
    if (/year agrees$/.test(kind)) return born?.slice(0, 4);
    if (/year 0001$/.test(kind)) return '0001';
    if (/year of a youth$/.test(kind)) return String(year - 14);
    return /adult year|year of an adult/.test(kind) ? String(year - 25 - this.#random.below(40)) : undefined;
  }

  // People

  #word(): string {
    const random = this.#random;
    for (;;) {
      const [first, vowel] = [random.of(CONSONANTS), random.of(VOWELS)];
      const rest = `${random.of(CONSONANTS)}${random.of(VOWELS)}${NAME_MARK}${random.of(VOWELS)}${random.of(CONSONANTS)}${random.of(VOWELS)}`;
      const word = `${first}${vowel}${rest}`;
      if (this.#words.has(word)) continue;
      this.#words.add(word);
      return `${first.toUpperCase()}${random.chance(50) ? vowel : ACCENTED[vowel]}${rest}`;
    }
  }

  /** Three digits that nobody else in the case has. */
  #digits(): string {
    return String(++this.#number);
  }

  #newPerson(role: string, family?: Person): Person {
    const random = this.#random;
    const hasNames = role !== 'without person or organisation';
    const givenNames = hasNames ? Array.from({ length: 1 + random.below(3) }, () => this.#word()) : [];
    const familyNames = family?.familyNames ?? (hasNames ? Array.from({ length: random.chance(10) ? 2 : 1 }, () => this.#word()) : []);
    const person = { number: this.people.length, role, title: random.of(TITLES), givenNames, familyNames, details: {} };
    this.people.push(person);
    return person;
  }

  #nameOf({ title, givenNames, familyNames }: Person, isFirst: boolean): Draft {
    const name: Draft = { givenNames: [...givenNames], familyName: familyNames.join('-') };
    if (isFirst) return this.#random.chance(40) ? { title, ...name } : name;
    const spelling = this.#chosen('spelling', SPELLINGS);
    const family = familyNames.join('-');
    if (spelling === 'upper case')
      return { givenNames: givenNames.map((givenName) => givenName.toUpperCase()), familyName: family.toUpperCase() };
    if (spelling === 'decomposed')
      return { givenNames: givenNames.map((givenName) => givenName.normalize('NFD')), familyName: family.normalize('NFD') };
    if (spelling === 'given names in another order') return { ...name, givenNames: [...givenNames].reverse() };
    if (spelling === 'an initial only') return { ...name, givenNames: [`${plain(givenNames[0] ?? '')[0]?.toUpperCase()}.`] };
    return spelling === 'with a title' ? { title, ...name } : name;
  }

  /** Some ways to contact a person, the same for each appearance of the person. */
  #contactOf(person: Person): Draft {
    const { details } = person;
    details.phone ??= `${PHONE_MARK} 900${this.#digits()}`;
    const contact: Draft = { phones: { [this.#random.of(['home', 'mobile', 'business'])]: details.phone } };
    if (this.#random.chance(50)) contact.emails = [(details.email ??= `${plain(this.#word())}@example.org`)];
    return contact;
  }

  #addressOf(person: Person, housemate?: Person): Draft {
    const street = (person.details.street ??= housemate?.details.street ?? `${1 + this.#random.below(90)} ${this.#word()} Lane`);
    const [number = '', ...rest] = street.split(' ');
    if (this.#random.chance(40)) return { lines: [street, 'Aberllyn', 'ZZ1 1AA'] };
    return { paon: number, street: rest.join(' '), town: 'Aberllyn', postcode: 'ZZ1 1AA' };
  }

  #identifiersOf(person: Person): Draft {
    const { details } = person;
    const found: Draft = {};
    if (this.#random.chance(75)) found.asn = details.asn ??= `2689AB010000${NUMBER_MARK}${this.#digits()}P`;
    if (this.#random.chance(50)) found.pncId = details.pncId ??= `2019/${NUMBER_MARK}${this.#digits()}X`;
    return found;
  }

  // Defendants

  #standing(as: Appearance['as']): readonly Person[] {
    return [...new Set(this.appearances.filter((appearance) => appearance.as === as).map(({ person }) => person))];
  }

  #addDefendant(): void {
    const kind = this.#random.kind(DEFENDANTS);
    const again = { 'same person again': 'defendant', 'victim as a defendant': 'victim', 'parent as a defendant': 'parent' } as const;
    const isAgain = Object.hasOwn(again, kind);
    const standing = isAgain ? this.#standing(again[kind as keyof typeof again]) : [];
    const choice = standing.filter(({ givenNames }) => givenNames.length > 0);
    if (!isAgain || choice.length > 0) this.kinds.push(`defendant: ${kind}`);
    if (choice.length > 0) this.#addPerson(this.#random.of(choice), { isFirst: false });
    // Of somebody of whom nothing is said, nothing is known.
    else if (kind === 'organisation' || (kind === 'without person or organisation' && !this.#mayProtect)) this.#addOrganisation();
    else this.#addNewPerson(kind);
  }

  #addNewPerson(kind: string): void {
    const random = this.#random;
    const relatives = this.people.filter(({ role, givenNames }) => role === 'defendant' && givenNames.length > 0);
    const relative = relatives.length > 0 && random.chance(15) ? random.of(relatives) : undefined;
    const isBare = kind === 'without person or organisation';
    if (relative !== undefined && !isBare) this.kinds.push('family: co-defendant');
    const person = this.#newPerson(isBare ? kind : 'defendant', isBare ? undefined : relative);
    const age = this.#isYoungTheme ? this.#chosen('age', AGES) : this.#chosen('age', ADULT_AGES);
    const born = this.#bornOf(age);
    const perceived = this.#perceivedOf(age, born);
    if (born !== undefined) person.born = born;
    if (perceived !== undefined) person.perceived = perceived;
    const organisation: Draft | undefined =
      kind === 'person with an organisation'
        ? { name: `${this.#word()} Haulage Limited` }
        : kind === 'person with an empty organisation'
          ? {}
          : undefined;
    this.#addPerson(person, { isFirst: true, isBare, ...(organisation && { organisation }), ...(relative && { relative }) });
  }

  #addOrganisation(): void {
    const person = this.#newPerson('organisation');
    const defendant = { ...this.#identifiersOf(person), organisation: { name: `${person.familyNames.join('-')} Haulage Limited` } };
    this.#finish(defendant, person);
  }

  #addPerson(
    person: Person,
    { isFirst, isBare = false, organisation, relative }: { isFirst: boolean; isBare?: boolean; organisation?: Draft; relative?: Person },
  ): void {
    const random = this.#random;
    const defendant: Draft = { ...this.#identifiersOf(person) };
    const object: Draft | undefined = isBare ? undefined : { name: this.#nameOf(person, isFirst), gender: random.of(['1', '2']) };
    if (object !== undefined) {
      const born = this.#dateOf(person, isFirst);
      if (born !== undefined) object.dateOfBirth = born;
      if (person.perceived !== undefined) object.perceivedBirthYear = person.perceived;
      if (random.chance(50)) object.contact = this.#contactOf(person);
      defendant.person = object;
    }
    if (random.chance(70)) defendant.address = this.#addressOf(person, random.chance(50) ? relative : undefined);
    if (organisation !== undefined) defendant.organisation = organisation;
    if (random.chance(30)) defendant.occupation = { code: '512', text: 'Student' };
    if (random.chance(30)) defendant.bailConditions = 'Not to leave Aberllyn.';
    this.appearances.push({ person, as: 'defendant', of: defendant, object });
    if (!isBare && random.chance(person.born !== undefined && person.born < '2000' ? 15 : 60)) this.#addParent(defendant, person);
    this.#finish(defendant, person);
  }

  /** The date of birth that an object gives. Where a person appears again, the date can differ, but it is never absent. */
  #dateOf(person: Person, isFirst: boolean): string | undefined {
    if (isFirst || person.born === undefined || !this.#mayProtect || !this.#random.chance(15)) return person.born;
    this.kinds.push('contradiction: same person again');
    return this.#bornBefore(this.#random.chance(50) ? 13 : 40);
  }

  #addParent(defendant: Draft, child: Person): void {
    const random = this.#random;
    const parent = this.#newPerson('parent', child);
    this.kinds.push('family: parent');
    parent.born = this.#bornBefore(40 + random.below(20));
    const object: Draft = { name: this.#nameOf(parent, true) };
    if (random.chance(60)) object.contact = this.#contactOf(parent);
    if (random.chance(60)) object.address = this.#addressOf(parent, random.chance(70) ? child : undefined);
    defendant.parentGuardian = object;
    this.appearances.push({ person: parent, as: 'parent', of: defendant, object });
  }

  #finish(defendant: Draft, person: Person): void {
    const offences: Value[] = [];
    defendant.offences = offences;
    this.#defendants.push(defendant);
    for (let left = 1 + this.#random.below(3); left > 0; left--) offences.push(this.#offence(person));
  }

  // Offences

  #offenceCode(): string | undefined {
    const random = this.#random;
    const kind = this.#isSexualTheme ? this.#chosen('offence code', CODES) : this.#chosen('offence code', ORDINARY_CODES);
    if (kind === 'absent') return undefined;
    if (kind === 'unknown') return random.of(UNKNOWN);
    if (kind === 'sexual by prefix') return `${random.of(SEXUAL_PREFIXES)}${900 + random.below(99)}`;
    const code = random.of(kind.startsWith('sexual') ? SEXUAL_CODES : ORDINARY);
    if (kind.endsWith('lower case')) return code.toLowerCase();
    return kind.endsWith('padded') ? random.of([` ${code}`, `${code} `, `\n  ${code}\n`]) : code;
  }

  #offence(defendant: Person): Draft {
    const random = this.#random;
    const code = this.#offenceCode();
    const offence: Draft = { ...(code === undefined ? {} : { code }), title: 'An offence', wording: 'On 02/03/2026 at Aberllyn.' };
    if (random.chance(40)) offence.plea = random.of(['1', '2']);
    if (random.chance(30)) offence.location = 'Aberllyn';
    const count = random.of([0, 0, 1, 1, 2]);
    if (count > 0 || random.chance(20)) offence.victims = Array.from({ length: count }, () => this.#victim(offence, defendant));
    if (this.standard === 'hearing.resulted' || random.chance(20))
      offence.results = Array.from({ length: random.below(3) }, () => this.#result());
    return offence;
  }

  #result(): Draft {
    const random = this.#random;
    const isOrder = this.#mayProtect && random.chance(6);
    const code = isOrder ? this.#chosen('result code', ORDERS) : random.of(RESULTS);
    if (!isOrder) this.kinds.push('result code: ordinary');
    const result: Draft = { code, text: 'As the court wrote it.' };
    if (random.chance(25)) result.nextHearing = { date: '2027-01-11', reason: 'For trial' };
    return result;
  }

  #victim(offence: Draft, defendant: Person): Draft {
    const random = this.#random;
    let kind = random.kind(VICTIMS);
    const choice =
      kind === 'same victim again' ? this.#standing('victim') : this.#standing('defendant').filter((person) => person !== defendant);
    const named = choice.filter(({ givenNames }) => givenNames.length > 0);
    if (named.length === 0) kind = 'new victim';
    this.kinds.push(`victim: ${kind}`);
    const isNew = kind === 'new victim' || kind === 'victim of the family';
    const person = isNew ? this.#newPerson('victim', kind === 'new victim' ? undefined : random.of(named)) : random.of(named);
    if (isNew) {
      const born = this.#bornOf(this.#mayProtect ? this.#chosen('age of a victim', VICTIM_AGES) : 'adult');
      if (born !== undefined) person.born = born;
    }
    const victim: Draft = { name: this.#nameOf(person, isNew), subjectCategory: 'victim' };
    const born = this.#dateOf(person, isNew);
    if (born !== undefined) victim.dateOfBirth = born;
    if (random.chance(40)) victim.contact = this.#contactOf(person);
    if (random.chance(50)) victim.address = this.#addressOf(person);
    this.appearances.push({ person, as: 'victim', of: offence, object: victim });
    return victim;
  }

  #case(): Draft {
    const random = this.#random;
    const officer = this.#newPerson('officer');
    const draft: Draft = mayLack('case', 'urn') && random.chance(10) ? {} : { urn: `89AB00${10 + random.below(90)}26`, initiation: 'C' };
    if (random.chance(50)) draft.officerInCase = { name: this.#nameOf(officer, true), rank: 'Constable', number: 'PC4417' };
    return draft;
  }

  // Mentions

  /** Of a complainant whom no object describes. The text about the offence can still name them. */
  #nameComplainantInText(): void {
    const person = this.#newPerson('complainant in text');
    this.kinds.push('complainant: named in text alone');
    for (let left = 1 + this.#random.below(3); left > 0; left--) this.#mentionIn(person, FREE_TEXT[this.standard] as readonly TextPlace[]);
  }

  #addMention(): void {
    const person = this.#random.of(this.people);
    if (person.role === 'complainant in text') return;
    const where = this.#chosen('where', WHERE);
    const standard = (where === 'free text' ? FREE_TEXT : TEXT_PLACES)[this.standard] as readonly TextPlace[];
    if (where === 'extensions' || where === 'name of an extension') this.#mentionInExtensions(person, where);
    else this.#mentionIn(person, standard);
  }

  #mention({ details, ...person }: Person, longest: number): { readonly text: string; readonly form: string } | undefined {
    const isNumber = Object.keys(details).length > 0 && (person.givenNames.length === 0 || this.#random.chance(30));
    for (let tries = 0; tries < 4; tries++) {
      const form = isNumber ? this.#random.kind(NUMBER_FORMS) : this.#random.kind(NAME_FORMS);
      const text = mentionOf({ details, ...person }, form, this.#random);
      if (text !== undefined && [...text].length <= longest) return { text, form };
    }
    return undefined;
  }

  #mentionInExtensions(person: Person, where: string): void {
    const mention = this.#mention(person, 200);
    if (mention === undefined) return;
    const extensions = (this.data.extensions ??= {}) as Draft;
    if (where === 'extensions') {
      const unmapped = { at: '/ResultedCaseMessage/Session/Remark', xml: `<Remark>${mention.text}</Remark>` };
      const adapter = (extensions['spi-resulted-case'] ??= { unmapped: [] }) as Draft;
      (adapter.unmapped as Value[]).push(unmapped);
    } else {
      const given = person.givenNames[0];
      if (given === undefined) return;
      if (this.#random.chance(50)) extensions[plain(given)] = { remark: 'Seen' };
      else extensions['csv-export'] = { [mention.text]: 'Seen' };
    }
    this.#note(person, `/${where}`, mention.form);
  }

  #mentionIn(person: Person, places: readonly TextPlace[]): void {
    for (let tries = 0; tries < 8; tries++) {
      const { name, path, maxLength } = this.#random.of(places);
      if (!this.#mayProtect && DECIDES.test(name)) continue;
      const mention = this.#mention(person, maxLength);
      if (mention === undefined || !this.#put(path, mention.text, maxLength)) continue;
      this.#note(person, name, mention.form);
      return;
    }
  }

  #note(person: Person, place: string, form: string): void {
    this.mentions.push({ person, place, form });
    this.kinds.push(`form: ${form}`);
  }

  /** Puts a mention at a path; false where the path leads to an object that is not there or the text does not fit. */
  #put(path: readonly string[], mention: string, maxLength: number): boolean {
    let holder: Draft | Value[] = this.data;
    for (const [n, step] of path.entries()) {
      const isLast = n === path.length - 1;
      if (step === '*') {
        const array = holder as unknown as Value[];
        const isFixed = ONLY_IF_THERE.has(path[n - 1] as string);
        if (array.length === 0 && isFixed) return false;
        const place: number = array.length > 0 && (isFixed || this.#random.chance(50)) ? this.#random.below(array.length) : array.length;
        if (isLast) return this.#write(array as unknown as Draft, place as unknown as string, mention, maxLength);
        if (place === array.length) array.push({});
        holder = array[place] as Draft;
      } else {
        const object = holder as Draft;
        if (isLast) return this.#write(object, step, mention, maxLength);
        if (object[step] === undefined && ONLY_IF_THERE.has(step)) return false;
        holder = (object[step] ??= path[n + 1] === '*' ? [] : {}) as Draft;
      }
    }
    return false;
  }

  /** What names somebody already stays; other text is added to where there is room, and replaced where there is not. */
  #write(holder: Draft, property: string, mention: string, maxLength: number): boolean {
    const old = holder[property] as string | undefined;
    const isSentence = maxLength >= 200 && this.#random.chance(70);
    const text = isSentence ? this.#random.of(SENTENCES).replace('#', mention) : mention;
    const keepsOld = old !== undefined && (maxLength >= 200 || keysIn(plain(old)).size > 0);
    const written = keepsOld ? `${old} ${text}` : text;
    if ([...written].length > maxLength) return false;
    holder[property] = written;
    return true;
  }
}

/** The case of a seed. In a "nobody protected" case all are certainly adult, offences are ordinary and no order restricts reporting. */
export function generateCase(seed: number, form: 'any' | 'nobody protected' = 'any'): GeneratedCase {
  const { standard, data, people, appearances, mentions, kinds } = new CaseInProgress(seed, form === 'any');
  return { seed, standard, data: data as unknown as JsonObject, people, appearances, mentions, kinds };
}

// The oracle ----------------------------------------------------------------------------------------------------------------------

/** A person who must not be identified to a reader who lacks the restriction. */
export interface Protection {
  readonly restriction: string;
  readonly person: Person;
  /** The words and numbers that identify the person, those of a protected defendant's parent or guardian among them. */
  readonly keys: ReadonlySet<string>;
  /** The day that it ends on; nothing where it never ends or the age is not known. */
  readonly ends?: string;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const objects = (value: unknown): readonly Draft[] => (Array.isArray(value) ? (value as readonly Draft[]) : []);

/** Years of age on a day. A person born on 29 February comes of age on 1 March. */
const ageOn = (born: string, day: string): number =>
  Number(day.slice(0, 4)) - Number(born.slice(0, 4)) - (day.slice(5, 10) < born.slice(5, 10) ? 1 : 0);

const yearsFromReceipt = (years: number): string => `${Number(RECEIVED.slice(0, 4)) + years}${RECEIVED.slice(4, 10)}`;
const isPlausibleHearing = (date: string): boolean => date >= yearsFromReceipt(-10) && date <= yearsFromReceipt(10);

/**
 * Whether a person was an adult or a child at the hearing, as far as all that the case says of them agrees. Not known where no date of
 * birth or the day of the hearing can be believed.
 */
function ageGroup(of: readonly Draft[], hearing: string | undefined): 'adult' | 'child' | 'not known' {
  if (hearing === undefined || !isPlausibleHearing(hearing)) return 'not known';
  const groups = new Set<string>();
  let hasDate = false;
  for (const { dateOfBirth, perceivedBirthYear } of of) {
    const born = text(dateOfBirth);
    if (born !== undefined) {
      hasDate = true;
      const age = ageOn(born, hearing);
      const isSentinel = (SENTINELS as readonly string[]).includes(born);
      groups.add(isSentinel || age < 8 || age > 110 ? 'not known' : age >= 18 ? 'adult' : 'child');
    }
    const year = text(perceivedBirthYear);
    if (year === undefined) continue;
    const most = /^\d{4}$/.test(year) ? Number(hearing.slice(0, 4)) - Number(year) : Number.NaN;
    groups.add(most - 1 >= 18 && most <= 110 ? 'adult' : most >= 8 && most < 18 ? 'child' : 'not known');
  }
  const [only] = groups;
  return hasDate && groups.size === 1 ? (only as 'adult' | 'child' | 'not known') : 'not known';
}

/** The last 18th birthday that any date of a person gives, where the age is known. */
function eighteenthBirthday(of: readonly Draft[], hearing: string | undefined): string | undefined {
  if (ageGroup(of, hearing) === 'not known') return undefined;
  const days = of.flatMap(({ dateOfBirth, perceivedBirthYear }) => [
    ...(typeof dateOfBirth === 'string' ? [dateOfBirth] : []),
    ...(typeof perceivedBirthYear === 'string' ? [`${perceivedBirthYear}-12-31`] : []),
  ]);
  const last = days.sort().at(-1) as string;
  return String(Number(last.slice(0, 4)) + 18) + last.slice(4);
}

function keysOf({ givenNames, familyNames, details }: Person, found: Set<string> = new Set()): Set<string> {
  return keysIn(plain([...givenNames, ...familyNames, ...Object.values(details)].join(' ')), found);
}

/** Everybody of a case who must not be identified. */
export function protectionsOf({ data, appearances, people }: GeneratedCase): readonly Protection[] {
  const hearing = text((data.hearing as Draft | undefined)?.date);
  const offences = objects(data.defendants).flatMap((defendant) => objects(defendant.offences));
  const found: Protection[] = [];
  const datesOf = (person: Person): readonly Draft[] =>
    appearances.flatMap((appearance) =>
      appearance.person === person && appearance.as !== 'parent' && appearance.object !== undefined ? [appearance.object] : [],
    );
  const protect = (restriction: string, person: Person): void => {
    if (found.some((protection) => protection.restriction === restriction && protection.person === person)) return;
    const keys = keysOf(person);
    const asDefendant = appearances
      .filter((appearance) => appearance.person === person && appearance.as === 'defendant')
      .map(({ of }) => of);
    const isIdentifiedByFamily = restriction === 'CYPA1933_s49' || restriction === 'YJCEA1999_s45';
    if (isIdentifiedByFamily)
      for (const appearance of appearances)
        if (appearance.as === 'parent' && asDefendant.includes(appearance.of)) keysOf(appearance.person, keys);
    const ends = isIdentifiedByFamily ? eighteenthBirthday(datesOf(person), hearing) : undefined;
    found.push({ restriction, person, keys, ...(ends === undefined ? {} : { ends }) });
  };
  const isAdult = (person: Person): boolean => ageGroup(datesOf(person), hearing) === 'adult';
  const defendants = appearances.filter(({ as }) => as === 'defendant');
  const victims = appearances.filter(({ as }) => as === 'victim');

  // Children and Young Persons Act 1933, s.49: the defendant, and every child concerned in the proceedings.
  const young = defendants.filter(({ person }) => !isAdult(person));
  for (const { person } of young) protect('CYPA1933_s49', person);
  if (young.length > 0) for (const { person } of victims) if (!isAdult(person)) protect('CYPA1933_s49', person);

  // Sexual Offences (Amendment) Act 1992, s.1: the complainant. Whom an offence does not name may be any victim of the case.
  for (const offence of offences) {
    const code = canonicalCode(text(offence.code) ?? '');
    if (LISTED.has(code) && !isSexual(code)) continue;
    const named = victims.filter(({ of }) => of === offence);
    for (const { person } of named.length > 0 ? named : victims) protect('SOAA1992_s1', person);
    if (named.length === 0) for (const person of people) if (person.role === 'complainant in text') protect('SOAA1992_s1', person);
  }

  // Youth Justice and Criminal Evidence Act 1999: the result does not say by which order, so it can be each of them.
  const isOrder = ({ code }: Draft): boolean => canonicalResult(text(code) ?? '') === '4510';
  for (const { person, of } of defendants)
    if (objects(of.offences).some(({ results }) => objects(results).some(isOrder))) protect('YJCEA1999_s45', person);
  if (offences.some(({ results }) => objects(results).some(isOrder)))
    for (const { person } of victims) for (const restriction of ['YJCEA1999_s45A', 'YJCEA1999_s46']) protect(restriction, person);
  return found;
}

/** The words and numbers that must not reach a reader who lacks a restriction, by restriction, at a time. */
export function forbiddenKeys(protections: readonly Protection[], now: number): ReadonlyMap<string, ReadonlySet<string>> {
  const today = new Date(now).toISOString().slice(0, 10);
  const forbidden = new Map<string, Set<string>>();
  for (const { restriction, keys, ends } of protections) {
    if (ends !== undefined && ends <= today) continue;
    let all = forbidden.get(restriction);
    if (all === undefined) forbidden.set(restriction, (all = new Set()));
    for (const key of keys) all.add(key);
  }
  return forbidden;
}
