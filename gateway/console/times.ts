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

/** The day of three fields of a form, ISO 8601. Undefined where there is no such day. */
export function dayOf(day: string, month: string, year: string): string | undefined {
  const text = `${year.trim().padStart(4, '0')}-${month.trim().padStart(2, '0')}-${day.trim().padStart(2, '0')}`;
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text) ? text : undefined;
}
