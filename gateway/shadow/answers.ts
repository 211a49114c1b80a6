/** What a trial is told of the cases and events of a message. */
import type { Answers } from '../pipeline/submission.ts';

/**
 * Leaves out the protections that events put into the register: each side must find them in the message itself. With them, a rule that the
 * candidate has no longer would not be noticed.
 */
export const withoutFound = ({ cases, events }: Answers): Answers => ({
  cases: Object.fromEntries(
    Object.entries(cases).map(([subject, entries]) => [subject, entries.filter(({ protection }) => protection.event === undefined)]),
  ),
  events,
});
