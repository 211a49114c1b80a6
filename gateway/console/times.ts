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
