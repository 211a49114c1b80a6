/** The pages on which people sign in, and the address that the provider sends them back to. */
import type { Express, RequestHandler } from 'express';
import { readBody, TOKEN_BYTES } from '../transports/http/body.ts';
import { onlySameOrigin } from '../transports/http/same-origin.ts';
import { type DevelopmentProvider, PROVIDER_PATH } from './development-provider.ts';
import { type Sessions, SIGN_IN_COOKIE, SIGN_IN_SECONDS } from './session.ts';
import { type OpenIdConnect, SignInFailed } from './sign-in.ts';
import { CONSOLE_PATH, cookieOf, formOf, pageOf, SessionTooLong, type Visits, type VisitsContext } from './visit.ts';

export interface ConsoleChecks {
  readonly all: readonly RequestHandler[];
  readonly forms: readonly RequestHandler[];
}

export interface SignInPagesContext extends Pick<VisitsContext, 'url' | 'caller'> {
  readonly sessions: Sessions;
  readonly openIdConnect: OpenIdConnect;
  /** The provider of a development gateway, and the people who can sign in there. */
  readonly provider: (() => DevelopmentProvider) | undefined;
  readonly people: () => readonly { readonly id: string; readonly title: string }[];
}

export function installSignIn(app: Express, { all, forms }: ConsoleChecks, visits: Visits, context: SignInPagesContext): void {
  const { sessions, openIdConnect, provider } = context;
  app.get(`${CONSOLE_PATH}/sign-in`, ...all, (request, response) => {
    const here = new URL(context.url());
    // Cookies belong to one name of the host: people begin at the one that they come back to.
    if (request.get('Host') !== here.host) return response.redirect(303, `${here.origin}${pageOf(request.originalUrl)}`);
    return visits.send(response, { template: 'sign-in', title: 'Sign in', returnTo: pageOf(request.query.page) });
  });
  app.get(`${CONSOLE_PATH}/sign-in/start`, ...all, async (request, response) => {
    try {
      const { address, signIn } = await openIdConnect.begin(pageOf(request.query.page));
      visits.setCookie(response, SIGN_IN_COOKIE, await sessions.writeSignIn(signIn), SIGN_IN_SECONDS);
      response.redirect(303, address.href);
    } catch (error) {
      if (!(error instanceof SignInFailed)) throw error;
      visits.send(response, { template: 'sign-in-failed', title: 'You cannot sign in now' }, undefined, 503);
    }
  });
  app.get(`${CONSOLE_PATH}/signed-in`, ...all, async (request, response) => {
    const remembered = await sessions.readSignIn(cookieOf(request, SIGN_IN_COOKIE));
    visits.setCookie(response, SIGN_IN_COOKIE, '', 0);
    try {
      if (remembered === undefined) throw new SignInFailed('The person began somewhere else, or long ago');
      const accessToken = await openIdConnect.finish(new URL(request.originalUrl, context.url()).searchParams, remembered);
      if ((await context.caller(accessToken)) === undefined)
        return visits.send(response, { template: 'no-access', title: 'You have no access to this console' }, undefined, 403);
      await visits.keep(response, sessions.begin(accessToken));
      return response.redirect(303, remembered.page);
    } catch (error) {
      if (error instanceof SessionTooLong)
        return visits.send(response, { template: 'token-too-long', title: 'Your access token is too long' }, undefined, 500);
      if (!(error instanceof SignInFailed)) throw error;
      return visits.send(response, { template: 'sign-in-failed', title: 'You were not signed in' }, undefined, 400);
    }
  });
  if (provider !== undefined) installProvider(app, { all, forms }, visits, provider, context.people);
}

/** The pages of the provider of a development gateway. */
function installProvider(
  app: Express,
  { all, forms }: ConsoleChecks,
  visits: Visits,
  provider: () => DevelopmentProvider,
  people: SignInPagesContext['people'],
): void {
  const path = `${PROVIDER_PATH}/people/:uid`;
  app.get(path, ...all, async (request, response, next) => {
    if (!(await provider().isAsked(request, response))) return next();
    return visits.send(response, { template: 'people', title: 'Who are you?', action: request.path, people: people() });
  });
  app.post(path, ...all, ...forms, onlySameOrigin, readBody(TOKEN_BYTES), async (request, response, next) => {
    const id = formOf(request).get('person') ?? '';
    if (!(await provider().isAsked(request, response)) || !people().some((person) => person.id === id)) return next();
    return provider().signIn(request, response, id);
  });
  app.use(PROVIDER_PATH, ...all, (request, response) => provider().handle(request, response));
}
