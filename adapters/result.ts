/** The result of a step that can fail in an expected way: a value, or refusals. Exceptions are for bugs. */
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
 * The value of a step, or all its refusals.
 *
 * @example
 * const read = parseStrict(text);
 * if (!read.ok) return read;
 * use(read.value);
 */
export type Result<T> = Success<T> | Failure;

export const success = <T>(value: T): Success<T> => ({ ok: true, value });

export const failure = (...refusals: Refusals): Failure => ({ ok: false, refusals });

/** Changes each refusal of a failure, for example to add a line. */
export const mapRefusals = ({ refusals: [first, ...rest] }: Failure, change: (given: Refusal) => Refusal): Failure =>
  failure(change(first), ...rest.map(change));

/** The first refusals, up to a number. */
export const firstOf = ([first, ...rest]: Refusals, most: number): Refusals => [first, ...rest.slice(0, most - 1)];
