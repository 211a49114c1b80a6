/** A request to the console: who makes it, and the page or address that answers it. */
import type { Request, RequestHandler, Response } from 'express';
import { openInterchange } from '../../contracts/client/client.ts';
import type { Page } from '../pages/page.ts';
import { makeRender } from '../pages/render.ts';
import type { Client } from '../rules/clients.ts';
import { bytesOf } from '../transports/http/body.ts';
import { sendPage } from '../transports/http/pages.ts';
import { ProblemAnswered } from './answers.ts';
import type { Person } from './person.ts';
import { withOpened } from './reasons.ts';
import { sectionsFor } from './sections.ts';
import { SESSION_COOKIE, type Session, type Sessions } from './session.ts';
import { TEMPLATES } from './templates.ts';

export const CONSOLE_PATH = '/console';
/** A page that updates by itself sends it. */
const UPDATE_HEADER = 'Interchange-Update';
const DAY_SECONDS = 86_400;
/** Browsers drop a longer cookie without a word. */
const LONGEST_COOKIE = 4000;

export interface VisitsContext {
  readonly version: string;
  readonly isDevelopment: boolean;
  readonly sessions: Sessions;
  /** Whose an access token is now; undefined where it does not hold (any more). */
  readonly caller: (accessToken: string) => Promise<{ readonly client: Client; readonly scopes: ReadonlySet<string> } | undefined>;
  /** The address of the gateway as browsers know it, and the one at which the gateway can call itself. */
  readonly url: () => string;
  readonly ownUrl: () => string;
}

/** A page, or the address of one. */
export type Answer = Page | { readonly address: string };
export type AnswerTo = (person: Person, request: Request, response: Response) => Promise<Answer | undefined>;

/** A session does not fit into a cookie: the access token is too long. */
export class SessionTooLong extends Error {
  override readonly name = 'SessionTooLong';
}

export const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** A page of the console that somebody may be sent to. Any other address is the overview. */
export function pageOf(value: unknown): string {
  const text = textIn(value) ?? '';
  return /^\/console(\/[\w./~-]*)?(\?[\w=&.~%-]*)?$/.test(text) && !text.includes('..') ? text : CONSOLE_PATH;
}

export const cookieOf = (request: Request, name: string): string | undefined =>
  (request.get('Cookie') ?? '')
    .split(/;\s*/)
    .find((cookie) => cookie.startsWith(`${name}=`))
    ?.slice(name.length + 1);

export const formOf = (request: Request): URLSearchParams => new URLSearchParams(Buffer.from(bytesOf(request.body)).toString());

export class Visits {
  readonly #context: VisitsContext;
  readonly #render = makeRender(TEMPLATES);

  constructor(context: VisitsContext) {
    this.#context = context;
  }

  /** Sends a page. No browser keeps it. */
  send(response: Response, page: Page, person?: Person, status = 200): void {
    const { version, isDevelopment } = this.#context;
    const who = person && { title: person.title, sections: sectionsFor(person.scopes) };
    const shared = { gatewayVersion: version, isDevelopment, person: who, formToken: person?.session.formToken };
    sendPage(response, this.#render(page, shared), status, 'no-store', { updates: page.updates === true });
  }

  setCookie(response: Response, name: string, value: string, seconds: number): void {
    const secure = this.#context.url().startsWith('https:') ? '; Secure' : '';
    response.append('Set-Cookie', `${name}=${value}; Path=${CONSOLE_PATH}; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`);
  }

  /** Keeps a session for another while. Rejects with {@link SessionTooLong}. */
  async keep(response: Response, session: Session): Promise<void> {
    const cookie = await this.#context.sessions.write(session);
    if (cookie.length > LONGEST_COOKIE) throw new SessionTooLong('The access token does not fit into a cookie');
    this.setCookie(response, SESSION_COOKIE, cookie, DAY_SECONDS);
  }

  /** Finds out who makes a request, before anything else: limits count by person, so that nobody who has not signed in keeps a person out. */
  readonly find: RequestHandler = async (request, response, next) => {
    const session = await this.#context.sessions.read(cookieOf(request, SESSION_COOKIE));
    const caller = session && (await this.#context.caller(session.accessToken));
    if (session === undefined || caller === undefined) return next();
    const { client, scopes } = caller;
    const allowed = new Set([...scopes].filter((scope) => (client.scopes as ReadonlySet<string>).has(scope)));
    const { api } = openInterchange({ url: this.#context.ownUrl(), token: session.accessToken });
    response.locals.caller = caller;
    const remember = (id: string, reason: string) => this.keep(response, withOpened(session, id, reason));
    response.locals.person = { id: client.id, title: client.title, scopes: allowed, session, api, remember } satisfies Person;
    next();
  };

  /** Sends whoever has not signed in, whose token has expired, or whose access was withdrawn to where people sign in. */
  readonly onlySignedIn: RequestHandler = (request, response, next) => {
    if (response.locals.person !== undefined) return next();
    const page = request.method === 'GET' ? pageOf(request.originalUrl) : CONSOLE_PATH;
    response.redirect(303, `${CONSOLE_PATH}/sign-in?${new URLSearchParams({ page })}`);
  };

  /** Answers a request of the person that {@link find} found. */
  answer(answerTo: AnswerTo): RequestHandler {
    return async (request, response) => {
      const person = response.locals.person as Person;
      // A page that updates by itself is not a request of the person: their session ends as if it did not.
      if (request.get(UPDATE_HEADER) === undefined) await this.keep(response, person.session);
      try {
        const found = await answerTo(person, request, response);
        if (found === undefined) return;
        if ('address' in found) response.redirect(303, found.address as string);
        else this.send(response, found as Page, person, typeof found.status === 'number' ? found.status : 200);
      } catch (error) {
        if (!(error instanceof ProblemAnswered)) throw error;
        this.#sendProblem(response, person, error);
      }
    };
  }

  #sendProblem(response: Response, person: Person, { status, problem }: ProblemAnswered): void {
    if (status === 401) response.redirect(303, `${CONSOLE_PATH}/sign-in`);
    else this.send(response, { template: 'problem', title: problem.title ?? 'The gateway cannot answer now', problem }, person, status);
  }
}
