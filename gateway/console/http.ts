/** The console over HTTP: which page answers which request. */
import type { Express, Request, Response } from 'express';
import type { Page } from '../pages/page.ts';
import { readBody } from '../transports/http/body.ts';
import { onlySameOrigin } from '../transports/http/same-origin.ts';
import { dataOf, ProblemAnswered } from './answers.ts';
import { findMessage, findPage, isMessageId, messagePage } from './message.ts';
import { overviewPage } from './overview.ts';
import type { Person } from './person.ts';
import { isProtectionStatus, liftProtection, protectionPage, protectionsPage } from './protections.ts';
import { isStatus, MOST_EDITED, quarantinedPage, quarantinePage } from './quarantine.ts';
import { approve, changesPage, openedPage, resubmit } from './quarantine-forms.ts';
import { SESSION_COOKIE } from './session.ts';
import { type ConsoleDoors, installSignIn, type SignInPagesContext } from './sign-in-pages.ts';
import { type Answer, type AnswerTo, CONSOLE_PATH, formOf, textIn, Visits, type VisitsContext } from './visit.ts';

/** The largest form: a message of the largest size that can be edited, each character escaped, and its fields. */
const FORM_BYTES = MOST_EDITED * 3 + 10_000;
const LONGEST_QUESTION = 200;

export interface ConsoleContext extends Omit<VisitsContext, 'isDevelopment'>, SignInPagesContext {
  readonly now: () => number;
}

export interface Console {
  install(app: Express, doors: ConsoleDoors): void;
}

/** What answers the form of a person. */
type FormAnswer = (person: Person, form: URLSearchParams, request: Request, response: Response) => Promise<Answer | undefined>;

/** The id of a message in the path. Throws {@link ProblemAnswered} where it is none. */
function idIn({ params }: Request): string {
  const id = textIn(params.id) ?? '';
  if (!isMessageId(id)) throw new ProblemAnswered(404, { title: 'There is no such message, or you may not see it' });
  return id;
}

async function sendEvidence({ api }: Person, request: Request, response: Response): Promise<undefined> {
  const id = idIn(request);
  const evidence = await api.GET('/v1/messages/{id}/evidence', { params: { path: { id } }, parseAs: 'arrayBuffer' });
  const bytes = Buffer.from(dataOf<ArrayBuffer>(evidence));
  response.set('Cache-Control', 'no-store').attachment(`evidence-${id}.zip`).type('application/zip');
  response.send(bytes);
}

export function makeConsole(context: ConsoleContext): Console {
  const visits = new Visits({ ...context, isDevelopment: context.provider !== undefined });
  const { sessions, now } = context;
  const notFound: Page = { template: 'not-found', title: 'Page not found', status: 404 };
  return {
    install(app, doors) {
      installSignIn(app, doors, visits, context);
      const get = (path: string, answerTo: AnswerTo) => app.get(CONSOLE_PATH + path, visits.find, ...doors.all, visits.answer(answerTo));
      const post = (path: string, answer: FormAnswer) =>
        app.post(
          CONSOLE_PATH + path,
          visits.find,
          ...doors.all,
          ...doors.forms,
          onlySameOrigin,
          readBody(FORM_BYTES),
          visits.answer(async (person, request, response) => {
            const form = formOf(request);
            if (form.get('formToken') !== person.session.formToken)
              throw new ProblemAnswered(403, { title: 'This form is not of your session' });
            return answer(person, form, request, response);
          }),
        );

      get('', (person) => overviewPage(person, now()));
      get('/messages', async (person, { query }) => {
        const question = textIn(query.id);
        return question === undefined ? findPage() : findMessage(person, question.slice(0, LONGEST_QUESTION));
      });
      get('/messages/:id', (person, request) => messagePage(person, idIn(request)));
      post('/messages/:id/evidence', (person, _form, request, response) => sendEvidence(person, request, response));
      get('/quarantine', (person, { query }) => {
        const status = isStatus(query.status) ? query.status : undefined;
        return quarantinePage(person, { status, cursor: textIn(query.cursor) }, now());
      });
      get('/quarantine/:id', (person, request) => quarantinedPage(person, idIn(request), now()));
      post('/quarantine/:id/content', (person, form, request) => openedPage(person, idIn(request), form, now()));
      post('/quarantine/:id/changes', (person, form, request) => changesPage(person, idIn(request), form));
      post('/quarantine/:id/resubmission', (person, form, request) => resubmit(person, idIn(request), form));
      post('/quarantine/:id/label-requests/:request/approval', (person, _form, request) =>
        approve(person, idIn(request), textIn(request.params.request) ?? ''),
      );
      get('/protections', (person, { query }) => {
        const status = isProtectionStatus(query.status) ? query.status : undefined;
        return protectionsPage(person, { status, cursor: textIn(query.cursor) });
      });
      get('/protections/:id', (person, request) => protectionPage(person, textIn(request.params.id) ?? ''));
      post('/protections/:id/lift', (person, form, request) => liftProtection(person, textIn(request.params.id) ?? '', form));
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
