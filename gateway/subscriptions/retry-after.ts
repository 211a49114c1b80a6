/** Reads how long a receiver asks the gateway to wait (RFC 9110, section 10.2.3). */

/** The longest wait that a receiver can ask for. A receiver that asks for years would block its deliveries, and would never be paused. */
export const MOST_SECONDS = 3600;

const DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** The seconds that a Retry-After header asks for at a time (milliseconds), up to {@link MOST_SECONDS}. 0 for an invalid header. */
export function secondsAsked(header: string | undefined, now: number): number {
  const text = header?.trim() ?? '';
  return Math.min(Math.max(secondsIn(text, now), 0) || 0, MOST_SECONDS);
}

function secondsIn(text: string, now: number): number {
  if (/^\d+$/.test(text)) return Number(text);
  return DATE.test(text) ? Math.ceil((Date.parse(text) - now) / 1000) : 0;
}
