/** Links between cases, by their pseudonyms. A link extends protections to the linked cases, and never lifts one. */

/** A source's statement that cases are the same, or came from one another. */
export interface LinkRecord {
  /** The event that contains the link. */
  readonly event: string;
  /** The pseudonym of the case: the `subject` of its events. */
  readonly case: string;
  readonly linked: readonly string[];
  readonly by: string;
  /** ISO 8601. */
  readonly since: string;
}

/** The end of a link: its source corrected it. Earlier protections stay in force. */
export interface UnlinkRecord {
  /** The event that contained the link. */
  readonly event: string;
  readonly case: string;
  /** The correction. */
  readonly by: string;
  /** ISO 8601. */
  readonly time: string;
}

/** A link that began, or one that ended. */
export type LinkChange = { readonly link: LinkRecord } | { readonly unlink: UnlinkRecord };

/** A case that is linked with another one, directly or by way of others. */
export interface LinkedCase {
  readonly case: string;
  /** When the last path to it ended (ISO 8601): only protections from before that time hold. Undefined where it is linked now. */
  readonly until?: string;
}

/** The cases that are linked with a case. */
export interface LinkedCases {
  readonly cases: readonly LinkedCase[];
  /** Whether the number of cases or links exceeded the limit. */
  readonly isCut: boolean;
}

/** Looks up the links of a case. */
export type LinksOf = (subject: string, limit: number) => readonly { readonly other: string; readonly ended: string | null }[];

/** The most linked cases, and the most links, that are followed. */
export const MOST_CASES = 1000;
const MOST_LINKS = 10_000;
/** Later than any time. */
const NEVER = '~';

/** The cases that links lead to, and when the last path to each ended. */
export function linkedWith(subject: string, linksOf: LinksOf): LinkedCases {
  const until = new Map<string, string>([[subject, NEVER]]);
  let left = MOST_LINKS;
  let isCut = false;
  for (const waiting = [subject]; waiting.length > 0 && !isCut; ) {
    const from = waiting.shift() as string;
    const before = until.get(from) as string;
    const links = linksOf(from, left + 1);
    left -= links.length;
    for (const { other, ended } of links) {
      const time = ended !== null && ended < before ? ended : before;
      const known = until.get(other);
      if (known !== undefined && known >= time) continue;
      if (known === undefined && until.size > MOST_CASES) isCut = true;
      else {
        until.set(other, time);
        waiting.push(other);
      }
    }
    isCut ||= left < 0;
  }
  until.delete(subject);
  return { isCut, cases: [...until].map(([urn, time]) => ({ case: urn, ...(time === NEVER ? {} : { until: time }) })) };
}
