/** The HTTP face: every operation of the contract, each behind the same doors in the same order. */
import express, { type Express, type RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import type { Logger } from 'pino';
import type { Config } from '../../config.ts';
import type { Identities } from '../../pipeline/ids.ts';
import type { Scope } from '../../rules/clients.ts';
import type { Standards } from '../../rules/standards.ts';
import type { ByteBudget } from '../byte-budget.ts';
import { admit } from './admit.ts';
import { type Authenticator, authenticate, type Caller, requireScope } from './auth.ts';
import { DOCUMENT_BYTES, readBody, TOKEN_BYTES } from './body.ts';
import type { Operation } from './contract.ts';
import { namedOrigins } from './cors.ts';
import { type EventsContext, getEvent, listEvents, streamEvents } from './events.ts';
import { approveLabel, type LabelRequestsHttpContext, listLabelRequests, requestLabel } from './label-requests.ts';
import { getLedger, type LedgerHttpContext, refusals } from './ledger.ts';
import { getReceipt, type MessagesContext, resubmitQuarantined, submitEvent, submitMessage } from './messages.ts';
import { metrics } from './metrics.ts';
import type { Observe } from './observe.ts';
import { onBehalfOf } from './on-behalf-of.ts';
import { onError } from './on-error.ts';
import { health, info, jwks, type OperationsContext, ping, securityTxt } from './operations.ts';
import type { Portal } from './portal.ts';
import { sendProblem } from './problem.ts';
import { getProtection, imposeProtection, liftProtection, listProtections, type ProtectionsHttpContext } from './protections.ts';
import { anyOrigin, PUBLIC_PATHS } from './public-documents.ts';
import { getQuarantined, listQuarantine, type QuarantineHttpContext } from './quarantine.ts';
import { issueToken, onlySandbox, playScenario, resetSandbox, type Sandbox } from './sandbox.ts';
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
  testSubscription,
  updateSubscription,
} from './subscriptions.ts';
import { ignorePreconditions, methodNotAllowed, methodsOf } from './without-reading.ts';

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
  readonly authenticator: Authenticator;
  readonly identities: Pick<Identities, 'pseudonym'>;
  readonly limits: Pick<Config['limits'], 'bodyBytes' | 'requestsPerMinute' | 'requestsAtOnce' | 'streams'>;
  readonly budget: ByteBudget;
  readonly log: Logger;
  readonly observe: Observe;
  readonly standards: Standards;
  readonly published: ReadonlyMap<string, Published>;
  readonly securityExpires: string;
  /** The origins whose pages may call the gateway. */
  readonly origins: readonly string[];
  /** Where this gateway is one. */
  readonly sandbox: Sandbox | undefined;
  readonly portal: Portal;
}

const SUBMISSIONS = new Set(['submitMessage', 'submitEvent']);
/** What machines ask again and again to see whether all is well, and what every verifier needs. It costs little, and nobody can use it up for others. */
const PROBES = new Set(['getHealth', 'getPing', 'getSealKeys', 'getSecurityTxt']);

/** `/standards/{path}` takes slashes; Express 5 writes that `*path`. */
const expressPath = (path: string): string => path.replace('/standards/{path}', '/standards/*path').replaceAll(/\{(\w+)\}/g, ':$1');

