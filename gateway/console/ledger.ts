/** What happened to the messages of each source, with the search that shows them. */
import type { Schemas } from './answers.ts';
import { addressOf, type Entered } from './message-filters.ts';
import { inWords, londonText } from './times.ts';
import { CONSOLE_PATH } from './visit.ts';

type Row = Schemas['LedgerRow'];
type Count = keyof Omit<Row, 'source' | 'hour'>;

/** The counts in the order of their columns, and what each says of messages. */
const COUNTS: Readonly<Record<Count, readonly [title: string, words: string]>> = {
  difference: ['Missing', 'missing'],
  received: ['Received', 'received'],
  published: ['Published', 'published'],
  quarantined: ['In quarantine', 'put in quarantine'],
  refused: ['Refused', 'refused'],
  repeated: ['Repeated', 'repeated'],
  unanswered: ['Unanswered', 'unanswered'],
};
export const LEDGER_TITLES = Object.values(COUNTS).map(([title]) => title);

/** How the messages of a count are found. Of what was refused, repeated or not answered nothing more was kept. */
const SEARCHES: Readonly<Partial<Record<Count, Entered>>> = {
  difference: {},
  received: {},
  published: { status: 'accepted' },
  quarantined: { status: 'quarantined' },
};
const PATH = `${CONSOLE_PATH}/messages`;
const HOUR = 3_600_000;

interface Cell {
  readonly count: number;
  /** What the count is of, for people who do not see its column. */
  readonly words: string;
  readonly isMissing: boolean;
  readonly href?: string;
}

function cellsOf(rows: readonly Row[], about: string, searched: Entered): readonly Cell[] {
  return (Object.entries(COUNTS) as [Count, (typeof COUNTS)[Count]][]).map(([name, [, words]]) => {
    const count = rows.reduce((sum, row) => sum + row[name], 0);
    // What is missing in one hour is not made good by what is too much in another.
    const isMissing = name === 'difference' && rows.some(({ difference }) => difference !== 0);
    const search = SEARCHES[name];
    const href = search === undefined || (count === 0 && !isMissing) ? undefined : addressOf(PATH, { ...searched, ...search });
    return { count, words: `${words}, ${about}`, isMissing, ...(href === undefined ? {} : { href }) };
  });
}

/** An hour as the filters of the search have it. */
const hourOf = (hour: string): Entered => {
  const start = Date.parse(hour);
  return { from: londonText(start), to: londonText(start + HOUR) };
};

/** Each source with its totals and its hours, the newest first. */
export const sourcesOf = (rows: readonly Row[]) =>
  [...Map.groupBy(rows, ({ source }) => source)].map(([source, ofSource]) => ({
    source,
    cells: cellsOf(ofSource, source, { source, from: londonText(Math.min(...ofSource.map(({ hour }) => Date.parse(hour)))) }),
    hours: ofSource
      .toSorted((one, other) => other.hour.localeCompare(one.hour))
      .map((row) => {
        const hour = inWords(row.hour);
        const cells = cellsOf([row], `${source}, in the hour from ${hour}`, { source, ...hourOf(row.hour) });
        return { hour, cells, difference: row.difference };
      }),
  }));
