/** The HTTP face: what every request passes, the pages, the operations of the contract, and what is said where there is nothing. */
import express, { type Express } from 'express';
import type { Logger } from 'pino';
import { admit } from './admit.ts';
import { namedOrigins } from './cors.ts';
import { onError } from './on-error.ts';
import type { PageChecks, Portal } from './portal.ts';
import { sendProblem } from './problem.ts';
import { anyOrigin, PUBLIC_PATHS } from './public-documents.ts';
import { type Limits, limitRequests, openRoutes, type RoutesContext } from './request-checks.ts';
import { installOperations, type OperationsOfContract } from './routes.ts';
import { securityHeaders } from './security-headers.ts';

/** How many forms of pages are under way at once. */
const FORMS_AT_ONCE = 4;

/** Pages that are added to the app. */
interface Pages {
  install(app: Express, checks: PageChecks): void;
}

export interface AppContext extends RoutesContext, OperationsOfContract {
  readonly limits: Limits;
  readonly log: Logger;
  /** The origins whose pages may call the gateway. */
  readonly origins: readonly string[];
  readonly portal: Portal;
  /** Where the configuration has one. */
  readonly console: Pages | undefined;
}

export function makeApp(context: AppContext): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(securityHeaders);
  app.use(namedOrigins(context.origins));
  app.use(PUBLIC_PATHS, anyOrigin);

  // Pages have a separate limit: whoever reads them keeps nobody from the operations.
  const doorsOf = (name: 'portal' | 'console') => ({
    all: [context.observe.request(name), limitRequests(context.limits)],
    forms: [admit(context.budget, FORMS_AT_ONCE, 'forms')],
  });
  context.console?.install(app, doorsOf('console'));
  context.portal.install(app, doorsOf('portal'));
  const routes = openRoutes(app, context);
  installOperations(routes, context);
  routes.refuseOtherMethods();

  app.use(context.portal.notFound);
  app.use((_request, response) => sendProblem(response, 'not-found'));
  app.use(onError(context.log));
  return app;
}
