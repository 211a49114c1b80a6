/** A person as an officer reads it: words for codes, and only the lines that there is something for. */
import type { GrantedRecord } from './granted.ts';
import { isSame, letters } from './names.ts';
import type { PersonRecords } from './person.ts';

/** A fact, with every value that records give for it: more than one where they do not agree. */
export interface ShownFact {
  readonly name: string;
  readonly values: readonly {
    /** One or more lines of text. */
    readonly text: readonly string[];
    /** Numbers of the records that say it. */
    readonly sources: readonly number[];
  }[];
}

export interface ShownPerson {
  /** Of the newest record. */
  readonly reference: string;
  readonly name: string;
  readonly facts: readonly ShownFact[];
  readonly sources: readonly { readonly number: number; readonly text: string; readonly isCorrected: boolean }[];
  /** The name is not the one that was asked for, and is near it. */
  readonly isNear: boolean;
}

const day = (iso: string): string =>
  new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'Europe/London' }).format(new Date(iso));

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const LANGUAGES: Readonly<Record<string, string>> = { E: 'English', W: 'Welsh' };
const LICENCES: Readonly<Record<string, string>> = { F: 'Full', P: 'Provisional' };
const RESTRICTIONS: Readonly<Record<string, string>> = {
  CYPA1933_s49: 'Children and Young Persons Act 1933 s.49',
  YJCEA1999_s45: 'Youth Justice and Criminal Evidence Act 1999 s.45',
  YJCEA1999_s45A: 'Youth Justice and Criminal Evidence Act 1999 s.45A',
  YJCEA1999_s46: 'Youth Justice and Criminal Evidence Act 1999 s.46',
  SOAA1992_s1: 'Sexual Offences (Amendment) Act 1992 s.1',
};
const REASONS: Readonly<Record<string, string>> = {
  'under-18': 'under 18 at the hearing',
  'age-not-known': 'the age at the hearing is not known, so the person may be under 18',
  'child-in-proceedings': 'a child in youth proceedings',
  'sexual-offence': 'the complainant of a sexual offence',
  'offence-not-known': 'the offence is not known, so it may be a sexual one',
  order: 'the court restricted reporting',
  register: 'protected since an earlier event of the case',
};

/** What a restriction asks of the officer: of this person, with the reason, or of somebody else in the case. */
function restrictionOf(code: string, { protectedBy }: GrantedRecord): string {
  const law = RESTRICTIONS[code] ?? code;
  const reason = protectedBy[code];
  if (reason === undefined) return `Somebody in this case must not be identified in public (${law})`;
  return `Must not be identified in public: ${REASONS[reason] ?? reason} (${law})`;
}

function addressOf(address: GrantedRecord['address']): readonly string[] {
  const { lines, saon = '', paon = '', street = '', locality = '', town = '', administrativeArea = '', postcode = '' } = address ?? {};
  const parts = lines ?? [saon, `${paon.trim()} ${street.trim()}`, locality, town, administrativeArea, postcode];
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

function licenceOf(driver: GrantedRecord['driver']): readonly string[] {
  const { number, licenceCode = '', issue } = driver ?? {};
  return [
    LICENCES[licenceCode] ?? licenceCode,
    number === undefined ? '' : `Number ${number}`,
    issue === undefined ? '' : `Issue ${issue}`,
  ].filter((line) => line !== '');
}

/** What one record says, by the names of the facts. */
function factsOf(
  record: GrantedRecord,
  genders: ReadonlyMap<string, string>,
): readonly (readonly [name: string, text: readonly string[]])[] {
  const { dateOfBirth, gender = '', languages, needs, bailConditions = '' } = record;
  const said = [languages?.hearing, languages?.documentation].map((code = '') => LANGUAGES[code] ?? code);
  return [
    ['Date of birth', dateOfBirth === undefined ? [] : [day(dateOfBirth)]],
    ['Gender', [sentence(genders.get(gender) ?? gender)]],
    ['Bail conditions', bailConditions.trim().split('\n')],
    ['Driving licence', licenceOf(record.driver)],
    ['Vehicle', [...new Set(record.registrations)]],
    ['Address', addressOf(record.address)],
    ['Language', [...new Set(said)]],
    ['Needs', [needs?.language ?? '', needs?.special ?? '']],
    ...record.restrictions.map((code) => ['Restriction', [restrictionOf(code, record)]] as const),
  ];
}

/** `genders`: the terms of the code list. `wanted`: the family name that was asked for. */
export function shownPerson(records: PersonRecords, genders: ReadonlyMap<string, string>, wanted = ''): ShownPerson {
  const [newest] = records;
  const facts = new Map<string, Map<string, { text: readonly string[]; sources: number[] }>>();
  for (const [n, record] of records.entries())
    for (const [name, said] of factsOf(record, genders)) {
      const text = said.filter((line) => line !== '');
      if (text.length === 0) continue;
      const values = facts.get(name) ?? new Map();
      const key = letters(text.join(' '));
      const known = values.get(key);
      if (known === undefined) values.set(key, { text, sources: [n + 1] });
      else if (!known.sources.includes(n + 1)) known.sources.push(n + 1);
      facts.set(name, values);
    }
  return {
    reference: newest.reference,
    name: [...newest.givenNames, newest.familyName].filter((name) => name !== '').join(' '),
    facts: [...facts].map(([name, values]) => ({ name, values: [...values.values()] })),
    sources: records.map(({ about, recorded, marking, isCorrected }, n) => ({
      number: n + 1,
      text: `${about}, recorded ${day(recorded)}, ${marking}`,
      isCorrected,
    })),
    isNear: wanted !== '' && !isSame(newest.familyName, wanted),
  };
}

const ORDER = ['OFFICIAL', 'OFFICIAL-SENSITIVE'];
const rankOf = (marking: string): number => (ORDER.includes(marking) ? ORDER.indexOf(marking) : ORDER.length);

/** The highest marking of several; one that is not known counts as the highest. */
export const highestOf = (markings: readonly string[]): string | undefined =>
  markings.toSorted((one, other) => rankOf(other) - rankOf(one))[0];