export function makeApp(context: AppContext): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(securityHeaders);
  app.use(namedOrigins(context.origins));
  app.use(PUBLIC_PATHS, anyOrigin);

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
  const authenticated = authenticate(context.authenticator);
  const message = readBody(context.limits.bodyBytes);
  const document = readBody(DOCUMENT_BYTES);
  const requests = admit(context.budget, context.limits.requestsAtOnce, 'requests');
  const streams = admit(context.budget, context.limits.streams, 'streams');

  // Pages have a limit of their own: whoever reads them keeps nobody from the operations.
  context.portal.install(app, context.observe.request('portal'), limit());

  const methods = new Map<string, string[]>();
  const route = (operationId: string, scope: Scope | 'public' | 'anybody', ...handlers: RequestHandler<never>[]): void => {
    const operation = context.contract.get(operationId);
    if (operation === undefined) throw new Error(`The contract has no operation ${operationId}`);
    const path = expressPath(operation.path);
    const answered = methodsOf(operation, scope === 'public');
    methods.set(path, [...(methods.get(path) ?? []), ...answered]);
    if (operation.method === 'get' && !answered.includes('HEAD'))
      app.head(
        path,
        methodNotAllowed(() => methods.get(path) ?? []),
      );
    const counts = SUBMISSIONS.has(operationId) ? [refusals(context)] : [];
    const admitted = operationId === 'streamEvents' ? streams : requests;
    const doors =
      scope === 'public'
        ? PROBES.has(operationId)
          ? []
          : [limiter, admitted]
        : scope === 'anybody'
          ? [authenticated, limiter, admitted]
          : [authenticated, ...counts, limiter, requireScope(scope), admitted];
    app[operation.method](
      path,
      context.observe.request(operationId),
      ...doors,
      ...(scope === 'public' ? [] : [ignorePreconditions]),
      operation.checkRequest,
      ...(operation.path.startsWith('/v1/') ? [onBehalfOf(context.identities), playScenario(context.sandbox)] : []),
      ...(handlers as unknown as RequestHandler[]),
    );
  };

  route('submitMessage', 'messages:write', message, submitMessage(context));
  route('getReceipt', 'receipts:read', getReceipt(context) as RequestHandler<never>);
  route('getLedger', 'receipts:read', getLedger(context));
  route('submitEvent', 'events:write', message, submitEvent(context));
  route('streamEvents', 'events:read', streamEvents(context));
  route('listEvents', 'events:read', listEvents(context));
  route('getEvent', 'events:read', getEvent(context) as RequestHandler<never>);
  route('listQuarantine', 'quarantine:read', listQuarantine(context));
  route('getQuarantined', 'quarantine:read', getQuarantined(context) as RequestHandler<never>);
  route('resubmitQuarantined', 'quarantine:write', message, resubmitQuarantined(context) as RequestHandler<never>);
  route('listLabelRequests', 'quarantine:read', listLabelRequests(context) as RequestHandler<never>);
  route('requestLabel', 'quarantine:write', document, requestLabel(context) as RequestHandler<never>);
  route('approveLabel', 'quarantine:approve', approveLabel(context) as RequestHandler<never>);
  route('listProtections', 'protections:read', listProtections(context));
  route('imposeProtection', 'protections:impose', document, imposeProtection(context));
  route('getProtection', 'protections:read', getProtection(context) as RequestHandler<never>);
  route('liftProtection', 'protections:lift', document, liftProtection(context) as RequestHandler<never>);
  route('listSubscriptions', 'subscriptions:read', listSubscriptions(context));
  route('createSubscription', 'subscriptions:write', document, createSubscription(context));
  route('getSubscription', 'subscriptions:read', getSubscription(context));
  route('updateSubscription', 'subscriptions:write', document, updateSubscription(context));
  route('deleteSubscription', 'subscriptions:write', deleteSubscription(context));
  route('rotateSubscriptionSecret', 'subscriptions:write', rotateSubscriptionSecret(context));
  route('replaySubscription', 'subscriptions:write', document, replaySubscription(context));
  route('testSubscription', 'subscriptions:write', testSubscription(context));
  route('listDeliveries', 'subscriptions:read', listDeliveries(context));
  route('listStandards', 'public', listStandards(context.standards, context.published));
  route('getStandard', 'public', getStandard(context.published));
  route('issueToken', 'public', onlySandbox(context.sandbox), readBody(TOKEN_BYTES), issueToken(context.sandbox));
  route('resetSandbox', 'anybody', resetSandbox(context.sandbox));
  route('getHealth', 'public', health(context));
  route('getPing', 'public', ping);
  route('getInfo', 'public', info(context));
  route('getMetrics', 'metrics:read', metrics(context));
  route('getSecurityTxt', 'public', securityTxt(context.securityExpires));
  route('getSealKeys', 'public', jwks(context));

  for (const [path, allowed] of methods)
    app.all(
      path,
      methodNotAllowed(() => allowed),
    );
  app.use(context.portal.notFound);
  app.use((_request, response) => sendProblem(response, 'not-found'));
  app.use(onError(context.log));
  return app;
}
