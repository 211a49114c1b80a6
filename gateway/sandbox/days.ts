/** Arithmetic with calendar days as ISO dates, without a clock or time zone. */
import type { Random } from './random.ts';

const DAY = 86_400_000;
const ISO = /^\d{4}-\d\d-\d\d$/;

/** Days since 1 January 1970. */
export const dayNumber = (date: string): number => Date.parse(date) / DAY;

const dateOf = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10);

/** Whether a text is a real calendar day, which for example 2026-02-29 is not. */
export const isDate = (text: string): boolean => ISO.test(text) && !Number.isNaN(Date.parse(text)) && plusDays(text, 0) === text;

export const plusDays = (date: string, days: number): string => dateOf(dayNumber(date) + days);

/** The same day of the month some months later, or the last day of that month where it is shorter. */
export function plusMonths(date: string, months: number): string {
  const month = Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1 + months;
  const first = `${String(Math.floor(month / 12)).padStart(4, '0')}-${String((month % 12) + 1).padStart(2, '0')}-01`;
  const next = new Date(Date.parse(first));
  next.setUTCMonth(next.getUTCMonth() + 1);
  const length = next.getTime() / DAY - dayNumber(first);
  return plusDays(first, Math.min(Number(date.slice(8)), length) - 1);
}

export const earlier = (first: string, second: string): string => (first < second ? first : second);
export const later = (first: string, second: string): string => (first > second ? first : second);

const SUNDAY = 0;
const SATURDAY = 6;

/** {@link SUNDAY} to {@link SATURDAY}. */
const dayOfWeek = (date: string): number => (((dayNumber(date) + 4) % 7) + 7) % 7;

/** The day itself, or the Friday before it at a weekend. */
export function weekdayUpTo(date: string): string {
  const day = dayOfWeek(date);
  if (day === SUNDAY) return plusDays(date, -2);
  return day === SATURDAY ? plusDays(date, -1) : date;
}

/** The day itself, or the Monday after it at a weekend. */
export function weekdayFrom(date: string): string {
  const day = dayOfWeek(date);
  if (day === SUNDAY) return plusDays(date, 1);
  return day === SATURDAY ? plusDays(date, 2) : date;
}

/** A date of birth that gives a person an age, in full years, on a day. */
export const bornFor = (random: Random, age: number, on: string): string => plusDays(plusMonths(on, -12 * age), -random.int(0, 364));

/** A date in the form of a charge: 02/03/2026. */
export const written = (date: string): string => `${date.slice(8)}/${date.slice(5, 7)}/${date.slice(0, 4)}`;
