/** Makes the court's event of a synthetic case after a hearing: `hearing.resulted`. */
import type { JsonObject } from '../../adapters/adapter.ts';
import type { Defendant } from './defendants.ts';
import { urnOf } from './numbers.ts';
import { ending, isFinal, outcome } from './outcomes.ts';
import type { Person } from './people.ts';
import { type Address, linesOf } from './places.ts';
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';

/** A person in the court's form: courts do not send ethnicity. */
const withoutEthnicity = ({ ethnicity, ...person }: Person): JsonObject => person;

/** A later hearing. */
const hearingAt = (ouCode: string, { days, hearingTime }: Plan): JsonObject => ({
  courtHouse: { ouCode },
  date: days.next,
  time: hearingTime,
});

function defendant(random: Random, planned: Defendant, plan: Plan, on: string, isInLines: boolean): JsonObject {
  const { asn, pncId, person, organisation, nationality, address, parent, bail, bailConditions } = planned;
  const { charges, victim, days, area, theme } = plan;
  const end = ending(
    random,
    charges.map(({ kind }) => kind),
  );
  const isOver = isFinal(end);
  const isRestricted = theme.isSexual === true && random.chance(0.3);
  const place = (address: Address): JsonObject => (isInLines ? { lines: linesOf(address) } : address);
  const next = hearingAt(area.court.ouCode, plan);
  const nextAtCrownCourt = hearingAt(area.crown, plan);
  const { psaCode } = area.court;
  return {
    asn,
    ...(pncId === undefined ? {} : { pncId }),
    ...(person === undefined ? {} : { person: withoutEthnicity(person) }),
    ...(organisation === undefined ? {} : { organisation }),
    ...(nationality === undefined ? {} : { nationality }),
    address: place(address),
    ...(isOver || bailConditions === undefined ? {} : { bailConditions, bailReason: 'To prevent offending' }),
    bailStatus: isOver ? 'A' : bail,
    presence: organisation === undefined ? 'Y' : 'A',
    ...(parent === undefined ? {} : { parentGuardian: { ...withoutEthnicity(parent.person), address: place(parent.address) } }),
    offences: charges.map(({ kind, details }, n) => ({
      ...details,
      initiatedDate: days.charged,
      ...outcome(random, {
        end,
        kind,
        defendant: planned,
        isFirst: n === 0,
        hasVictim: victim !== undefined,
        isRestricted,
        on,
        psaCode,
        next,
        nextAtCrownCourt,
      }),
    })),
  };
}

/** The event; undefined where the case has not had a hearing. */
export function resulted(random: Random, plan: Plan): JsonObject | undefined {
  const { reference, area, days, hearingTime } = plan;
  const on = days.resulted;
  if (on === undefined) return undefined;
  const isInLines = random.chance(0.5);
  return {
    case: { urn: urnOf(reference, days.charged) },
    hearing: { courtHouse: area.court, date: on, time: hearingTime },
    defendants: plan.defendants.map((planned) => defendant(random, planned, plan, on, isInLines)),
  };
}
