/** Instants as RFC 3339 writes them, and those that dates and times of day in England and Wales mean. All come out in one form: UTC, milliseconds, `Z`. */
import { daysIn, LONDON } from '../../adapters/calendar.ts';

const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(\.\d+)?(?:Z|[+-](\d{2}):(\d{2}))$/i;
/** What other systems can read: Python, for one, has no year 0. */
const WRITABLE = /^(?!0000)\d{4}-/;

const isoOf = (milliseconds: number): string | undefined => {
  const text = new Date(milliseconds).toISOString();
  return WRITABLE.test(text) ? text : undefined;
};

/**
 * The instant that a date and time with a time zone means; undefined where it is not one. What is finer than a millisecond is cut off. A leap
 * second comes only at the end of an hour, and is the second after it.
 */
export function instantOf(text: string): string | undefined {
  const found = text.length > 40 ? null : DATE_TIME.exec(text);
  if (found === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1, 7).map(Number);
  const [zoneHour = 0, zoneMinute = 0] = found.slice(8).map((part) => Number(part ?? 0));
  const isDate = day >= 1 && day <= daysIn(year, month);
  const isTime = hour <= 23 && minute <= 59 && second <= (minute === 59 ? 60 : 59) && zoneHour <= 23 && zoneMinute <= 59;
  if (!isDate || !isTime) return undefined;
  const upper = text.toUpperCase().replace(/\.\d+/, (fraction) => fraction.slice(0, 4));
  return isoOf(second === 60 ? Date.parse(upper.replace(':60', ':59')) + 1000 : Date.parse(upper));
}

const HOUR = 3_600_000;
/** How far clocks in London were ever ahead of UTC: two hours from 1941 to 1947. */
const AHEAD = [0, 1, 2];

/** The day in London of an instant, `YYYY-MM-DD`. */
export const londonDayOf = (instant: string): string => LONDON.format(new Date(instant)).slice(0, 10);

/**
 * The instant that a date and a time of day mean, by the time zone that the time of day states, or else by the clocks of London. Undefined
 * where there is none, and where the clocks showed that time twice (when summer time ends) or never (when it begins).
 */
export function instantOn(date: string, timeOfDay: string): string | undefined {
  const stated = instantOf(`${date}T${timeOfDay}`);
  if (stated !== undefined) return stated;
  const asUtc = instantOf(`${date}T${timeOfDay}Z`);
  if (asUtc === undefined) return undefined;
  const shown = asUtc.slice(0, 19).replace('T', ' ');
  const instants = AHEAD.map((hours) => Date.parse(asUtc) - hours * HOUR).filter((at) => LONDON.format(at) === shown);
  return instants.length === 1 ? isoOf(instants[0] as number) : undefined;
}
