/** The first page: whether all is well, and what waits for somebody. */
import type { Page } from '../pages/page.ts';
import { dataOf, type Schemas } from './answers.ts';
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

/** The state of the gateway; undefined for a person who may not know it. */
const stateOf = async ({ api, scopes }: Person): Promise<Schemas['GatewayState'] | undefined> =>
  scopes.has('gateway:read') ? dataOf<Schemas['GatewayState']>(await api.GET('/v1/gateway')) : undefined;

/** What waits for a second person, and since when. */
async function approvalsOf({ api, scopes }: Person, now: number): Promise<object | undefined> {
  if (!scopes.has('approvals:read')) return undefined;
  const { waiting, more } = dataOf<Schemas['ApprovalPage']>(await api.GET('/v1/approvals', { params: { query: { limit: COUNTED } } }));
  const [oldest] = waiting;
  return { count: waiting.length, isMore: more, ...(oldest === undefined ? {} : { since: sinceWhen(oldest.time, now) }) };
}

/** The subscriptions to which nothing can be delivered. */
async function failingOf({ api, scopes }: Person) {
  if (!scopes.has('deliveries:read')) return undefined;
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

/** Where a person finds more about what a client was given. */
const clientPage = (scopes: ReadonlySet<string>, subscribers: ReadonlySet<string> | undefined) => (client: string) => {
  if (scopes.has('audit:read')) return `${CONSOLE_PATH}/audit?${new URLSearchParams({ who: client, action: 'disclosure' })}`;
  return subscribers?.has(client) === true ? `${CONSOLE_PATH}/deliveries` : undefined;
};

export async function overviewPage(person: Person, now: number): Promise<Page> {
  const { api, scopes } = person;
  const [checks, state, ledger, waiting, approvals, deliveries] = await Promise.all([
    checksOf(person),
    stateOf(person),
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
    parts: partsOf(checks, state, scopes, now),
    mayConfigure: scopes.has('configuration:read'),
    ...(ledger === undefined ? {} : { sources: sourcesOf(ledger.rows), titles: LEDGER_TITLES }),
    ...(state === undefined ? {} : { gateway: state.name, expiring: expiringOf(state) }),
    ...(state?.readers === undefined ? {} : { readers: readersOf(state, now, clientPage(scopes, deliveries?.clients)) }),
    ...(waiting === undefined
      ? {}
      : {
          waiting: { count: waiting.items.length, isMore: waiting.more },
          ...(oldest === undefined ? {} : { oldest: { time: inWords(oldest), since: sinceWhen(oldest, now) } }),
        }),
  };
}
