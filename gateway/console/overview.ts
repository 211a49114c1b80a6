/** The first page: whether all is well, and what waits for somebody. */
import type { Page } from '../pages/page.ts';
import { dataOf, type Schemas } from './answers.ts';
import type { Person } from './person.ts';
import { inWords, sinceWhen } from './times.ts';

const HOURS = 24;
/** How many messages in quarantine are counted. */
const COUNTED = 200;

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
const STATES: Readonly<Record<string, readonly [text: string, colour: string]>> = {
  pass: ['Working', 'green'],
  warn: ['Needs attention', 'yellow'],
  fail: ['Not working', 'red'],
};

async function healthOf({ api }: Person): Promise<readonly object[]> {
  const { data, error } = await api.GET('/health');
  const { checks = {} } = (data ?? error ?? {}) as { readonly checks?: Readonly<Record<string, string>> };
  return Object.entries(checks).map(([name, state]) => {
    const [text, colour] = STATES[state] ?? [state, 'grey'];
    return { name: CHECKS[name] ?? name, text, colour };
  });
}

type Totals = Omit<Schemas['LedgerRow'], 'source' | 'hour'>;
const COUNTS = [
  'received',
  'published',
  'quarantined',
  'refused',
  'repeated',
  'unanswered',
  'difference',
] as const satisfies readonly (keyof Totals)[];

/** The last day of each source, with the hours in which something is missing. */
function sourcesOf(rows: readonly Schemas['LedgerRow'][]): readonly object[] {
  return [...Map.groupBy(rows, ({ source }) => source)].map(([source, ofSource]) => {
    const total = (count: keyof Totals) => ofSource.reduce((sum, row) => sum + row[count], 0);
    return {
      source,
      ...Object.fromEntries(COUNTS.map((count) => [count, total(count)])),
      differences: ofSource
        .filter(({ difference }) => difference !== 0)
        .map(({ hour, difference }) => ({ hour: inWords(hour), difference })),
    };
  });
}

/** What waits for a second person, and since when. */
async function approvalsOf({ api, scopes }: Person, now: number): Promise<object | undefined> {
  if (!scopes.has('approvals:read')) return undefined;
  const { waiting, more } = dataOf<Schemas['ApprovalPage']>(await api.GET('/v1/approvals', { params: { query: { limit: COUNTED } } }));
  const [oldest] = waiting;
  return { count: waiting.length, isMore: more, ...(oldest === undefined ? {} : { since: sinceWhen(oldest.time, now) }) };
}

/** The subscriptions to which nothing can be delivered. */
async function failingOf({ api, scopes }: Person): Promise<object | undefined> {
  if (!scopes.has('deliveries:read')) return undefined;
  const query = { limit: COUNTED };
  const page = dataOf<Schemas['SubscriptionStatePage']>(await api.GET('/v1/deliveries', { params: { query } }));
  const failing = page.subscriptions.filter(({ status, because, last }) =>
    status === 'paused' ? because !== 'asked' : last?.outcome === 'failed',
  );
  return {
    all: page.subscriptions.length,
    isMore: page.more,
    failing: failing.map(({ id, client, to, last }) => ({ id, client, to, reason: last?.reason })),
  };
}

export async function overviewPage(person: Person, now: number): Promise<Page> {
  const { api, scopes } = person;
  const [health, ledger, waiting, approvals, deliveries] = await Promise.all([
    healthOf(person),
    scopes.has('receipts:read')
      ? api.GET('/v1/ledger', { params: { query: { hours: HOURS } } }).then(dataOf<Schemas['LedgerPage']>)
      : undefined,
    scopes.has('quarantine:read')
      ? api.GET('/v1/quarantine', { params: { query: { limit: COUNTED, status: 'open' } } }).then(dataOf<Schemas['QuarantinePage']>)
      : undefined,
    approvalsOf(person, now),
    failingOf(person),
  ]);
  const oldest = waiting?.items.map(({ received }) => received).toSorted()[0];
  return {
    template: 'overview',
    title: 'Overview',
    section: 'overview',
    updates: true,
    time: inWords(new Date(now).toISOString()),
    approvals,
    deliveries,
    hours: HOURS,
    health,
    ...(ledger === undefined ? {} : { sources: sourcesOf(ledger.rows) }),
    ...(waiting === undefined
      ? {}
      : {
          waiting: { count: waiting.items.length, isMore: waiting.more },
          ...(oldest === undefined ? {} : { oldest: { time: inWords(oldest), since: sinceWhen(oldest, now) } }),
        }),
  };
}
