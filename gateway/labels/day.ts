/** Days, as `until` of a protection says them: `YYYY-MM-DD`, which text comparison puts in order. */

/** The day of a time (milliseconds), in UTC. */
export const dayOf = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(0, 10);

/** Whether what holds until a day (undefined where it has no end) has ended on a day. */
export const isOver = (until: unknown, day: string): boolean => typeof until === 'string' && until <= day;
