/** The HTTP face: every operation of the contract, each behind the same doors in the same order. */
import express, { type Express, type RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import type { Logger } from 'pino';
import type { Scope } from '../exchange/client.ts';
import type { Standards } from '../standards.ts';
import { authenticate, type Caller, type Doorkeeper, requireScope } from './auth.ts';
import { readBody } from './body.ts';
import type { Operation } from './contract.ts';
import { type EventsContext, getEvent, listEvents, streamEvents } from './events.ts';
import { approveLabel, type LabelRequestsHttpContext, listLabelRequests, requestLabel } from './label-requests.ts';
import { getLedger, type LedgerHttpContext, refusals } from './ledger.ts';
import { getReceipt, type MessagesContext, resubmitQuarantined, submitEvent, submitMessage } from './messages.ts';
import { metrics } from './metrics.ts';
import type { Observe } from './observe.ts';
import { onError } from './on-error.ts';
import { health, info, jwks, type OperationsContext, ping, securityTxt } from './operations.ts';
import type { Portal } from './portal.ts';
import { sendProblem } from './problem.ts';
import { getProtection, imposeProtection, liftProtection, listProtections, type ProtectionsHttpContext } from './protections.ts';
import { getQuarantined, listQuarantine, type QuarantineHttpContext } from './quarantine.ts';
import { issueToken, playScenario, resetSandbox, type Sandbox } from './sandbox.ts';
import { securityHeaders } from './security-headers.ts';
import { getStandard, listStandards, type Published } from './standards.ts';
import {
  createSubscription,
  deleteSubscription,
  getSubscription,
  listDeliveries,
  listSubscriptions,
  replaySubscription,
  rotateSubscriptionSecret,
  type SubscriptionsHttpContext,
  updateSubscription,
} from './subscriptions.ts';

export interface AppContext
  extends MessagesContext,
    EventsContext,
    QuarantineHttpContext,
    OperationsContext,
    LedgerHttpContext,
    SubscriptionsHttpContext,
    ProtectionsHttpContext,
    LabelRequestsHttpContext {
  readonly contract: ReadonlyMap<string, Operation>;
  readonly doorkeeper: Doorkeeper;
  readonly limits: { readonly bodyBytes: number; readonly requestsPerMinute: number };
  readonly log: Logger;
  readonly observe: Observe;
  readonly standards: Standards;
  readonly published: ReadonlyMap<string, Published>;
  readonly securityExpires: string;
  /** Where this gateway is one. */
  readonly sandbox: Sandbox | undefined;
  readonly portal: Portal;
}

const SUBMISSIONS = new Set(['submitMessage', 'submitEvent']);

/** `/standards/{path}` takes slashes; Express 5 writes that `*path`. */
const expressPath = (path: string): string => path.replace('/standards/{path}', '/standards/*path').replaceAll(/\{(\w+)\}/g, ':$1');

export function makeApp(context: AppContext): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(securityHeaders);

  const limit = (): RequestHandler =>
    rateLimit({
      windowMs: 60_000,
      limit: context.limits.requestsPerMinute,
      standardHeaders: 'draft-8',
      legacyHeaders: false,
      validate: false,
      keyGenerator: (request, response) => (response.locals.caller as Caller | undefined)?.client.id ?? ipKeyGenerator(request.ip ?? ''),
      handler: (_request, response) => sendProblem(response, 'too-many-requests'),
    });
  const limiter = limit();
  const authenticated = authenticate(context.doorkeeper);
  const body = readBody(context.limits.bodyBytes);

  // Pages have a limit of their own: whoever reads them keeps nobody from the operations.
  context.portal.install(app, context.observe.request('portal'), limit());

  const methods = new Map<string, string[]>();
  const route = (operationId: string, scope: Scope | 'public' | 'anybody', ...handlers: RequestHandler<never>[]): void => {
    const operation = context.contract.get(operationId);
    if (operation === undefined) throw new Error(`The contract has no operation ${operationId}`);
    const path = expressPath(operation.path);
    methods.set(path, [...(methods.get(path) ?? []), operation.method.toUpperCase()]);
    const counts = SUBMISSIONS.has(operationId) ? [refusals(context)] : [];
    const doors =
      scope === 'public'
        ? [limiter]
        : scope === 'anybody'
          ? [authenticated, limiter]
          : [authenticated, ...counts, limiter, requireScope(scope)];
    app[operation.method](
      path,
      context.observe.request(operationId),
      ...doors,
      operation.checkRequest,
      ...(operation.path.startsWith('/v1/') ? [playScenario(context.sandbox)] : []),
      ...(handlers as unknown as RequestHandler[]),
    );
  };

  route('submitMessage', 'messages:write', body, submitMessage(context));
  route('getReceipt', 'receipts:read', getReceipt(context) as RequestHandler<never>);
  route('getLedger', 'receipts:read', getLedger(context));
  route('submitEvent', 'events:write', body, submitEvent(context));
  route('streamEvents', 'events:read', streamEvents(context));
  route('listEvents', 'events:read', listEvents(context));
  route('getEvent', 'events:read', getEvent(context) as RequestHandler<never>);
  route('listQuarantine', 'quarantine:read', listQuarantine(context));
  route('getQuarantined', 'quarantine:read', getQuarantined(context) as RequestHandler<never>);
  route('resubmitQuarantined', 'quarantine:write', body, resubmitQuarantined(context) as RequestHandler<never>);
  route('listLabelRequests', 'quarantine:read', listLabelRequests(context) as RequestHandler<never>);
  route('requestLabel', 'quarantine:write', body, requestLabel(context) as RequestHandler<never>);
  route('approveLabel', 'quarantine:approve', approveLabel(context) as RequestHandler<never>);
  route('listProtections', 'protections:read', listProtections(context));
  route('imposeProtection', 'protections:impose', body, imposeProtection(context));
  route('getProtection', 'protections:read', getProtection(context) as RequestHandler<never>);
  route('liftProtection', 'protections:lift', body, liftProtection(context) as RequestHandler<never>);
  route('listSubscriptions', 'subscriptions:read', listSubscriptions(context));
  route('createSubscription', 'subscriptions:write', body, createSubscription(context));
  route('getSubscription', 'subscriptions:read', getSubscription(context));
  route('updateSubscription', 'subscriptions:write', body, updateSubscription(context));
  route('deleteSubscription', 'subscriptions:write', deleteSubscription(context));
  route('rotateSubscriptionSecret', 'subscriptions:write', rotateSubscriptionSecret(context));
  route('replaySubscription', 'subscriptions:write', body, replaySubscription(context));
  route('listDeliveries', 'subscriptions:read', listDeliveries(context));
  route('listStandards', 'public', listStandards(context.standards, context.published));
  route('getStandard', 'public', getStandard(context.published));
  route('issueToken', 'public', body, issueToken(context.sandbox));
  route('resetSandbox', 'anybody', resetSandbox(context.sandbox));
  route('getHealth', 'public', health(context));
  route('getPing', 'public', ping);
  route('getInfo', 'public', info(context));
  route('getMetrics', 'metrics:read', metrics(context));
  route('getSecurityTxt', 'public', securityTxt(context.securityExpires));
  route('getSealKeys', 'public', jwks(context));

  for (const [path, allowed] of methods)
    app.all(path, (_request, response) => {
      response.set('Allow', allowed.join(', '));
      sendProblem(response, 'method-not-allowed');
    });
  app.use(context.portal.notFound);
  app.use((_request, response) => sendProblem(response, 'not-found'));
  app.use(onError(context.log));
  return app;
}
