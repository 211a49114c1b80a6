/** Dates and times as people type them. */

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** The ISO 8601 date, or undefined when there is no such day. */
export function dateOf(day: string, month: string, year: string): string | undefined {
  if (!/^\d{1,2}$/.test(day) || !/^\d{1,2}$/.test(month) || !/^\d{4}$/.test(year)) return undefined;
  const iso = `${year}-${twoDigits(Number(month))}-${twoDigits(Number(day))}`;
  const time = Date.parse(`${iso}T00:00:00Z`);
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== iso ? undefined : iso;
}

const CANONICAL = /^(\d{2}):(\d{2}):(\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})?$/;
const TYPED = /^(\d{1,2})[:.]?(\d{2})?\s*(am|pm)?$/;

/** The time of day as the standards have it, from 21:40, 2140, 9:40pm or 21:40:00; undefined when it is not one. */
export function timeOf(typed: string): string | undefined {
  const canonical = CANONICAL.exec(typed);
  if (canonical !== null) {
    const [, hours, minutes, seconds] = canonical;
    return Number(hours) < 24 && Number(minutes) < 60 && Number(seconds) < 60 ? typed : undefined;
  }
  const match = TYPED.exec(typed.toLowerCase());
  if (match === null) return undefined;
  const [, first = '', minutes, half] = match;
  if (minutes === undefined && half === undefined) return undefined;
  if (half !== undefined && (Number(first) < 1 || Number(first) > 12)) return undefined;
  const hours = half === undefined ? Number(first) : (Number(first) % 12) + (half === 'pm' ? 12 : 0);
  return hours < 24 && Number(minutes ?? 0) < 60 ? `${twoDigits(hours)}:${minutes ?? '00'}:00` : undefined;
}

/** The time as it is shown: without seconds where it has none. */
export const shownTime = (time: string): string => (/^\d{2}:\d{2}:00$/.test(time) ? time.slice(0, 5) : time);
