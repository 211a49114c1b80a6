/** Times in requests. */
import { HttpProblem } from './problem.ts';

/**
 * Milliseconds since 1970 of a time at a place of the request. Throws HttpProblem `invalid-request` where there is no such time: the schema
 * takes also what is only written like one, such as one of a leap second.
 */
export function millisecondsOf(time: string, at: string): number {
  const milliseconds = Date.parse(time);
  if (Number.isNaN(milliseconds))
    throw new HttpProblem('invalid-request', { reasons: [{ code: 'schema-violation', at, reason: 'Enter a real date and time' }] });
  return milliseconds;
}
