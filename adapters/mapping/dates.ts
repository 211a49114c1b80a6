/** Dates and times in the formats that CSVW names (UAX 35): `dd/MM/yyyy`, `yyyyMMdd`, `HH:mm`. */
import { daysIn } from '../calendar.ts';

const TOKENS = {
  yyyy: 'year',
  MMM: 'monthName',
  MM: 'month',
  M: 'monthShort',
  dd: 'day',
  d: 'dayShort',
  HH: 'hour',
  mm: 'minute',
  ss: 'second',
  XXX: 'zone',
} as const;
type Part = (typeof TOKENS)[keyof typeof TOKENS];
const PATTERNS: Readonly<Record<Part, string>> = {
  year: '(\\d{4})',
  monthName: '([A-Za-z]{3})',
  month: '(\\d{2})',
  monthShort: '(\\d{1,2})',
  day: '(\\d{2})',
  dayShort: '(\\d{1,2})',
  hour: '(\\d{2})',
  minute: '(\\d{2})',
  second: '(\\d{2})',
  zone: '(Z|[+-](?:0\\d|1[0-4]):[0-5]\\d)',
};
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export type DateKind = 'date' | 'time' | 'dateTime';

export interface DateFormat {
  /** The ISO 8601 form; undefined where the text has another format or is not a real date. */
  read(text: string): string | undefined;
  write(iso: string): string | undefined;
}

interface Moment {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** The form for a time, or for a date and time, if the format has one. */
  readonly zone?: string;
}

const isReal = ({ year, month, day, hour, minute, second }: Moment): boolean =>
  day >= 1 && day <= daysIn(year, month) && hour < 24 && minute < 60 && second < 60;

const two = (number: number): string => String(number).padStart(2, '0');
const dateOf = ({ year, month, day }: Moment): string => `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
const timeOf = ({ hour, minute, second, zone = '' }: Moment): string => `${two(hour)}:${two(minute)}:${two(second)}${zone}`;

const ISO: Readonly<Record<DateKind, { readonly pattern: RegExp; write(moment: Moment): string }>> = {
  date: { pattern: /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)$/, write: dateOf },
  time: { pattern: /^(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?<zone>Z|[+-]\d\d:\d\d)?$/, write: timeOf },
  dateTime: {
    pattern: /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)T(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?<zone>Z|[+-]\d\d:\d\d)?$/,
    write: (moment) => `${dateOf(moment)}T${timeOf(moment)}`,
  },
};

const NEEDED: Readonly<Record<DateKind, readonly string[]>> = {
  date: ['year', 'month', 'day'],
  time: ['hour', 'minute'],
  dateTime: ['year', 'month', 'day', 'hour', 'minute'],
};

const EPOCH: Moment = { year: 2000, month: 1, day: 1, hour: 0, minute: 0, second: 0 };
const nameOf = (part: Part): string => part.replace(/Short$|Name$/, '');

/** Compiles a format, or returns its fault. */
export function compileDate(kind: DateKind, format: string): DateFormat | string {
  const parts: Part[] = [];
  const pieces: (Part | { readonly text: string })[] = [];
  for (const [piece] of format.matchAll(/[A-Za-z]+|[^A-Za-z]/g)) {
    if (kind === 'dateTime' && piece === 'T') pieces.push({ text: piece });
    else if (!/[A-Za-z]/.test(piece)) pieces.push({ text: piece });
    else
      for (const [token] of piece.matchAll(/(.)\1*/g)) {
        const part = TOKENS[token as keyof typeof TOKENS] as Part | undefined;
        if (part === undefined)
          return `The format knows ${Object.keys(TOKENS).join(', ')}: a year has four digits, because a century cannot be guessed`;
        pieces.push(part);
        parts.push(part);
      }
  }
  const names = parts.map(nameOf);
  const wanted = NEEDED[kind];
  if (new Set(names).size !== names.length) return 'The format has a part twice';
  if (wanted.some((name) => !names.includes(name))) return `A ${kind} needs ${wanted.join(', ')}`;
  if (names.some((name) => !wanted.includes(name) && !((name === 'second' || name === 'zone') && kind !== 'date')))
    return `A ${kind} has no such part`;
  const source = pieces
    .map((piece) => (typeof piece === 'string' ? PATTERNS[piece] : piece.text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')))
    .join('');
  const pattern = new RegExp(`^${source}$`);
  const iso = ISO[kind];
  return {
    read: (text) => {
      const found = pattern.exec(text);
      if (found === null) return undefined;
      const moment = { ...EPOCH } as Record<string, number | string>;
      for (const [n, part] of parts.entries()) {
        const value = found[n + 1] as string;
        if (part === 'zone') {
          moment.zone = value;
          continue;
        }
        const number = part === 'monthName' ? 1 + MONTHS.findIndex((month) => month.toLowerCase() === value.toLowerCase()) : Number(value);
        moment[nameOf(part)] = number;
      }
      return isReal(moment as unknown as Moment) ? iso.write(moment as unknown as Moment) : undefined;
    },
    write: (text) => {
      const groups = iso.pattern.exec(text)?.groups;
      if (groups === undefined) return undefined;
      const moment = {
        ...EPOCH,
        ...Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, name === 'zone' ? value : Number(value)])),
      } as unknown as Moment;
      // A format without a zone cannot hold one, and one with a zone needs it.
      if (!isReal(moment) || (moment.zone !== undefined) !== parts.includes('zone')) return undefined;
      return pieces
        .map((piece) => {
          if (typeof piece !== 'string') return piece.text;
          if (piece === 'zone') return moment.zone;
          if (piece === 'monthName') return MONTHS[moment.month - 1];
          const value = moment[nameOf(piece) as keyof Moment];
          return piece.endsWith('Short') ? String(value) : String(value).padStart(piece === 'year' ? 4 : 2, '0');
        })
        .join('');
    },
  };
}
