/** The console over HTTP: which page answers which request. */
import type { Express } from 'express';
import type { Page } from '../pages/page.ts';
import { readBody } from '../transports/http/body.ts';
import { onlySameOrigin } from '../transports/http/same-origin.ts';
import { ProblemAnswered } from './answers.ts';
import { approvalRoutes } from './approval-routes.ts';
import { auditRoutes } from './audit-routes.ts';
import { configurationRoutes } from './configuration-routes.ts';
import { deliveryRoutes } from './delivery-routes.ts';
import { disclosureRoutes } from './disclosure-routes.ts';
import { messageRoutes } from './message-routes.ts';
import { overviewPage } from './overview.ts';
import { protectionRoutes } from './protection-routes.ts';
import { MOST_EDITED } from './quarantine.ts';
import { quarantineRoutes } from './quarantine-routes.ts';
import type { FormAnswer, Routes } from './routes.ts';
import { SESSION_COOKIE } from './session.ts';
import { shadowRoutes } from './shadow-routes.ts';
import { type ConsoleChecks, installSignIn, type SignInPagesContext } from './sign-in-pages.ts';
import { type AnswerTo, CONSOLE_PATH, formOf, Visits, type VisitsContext } from './visit.ts';

/** The largest form: a message of the largest size that can be edited, each character escaped, and its fields. */
const FORM_BYTES = MOST_EDITED * 3 + 10_000;

export interface ConsoleContext extends Omit<VisitsContext, 'isDevelopment'>, SignInPagesContext {
  readonly now: () => number;
}

export interface Console {
  install(app: Express, checks: ConsoleChecks): void;
}

export function makeConsole(context: ConsoleContext): Console {
  const visits = new Visits({ ...context, isDevelopment: context.provider !== undefined });
  const { sessions, now } = context;
  const notFound: Page = { template: 'not-found', title: 'Page not found', status: 404 };
  return {
    install(app, checks) {
      installSignIn(app, checks, visits, context);
      const before = [visits.find, ...checks.all, visits.onlySignedIn];
      const get = (path: string, answerTo: AnswerTo) => app.get(CONSOLE_PATH + path, ...before, visits.answer(answerTo));
      const post = (path: string, answer: FormAnswer) =>
        app.post(
          CONSOLE_PATH + path,
          ...before,
          ...checks.forms,
          onlySameOrigin,
          readBody(FORM_BYTES),
          visits.answer(async (person, request, response) => {
            const form = formOf(request);
            if (form.get('formToken') !== person.session.formToken)
              throw new ProblemAnswered(403, { title: 'This form is from another session' });
            return answer(person, form, request, response);
          }),
        );

      const routes: Routes = { get, post, now };
      get('', (person) => overviewPage(person, now()));
      messageRoutes(routes);
      quarantineRoutes(routes);
      protectionRoutes(routes);
      approvalRoutes(routes);
      deliveryRoutes(routes);
      disclosureRoutes(routes);
      shadowRoutes(routes);
      auditRoutes(routes);
      configurationRoutes(routes);
      post('/sign-out', async ({ session }, _form, _request, response) => {
        sessions.end(session);
        response.removeHeader('Set-Cookie');
        visits.setCookie(response, SESSION_COOKIE, '', 0);
        return { address: `${CONSOLE_PATH}/sign-in` };
      });
      get('/*page', async () => notFound);
    },
  };
}
