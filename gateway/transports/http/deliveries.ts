/** `/v1/deliveries`: the subscriptions of all clients, for operators. */
import type { Cursors } from '../../reading/cursor.ts';
import type { Client } from '../../rules/clients.ts';
import { placeOfUrl } from '../../subscriptions/destination.ts';
import type { OperatedSubscriptions } from '../../subscriptions/operated-subscriptions.ts';
import type { DeliveryRecord, SubscriptionRecord } from '../../wire/streams.ts';
import { callerOf } from './auth.ts';
import type { OperationHandler } from './call.ts';
import { closedSignal } from './closed.ts';
import { standingAt } from './cursors.ts';
import { millisecondsOf } from './instants.ts';
import type { OperationId } from './parameters.ts';
import { HttpProblem } from './problem.ts';
import { NOT_IN_LOG, publicAttempt, there } from './subscriptions.ts';

export interface DeliveriesHttpContext {
  readonly operated: OperatedSubscriptions;
  readonly cursors: Cursors;
}

type Handler<Id extends OperationId> = (context: DeliveriesHttpContext) => OperationHandler<Id>;

const TOPIC = 'deliveries';

/** The operator who calls. Throws HttpProblem `forbidden` for any other client. */
function operatorOf(locals: Record<string, unknown>): Client {
  const { client } = callerOf(locals);
  if (!client.operator) throw new HttpProblem('forbidden', { detail: 'Only operators see the subscriptions of other clients' });
  return client;
}

const stateOf = ({ id, client, url, type, subject, task, format, status, because, created }: SubscriptionRecord) => ({
  id,
  client,
  to: placeOfUrl(url),
  isOfOneCase: subject !== undefined,
  status,
  created,
  ...(type === undefined ? {} : { type }),
  ...(task === undefined ? {} : { task }),
  ...(format === undefined ? {} : { format }),
  ...(because === undefined ? {} : { because }),
});

/** With the last attempt and the next one, as far as the operator may know. */
async function withAttempts({ operated }: DeliveriesHttpContext, operator: Client, subscription: SubscriptionRecord) {
  const [last] = (await operated.attempts(operator, subscription.id, { limit: 1 })).attempts;
  const next = await operated.next(operator, subscription.id);
  return {
    ...stateOf(subscription),
    ...(last === undefined ? {} : { last: publicAttempt(last) }),
    ...(next === undefined ? {} : { next }),
  };
}

export const listSubscriptionStates: Handler<'listSubscriptionStates'> =
  (context) =>
  async ({ query: { cursor, limit } }, response) => {
    const operator = operatorOf(response.locals);
    const { operated, cursors } = context;
    const after = cursor === undefined ? 0 : ((await standingAt(cursors, operator, cursor, {}))[TOPIC]?.[0] ?? 0);
    const { subscriptions, more } = await operated.list(after, limit);
    const states: object[] = [];
    for (const subscription of subscriptions) states.push(await withAttempts(context, operator, subscription));
    const next = { [TOPIC]: { 0: after + subscriptions.length } };
    response.json({ subscriptions: states, cursor: await cursors.write(operator.id, next, {}), more });
  };

export const getSubscriptionState: Handler<'getSubscriptionState'> =
  (context) =>
  async ({ path }, response) => {
    const operator = operatorOf(response.locals);
    const found = there(await context.operated.get(path.id));
    const backlog = await context.operated.backlog(operator, found, closedSignal(response));
    response.json({ ...(await withAttempts(context, operator, found)), backlog });
  };

export const operateSubscription: Handler<'operateSubscription'> =
  (context) =>
  async ({ path, body }, response) => {
    const operator = operatorOf(response.locals);
    const changed = there(await context.operated.set(operator, path.id, body().status));
    response.json(await withAttempts(context, operator, changed));
  };

export const listDeliveryAttempts: Handler<'listDeliveryAttempts'> =
  ({ operated, cursors }) =>
  async ({ path, query: { cursor, limit } }, response) => {
    const operator = operatorOf(response.locals);
    const { id } = there(await operated.get(path.id));
    const filters = { subscription: id };
    const before = cursor === undefined ? undefined : (await standingAt(cursors, operator, cursor, filters))[TOPIC]?.[0];
    const page = await operated.attempts(operator, id, { limit, ...(before === undefined ? {} : { before }) });
    response.json({
      deliveries: page.attempts.map(publicAttempt),
      cursor: await cursors.write(operator.id, { [TOPIC]: { 0: page.next } }, filters),
      more: page.more,
    });
  };

export const replayDeliveries: Handler<'replayDeliveries'> =
  (context) =>
  async ({ path, body }, response) => {
    const operator = operatorOf(response.locals);
    const wanted = body();
    if ('from' in wanted) millisecondsOf(wanted.from, '/body/from');
    const replayed = await context.operated.replay(operator, path.id, wanted);
    if (replayed.kind === 'event-not-in-log') throw new HttpProblem('invalid-request', { reasons: [NOT_IN_LOG] });
    if (replayed.kind !== 'replay') throw new HttpProblem(replayed.kind);
    response.status(202).json(await withAttempts(context, operator, replayed.subscription));
  };

export const resendEvent: Handler<'resendEvent'> =
  ({ operated }) =>
  async ({ path, body }, response) => {
    const operator = operatorOf(response.locals);
    const found = there(await operated.get(path.id));
    const sent: DeliveryRecord = there(await operated.resend(operator, found, body().event));
    response.json(publicAttempt(sent));
  };

export const testDelivery: Handler<'testDelivery'> =
  ({ operated }) =>
  async ({ path }, response) => {
    const operator = operatorOf(response.locals);
    response.json(there(await operated.test(operator, path.id)));
  };
