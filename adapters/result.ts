/** What a step that can fail in an expected way returns: its value, or why there is none. Exceptions are for bugs. */
import type { Refusal } from './refusal.ts';

/** At least one reason. */
export type Refusals = readonly [Refusal, ...Refusal[]];

export interface Success<T> {
  readonly ok: true;
  readonly value: T;
}

export interface Failure {
  readonly ok: false;
  readonly refusals: Refusals;
}

/**
 * The value of a step, or every reason why it has none.
 *
 * @example
 * const read = parseStrict(text);
 * if (!read.ok) return read;
 * use(read.value);
 */
export type Result<T> = Success<T> | Failure;

export const success = <T>(value: T): Success<T> => ({ ok: true, value });

export const failure = (...refusals: Refusals): Failure => ({ ok: false, refusals });

/** The same failure with each reason changed, such as given a line. */
export const mapRefusals = ({ refusals: [first, ...rest] }: Failure, change: (one: Refusal) => Refusal): Failure =>
  failure(change(first), ...rest.map(change));

/** The first so many reasons. */
export const firstOf = ([first, ...rest]: Refusals, most: number): Refusals => [first, ...rest.slice(0, most - 1)];
