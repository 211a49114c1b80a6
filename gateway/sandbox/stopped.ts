/** Makes the event of the stop or search that a synthetic case began with: `person.stopped`. */
import type { JsonObject } from '../../adapters/adapter.ts';
import { FORCE, urnOf } from './numbers.ts';
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';

const MAKES = ['Small hatchback', 'Panel van', 'Estate car', 'Pick-up'];

/** The event, about the first defendant; undefined where the case did not begin with a stop. */
export function stopped(
  random: Random,
  { reference, theme, days, stop, defendants, location, registration, officer }: Plan,
): JsonObject | undefined {
  const reason = theme.stop;
  const person = defendants[0]?.person;
  if (stop === undefined || reason === undefined || person === undefined) return undefined;
  const { contact, ...described } = person;
  return {
    case: { urn: urnOf(reference, days.charged) },
    stop: {
      reference: `${FORCE}${reference.unit}-${days.offence.slice(0, 4)}-${String(reference.serial).padStart(6, '0')}`,
      date: days.offence,
      time: stop.time,
      kind: reason.kind,
      power: reason.power,
      location,
      ...(reason.object === undefined ? {} : { object: reason.object, outcomeLinked: true }),
      grounds: reason.grounds,
      outcome: days.arrested === undefined ? 'report' : 'arrest',
    },
    person: described,
    ...(registration === undefined ? {} : { vehicle: { registration, make: random.pick(MAKES) } }),
    officer,
  };
}
