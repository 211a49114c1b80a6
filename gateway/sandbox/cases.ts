/**
 * Synthetic cases for the sandbox: the events that police and courts would send about invented people, offences and hearings. Pure: the same
 * seed and day give the same cases, byte for byte.
 */
import type { JsonObject } from '../../adapters/adapter.ts';
import { dayNumber, isDate } from './days.ts';
import { REFERENCES, referenceOf } from './numbers.ts';
import { planOf } from './plan.ts';
import { seededRandom } from './random.ts';
import { registered } from './registered.ts';
import { resulted } from './resulted.ts';
import { stopped } from './stopped.ts';

/** One case, without the members that the gateway adds (label, portions, quality). */
export interface SyntheticCase {
  /** Data of `case.registered`. */
  readonly registered: JsonObject;
  /** Data of `hearing.resulted`, where the case has had a hearing. */
  readonly resulted?: JsonObject;
  /** Data of `person.stopped`, where the case began with a stop. */
  readonly stop?: JsonObject;
}

export interface SyntheticOptions {
  /** Any integer. */
  readonly seed: number;
  /** Today, as an ISO date from 2000 to 2099. Only first and next hearings have later dates. */
  readonly today: string;
}

/**
 * An endless series of cases, each with its own URN. Case n does not depend on earlier cases.
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
