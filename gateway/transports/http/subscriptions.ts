/** `/v1/subscriptions`: what is sent to an address of the client's own. */
import { refusal } from '../../../adapters/refusal.ts';
import type { Cursors } from '../../reading/cursor.ts';
import { type Client, mayRead } from '../../rules/clients.ts';
import type { Standards } from '../../rules/standards.ts';
import type { Replays } from '../../subscriptions/replays.ts';
import type { Attempt, Subscriptions } from '../../subscriptions/subscriptions.ts';
import type { SubscriptionRecord } from '../../wire/streams.ts';
import { callerOf } from './auth.ts';
import type { OperationHandler } from './call.ts';
import { standingAt } from './cursors.ts';
import { millisecondsOf } from './instants.ts';
import type { OperationId } from './parameters.ts';
import { HttpProblem } from './problem.ts';

export interface SubscriptionsHttpContext {
  readonly subscriptions: Subscriptions;
  readonly replays: Replays;
  readonly standards: Standards;
  readonly cursors: Cursors;
}

const TOPIC = 'deliveries';

export const NOT_IN_LOG = refusal('event-not-in-log', undefined, '/body/after');

type Handler<Id extends OperationId> = (context: SubscriptionsHttpContext) => OperationHandler<Id>;

/** An attempt as its reader sees it. */
export const publicAttempt = ({ event, time, attempt, outcome, reason, status, milliseconds, next }: Attempt) => ({
  ...(event === undefined ? {} : { event }),
  time,
  attempt,
  outcome,
  ...(reason === undefined ? {} : { reason }),
  ...(status === undefined ? {} : { status }),
  milliseconds,
  ...(next === undefined ? {} : { next }),
});

function publicSubscription({ id, url, type, subject, task, format, handling, status, because, created }: SubscriptionRecord) {
  return {
    id,
    url,
    ...(type === undefined ? {} : { type }),
    ...(subject === undefined ? {} : { subject }),
    ...(task === undefined ? {} : { task }),
    ...(format === undefined ? {} : { format }),
    ...(handling === undefined ? {} : { handling }),
    status,
    ...(because === undefined ? {} : { because }),
    created,
  };
}

async function withLast({ subscriptions }: SubscriptionsHttpContext, client: Client, subscription: SubscriptionRecord) {
  const [last] = (await subscriptions.attempts(client, subscription, { limit: 1 })).attempts;
  return { ...publicSubscription(subscription), ...(last === undefined ? {} : { last: publicAttempt(last) }) };
}

/** What is there, and the client's own; otherwise `not-found`. */
export function there<T>(found: T | undefined): T {
  if (found === undefined) throw new HttpProblem('not-found');
  return found;
}

/** A standing order to read asks for the right to read, of the token too. */
function reader(locals: Record<string, unknown>): Client {
  const { client, scopes } = callerOf(locals);
  if (!scopes.has('events:read') || !client.scopes.has('events:read'))
    throw new HttpProblem('forbidden', { detail: 'The scope events:read is missing' });
  return client;
}

export const listSubscriptions: Handler<'listSubscriptions'> = (context) => async (_request, response) => {
  const { client } = callerOf(response.locals);
  const subscriptions = await context.subscriptions.list(client);
  response.json({ subscriptions: await Promise.all(subscriptions.map((subscription) => withLast(context, client, subscription))) });
};

export const createSubscription: Handler<'createSubscription'> =
  (context) =>
  async ({ body }, response) => {
    const client = reader(response.locals);
    const wanted = body();
    const { task, from } = wanted;
    if (from !== undefined) millisecondsOf(from, '/body/from');
    if (!mayRead(client, task))
      throw new HttpProblem('forbidden', { detail: 'This client reads only for certain tasks: name one of them' });
    if (task !== undefined && !context.standards.profiles.has(task))
      throw new HttpProblem('invalid-request', {
        reasons: [{ code: 'unknown-task', at: '/body/task', reason: 'There is no such task profile' }],
      });
    const made = await context.subscriptions.create(client, wanted);
    if (!made.ok && made.code === 'too-many') throw new HttpProblem('too-many-subscriptions');
    if (!made.ok) throw new HttpProblem('invalid-request', { reasons: [made.refusal] });
    response
      .status(201)
      .set('Location', `/v1/subscriptions/${made.subscription.id}`)
      .json({ ...publicSubscription(made.subscription), secret: made.secret });
  };

export const getSubscription: Handler<'getSubscription'> =
  (context) =>
  async ({ path }, response) => {
    const { client } = callerOf(response.locals);
    response.json(await withLast(context, client, there(await context.subscriptions.get(client, path.id))));
  };

export const updateSubscription: Handler<'updateSubscription'> =
  (context) =>
  async ({ path, body }, response) => {
    const { client } = callerOf(response.locals);
    there(await context.subscriptions.get(client, path.id));
    const { status } = body();
    response.json(await withLast(context, client, there(await context.subscriptions.set(client, path.id, status))));
  };

export const deleteSubscription: Handler<'deleteSubscription'> =
  (context) =>
  async ({ path }, response) => {
    const { client } = callerOf(response.locals);
    there(await context.subscriptions.end(client, path.id));
    response.status(204).end();
  };

export const rotateSubscriptionSecret: Handler<'rotateSubscriptionSecret'> =
  (context) =>
  async ({ path }, response) => {
    const { client } = callerOf(response.locals);
    const { subscription, secret } = there(await context.subscriptions.rotate(client, path.id));
    response.json({ ...publicSubscription(subscription), secret });
  };

export const replaySubscription: Handler<'replaySubscription'> =
  (context) =>
  async ({ path, header, body }, response) => {
    const client = reader(response.locals);
    const { id } = there(await context.subscriptions.get(client, path.id));
    const wanted = body();
    if ('from' in wanted) millisecondsOf(wanted.from, '/body/from');
    const replayed = await context.replays.replay(client, id, wanted, header['Idempotency-Key']);
    if (replayed.kind === 'event-not-in-log') throw new HttpProblem('invalid-request', { reasons: [NOT_IN_LOG] });
    if (replayed.kind !== 'replay') throw new HttpProblem(replayed.kind);
    if (replayed.repeated) response.set('Interchange-Repeated', 'true');
    response.status(202).json(publicSubscription(replayed.subscription));
  };

export const testSubscription: Handler<'testSubscription'> =
  (context) =>
  async ({ path }, response) => {
    const { client } = callerOf(response.locals);
    response.json(there(await context.subscriptions.test(client, path.id)));
  };

export const listDeliveries: Handler<'listDeliveries'> =
  (context) =>
  async ({ path, query: { cursor, limit, outcome } }, response) => {
    const { client } = callerOf(response.locals);
    const { subscriptions, cursors } = context;
    const subscription = there(await subscriptions.get(client, path.id));
    const filters = { subscription: subscription.id, outcome };
    const before = cursor === undefined ? undefined : (await standingAt(cursors, client, cursor, filters))[TOPIC]?.[0];
    const { attempts, next, more } = await subscriptions.attempts(client, subscription, {
      limit,
      ...(before === undefined ? {} : { before }),
      ...(outcome === undefined ? {} : { outcome }),
    });
    response.json({
      deliveries: attempts.map(publicAttempt),
      cursor: await cursors.write(client.id, { [TOPIC]: { 0: next } }, filters),
      more,
    });
  };
