/** Chooses the facts of one synthetic case. All events of the case use them. */
import type { JsonObject } from '../../adapters/adapter.ts';
import { bornFor, written } from './days.ts';
import { type Defendant, defendant } from './defendants.ts';
import { SHOPS } from './names.ts';
import { type Reference, registrationMark } from './numbers.ts';
import type { OffenceKind, Theme } from './offence.ts';
import { called, type Officer, officer, type Person, person } from './people.ts';
import { type Address, type Area, address, area as drawArea } from './places.ts';
import type { Random } from './random.ts';
import { theme as drawTheme } from './themes.ts';
import { type Timeline, timeline } from './timeline.ts';

/** One charge, the same against every defendant of the case. */
export interface Charge {
  readonly kind: OffenceKind;
  /** The members that are in both the police's and the court's event. */
  readonly details: JsonObject;
}

export interface Plan {
  readonly reference: Reference;
  readonly theme: Theme;
  readonly area: Area;
  readonly days: Timeline;
  readonly officer: Officer;
  readonly victim?: { readonly person: Person; readonly address: Address };
  readonly charges: readonly Charge[];
  readonly defendants: readonly Defendant[];
  readonly stop?: { readonly time: string };
  /** The place of the offence. */
  readonly location: string;
  readonly registration?: string;
  readonly hearingTime: string;
}

const timeOf = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}:00`;

function victimOf(random: Random, { isSexual }: Theme, area: Area, days: Timeline): { person: Person; address: Address } {
  const born = bornFor(random, random.int(18, isSexual ? 60 : 88), days.offence);
  // Some offences require a male or a female victim.
  return {
    person: person(random, { dateOfBirth: born, ...(isSexual ? { gender: random.pick(['1', '2', '2', '2']) } : {}) }),
    address: address(random, area),
  };
}

/** One or two offences of the theme that fit the victim. */
function kindsOf(random: Random, { kinds }: Theme, victim: Person | undefined): readonly OffenceKind[] {
  const fitting = kinds.filter((kind) => kind.victim === undefined || kind.victim === victim?.gender);
  const first = random.pick(fitting);
  const others = fitting.filter((kind) => kind !== first);
  return others.length > 0 && random.chance(0.25) ? [first, random.pick(others)] : [first];
}

/** The time of the offence, as codes and as the first words of the charge. */
function whenOf(random: Random, { offence, offenceEnd }: Timeline, time: string | undefined): { date: JsonObject; words: string } {
  if (offenceEnd !== undefined)
    return { date: { code: '4', start: offence, end: offenceEnd }, words: `Between ${written(offence)} and ${written(offenceEnd)}` };
  if (time === undefined && random.chance(0.1)) return { date: { code: '5', start: offence }, words: `On or about ${written(offence)}` };
  return { date: { code: '1', start: offence, ...(time === undefined ? {} : { startTime: time }) }, words: `On ${written(offence)}` };
}

/** Dates of arrest and charge, a measurement, and a vehicle. */
const particulars = (random: Random, kind: OffenceKind, { arrested, charged }: Timeline, registration: string | undefined): JsonObject => ({
  ...(arrested === undefined ? {} : { arrestDate: arrested, chargeDate: charged }),
  ...(kind.hasAlcohol ? { alcohol: { level: `${random.int(40, 120)}`, method: 'B' } } : {}),
  ...(kind.hasVehicle && registration !== undefined ? { vehicle: { registration } } : {}),
});

/** The number of defendants: one to three, but always one for a driver or a company. */
const countOf = (random: Random, { accused }: Theme): number =>
  accused === 'anybody' && random.chance(0.18) ? random.pick([2, 2, 2, 3]) : 1;

export function planOf(random: Random, reference: Reference, today: string): Plan {
  const theme = drawTheme(random);
  const area = drawArea(random);
  const isSummoned = random.chance(theme.summoned);
  const isStopped = theme.stop !== undefined && random.chance(0.4);
  const days = timeline(random, today, { isSummoned, isStopped, isReportedLate: theme.isSexual === true });
  const victim = theme.against === 'person' ? victimOf(random, theme, area, days) : undefined;
  const harmed = victim === undefined ? random.pick(SHOPS) : called(victim.person);
  const scene = address(random, area);
  const location = `${theme.against === 'shop' ? harmed : scene.street}, ${scene.town}`;
  const minutes = random.int(6 * 60, 23 * 60);
  const { date, words } = whenOf(random, days, isStopped || random.chance(0.5) ? timeOf(minutes) : undefined);
  const kinds = kindsOf(random, theme, victim?.person);
  const registration = kinds.some(({ hasVehicle }) => hasVehicle) ? registrationMark(random, days.offence) : undefined;
  const charges = kinds.map((kind, n): Charge => {
    const wording = `${words} at ${scene.town} ${kind.says(random, harmed)}`;
    return {
      kind,
      details: {
        sequence: String(n + 1).padStart(3, '0'),
        code: kind.code,
        wording,
        date,
        location,
        ...particulars(random, kind, days, registration),
      },
    };
  });
  const protects = protection(theme, harmed, victim?.address);
  return {
    reference,
    theme,
    area,
    days,
    officer: officer(random, reference.unit),
    ...(victim === undefined ? {} : { victim }),
    charges,
    defendants: Array.from({ length: countOf(random, theme) }, (_, n) =>
      defendant(random, n + 1, { reference, theme, area, days, protects }),
    ),
    ...(isStopped ? { stop: { time: timeOf(minutes + random.int(1, 45)) } } : {}),
    location,
    ...(registration === undefined ? {} : { registration }),
    hearingTime: random.pick(['09:30:00', '10:00:00', '10:00:00', '14:00:00']),
  };
}

/** The bail condition that protects the victim or the place. */
function protection({ against }: Theme, harmed: string, home: Address | undefined): string {
  if (home !== undefined) return `Not to contact ${harmed} directly or indirectly. Not to enter ${home.street}, ${home.town}.`;
  return against === 'shop' ? `Not to enter ${harmed}.` : '';
}
