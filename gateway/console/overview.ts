/** The first page: whether all is well, and what waits for somebody. */
import type { Page } from '../pages/page.ts';
import type { Scope } from '../rules/clients.ts';
import { dataOf, ProblemAnswered, type Schemas } from './answers.ts';
import { expiringOf, partsOf, readersOf } from './gateway-state.ts';
import { LEDGER_TITLES, sourcesOf } from './ledger.ts';
import type { Person } from './person.ts';
import { inWords, sinceWhen } from './times.ts';
import { CONSOLE_PATH } from './visit.ts';

const HOURS = 24;
/** How many messages in quarantine are counted. */
const COUNTED = 200;

async function checksOf({ api }: Person): Promise<Readonly<Record<string, string>>> {
  const { data, error } = await api.GET('/health');
  const { checks = {} } = (data ?? error ?? {}) as { readonly checks?: Readonly<Record<string, string>> };
  return checks;
}

/** The state of the gateway; undefined for a person with the scope who is not an operator. */
async function stateOf({ api }: Person): Promise<Schemas['GatewayState'] | undefined> {
  const answer = await api.GET('/v1/gateway');
  return answer.response.status === 403 ? undefined : dataOf<Schemas['GatewayState']>(answer);
}

/** What waits in quarantine, and since when. */
async function waitingOf({ api }: Person, now: number): Promise<object> {
  const query = { limit: COUNTED, status: 'open' } as const;
  const { items, more } = dataOf<Schemas['QuarantinePage']>(await api.GET('/v1/quarantine', { params: { query } }));
  const oldest = items.map(({ received }) => received).toSorted()[0];
  return {
    count: items.length,
    isMore: more,
    ...(oldest === undefined ? {} : { oldest: { time: inWords(oldest), since: sinceWhen(oldest, now) } }),
  };
}

/** What waits for a second person, and since when. */
async function approvalsOf({ api }: Person, now: number): Promise<object> {
  const { waiting, more } = dataOf<Schemas['ApprovalPage']>(await api.GET('/v1/approvals', { params: { query: { limit: COUNTED } } }));
  const [oldest] = waiting;
  return { count: waiting.length, isMore: more, ...(oldest === undefined ? {} : { since: sinceWhen(oldest.time, now) }) };
}

/** The subscriptions to which nothing can be delivered. */
async function failingOf({ api }: Person) {
  const query = { limit: COUNTED };
  const page = dataOf<Schemas['SubscriptionStatePage']>(await api.GET('/v1/deliveries', { params: { query } }));
  const failing = page.subscriptions.filter(({ status, because, last }) =>
    status === 'paused' ? because !== 'asked' : last?.outcome === 'failed',
  );
  return {
    all: page.subscriptions.length,
    clients: new Set(page.subscriptions.map(({ client }) => client)),
    isMore: page.more,
    failing: failing.map(({ id, client, to, last }) => ({ id, client, to, reason: last?.reason })),
  };
}

async function ledgerOf({ api }: Person) {
  const { rows } = dataOf<Schemas['LedgerPage']>(await api.GET('/v1/ledger', { params: { query: { hours: HOURS } } }));
  return { sources: sourcesOf(rows), titles: LEDGER_TITLES };
}

/** Where a person finds more about what a client was given. */
const clientPage = (scopes: ReadonlySet<string>, subscribers: ReadonlySet<string> | undefined) => (client: string) => {
  if (scopes.has('audit:read')) return `${CONSOLE_PATH}/audit?${new URLSearchParams({ who: client, action: 'disclosure' })}`;
  return subscribers?.has(client) === true ? `${CONSOLE_PATH}/deliveries` : undefined;
};

/** Each part is shown to those with its scope. Where the bus is away, the page has the others: that is when it is looked at. */
export async function overviewPage(person: Person, now: number): Promise<Page> {
  const { scopes } = person;
  const missing: string[] = [];
  const part = async <Data>(
    title: string,
    scope: Scope,
    ask: (person: Person, now: number) => Promise<Data>,
  ): Promise<Data | undefined> => {
    if (!scopes.has(scope)) return undefined;
    try {
      return await ask(person, now);
    } catch (error) {
      if (!(error instanceof ProblemAnswered) || error.status !== 503) throw error;
      missing.push(title);
      return undefined;
    }
  };
  const [checks, state, ledger, waiting, approvals, deliveries] = await Promise.all([
    checksOf(person),
    part('Readers, keys and certificates', 'gateway:read', stateOf),
    part('Messages', 'receipts:read', ledgerOf),
    part('Quarantine', 'quarantine:read', waitingOf),
    part('Approvals', 'approvals:read', approvalsOf),
    part('Deliveries', 'deliveries:read', failingOf),
  ]);
  // Who is told how much room there is may know the readers too.
  if (state?.disk.free !== undefined && state.readers === undefined) missing.push('Readers');
  return {
    template: 'overview',
    title: 'Overview',
    section: 'overview',
    updates: true,
    time: inWords(new Date(now).toISOString()),
    missing: missing.toSorted(),
    waiting,
    approvals,
    deliveries,
    hours: HOURS,
    ...ledger,
    parts: partsOf(checks, state, scopes, now),
    mayConfigure: scopes.has('configuration:read'),
    ...(state === undefined ? {} : { gateway: state.name, expiring: expiringOf(state) }),
    ...(state?.readers === undefined ? {} : { readers: readersOf(state, now, clientPage(scopes, deliveries?.clients)) }),
  };
}
