/** Makes synthetic defendants, who are the same in every event of a case. */
import { bornFor } from './days.ts';
import { COMPANIES, FAMILIES } from './names.ts';
import { asnOf, croNumber, pncId, type Reference } from './numbers.ts';
import type { Theme } from './offence.ts';
import { businessContact, type Contact, type Person, person } from './people.ts';
import { type Address, type Area, address } from './places.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

export interface Defendant {
  readonly asn: string;
  readonly pncId?: string;
  readonly croNumber?: string;
  /** Absent for an organisation. */
  readonly person?: Person;
  readonly organisation?: { readonly name: string; readonly contact: Contact };
  /** Under 18 at every hearing of the case. */
  readonly isYouth: boolean;
  readonly parent?: { readonly person: Person; readonly address: Address };
  readonly nationality?: string;
  readonly address: Address;
  /** The conditions of police bail. */
  readonly bailConditions?: string;
  /** A for not applicable, U for unconditional and B for conditional bail. */
  readonly bail: 'A' | 'U' | 'B';
}

/** The facts of a case that its defendants depend on. */
export interface Setting {
  readonly reference: Reference;
  readonly theme: Theme;
  readonly area: Area;
  readonly days: Timeline;
  /** The bail condition that protects a person or place. */
  readonly protects: string;
}

export function defendant(random: Random, number: number, setting: Setting): Defendant {
  const { reference, theme, area, days } = setting;
  const asn = asnOf(reference, number, days.arrested ?? days.charged);
  if (theme.accused === 'organisation') {
    const organisation = { name: random.pick(COMPANIES), contact: businessContact(random) };
    return { asn, organisation, isYouth: false, address: address(random, area), bail: 'A' };
  }
  const isYouth = theme.accused === 'anybody' && random.chance(0.22);
  const described = isYouth ? youth(random, days) : adult(random, days);
  const home = address(random, area);
  const year = random.int(Math.max(1990, Number(described.dateOfBirth.slice(0, 4)) + 10), Number(days.charged.slice(0, 4)));
  const isKnown = random.chance(0.85);
  const bail = bailOf(random, theme, days);
  return {
    asn,
    ...(isKnown ? { pncId: pncId(random, year) } : {}),
    ...(isKnown && random.chance(0.4) ? { croNumber: croNumber(random, year) } : {}),
    person: described,
    isYouth,
    ...(isYouth ? { parent: parentOf(random, described, { home, area }) } : {}),
    ...(random.chance(0.8) ? { nationality: nationality(random) } : {}),
    address: home,
    bail,
    ...(bail === 'B' ? { bailConditions: conditions(random, home, setting.protects) } : {}),
  };
}

function bailOf(random: Random, { isSexual }: Theme, { arrested }: Timeline): Defendant['bail'] {
  if (arrested === undefined) return 'A';
  return random.chance(isSexual ? 0.9 : 0.4) ? 'B' : 'U';
}

const nationality = (random: Random): string => (random.chance(0.8) ? 'GBR' : random.pick(['IRL', 'POL', 'ROU', 'PRT', 'NGA', 'IND']));

/** The parent or guardian of a youth, who usually has the same address. */
function parentOf(random: Random, child: Person, { home, area }: { readonly home: Address; readonly area: Area }) {
  const person = parent(random, child);
  return { person, address: random.chance(0.85) ? home : address(random, area) };
}

/** A person of 18 or over at the offence. */
const adult = (random: Random, days: Timeline): Person =>
  person(random, { dateOfBirth: bornFor(random, random.int(18, random.pick([25, 35, 50, 82])), days.offence) });

/** A person of 12 to 17 at the last hearing, and over 10 at the offence. */
const youth = (random: Random, days: Timeline): Person =>
  person(random, { dateOfBirth: bornFor(random, random.int(12, 17), days.resulted ?? days.firstHearing), hasTitle: false });

const parent = (random: Random, child: Person): Person =>
  person(random, {
    dateOfBirth: bornFor(random, random.int(19, 42), child.dateOfBirth),
    familyName: random.chance(0.8) ? child.name.familyName : random.pick(FAMILIES),
  });

const conditions = (random: Random, { paon, street }: Address, protects: string): string =>
  [
    protects,
    `${random.pick(['To live and sleep each night at', 'To be at home from 21:00 to 06:00 at'])} ${paon} ${street}.`,
    random.chance(0.3) ? 'To report to the police station each Monday.' : '',
  ]
    .filter((line) => line !== '')
    .join(' ');
