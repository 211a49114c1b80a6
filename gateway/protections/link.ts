/** Links between cases, as the register keeps them: by the pseudonyms of the cases. A link spreads protections, and lifts none. */

/** Some cases are one, or came out of one another, as a source said. */
export interface LinkRecord {
  /** The event that says it. */
  readonly event: string;
  /** The pseudonym of the case: the `subject` of its events. */
  readonly case: string;
  readonly linked: readonly string[];
  readonly by: string;
  /** ISO 8601. */
  readonly since: string;
}

/** What ends a link: its source corrected it. What was protected until then stays protected. */
export interface UnlinkRecord {
  /** The event that said the link. */
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
  /** When the last way to it ended, ISO 8601: only protections from before it hold. Undefined where it is linked now. */
  readonly until?: string;
}

/** The cases that are linked with one, apart from itself. */
export interface LinkedCases {
  readonly cases: readonly LinkedCase[];
  /** Whether there are more than were followed. */
  readonly isCut: boolean;
}

/** Links of a case, each of which says with which others. */
export type LinksOf = (subject: string, limit: number) => readonly { readonly other: string; readonly ended: string | null }[];

/** So many linked cases are followed, and so many links of them. */
export const MOST_CASES = 1000;
const MOST_LINKS = 10_000;
/** Later than any time. */
const NEVER = '~';

/** The cases that links lead to, and until when the best way to each held. */
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
  return { isCut, cases: [...until].map(([one, time]) => ({ case: one, ...(time === NEVER ? {} : { until: time }) })) };
}
