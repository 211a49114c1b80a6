/** Times as people read them: in London, where the courts are. */
const FORMAT = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  dateStyle: 'long',
  timeStyle: 'short',
});

/** "24 November 2026 at 14:05". */
export const inWords = (time: string): string => FORMAT.format(new Date(time)).replace(',', ' at').replace(' at at', ' at');

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** "3 hours": how long ago a time is, in its largest unit. */
export function sinceWhen(time: string, now: number): string {
  const passed = Math.max(0, now - Date.parse(time));
  const [unit, length] = UNITS.find(([, milliseconds]) => passed >= milliseconds) ?? ['minute', 60_000];
  const count = Math.floor(passed / length);
  return count === 0 ? 'less than a minute' : `${count} ${unit}${count === 1 ? '' : 's'}`;
}

const DAY = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', dateStyle: 'long' });

/** "24 November 2026", of a day in ISO 8601. */
export const dayInWords = (day: string): string => DAY.format(new Date(`${day}T00:00:00Z`));

const DATE = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/London', dateStyle: 'long' });

/** "24 November 2026", of a time. */
export const dateInWords = (time: string): string => DATE.format(new Date(time));

const DAY_AS_TEXT = /^\d{4}-\d{2}-\d{2}$/;

/** Whether text is a day of the calendar, such as 2026-11-16: 30 February is not one. */
export function isDay(text: string): boolean {
  const time = DAY_AS_TEXT.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** A day by its numbers, ISO 8601. Undefined where there is no such day. */
export function dayOf(day: string, month: string, year: string): string | undefined {
  const text = `${year.trim().padStart(4, '0')}-${month.trim().padStart(2, '0')}-${day.trim().padStart(2, '0')}`;
  return isDay(text) ? text : undefined;
}

const LONDON = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
});

/** What a clock in London shows, as if it were UTC. */
function shownInLondon(time: number): number {
  const parts = Object.fromEntries(LONDON.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(parts.year ?? 0, (parts.month ?? 1) - 1, parts.day, parts.hour, parts.minute);
}

/**
 * `27/3/2026` or `27/3/2026 14:05` in London, in milliseconds since 1970; undefined where it is not a day of the calendar. A day without a time
 * begins at midnight, and ends at the next midnight.
 */
export function londonTime(text: string, edge: 'start' | 'end'): number | undefined {
  const match = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?:[ ,]+(\d{1,2}):(\d{2}))?$/.exec(text);
  if (match === null) return undefined;
  const [day = 0, month = 0, year = 0, hour = 0, minute = 0] = match.slice(1).map((part) => Number(part ?? 0));
  if (dayOf(`${day}`, `${month}`, `${year}`) === undefined || hour > 23 || minute > 59) return undefined;
  const isWholeDay = match[4] === undefined && edge === 'end';
  const wanted = Date.UTC(year, month - 1, isWholeDay ? day + 1 : day, hour, minute);
  return wanted - (shownInLondon(wanted) - wanted);
}

const two = (number: number): string => String(number).padStart(2, '0');

/**
 * `27/3/2026 14:05`: a time (milliseconds since 1970) as {@link londonTime} reads it. In the hour that clocks in London show twice, it is read
 * as one of the two.
 */
export function londonText(time: number): string {
  const shown = new Date(shownInLondon(time));
  const day = [shown.getUTCDate(), shown.getUTCMonth() + 1, shown.getUTCFullYear()].join('/');
  return `${day} ${two(shown.getUTCHours())}:${two(shown.getUTCMinutes())}`;
}

const LENGTHS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const;

/** "2 hours later": how long after a time another one is. Undefined where it is the same second. */
export function laterThan(before: string, time: string): string | undefined {
  const passed = Date.parse(time) - Date.parse(before);
  const [unit, length] = LENGTHS.find(([, milliseconds]) => passed >= milliseconds) ?? [];
  if (unit === undefined || length === undefined) return undefined;
  const count = Math.floor(passed / length);
  return `${count} ${unit}${count === 1 ? '' : 's'} later`;
}
