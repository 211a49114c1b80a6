/** The types of leaves: each converts the text of an element to its canonical text, or to nothing where it has another type. */
import { daysIn } from '../calendar.ts';
import type { LeafType } from './table.ts';

const DATE = /^(\d{4})-(\d{2})-(\d{2})(?:Z|[+-]\d{2}:\d{2})?$/;
/** 24:00:00 is the end of the day (XML Schema Part 2, 3.2.8). */
const TIME = /^(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,20})?|24:00:00(?:\.0{1,20})?)(?:Z|[+-]\d{2}:\d{2})?$/;
const DATE_TIME = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2}(?:\.\d{1,20})?(?:Z|[+-]\d{2}:\d{2})?)$/;
const DAY_FIRST = /^(\d{2})\/(\d{2})\/(\d{4})$/;
const DIGITS = /^\+?(\d{1,30})$/;
const INTEGER = /^\+?0*(\d{1,30})$/;
/** XML Schema allows a sign, and no digits before or after the point (Part 2, 3.2.3). */
const DECIMAL = /^\+?(?:(\d{1,30})(?:\.(\d{0,10}))?|\.(\d{1,10}))$/;

function dateOf(text: string): string | undefined {
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const day = Number(match[3]);
  return day >= 1 && day <= daysIn(Number(match[1]), Number(match[2])) ? text.slice(0, 10) : undefined;
}

function decimalOf(text: string): string | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const [, integer = '0', fraction = match[3] ?? ''] = match;
  return fraction === '' ? integer : `${integer}.${fraction}`;
}

/**
 * The canonical text of a leaf: `text` to the letter, the others trimmed, and without what XML Schema says has no meaning. A date loses its time zone, as no SPI date means an instant.
 * Returns undefined where the text is not of the type (it then stays in the event's extensions).
 */
export function canonical(type: LeafType, text: string): string | undefined {
  if (type === 'text') return text;
  const trimmed = text.trim();
  switch (type) {
    case 'name':
      return trimmed === '' ? undefined : text;
    case 'reference':
      return trimmed === '' ? undefined : trimmed;
    case 'integer':
      // A text that is not a number is still a code.
      return INTEGER.exec(trimmed)?.[1] ?? trimmed;
    case 'token':
      return trimmed;
    case 'date':
      return dateOf(trimmed);
    case 'time':
      return TIME.test(trimmed) ? trimmed : undefined;
    case 'dateTime': {
      const [, date = '', time = ''] = DATE_TIME.exec(trimmed) ?? [];
      return dateOf(date) !== undefined && TIME.test(time) ? trimmed : undefined;
    }
    case 'instantDay':
      return canonical('dateTime', trimmed)?.slice(0, 10);
    case 'dayFirst':
      return DAY_FIRST.test(trimmed) ? dateOf(trimmed.replace(DAY_FIRST, '$3-$2-$1')) : undefined;
    case 'hoursMinutes':
      return /^\d{2}:\d{2}$/.test(trimmed) && TIME.test(`${trimmed}:00`) ? `${trimmed}:00` : undefined;
    case 'digits':
      return DIGITS.exec(trimmed)?.[1];
    case 'decimal':
      return decimalOf(trimmed);
    default:
      return undefined;
  }
}

/** The format's text for a canonical text: the inverse of {@link canonical} on its results. */
export function written(type: LeafType, value: string): string {
  if (type === 'dayFirst') return value.replace(/^(\d{4})-(\d{2})-(\d{2})$/, '$3/$2/$1');
  if (type === 'hoursMinutes') return value.replace(/^(\d{2}:\d{2}):00$/, '$1');
  if (type === 'instantDay') return `${value}T00:00:00Z`;
  return value;
}
