/** The subscriptions of all clients: their state, and what an operator does with them. */
import type { Page } from '../pages/page.ts';
import { dataOf, type ProblemAnswered, problemOf, type Schemas } from './answers.ts';
import type { Person } from './person.ts';
import { inWords, sinceWhen } from './times.ts';
import { type Answer, CONSOLE_PATH } from './visit.ts';

type State = Schemas['SubscriptionState'];
type Attempt = Schemas['Delivery'];

const ON_A_PAGE = 50;
const ATTEMPTS = 50;
const PATH = `${CONSOLE_PATH}/deliveries`;
const TITLE = 'Deliveries';
const BECAUSE: Readonly<Record<NonNullable<State['because']>, string>> = {
  asked: 'somebody paused it',
  failing: 'the address did not take an event for too long',
  gone: 'the address answered that it is gone',
};
const OUTCOMES: Readonly<Record<Attempt['outcome'], readonly [text: string, colour: string]>> = {
  delivered: ['Delivered', 'green'],
  failed: ['Failed', 'red'],
  withheld: ['Withheld', 'grey'],
  unwritable: ['Cannot be written', 'red'],
};

const attemptShown = ({ time, outcome, next, ...rest }: Attempt) => {
  const [text, colour] = OUTCOMES[outcome];
  return { ...rest, time: inWords(time), text, colour, ...(next === undefined ? {} : { next: inWords(next) }) };
};

/** The state of a subscription in a word, and its colour. */
function statusOf({ status, because, last }: State): { readonly text: string; readonly colour: string; readonly why?: string } {
  if (status === 'paused') return { text: 'Paused', colour: because === 'asked' ? 'grey' : 'red', why: BECAUSE[because ?? 'asked'] };
  return last?.outcome === 'failed' ? { text: 'Failing', colour: 'yellow' } : { text: 'Delivering', colour: 'green' };
}

const shown = (state: State, now: number) => {
  const { created, last, next, backlog } = state;
  return {
    ...state,
    state: statusOf(state),
    created: inWords(created),
    ...(last === undefined ? {} : { last: attemptShown(last) }),
    ...(next === undefined ? {} : { next: inWords(next) }),
    ...(backlog?.oldest === undefined ? {} : { oldest: { time: inWords(backlog.oldest), since: sinceWhen(backlog.oldest, now) } }),
  };
};

/** The subscriptions, the oldest first. */
export async function deliveriesPage({ api }: Person, cursor: string | undefined, now: number): Promise<Page> {
  const query = { limit: ON_A_PAGE, ...(cursor === undefined ? {} : { cursor }) };
  const page = dataOf<Schemas['SubscriptionStatePage']>(await api.GET('/v1/deliveries', { params: { query } }));
  return {
    template: 'deliveries',
    title: TITLE,
    section: 'deliveries',
    subscriptions: page.subscriptions.map((state) => shown(state, now)),
    ...(page.more ? { next: `${PATH}?${new URLSearchParams({ cursor: page.cursor })}` } : {}),
  };
}

export interface DeliveryView {
  readonly now: number;
  readonly cursor?: string | undefined;
  /** The result of something that the person did. */
  readonly sent?: Attempt;
  /** What is wrong in the form of a replay. */
  readonly fault?: string;
}

/** One subscription, with its attempts. */
export async function deliveryPage({ api, scopes }: Person, id: string, { now, cursor, sent, fault }: DeliveryView): Promise<Page> {
  const path = { id };
  const state = dataOf<State>(await api.GET('/v1/deliveries/{id}', { params: { path } }));
  const query = { limit: ATTEMPTS, ...(cursor === undefined ? {} : { cursor }) };
  const log = dataOf<Schemas['DeliveryList']>(await api.GET('/v1/deliveries/{id}/attempts', { params: { path, query } }));
  return {
    template: 'delivery',
    title: 'Subscription',
    section: 'deliveries',
    trail: [{ text: TITLE, href: PATH }, { text: 'Subscription' }],
    subscription: shown(state, now),
    attempts: log.deliveries.map(attemptShown),
    mayOperate: scopes.has('deliveries:write'),
    ...(log.more ? { older: `${PATH}/${id}?${new URLSearchParams({ cursor: log.cursor })}` } : {}),
    ...(sent === undefined ? {} : { sent: attemptShown(sent) }),
    ...(fault === undefined ? {} : { fault, status: 400 }),
  };
}

/** Pauses a subscription, or lets it go on. */
export async function operate({ api }: Person, id: string, form: URLSearchParams): Promise<Answer> {
  const status = form.get('status') === 'active' ? 'active' : 'paused';
  const headers = { 'Content-Type': 'application/merge-patch+json' };
  dataOf(await api.PATCH('/v1/deliveries/{id}', { params: { path: { id } }, body: { status }, headers }));
  return { address: `${PATH}/${id}` };
}

/** Has a test event sent, and shows what the address answered. */
export async function test(person: Person, id: string, now: number): Promise<Answer> {
  const sent = dataOf<Attempt>(await person.api.POST('/v1/deliveries/{id}/test', { params: { path: { id } } }));
  return deliveryPage(person, id, { now, sent });
}

/** Sends one event again, and shows what the address answered. */
export async function resend(person: Person, id: string, form: URLSearchParams, now: number): Promise<Answer> {
  const body = { event: form.get('event') ?? '' };
  const sent = dataOf<Attempt>(await person.api.POST('/v1/deliveries/{id}/resend', { params: { path: { id } }, body }));
  return deliveryPage(person, id, { now, sent });
}

const refusedTime = ({ status, problem }: ProblemAnswered): boolean =>
  status === 400 && problem.reasons?.some(({ at }) => at?.startsWith('/body') === true) === true;

/** Sends everything again that the gateway took from a time on. */
export async function replay(person: Person, id: string, form: URLSearchParams, now: number): Promise<Answer> {
  const from = (form.get('from') ?? '').trim();
  if (from === '') return deliveryPage(person, id, { now, fault: 'Enter the time from which events are sent again' });
  if (form.get('confirmed') !== 'yes') return deliveryPage(person, id, { now, fault: 'Confirm that the events are to be sent again' });
  const answer = await person.api.POST('/v1/deliveries/{id}/replay', { params: { path: { id } }, body: { from } });
  if (answer.data !== undefined) return { address: `${PATH}/${id}` };
  const refused = problemOf(answer);
  if (!refusedTime(refused)) throw refused;
  return deliveryPage(person, id, { now, fault: 'Enter a time like 2026-11-16T06:00:00Z' });
}
