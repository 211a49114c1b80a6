/** The state of the gateway as people read it: parts that work, room, what waits, and what ends. */
import { NAMES } from '../upkeep/names.ts';
import type { Schemas } from './answers.ts';
import { dateInWords, inWords, sinceWhen } from './times.ts';

type State = Schemas['GatewayState'];
type Status = 'pass' | 'warn' | 'fail';

/** A part of the gateway, and the page that has more of it. */
export interface ShownPart {
  readonly name: string;
  readonly text: string;
  readonly colour: string;
  readonly note?: string;
  readonly href?: string;
}

/** The names of the checks of `/health`, for people. */
const CHECKS: Readonly<Record<string, string>> = {
  bus: 'Bus',
  audit: 'Audit log',
  accepting: 'Taking messages',
  view: 'Search view',
  witness: 'Witness of the audit log',
  timestamps: 'Timestamps of the audit log',
  topics: 'Topics and grants on Kafka',
  issuer: 'Issuer of access tokens',
  transports: 'Transports',
  clock: 'Clock',
  deliveries: 'Deliveries to subscribers',
};
/** Where a person finds more, by the scope that the page needs. */
const PAGES: Readonly<Record<string, readonly [path: string, scope: string]>> = {
  audit: ['/console/audit', 'audit:read'],
  witness: ['/console/audit/heads', 'audit:read'],
  timestamps: ['/console/audit/heads', 'audit:read'],
  transports: ['/console/configuration', 'configuration:read'],
  deliveries: ['/console/deliveries', 'deliveries:read'],
};
const STATES: Readonly<Record<string, readonly [text: string, colour: string]>> = {
  pass: ['Working', 'green'],
  warn: ['Needs attention', 'yellow'],
  fail: ['Not working', 'red'],
};
const ROOM: Readonly<Record<Status, readonly [text: string, colour: string]>> = {
  pass: ['Enough room', 'green'],
  warn: ['Fills', 'yellow'],
  fail: ['Nearly full', 'red'],
};
const ENDS: Readonly<Record<Status, readonly [text: string, colour: string]>> = {
  pass: ['In order', 'green'],
  warn: ['Ends soon', 'yellow'],
  fail: ['Ended', 'red'],
};

/** "81.6 GB". */
function sizeInWords(bytes: number): string {
  const [unit, size] = (
    [
      ['TB', 1e12],
      ['GB', 1e9],
      ['MB', 1e6],
    ] as const
  ).find(([, least]) => bytes >= least) ?? ['kB', 1000];
  return `${(bytes / size).toFixed(1)} ${unit}`;
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** How far the view is behind. A few records are always on their way. */
const behindOf = (state: State | undefined): string | undefined =>
  state?.behind === undefined ? undefined : `${plural(state.behind, 'record')} behind the bus`;

function diskOf({ disk: { status, free, size } }: State): ShownPart {
  const [text, colour] = ROOM[status];
  const note = free === undefined || size === undefined ? {} : { note: `${sizeInWords(free)} of ${sizeInWords(size)} free` };
  return { name: 'Disk of the data folder', text, colour, ...note };
}

function spoolOf({ spool }: State, now: number): readonly ShownPart[] {
  if (spool === undefined) return [];
  const name = 'Spool for when Kafka is away';
  if (spool.records === 0) return [{ name, text: 'Empty', colour: 'green' }];
  const oldest = sinceWhen(new Date(now - spool.age * 1000).toISOString(), now);
  const room = `${sizeInWords(spool.bytes)} of ${sizeInWords(spool.limit)}`;
  return [{ name, text: 'In use', colour: 'yellow', note: `${plural(spool.records, 'record')}, the oldest for ${oldest}: ${room}` }];
}

/** The parts of the gateway: the checks of its health by their names, its disk and its spool. */
export function partsOf(
  checks: Readonly<Record<string, string>>,
  state: State | undefined,
  scopes: ReadonlySet<string>,
  now: number,
): readonly ShownPart[] {
  const health = Object.entries(checks).map(([name, status]) => {
    const [text, colour] = STATES[status] ?? [status, 'grey'];
    const [path, scope = ''] = PAGES[name] ?? [];
    const note = name === 'view' ? behindOf(state) : undefined;
    return {
      name: CHECKS[name] ?? name,
      text,
      colour,
      ...(note === undefined ? {} : { note }),
      ...(path !== undefined && scopes.has(scope) ? { href: path } : {}),
    };
  });
  return state === undefined ? health : [...health, diskOf(state), ...spoolOf(state, now)];
}

/** What ends, the first to end first. */
export const expiringOf = ({ expiring }: State) =>
  expiring
    .toSorted((one, other) => (one.ends ?? '9').localeCompare(other.ends ?? '9'))
    .map(({ use, transport, since, ends, status }) => {
      const [text, colour] = status === 'fail' && ends === undefined ? ['Cannot be read', 'red'] : ENDS[status];
      const from = since === undefined ? undefined : `in use since ${dateInWords(since)}`;
      const until = ends === undefined ? undefined : `${status === 'fail' ? 'ended' : 'until'} ${dateInWords(ends)}`;
      return {
        name: NAMES[use],
        transport,
        text,
        colour,
        note: [from, until].filter((time) => time !== undefined).join(', '),
      };
    });

/** The readers that have not been given everything, and how many there are in all. `hrefOf`: the page with more about a client. */
export function readersOf({ readers = [] }: State, now: number, hrefOf: (client: string) => string | undefined) {
  const behind = readers
    .filter(({ backlog }) => backlog.events > 0)
    // First those that read and stopped, then those that read nothing.
    .toSorted((one, other) => (one.given ?? '9').localeCompare(other.given ?? '9'));
  return {
    all: readers.length,
    behind: behind.map(({ client, title, backlog: { events, more, oldest }, given }) => ({
      client,
      title,
      events,
      more,
      href: hrefOf(client),
      ...(oldest === undefined ? {} : { oldest: sinceWhen(oldest, now) }),
      ...(given === undefined ? {} : { given: inWords(given) }),
    })),
  };
}
