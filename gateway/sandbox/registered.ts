/** Makes the police's event of a synthetic case: `case.registered`. */
import type { JsonObject } from '../../adapters/adapter.ts';
import type { Defendant } from './defendants.ts';
import { OCCUPATIONS } from './names.ts';
import { driverNumber, FORCE, urnOf } from './numbers.ts';
import type { Person } from './people.ts';
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';

/** How the case began: charge, summons or postal requisition. */
function beginning(random: Random, { days, officer }: Plan): JsonObject {
  if (days.arrested !== undefined) return { initiation: 'C' };
  if (random.chance(0.5)) return { initiation: 'Q' };
  return { initiation: 'S', summonsCode: 'M', informant: `${officer.rank} ${officer.name.familyName}` };
}

function driver({ name, dateOfBirth, gender }: Person, random: Random): JsonObject {
  const isFull = random.chance(0.85);
  const number = driverNumber(name.givenNames, name.familyName, dateOfBirth, gender);
  return { number, licenceCode: isFull ? 'F' : 'P', issue: `${random.int(1, 30)}` };
}

function needs(random: Random): JsonObject {
  return {
    ...(random.chance(0.6)
      ? { language: `${random.pick(['Polish', 'Romanian', 'Welsh', 'British Sign Language', 'Urdu'])} interpreter` }
      : {}),
    special: random.pick(['Step-free access', 'Frequent breaks', 'Large print']),
  };
}

/** The members that a person has and an organisation does not. */
function personal(random: Random, { person, isYouth, parent, bail, croNumber }: Defendant, { theme }: Plan): JsonObject {
  if (person === undefined) return {};
  const language = random.chance(0.12) ? 'W' : 'E';
  const isDriver = theme.accused === 'adult';
  return {
    person,
    ...(croNumber === undefined ? {} : { croNumber }),
    ...(isYouth || random.chance(0.7) ? { occupation: { text: isYouth ? 'At school' : random.pick(OCCUPATIONS) } } : {}),
    custodyStatus: bail,
    languages: { documentation: language, hearing: language },
    ...(random.chance(0.1) ? { needs: needs(random) } : {}),
    ...(isDriver && random.chance(0.9) ? { driver: driver(person, random) } : {}),
    ...(random.chance(0.1)
      ? { aliases: [{ givenNames: [random.pick(['Red', 'Dai', 'Buster', 'Kiki', 'Trix'])], familyName: person.name.familyName }] }
      : {}),
    ...(parent === undefined ? {} : { parentGuardian: { ...parent.person, address: parent.address } }),
  };
}

function defendant(random: Random, planned: Defendant, plan: Plan, hasFacts: boolean): JsonObject {
  const { asn, pncId, organisation, nationality, address, bailConditions } = planned;
  const { victim, charges } = plan;
  return {
    asn,
    ...(pncId === undefined ? {} : { pncId }),
    ...personal(random, planned, plan),
    ...(organisation === undefined ? {} : { organisation }),
    ...(nationality === undefined ? {} : { nationality }),
    address,
    ...(bailConditions === undefined ? {} : { bailConditions }),
    offences: charges.map(({ kind, details }) => ({
      ...details,
      ...(hasFacts ? { prosecutionFacts: kind.facts } : {}),
      ...(victim === undefined ? {} : { victims: [{ ...victim.person, address: victim.address }] }),
    })),
  };
}

export function registered(random: Random, plan: Plan): JsonObject {
  const { reference, area, days, officer, charges, hearingTime } = plan;
  const isOperator = charges.some(({ kind }) => kind.code.startsWith('GV'));
  const hasFacts = random.chance(0.6);
  return {
    case: {
      urn: urnOf(reference, days.charged),
      originator: `0${FORCE}${reference.unit}00`,
      ...beginning(random, plan),
      prosecutor: `A${FORCE}${reference.unit}00`,
      ...(isOperator ? { operatorLicence: `OZ${random.int(1_000_000, 9_999_999)}` } : {}),
      officerInCase: officer,
    },
    hearing: { courtHouse: { ouCode: area.court.ouCode }, date: days.firstHearing, time: hearingTime },
    defendants: plan.defendants.map((planned) => defendant(random, planned, plan, hasFacts)),
  };
}
