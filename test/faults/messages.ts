/** The messages of the load, and the order in which events of a case were accepted. */
import { sampleResult } from '../support/rules-in-force.ts';

/** What a gateway answers to a message that it accepted. */
export interface AcceptedMessage {
  readonly events: readonly { readonly id: string }[];
}

/** Ids of the events of one case, in the order in which they were accepted. */
export type CaseEvents = readonly string[];

/** A result of a case that differs from its others in the time of the hearing: one of each second of a day. */
export function messageOf(caseNumber: number, second: number): string {
  const time = new Date(second * 1000).toISOString().slice(11, 19);
  return sampleResult
    .replaceAll(/52WX1000\d{3}/g, `52WX${String(caseNumber).padStart(7, '0')}`)
    .replace('TimeOfHearing>10:00:00<', `TimeOfHearing>${time}<`);
}

export const postOf = (body: string): RequestInit => ({ method: 'POST', headers: { 'Content-Type': 'application/xml' }, body });

/** How many events of the cases come before one that was accepted earlier, by where each was found. */
export function outOfOrder(cases: Iterable<CaseEvents>, isBefore: (earlier: string, later: string) => boolean): number {
  let count = 0;
  for (const ids of cases) for (let n = 1; n < ids.length; n++) if (!isBefore(ids[n - 1] as string, ids[n] as string)) count++;
  return count;
}
