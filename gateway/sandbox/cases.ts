/**
 * Synthetic cases for the sandbox: people, offences and hearings that never were, as the events that police and courts would send.
 * Pure: the same seed and day give the same cases, byte for byte.
 */
import type { JsonObject } from '../../adapters/adapter.ts';
import { dayNumber, isDate } from './days.ts';
import { REFERENCES, referenceOf } from './numbers.ts';
import { planOf } from './plan.ts';
import { seededRandom } from './random.ts';
import { registered } from './registered.ts';
import { resulted } from './resulted.ts';
import { stopped } from './stopped.ts';

/** One case. What the gateway itself says (label, portions, quality) is not in it. */
export interface SyntheticCase {
  /** Data of `case.registered`. */
  readonly registered: JsonObject;
  /** Data of `hearing.resulted` of the same case, where a hearing has been. */
  readonly resulted?: JsonObject;
  /** Data of `person.stopped`, where a stop led to the case. */
  readonly stop?: JsonObject;
}

export interface SyntheticOptions {
  /** Any whole number. */
  readonly seed: number;
  /** The day, as an ISO date from 2000 to 2099. Nothing but first and next hearings lies after it. */
  readonly today: string;
}

/**
 * Cases without end, each with a URN of its own. Case n does not depend on how the ones before it turned out.
 *
 * @example const [first] = syntheticCases({ seed: 1, today: '2026-11-16' });
 */
export function* syntheticCases({ seed, today }: SyntheticOptions): Generator<SyntheticCase> {
  if (!isDate(today) || !today.startsWith('20')) throw new RangeError('Today is not a date from 2000 to 2099');
  const day = dayNumber(today);
  const first = seededRandom(seed, day).int(0, REFERENCES - 1);
  for (let n = 0; n < REFERENCES; n++) {
    const random = seededRandom(seed, day, n + 1);
    const plan = planOf(random, referenceOf((first + n) % REFERENCES), today);
    const register = registered(random, plan);
    const result = resulted(random, plan);
    const stop = stopped(random, plan);
    yield {
      registered: register,
      ...(result === undefined ? {} : { resulted: result }),
      ...(stop === undefined ? {} : { stop }),
    };
  }
}
