/** What only a sandbox has: tokens for anybody, answers that fail on purpose, and a reset. Invented people only; it never runs in production. */
import type { RequestHandler, Response } from 'express';
import type { ClientConfig } from '../../rules/clients.ts';
import { isSameSecret } from '../../same-secret.ts';
import { sampleDetails } from './advice.ts';
import { callerOf } from './auth.ts';
import { bytesOf, contentTypeOf } from './body.ts';
import { type OperationHandler, parametersIn } from './call.ts';
import type { DevelopmentIssuer } from './issuer.ts';
import { HttpProblem, PROBLEMS, type ProblemCode } from './problem.ts';

/** The secret of every persona. It is published: it keeps nobody out. */
const SANDBOX_SECRET = 'sandbox';
const SLOW_MILLISECONDS = 3000;

export interface Sandbox {
  readonly issuer: DevelopmentIssuer;
  readonly clients: () => readonly ClientConfig[];
  /** Makes everything as it was at the first start. */
  readonly reset: (() => void) | undefined;
}

/** What can be asked for in `Interchange-Scenario` besides a problem, and what it does. */
export const SCENARIOS = {
  slow: 'The answer takes three seconds',
  'lost-response': 'The gateway does what was asked, and the connection is cut before the answer',
  duplicate: 'A page has each event twice',
  'broken-seal': 'No seal of the events in the answer verifies',
} as const;

const notHere = (sandbox: Sandbox | undefined): Sandbox => {
  if (sandbox === undefined) throw new HttpProblem('not-found', { detail: 'This gateway is not a sandbox' });
  return sandbox;
};

/** Answers 404 where the gateway is not a sandbox, before anything of the request is read. */
export const onlySandbox =
  (sandbox: Sandbox | undefined): RequestHandler =>
  (_request, _response, next) => {
    notHere(sandbox);
    next();
  };

const refuse = (response: Response, status: 400 | 401, error: string): void => {
  if (status === 401) response.set('WWW-Authenticate', 'Basic realm="sandbox"');
  response.status(status).json({ error });
};

/** Who asks, from the header (RFC 6749 section 2.3.1) or the form. */
function credentials(header: string | undefined, form: URLSearchParams): readonly [id: string, secret: string] {
  const [, basic] = /^Basic ([A-Za-z0-9+/=]{1,400})$/i.exec(header ?? '') ?? [];
  if (basic === undefined) return [form.get('client_id') ?? '', form.get('client_secret') ?? ''];
  const text = Buffer.from(basic, 'base64').toString();
  const colon = text.indexOf(':');
  return [text.slice(0, colon), text.slice(colon + 1)];
}

/** The token endpoint of OAuth 2 (RFC 6749 section 4.4), so that a front-end gets its token here as it will from a real issuer. */
export const issueToken =
  (sandbox: Sandbox | undefined): OperationHandler<'issueToken'> =>
  async ({ request }, response) => {
    const { issuer, clients } = notHere(sandbox);
    const { mediaType } = contentTypeOf(request.get('content-type'));
    if (mediaType !== 'application/x-www-form-urlencoded') throw new HttpProblem('unsupported-media-type');
    const form = new URLSearchParams(Buffer.from(bytesOf(request.body)).toString());
    if (form.get('grant_type') !== 'client_credentials') {
      refuse(response, 400, form.has('grant_type') ? 'unsupported_grant_type' : 'invalid_request');
      return;
    }
    const [name, secret] = credentials(request.get('authorization'), form);
    const client = clients().find(({ id, persona }) => id === name || persona === name);
    if (client === undefined || !isSameSecret(secret, SANDBOX_SECRET)) {
      refuse(response, 401, 'invalid_client');
      return;
    }
    const asked = [...new Set(form.get('scope')?.split(' ') ?? client.scopes)];
    const scopes = client.scopes.filter((scope) => asked.includes(scope));
    if (scopes.length < asked.length) {
      refuse(response, 400, 'invalid_scope');
      return;
    }
    const token = await issuer.token({ id: client.id, scopes });
    response.json({ access_token: token, token_type: 'Bearer', expires_in: issuer.tokenSeconds, scope: scopes.join(' ') });
  };

/** Any client may reset the sandbox: it is shared. A page that a browser happens to show cannot, as it has no token. */
export const resetSandbox =
  (sandbox: Sandbox | undefined): OperationHandler<'resetSandbox'> =>
  (_call, response) => {
    callerOf(response.locals);
    const { reset } = notHere(sandbox);
    if (reset === undefined) throw new HttpProblem('not-found', { detail: 'This sandbox was not started by "interchange sandbox"' });
    response.once('finish', reset);
    response.status(202).json({ status: 'pass' });
  };

type Page = { readonly events?: readonly { readonly seal: string }[]; readonly seal?: string };

const broken = <T extends { readonly seal: string }>(event: T): T => ({
  ...event,
  seal: event.seal.replace(/^([^.]*\.[^.]*\.)(.)/, (_all, head: string, letter: string) => head + (letter === 'A' ? 'B' : 'A')),
});

/** Changes what an answer says before it is sent. */
function changing(response: Response, change: (body: Page) => Page): void {
  const send = response.send.bind(response);
  response.send = (body) => {
    response.send = send;
    if (response.statusCode !== 200 || typeof body !== 'string') return send(body);
    return send(JSON.stringify(change(JSON.parse(body) as Page)));
  };
}

/** Does what `Interchange-Scenario` asks for, in a sandbox; elsewhere the header does nothing. */
export const playScenario =
  (sandbox: Sandbox | undefined): RequestHandler =>
  (_request, response, next) => {
    const scenario = sandbox === undefined ? undefined : parametersIn<'submitMessage'>(response.locals).header['Interchange-Scenario'];
    if (scenario === undefined) return next();
    if (Object.hasOwn(PROBLEMS, scenario))
      throw new HttpProblem(scenario as ProblemCode, { ...sampleDetails(scenario as ProblemCode), detail: 'You asked for this answer' });
    if (scenario === 'slow') {
      setTimeout(next, SLOW_MILLISECONDS);
      return;
    }
    if (scenario === 'lost-response')
      response.send = () => {
        response.socket?.destroy();
        return response;
      };
    if (scenario === 'duplicate')
      changing(response, (body) => ({
        ...body,
        ...(body.events === undefined ? {} : { events: body.events.flatMap((event) => [event, event]) }),
      }));
    if (scenario === 'broken-seal')
      changing(response, (body) =>
        body.seal === undefined
          ? { ...body, ...(body.events === undefined ? {} : { events: body.events.map(broken) }) }
          : broken({ ...body, seal: body.seal }),
      );
    next();
  };
