/** The console over HTTP: who signs in and out, and which page answers which request. */
import type { Express, Request, RequestHandler, Response } from 'express';
import { openInterchange } from '../../contracts/client/client.ts';
import type { Page } from '../pages/page.ts';
import { makeRender } from '../pages/render.ts';
import type { Client } from '../rules/clients.ts';
import { bytesOf, readBody } from '../transports/http/body.ts';
import { sendPage } from '../transports/http/pages.ts';
import { onlySameOrigin } from '../transports/http/same-origin.ts';
import { ProblemAnswered } from './answers.ts';
import { type DevelopmentProvider, PROVIDER_PATH } from './development-provider.ts';
import { findMessage, findPage, isMessageId, messagePage } from './message.ts';
import { overviewPage } from './overview.ts';
import type { Person } from './person.ts';
import {
  changedLines,
  editableText,
  editedBytes,
  isReasonToRead,
  isStatus,
  MOST_EDITED,
  openMessage,
  quarantinedPage,
  quarantinePage,
} from './quarantine.ts';
import { SESSION_COOKIE, type Session, type Sessions, SIGN_IN_COOKIE, SIGN_IN_SECONDS } from './session.ts';
import { type OpenIdConnect, SignInFailed } from './sign-in.ts';
import { TEMPLATES } from './templates.ts';

export const CONSOLE_PATH = '/console';
/** The largest form: a message of the largest size that can be edited, each character escaped, and its fields. */
const FORM_BYTES = MOST_EDITED * 3 + 10_000;

export interface ConsoleContext {
  readonly version: string;
  readonly sessions: Sessions;
  readonly openIdConnect: OpenIdConnect;
  /** The provider of a development gateway, and the people who can sign in there. */
  readonly provider: (() => DevelopmentProvider) | undefined;
  readonly people: () => readonly { readonly id: string; readonly title: string; readonly scopes: readonly string[] }[];
  /** Whose an access token is now; undefined where it does not hold (any more). */
  readonly caller: (accessToken: string) => Promise<{ readonly client: Client; readonly scopes: ReadonlySet<string> } | undefined>;
  /** The address of the gateway as browsers know it, and the one at which the gateway can call itself. */
  readonly url: () => string;
  readonly ownUrl: () => string;
  readonly now: () => number;
}

export interface ConsoleDoors {
  readonly all: readonly RequestHandler[];
  readonly forms: readonly RequestHandler[];
}

export interface Console {
  install(app: Express, doors: ConsoleDoors): void;
}

type Answer = Page | { readonly address: string };

const cookieOf = (request: Request, name: string): string | undefined =>
  (request.get('Cookie') ?? '')
    .split(/;\s*/)
    .find((one) => one.startsWith(`${name}=`))
    ?.slice(name.length + 1);

const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** A page of the console that somebody may be sent to. Any other address is the overview. */
function pageOf(value: unknown): string {
  const text = textIn(value) ?? '';
  return /^\/console(\/[\w./~-]*)?(\?[\w=&.~%-]*)?$/.test(text) && !text.includes('..') ? text : CONSOLE_PATH;
}

