/** What a request passes before its operation: the same checks in the same order for every operation. */
import type { Express, RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import type { Config } from '../../config.ts';
import type { Identities } from '../../pipeline/ids.ts';
import type { Scope } from '../../rules/clients.ts';
import type { ByteBudget } from '../byte-budget.ts';
import { admit } from './admit.ts';
import { type Authenticator, authenticate, type Caller, requireScope } from './auth.ts';
import { checkParameters, handle, type OperationHandler } from './call.ts';
import type { Operation } from './contract.ts';
import { type LedgerHttpContext, refusals } from './ledger.ts';
import type { Observe } from './observe.ts';
import { onBehalfOf } from './on-behalf-of.ts';
import type { OperationId } from './parameters.ts';
import { sendProblem } from './problem.ts';
import { playScenario, type Sandbox } from './sandbox.ts';
import { ignorePreconditions, methodNotAllowed, methodsOf } from './without-reading.ts';

export type Limits = Pick<Config['limits'], 'bodyBytes' | 'requestsPerMinute' | 'requestsAtOnce' | 'streams'>;

export interface RoutesContext extends LedgerHttpContext {
  readonly contract: ReadonlyMap<string, Operation>;
  readonly authenticator: Authenticator;
  readonly identities: Pick<Identities, 'pseudonym'>;
  readonly limits: Limits;
  readonly budget: ByteBudget;
  readonly observe: Observe;
  /** Where this gateway is one. */
  readonly sandbox: Sandbox | undefined;
}

/** Who may call an operation: who has a scope, any client, or anybody without a token. */
export type Access = Scope | 'public' | 'anybody';

export interface Routes {
  /** Serves an operation. `before` is what runs between the checks and the handler, such as reading the body. */
  add<Id extends OperationId>(id: Id, access: Access, handler: OperationHandler<Id>, ...before: readonly RequestHandler[]): void;
  /** Answers every other method of the paths with those that they have. Call it after the last operation. */
  refuseOtherMethods(): void;
}

const SUBMISSIONS: ReadonlySet<string> = new Set(['submitMessage', 'submitEvent']);
/** What machines ask again and again to see whether all is well, and what every verifier needs. It costs little, and nobody can use it up for others. */
const PROBES: ReadonlySet<string> = new Set(['getHealth', 'getPing', 'getSealKeys', 'getSecurityTxt']);

/** `/standards/{path}` takes slashes; Express 5 writes that `*path`. */
const expressPath = (path: string): string => path.replace('/standards/{path}', '/standards/*path').replaceAll(/\{(\w+)\}/g, ':$1');

/** The most requests a minute of each client or address. */
export const limitRequests = ({ requestsPerMinute }: Pick<Limits, 'requestsPerMinute'>): RequestHandler =>
  rateLimit({
    windowMs: 60_000,
    limit: requestsPerMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    validate: false,
    keyGenerator: (request, response) => (response.locals.caller as Caller | undefined)?.client.id ?? ipKeyGenerator(request.ip ?? ''),
    handler: (_request, response) => sendProblem(response, 'too-many-requests'),
  });

/** The checks of an operation, which depend on who may call it. */
function makeChecks(context: RoutesContext): (operationId: string, access: Access) => readonly RequestHandler[] {
  const limiter = limitRequests(context.limits);
  const authenticated = authenticate(context.authenticator);
  const requests = admit(context.budget, context.limits.requestsAtOnce, 'requests');
  const streams = admit(context.budget, context.limits.streams, 'streams');
  return (operationId, access) => {
    const admitted = operationId === 'streamEvents' ? streams : requests;
    if (access === 'public') return PROBES.has(operationId) ? [] : [limiter, admitted];
    if (access === 'anybody') return [authenticated, limiter, admitted, ignorePreconditions];
    const counts = SUBMISSIONS.has(operationId) ? [refusals(context)] : [];
    return [authenticated, ...counts, limiter, requireScope(access), admitted, ignorePreconditions];
  };
}

export function openRoutes(app: Express, context: RoutesContext): Routes {
  const checks = makeChecks(context);
  const person = onBehalfOf(context.identities);
  const scenario = playScenario(context.sandbox);
  const methods = new Map<string, string[]>();
  const allowed = (path: string) => () => methods.get(path) ?? [];
  return {
    add(id, access, handler, ...before) {
      const operation = context.contract.get(id);
      if (operation === undefined) throw new Error(`The contract has no operation ${id}`);
      const path = expressPath(operation.path);
      const answered = methodsOf(operation, access === 'public');
      methods.set(path, [...allowed(path)(), ...answered]);
      if (operation.method === 'get' && !answered.includes('HEAD')) app.head(path, methodNotAllowed(allowed(path)));
      app[operation.method](
        path,
        context.observe.request(id),
        ...checks(id, access),
        checkParameters(operation),
        ...(operation.path.startsWith('/v1/') ? [person, scenario] : []),
        ...before,
        handle(operation, handler),
      );
    },
    refuseOtherMethods() {
      for (const path of methods.keys()) app.all(path, methodNotAllowed(allowed(path)));
    },
  };
}