export function makeConsole(context: ConsoleContext): Console {
  const render = makeRender(TEMPLATES);
  const shared = { gatewayVersion: context.version, isDevelopment: context.provider !== undefined };
  const isSecure = () => context.url().startsWith('https:');
  const send = (response: Response, page: Page, person?: Person, status = 200) => {
    const who = person && { title: person.title, scopes: Object.fromEntries([...person.scopes].map((scope) => [scope, true])) };
    const html = render(page, { ...shared, person: who, formToken: person?.session.formToken });
    response.set('Cache-Control', 'no-store');
    sendPage(response, html, status);
    response.set('Cache-Control', 'no-store');
  };
  const cookie = (name: string, value: string, seconds: number): string =>
    `${name}=${value}; Path=${CONSOLE_PATH}; Max-Age=${seconds}; HttpOnly; SameSite=Lax${isSecure() ? '; Secure' : ''}`;

  /** Who makes a request; undefined where nobody has signed in, the token has expired, or access was withdrawn. */
  const personOf = async (request: Request): Promise<Person | undefined> => {
    const session = await context.sessions.read(cookieOf(request, SESSION_COOKIE));
    const caller = session && (await context.caller(session.accessToken));
    if (session === undefined || caller === undefined) return undefined;
    const { client, scopes } = caller;
    const allowed = new Set([...scopes].filter((scope) => (client.scopes as ReadonlySet<string>).has(scope)));
    const { api } = openInterchange({ url: context.ownUrl(), token: session.accessToken });
    return { id: client.id, title: client.title, scopes: allowed, session, api };
  };

  const keep = async (response: Response, session: Session) => {
    response.append('Set-Cookie', cookie(SESSION_COOKIE, await context.sessions.write(session), 86_400));
  };

  const failed = (response: Response, person: Person, error: unknown) => {
    if (!(error instanceof ProblemAnswered)) throw error;
    const { status, problem } = error;
    if (status === 401) return response.redirect(303, `${CONSOLE_PATH}/sign-in`);
    return send(response, { template: 'problem', title: problem.title ?? 'The gateway cannot answer now', problem }, person, status);
  };

  const signedIn =
    (answer: (person: Person, request: Request, response: Response) => Promise<Answer | undefined>): RequestHandler =>
    async (request, response) => {
      const person = await personOf(request);
      if (person === undefined) {
        const page = request.method === 'GET' ? pageOf(request.originalUrl) : CONSOLE_PATH;
        response.redirect(303, `${CONSOLE_PATH}/sign-in?${new URLSearchParams({ page })}`);
        return;
      }
      await keep(response, person.session);
      try {
        const found = await answer(person, request, response);
        if (found === undefined) return;
        if ('address' in found) response.redirect(303, found.address as string);
        else send(response, found as Page, person, typeof found.status === 'number' ? found.status : 200);
      } catch (error) {
        failed(response, person, error);
      }
    };

  const formOf = (request: Request): URLSearchParams => new URLSearchParams(Buffer.from(bytesOf(request.body)).toString());

  const signIn: RequestHandler = async (request, response) => {
    const here = new URL(context.url());
    // Cookies belong to one name of the host: people begin at the one that they come back to.
    if (request.get('Host') !== here.host) return response.redirect(303, `${here.origin}${pageOf(request.originalUrl)}`);
    return send(response, { template: 'sign-in', title: 'Sign in', returnTo: pageOf(request.query.page) });
  };

  const startSignIn: RequestHandler = async (request, response) => {
    try {
      const { address, signIn: remembered } = await context.openIdConnect.begin(pageOf(request.query.page));
      response.append('Set-Cookie', cookie(SIGN_IN_COOKIE, await context.sessions.writeSignIn(remembered), SIGN_IN_SECONDS));
      response.redirect(303, address.href);
    } catch (error) {
      if (!(error instanceof SignInFailed)) throw error;
      send(response, { template: 'sign-in-failed', title: 'You cannot sign in now' }, undefined, 503);
    }
  };

  const finishSignIn: RequestHandler = async (request, response) => {
    const remembered = await context.sessions.readSignIn(cookieOf(request, SIGN_IN_COOKIE));
    response.append('Set-Cookie', cookie(SIGN_IN_COOKIE, '', 0));
    const answer = new URL(request.originalUrl, context.url()).searchParams;
    try {
      if (remembered === undefined) throw new SignInFailed('The person began somewhere else, or long ago');
      const accessToken = await context.openIdConnect.finish(answer, remembered);
      if ((await context.caller(accessToken)) === undefined) {
        send(response, { template: 'no-access', title: 'You have no access to this console' }, undefined, 403);
        return;
      }
      await keep(response, context.sessions.begin(accessToken));
      response.redirect(303, remembered.page);
    } catch (error) {
      if (!(error instanceof SignInFailed)) throw error;
      send(response, { template: 'sign-in-failed', title: 'You were not signed in' }, undefined, 400);
    }
  };

  return {
    install(app, { all, forms }) {
      const get = (path: string, answer: Parameters<typeof signedIn>[0]) => app.get(CONSOLE_PATH + path, ...all, signedIn(answer));
      const post = (
        path: string,
        answer: (person: Person, form: URLSearchParams, request: Request, response: Response) => Promise<Answer>,
      ) =>
        app.post(
          CONSOLE_PATH + path,
          ...all,
          ...forms,
          onlySameOrigin,
          readBody(FORM_BYTES),
          signedIn((person, request, response) => {
            const form = formOf(request);
            if (form.get('formToken') !== person.session.formToken)
              throw new ProblemAnswered(403, { title: 'This form is not of your session' });
            return answer(person, form, request, response);
          }),
        );
      const idOf = ({ params }: Request): string => {
        const id = textIn(params.id) ?? '';
        if (!isMessageId(id)) throw new ProblemAnswered(404, { title: 'There is no such message, or you may not see it' });
        return id;
      };

      app.get(`${CONSOLE_PATH}/sign-in`, ...all, signIn);
      app.get(`${CONSOLE_PATH}/sign-in/start`, ...all, startSignIn);
      app.get(`${CONSOLE_PATH}/signed-in`, ...all, finishSignIn);
      post('/sign-out', async ({ session }, _form, _request, response) => {
        context.sessions.end(session);
        response.set('Set-Cookie', cookie(SESSION_COOKIE, '', 0));
        return { address: `${CONSOLE_PATH}/sign-in` };
      });

      get('', (person) => overviewPage(person, context.now()));
      get('/messages', async (person, { query }) => {
        const question = textIn(query.id);
        return question === undefined ? findPage() : findMessage(person, question.slice(0, 200));
      });
      get('/messages/:id', (person, request) => messagePage(person, idOf(request)));
      get('/messages/:id/evidence', async (person, request, response) => {
        const id = idOf(request);
        const found = await person.api.GET('/v1/messages/{id}/evidence', { params: { path: { id } }, parseAs: 'arrayBuffer' });
        if (found.data === undefined) throw new ProblemAnswered(found.response.status, (found.error ?? {}) as object);
        response
          .attachment(`evidence-${id}.zip`)
          .type('application/zip')
          .send(Buffer.from(found.data as ArrayBuffer));
        return undefined;
      });

      get('/quarantine', (person, { query }) => {
        const status = isStatus(query.status) ? query.status : undefined;
        return quarantinePage(person, { status, cursor: textIn(query.cursor) }, context.now());
      });
      get('/quarantine/:id', (person, request) => quarantinedPage(person, idOf(request), context.now()));
      post('/quarantine/:id/content', async (person, form, request) => {
        const id = idOf(request);
        const reason = form.get('reason');
        if (!isReasonToRead(reason))
          return { ...(await quarantinedPage(person, id, context.now())), fault: 'Select why you need to read the message', status: 400 };
        const text = editableText(await openMessage(person, id, reason));
        return quarantinedPage(person, id, context.now(), { text, reason });
      });
      post('/quarantine/:id/changes', async (person, form, request) => {
        const id = idOf(request);
        const reason = form.get('reason');
        if (!isReasonToRead(reason)) throw new ProblemAnswered(400, { title: 'Open the message again' });
        const original = editableText(await openMessage(person, id, reason)) ?? '';
        const text = Buffer.from(editedBytes(form.get('text') ?? '', original)).toString();
        return {
          template: 'changes',
          title: 'Check your changes',
          section: 'quarantine',
          trail: [
            { text: 'Quarantine', href: `${CONSOLE_PATH}/quarantine` },
            { text: 'Message', href: `${CONSOLE_PATH}/quarantine/${id}` },
            { text: 'Check your changes' },
          ],
          id,
          text,
          isCrlf: text.includes('\r\n'),
          changes: changedLines(original, text),
        };
      });
      post('/quarantine/:id/resubmission', async (person, form, request) => {
        const id = idOf(request);
        const text = form.get('text');
        const body = text === null ? undefined : editedBytes(text, form.get('lineEnds') === 'crlf' ? '\r\n' : '');
        const answer = await person.api.POST('/v1/quarantine/{id}/resubmission', {
          params: { path: { id } },
          headers: { 'Content-Type': 'application/octet-stream' },
          body: body as never,
          bodySerializer: (bytes: unknown) => bytes as never,
        });
        const { data, error, response } = answer;
        if (data !== undefined) return { address: `${CONSOLE_PATH}/messages/${(data as { readonly id: string }).id}` };
        const problem = (error ?? {}) as { readonly receipt?: string };
        if (response.status === 422 && problem.receipt !== undefined) return { address: `${CONSOLE_PATH}/quarantine/${problem.receipt}` };
        throw new ProblemAnswered(response.status, problem);
      });
      post('/quarantine/:id/label-requests/:request/approval', async (person, _form, request) => {
        const id = idOf(request);
        const params = { path: { id, request: textIn(request.params.request) ?? '' } };
        const answer = await person.api.POST('/v1/quarantine/{id}/label-requests/{request}/approval', { params });
        if (!answer.response.ok) throw new ProblemAnswered(answer.response.status, (answer.error ?? {}) as object);
        return { address: `${CONSOLE_PATH}/quarantine/${id}` };
      });
      get('/*page', async () => ({ template: 'not-found', title: 'Page not found', status: 404 }));

      if (context.provider !== undefined) installProvider(app, { all, forms }, context.provider);
    },
  };

  /** The pages on which a person of a development gateway says who they are. */
  function installProvider(app: Express, { all, forms }: ConsoleDoors, provider: () => DevelopmentProvider): void {
    app.get(`${PROVIDER_PATH}/people/:uid`, ...all, async (request, response, next) => {
      if (!(await provider().isAsked(request, response))) return next();
      send(response, { template: 'people', title: 'Who are you?', action: request.path, people: context.people() });
    });
    app.post(`${PROVIDER_PATH}/people/:uid`, ...all, ...forms, onlySameOrigin, readBody(FORM_BYTES), async (request, response, next) => {
      const id = formOf(request).get('person') ?? '';
      if (!(await provider().isAsked(request, response)) || !context.people().some((person) => person.id === id)) return next();
      await provider().signIn(request, response, id);
    });
    app.use(PROVIDER_PATH, ...all, (request, response) => provider().handle(request, response));
  }
}
